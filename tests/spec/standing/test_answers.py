"""Rarer answers: bars that a pack narrows, editions to come, and what time does not change."""

import pytest

from ledger.decide.commands import actor_of
from ledger.standing.standing import current
from tests.spec.described import instant_of, violation
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
    waive,
)

NOBODY = given(POLICY)
WARNED = given(LADDER, report("v1", "perfumes", "2026-01-05"))
FROZEN = given(LADDER, report("v1", "false-delivery", "2026-01-05"))
SUSPENDED = given(POLICY, report("v1", "illegal-drugs", "2026-01-05"))
MILD = pack("aliexpress-ladder", {"buckets.points.milestones.first-freeze.bars": ["promotion"]})
PROMOTION_BARRED = given(MILD, report("v1", "false-delivery", "2026-01-05"))
FREEZES_MORE = pack("aliexpress-ladder", {"freeze.on": ["freeze-of-selling"]})
MONEY_ONLY = given(FREEZES_MORE, report("v1", "false-delivery", "2026-01-05"))

# fmt: off
WORDS = [
    # story, as of, status, sell, promote, withdraw
    (WARNED, "2026-01-05", "active", True, True, True),
    (PROMOTION_BARRED, "2026-01-05", "restricted", True, False, True),
    (MONEY_ONLY, "2026-01-05", "restricted", False, False, False),
    (MONEY_ONLY, "2026-01-12", "active", True, True, False),
]
# fmt: on


@pytest.mark.parametrize(("story", "as_of", "status", "sell", "promote", "withdraw"), WORDS)
def test_the_words_of_a_standing(story: Story, as_of, status, sell, promote, withdraw) -> None:
    found = story.standing(as_of)
    assert (found.status, found.can_sell, found.can_promote, found.can_withdraw) == (
        status,
        sell,
        promote,
        withdraw,
    )


def test_a_suspended_seller_may_not_promote_whatever_is_left_open() -> None:
    """A sanction of a milestone may bar less, but suspension ends promotion by itself."""
    seller = SUSPENDED.seller
    from msgspec.structs import replace

    open_ = replace(seller, sanctions=tuple(replace(s, bars=()) for s in seller.sanctions))
    found = Story(SUSPENDED.rulebook, open_).standing("2026-01-05")
    assert (found.can_sell, found.can_promote) == (True, False)


# fmt: off
NEXT_MULTIPLE = [(0, 12), (11, 1), (12, 12), (13, 11), (24, 12), (40, 8)]
# fmt: on


@pytest.mark.parametrize(("points", "to_next"), NEXT_MULTIPLE)
def test_the_way_to_the_next_multiple(points, to_next) -> None:
    story = given(LADDER, violation("v1", "2026-01-05", rule="misdescription", points=points))
    (found,) = (b for b in story.standing("2026-01-05").buckets if b.bucket == "listing-quality")
    assert (found.value, found.limit, found.to_next_milestone, found.next_milestone) == (
        points,
        None,
        to_next,
        "freeze",
    )


# -- when it changes by itself ------------------------------------------------------------

STRICTER = edition_of(POLICY, "2026-06-01", "2026-06-01", {"buckets.points.limit": 36})

# fmt: off
CHANGES = [
    # story, as of, the next change
    (SUSPENDED, "2026-01-04", "2026-01-05"),
    (FROZEN, "2026-01-05", "2026-01-12"),
    (given(POLICY, report("v1", "weapons", "2026-01-05", points=0)), "2026-01-05", None),
    (given(POLICY, report("v1", "weapons", "2026-01-05"), annul("v1", "2026-02-01")),
     "2026-02-01", None),
]
# fmt: on


@pytest.mark.parametrize(("story", "as_of", "change"), CHANGES)
def test_the_next_change_that_time_alone_brings(story: Story, as_of, change) -> None:
    assert story.standing(as_of).next_change_at == (None if change is None else instant_of(change))


# fmt: off
LIVE = [
    # story, now, the instant at which the live answer last changed
    (SUSPENDED, "2026-01-05", "2026-01-05"),
    (SUSPENDED, "2030-01-01", "2027-01-05"),
    (given(POLICY, published(STRICTER, "2026-05-01")), "2026-05-15", "2026-05-01"),
    (given(POLICY, published(STRICTER, "2026-05-01")), "2026-07-15", "2026-06-01"),
    (NOBODY, "2026-07-15", "2020-01-01"),
]
# fmt: on


@pytest.mark.parametrize(("story", "now", "since"), LIVE)
def test_the_live_answer_stays_the_same_until_something_happens(story: Story, now, since) -> None:
    live = current(story.seller, story.rulebook, instant_of(now))
    assert live.as_of == instant_of(since)
    again = current(story.seller, story.rulebook, instant_of(now) + 1)
    assert live == again


def test_the_rules_are_those_in_force_at_the_instant_asked_about() -> None:
    story = given(POLICY, published(STRICTER, "2026-05-01"))
    policies = [story.standing(on).policy for on in ("2026-05-31T23:59:59.999999", "2026-06-01")]
    assert policies == ["aliexpress@2020-01-01", "aliexpress@2026-06-01"]
    assert [story.standing(on).buckets[0].limit for on in ("2026-05-31", "2026-06-01")] == [48, 36]


def test_a_standing_says_how_far_in_the_log_it_reaches() -> None:
    found = SUSPENDED.standing("2026-01-05")
    assert (found.position, found.known_at) == (3, instant_of("2026-01-05"))


# -- who is behind a request --------------------------------------------------------------


def test_every_command_names_who_is_behind_it() -> None:
    asked = (
        report("v1", "weapons", "2026-01-05"),
        annul("v1", "2026-01-06", by="anna"),
        waive("sanction-2", "2026-01-07", by="ben"),
    )
    assert [actor_of(one.command) for one in asked] == [
        ("reported_by", "monitor"),
        ("annulled_by", "anna"),
        ("waived_by", "ben"),
    ]
