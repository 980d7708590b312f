"""How facts change what is known of a seller, and what is true whether it is recorded or not."""

import pytest

from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from tests.spec.described import instant_of
from tests.spec.given import (
    LADDER,
    POLICY,
    annul,
    given,
    pack,
    report,
    report_strike,
    time_passes,
    waive,
)

ONE = given(POLICY, report("v-1", "weapons", "2026-01-05"))
SUSPENDED = ONE.also(report("v-2", "weapons", "2026-02-10"))


@pytest.mark.parametrize(
    ("instant", "value"),
    [
        ("2026-01-04T23:59:59.999999", 0),
        ("2026-01-05", 24),
        ("2027-01-04T23:59:59.999999", 24),
        ("2027-01-05", 0),
    ],
)
def test_a_violation_counts_from_its_first_instant_and_not_at_its_last(
    instant: str, value: int
) -> None:
    assert ONE.seller.value("points", instant_of(instant)) == value


@pytest.mark.parametrize(
    ("effective", "lapses"),
    [
        ("2023-03-01", "2024-02-29"),  # 365 days on, the leap day is the last
        ("2024-02-28", "2025-02-27"),
        ("2024-02-29", "2025-02-28"),
        ("2024-03-01", "2025-03-01"),
    ],
)
def test_a_life_is_365_days_with_a_leap_day_in_it_or_not(effective: str, lapses: str) -> None:
    story = given(POLICY, report("v-1", "weapons", effective))
    assert story.seller.violations[0].lapses_at == instant_of(lapses)


def test_a_violation_found_late_lives_from_its_effect() -> None:
    story = given(POLICY, report("v-1", "weapons", "2026-06-01", effective="2026-01-05"))
    (violation,) = story.seller.violations
    assert violation.lapses_at == instant_of("2027-01-05")
    assert story.seller.value("points", instant_of("2026-02-01")) == 24


def test_an_annulled_violation_is_gone_from_its_beginning() -> None:
    story = ONE.also(annul("v-1", "2026-03-01"))
    (violation,) = story.seller.violations
    assert (violation.counted, violation.weight) == (0, 24)
    assert violation.cancelled_at == instant_of("2026-03-01")
    assert story.seller.value("points", instant_of("2026-02-01")) == 0


def test_the_room_that_an_annulled_violation_took_is_free_again() -> None:
    story = given(
        pack(patch={"buckets.points.daily_cap": 6}),
        report("v-1", "medicines", "2026-01-05"),
        report("v-2", "medicines", "2026-01-05"),
    )
    assert [v.counted for v in story.seller.violations] == [6, 0]
    assert [v.counted for v in story.also(annul("v-1", "2026-02-01")).seller.violations] == [0, 6]


def test_a_lapse_frees_no_room() -> None:
    story = given(
        pack(patch={"buckets.strikes.merge_days": 3}),
        report_strike("v-1", "2026-01-05"),
        report_strike("v-2", "2026-01-07"),
        time_passes("2027-01-06"),
    )
    assert [v.counted for v in story.seller.violations] == [1, 0]
    assert [v.expired for v in story.seller.violations] == [True, False]


def test_points_that_count_nothing_have_added_nothing() -> None:
    story = given(POLICY, report("v-1", "weapons", "2026-01-05", points=0))
    assert not story.seller.violations[0].added


def test_a_violation_that_lapsed_before_it_was_found_has_added_nothing() -> None:
    story = given(POLICY, report("v-1", "weapons", "2026-01-05", effective="2024-01-05"))
    assert not story.seller.violations[0].added
    assert story.seller.violations[0].expired


def test_a_lifted_sanction_ran_until_it_was_lifted() -> None:
    (sanction,) = SUSPENDED.also(annul("v-1", "2026-03-01")).seller.sanctions
    assert (sanction.cut, sanction.until()) == ("lifted", instant_of("2026-03-01"))
    assert sanction.in_force_at(instant_of("2026-02-28T23:59:59.999999"))
    assert not sanction.in_force_at(instant_of("2026-03-01"))


def test_a_freeze_ends_with_its_suspension() -> None:
    (freeze,) = SUSPENDED.also(annul("v-1", "2026-03-01")).seller.freezes
    assert freeze.released
    assert freeze.ends_at == instant_of("2026-03-01")


def test_a_proposed_waiver_changes_nothing_until_a_second_person_agrees() -> None:
    proposed = SUSPENDED.also(waive("sanction-3", "2026-03-01", by="ann"))
    (sanction,) = proposed.seller.sanctions
    assert (sanction.proposed_by, sanction.until()) == ("ann", None)
    (sanction,) = proposed.also(waive("sanction-3", "2026-03-02", by="ben")).seller.sanctions
    assert (sanction.cut, sanction.until()) == ("waived", instant_of("2026-03-02"))


def test_the_end_of_a_sanction_is_true_before_it_is_recorded() -> None:
    story = given(LADDER, report("v-1", "medicines", "2026-01-05"))
    (sanction,) = story.seller.sanctions
    assert not sanction.ended
    assert not sanction.in_force_at(instant_of("2026-01-08"))
    assert story.also(time_passes("2026-01-08")).seller.sanctions[0].ended


def test_next_due_is_the_earliest_that_is_not_recorded_yet() -> None:
    assert SUSPENDED.seller.next_due() == instant_of("2026-08-09")
    released = SUSPENDED.also(time_passes("2026-08-09"))
    assert released.seller.next_due() == instant_of("2027-01-05")
    assert released.also(time_passes("2028-01-01")).seller.next_due() is None


def test_the_version_counts_the_facts() -> None:
    assert SUSPENDED.seller.version == len(SUSPENDED.facts)
    assert SUSPENDED.seller.recorded_at == instant_of("2026-02-10")


def test_replay_gives_the_same_seller() -> None:
    story = SUSPENDED.also(annul("v-1", "2026-03-01"), time_passes("2028-01-01"))
    seller = Seller("s-1")
    for position, fact in enumerate(story.facts, start=1):
        seller = evolve(seller, fact, position)
    assert seller == story.seller
