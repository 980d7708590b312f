"""The words derived from what is in force, and until when an answer holds (RULES §3.12)."""

import pytest

from ledger.policy.book import BeforeFirstPack
from ledger.standing.standing import BucketStanding, current
from tests.spec.described import instant_of
from tests.spec.given import (
    LADDER,
    POLICY,
    Story,
    annul,
    edition_of,
    given,
    pack,
    published,
    report,
    report_strike,
    waive,
)

SUSPENDED = given(POLICY, report("v-1", "explosives", "2026-01-05"))
RESTRICTED = given(LADDER, report("v-1", "medicines", "2026-01-05"))
FROZEN = given(LADDER, report("v-1", "false-delivery", "2026-01-05"))


def words(story: Story, as_of: str) -> tuple[str, bool, bool, bool]:
    """Status, and whether the seller can sell, promote and withdraw."""
    found = story.standing(as_of)
    return found.status, found.can_sell, found.can_promote, found.can_withdraw


def test_a_seller_never_heard_of_has_a_clean_standing() -> None:
    found = given(POLICY).standing("2026-03-01")
    assert words(given(POLICY), "2026-03-01") == ("active", True, True, True)
    assert found.buckets == (
        BucketStanding("points", 0, 48, 48, "suspension"),
        BucketStanding("strikes", 0, 3, 3, "suspension"),
    )
    assert (found.sanctions, found.freezes, found.next_change_at) == ((), (), None)


@pytest.mark.parametrize(
    ("story", "as_of", "expected"),
    [
        (SUSPENDED, "2026-02-01", ("suspended", False, False, False)),
        # The freeze was released after 180 days: a suspended seller may withdraw.
        (SUSPENDED, "2026-07-04", ("suspended", False, False, True)),
        # Its points have lapsed; expiry never lifts a running sanction.
        (SUSPENDED, "2028-01-01", ("suspended", False, False, True)),
        (RESTRICTED, "2026-01-06", ("restricted", True, True, True)),
        (RESTRICTED, "2026-01-08", ("active", True, True, True)),
        (FROZEN, "2026-01-06", ("restricted", False, False, True)),
    ],
)
def test_the_derived_words(
    story: Story, as_of: str, expected: tuple[str, bool, bool, bool]
) -> None:
    assert words(story, as_of) == expected


def test_a_freeze_of_funds_alone_leaves_a_seller_active() -> None:
    warned = pack("aliexpress-ladder", {"freeze.on": ["freeze-of-selling"], "freeze.days": 30})
    story = given(warned, report("v-1", "false-delivery", "2026-01-05"))
    # The freeze of selling ran 7 days, the freeze of funds runs 30.
    assert words(story, "2026-01-20") == ("active", True, True, False)


def test_suspended_comes_before_restricted() -> None:
    story = given(
        LADDER,
        report("v-1", "false-delivery", "2026-01-05"),
        report("v-2", "explosives", "2026-01-06"),
    )
    found = story.standing("2026-01-07")
    assert {s.sanction for s in found.sanctions} == {"freeze-of-selling", "suspension"}
    assert found.status == "suspended"
    waived = story.also(
        waive("sanction-4", "2026-01-07", by="ann"), waive("sanction-4", "2026-01-07", by="ben")
    )
    assert waived.standing("2026-01-08").status == "restricted"


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (0, (2, "warning")),
        (1, (1, "warning")),
        (2, (4, "restriction")),
        (13, (11, "second-freeze")),
        (47, (1, "suspension")),
        (48, (None, None)),
    ],
)
def test_the_way_to_the_next_milestone(
    points: int, expected: tuple[int | None, str | None]
) -> None:
    story = given(LADDER, report("v-1", "weapons", "2026-01-05", points=points))
    found = next(b for b in story.standing("2026-01-06").buckets if b.bucket == "points")
    assert (found.to_next_milestone, found.next_milestone) == expected


def test_the_next_multiple_is_always_ahead() -> None:
    story = given(LADDER, report("v-1", "wrong-category", "2026-01-05", points=24))
    found = next(b for b in story.standing("2026-01-06").buckets if b.bucket == "listing-quality")
    assert (found.value, found.to_next_milestone, found.limit) == (24, 12, None)


def test_a_sanction_lifted_later_is_still_shown_before() -> None:
    story = SUSPENDED.also(annul("v-1", "2026-02-01"))
    before = story.standing("2026-01-20")
    # Points answer what was deserved, sanctions what was done.
    assert (before.buckets[0].value, before.status) == (0, "suspended")
    assert words(story, "2026-02-01") == ("active", True, True, True)


def test_three_strikes_suspend_whatever_the_points() -> None:
    story = given(
        POLICY,
        report_strike("v-1", "2026-01-05"),
        report_strike("v-2", "2026-01-06"),
        report_strike("v-3", "2026-01-07"),
    )
    found = story.standing("2026-01-07")
    assert [b.value for b in found.buckets] == [0, 3]
    assert found.status == "suspended"
    assert [s.milestone for s in found.sanctions] == ["strikes-3"]


@pytest.mark.parametrize(
    ("as_of", "next_change"),
    [
        ("2026-01-05", "2026-07-04"),  # the funds' release
        ("2026-07-03T23:59:59.999999", "2026-07-04"),
        ("2026-07-04", "2027-01-05"),  # the points' lapse
        ("2027-01-05", None),
    ],
)
def test_an_answer_is_valid_until_time_changes_it(as_of: str, next_change: str | None) -> None:
    wanted = None if next_change is None else instant_of(next_change)
    assert SUSPENDED.standing(as_of).next_change_at == wanted


def test_an_edition_to_come_ends_an_answers_validity() -> None:
    lower = edition_of(POLICY, "2026-03-01", "2026-03-01", {"buckets.points.limit": 36})
    story = SUSPENDED.also(published(lower, "2026-02-01"))
    assert SUSPENDED.standing("2026-02-02").next_change_at == instant_of("2026-07-04")
    assert story.standing("2026-02-02").next_change_at == instant_of("2026-03-01")


def test_the_live_answer_stays_the_same_until_something_happens() -> None:
    seller, rulebook = SUSPENDED.seller, SUSPENDED.rulebook
    first = current(seller, rulebook, instant_of("2026-02-01"))
    assert first.as_of == first.known_at == instant_of("2026-01-05")
    assert current(seller, rulebook, instant_of("2026-07-03T23:59:59.999999")) == first
    released = current(seller, rulebook, instant_of("2026-07-04"))
    assert released.as_of == instant_of("2026-07-04")
    assert released.known_at == first.known_at
    assert current(seller, rulebook, instant_of("2026-12-01")) == released


def test_the_live_answer_can_be_asked_for_again() -> None:
    found = current(SUSPENDED.seller, SUSPENDED.rulebook, instant_of("2026-08-01"))
    assert found == SUSPENDED.standing("2026-07-04")


def test_before_the_first_pack_there_is_no_standing() -> None:
    with pytest.raises(BeforeFirstPack, match=r"2019-12-31T23:59:59\.999999Z"):
        given(POLICY).standing("2019-12-31T23:59:59.999999")
