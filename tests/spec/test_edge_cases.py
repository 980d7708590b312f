"""The edge cases that the rules name one by one (RULES §8), each as a specification."""

import pytest

from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import SanctionImposed
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from tests.spec.described import (
    annulled,
    expired,
    found_in_error,
    freeze,
    instant_of,
    lifted,
    released,
    sanction,
    strike,
    suspension,
    violation,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    Story,
    annul,
    given,
    pack,
    report,
    report_strike,
    time_passes,
    waive,
)

MADRID = pack("aliexpress", {"zone": "Europe/Madrid"})


def points(story: Story, as_of: str) -> int:
    return next(b.value for b in story.standing(as_of).buckets if b.bucket == "points")


def fired(story: Story) -> list[str]:
    return [fact.milestone for fact in story.facts if isinstance(fact, SanctionImposed)]


# -- expiry and the calendar --------------------------------------------------------------

# fmt: off
LIVES = [
    # effective, lapses: 365 days of 86,400 seconds, whatever the calendar says
    ("2027-02-28T12:00:00", "2028-02-28T12:00:00"),  # the year before a leap day
    ("2027-03-01T12:00:00", "2028-02-29T12:00:00"),  # ends on the leap day
    ("2028-02-28T12:00:00", "2029-02-27T12:00:00"),  # runs through the leap day
    ("2028-02-29T12:00:00", "2029-02-28T12:00:00"),  # begins on the leap day
    ("2028-02-29T23:59:59.999999", "2029-02-28T23:59:59.999999"),
]
# fmt: on


@pytest.mark.parametrize("policy", [POLICY, LADDER, MADRID])
@pytest.mark.parametrize(("effective", "lapses"), LIVES)
def test_expiry_on_a_leap_day(policy, effective: str, lapses: str) -> None:
    story = given(policy, report("v1", "weapons", effective))
    assert story.recorded["v1"].lapses_at == instant_of(lapses)
    just_before = (instant_of(lapses) - 1, 24)
    for as_of, value in (just_before, (instant_of(lapses), 0)):
        assert story.seller.value("points", as_of) == value
    given(policy, report("v1", "weapons", effective)).also(time_passes(lapses))


@pytest.mark.parametrize(
    ("effective", "lapses"),
    [
        # 13:00 in Madrid by winter time; a year on, on the very day of change, 14:00.
        ("2025-03-29T12:00:00", "2026-03-29T12:00:00"),
        # In the hour that is shown twice when summer time ends.
        ("2025-10-26T00:30:00", "2026-10-26T00:30:00"),
        ("2025-10-26T01:30:00", "2026-10-26T01:30:00"),
    ],
)
def test_expiry_across_daylight_saving_in_the_packs_time_zone(effective: str, lapses: str) -> None:
    story = given(MADRID, report("v1", "weapons", effective))
    assert story.recorded["v1"].lapses_at == instant_of(lapses)
    recorded = story.also(time_passes(lapses)).facts[-1]
    expired("v1", effective_at=instant_of(lapses)).check(recorded, instant_of(lapses))


def test_a_freeze_of_180_days_across_daylight_saving_is_180_times_86400_seconds() -> None:
    (
        given(MADRID)
        .when(report("v1", "illegal-drugs", "2026-01-05T12:00:00"))
        .then(
            violation("v1"),
            suspension(because_of="v1"),
            freeze(days=180, ends_at=instant_of("2026-07-04T12:00:00")),
        )
    )


def test_a_daily_cap_holds_for_the_day_of_the_packs_time_zone() -> None:
    policy = pack("aliexpress", {"zone": "Europe/Madrid", "buckets.points.daily_cap": 24})
    one_day_in_madrid = given(
        policy,
        report("v1", "weapons", "2026-06-30T22:30:00"),
        report("v2", "weapons", "2026-07-01T21:30:00"),
    )
    assert points(one_day_in_madrid, "2026-07-02") == 24
    (
        one_day_in_madrid.when(report("v3", "weapons", "2026-07-01T22:30:00")).then(
            violation("v3", local_day=instant_of("2026-07-02") // DAY_US),
            suspension(because_of="v3"),
            freeze(days=180),
        )
    )


# -- two at once, and jumps ---------------------------------------------------------------


def test_two_violations_at_one_instant() -> None:
    """The order of the log decides: the second of them suspends, and they expire in that order."""
    at = "2026-01-05T10:00:00"
    story = given(POLICY, report("v1", "weapons", at))
    (
        story.when(report("v2", "weapons", at)).then(
            violation("v2"), suspension(because_of="v2"), freeze(days=180)
        )
    )
    later = story.also(report("v2", "weapons", at), time_passes("2027-01-05T10:00:00"))
    first, second = later.facts[-2:]
    expired("v1", effective_at=instant_of("2027-01-05T10:00:00")).check(first, first.recorded_at)
    expired("v2", effective_at=instant_of("2027-01-05T10:00:00")).check(second, first.recorded_at)


def test_a_violation_at_the_very_instant_at_which_another_lapses() -> None:
    (
        given(POLICY, violation("v1", "2025-01-05", points=24))
        .when(report("v2", "weapons", "2026-01-05"))
        .then(violation("v2"))
    )


def test_an_annulment_at_the_instant_of_the_recording() -> None:
    (
        given(POLICY, report("v1", "illegal-drugs", "2026-01-05"))
        .when(annul("v1", "2026-01-05"))
        .then(
            annulled("v1"),
            lifted("sanction-2", because_of="v1"),
            released("freeze-3", "lifted", effective_at=instant_of("2026-01-05")),
        )
    )


def test_from_10_to_26_points_by_one_fact_the_highest_milestone_fires_alone() -> None:
    (
        given(LADDER, report("v1", "weapons", "2026-01-05", points=10))
        .when(report("v2", "weapons", "2026-02-01", points=16))
        .then(
            violation("v2", points=16),
            sanction("freeze-of-selling", "v2", days=14, milestone="points-24"),
        )
    )


def test_from_12_to_8_to_13_the_milestone_fires_again() -> None:
    story = given(
        LADDER,
        report("v1", "weapons", "2025-01-10", points=4),
        report("v2", "weapons", "2025-06-01", points=8),
        time_passes("2026-01-10"),
    )
    assert [points(story, on) for on in ("2026-01-09", "2026-01-10")] == [12, 8]
    (
        story.when(report("v3", "weapons", "2026-02-01", points=5)).then(
            violation("v3"), sanction("freeze-of-selling", "v3", days=7, milestone="points-12")
        )
    )


def test_from_12_to_8_to_13_by_an_annulment() -> None:
    (
        given(
            LADDER,
            report("v1", "weapons", "2026-01-10", points=4),
            report("v2", "weapons", "2026-02-01", points=8),
            annul("v1", "2026-02-03"),
        )
        .when(report("v3", "weapons", "2026-02-05", points=5))
        .then(violation("v3"), sanction("freeze-of-selling", "v3", days=7, milestone="points-12"))
    )


# -- overturned late ----------------------------------------------------------------------


def test_overturned_after_it_expired() -> None:
    """The suspension outlived its points; it does not outlive their overturning."""
    story = given(POLICY, report("v1", "illegal-drugs", "2025-01-05"), time_passes("2026-02-01"))
    assert story.standing("2026-02-01").status == "suspended"
    assert points(story, "2026-02-01") == 0
    (
        story.when(annul("v1", "2026-02-01")).then(
            annulled("v1"),
            lifted("sanction-2", because_of="v1"),
            found_in_error("sanction-2", days=392),
        )
    )


def test_overturned_after_the_suspension_was_served() -> None:
    """A suspension has no end of its own: it was served when it was waived."""
    (
        given(
            POLICY,
            report("v1", "illegal-drugs", "2026-01-05"),
            waive("sanction-2", "2026-01-20", by="anna"),
            waive("sanction-2", "2026-01-25", by="ben"),
        )
        .when(annul("v1", "2026-06-01"))
        .then(annulled("v1"), found_in_error("sanction-2", days=20))
    )


def test_overturned_after_a_freeze_of_selling_was_served() -> None:
    (
        given(LADDER, report("v1", "weapons", "2026-01-05"), time_passes("2026-03-01"))
        .when(annul("v1", "2026-03-01"))
        .then(annulled("v1"), found_in_error("sanction-2", days=14))
    )


def test_a_suspension_sustained_by_other_violations() -> None:
    story = given(
        POLICY,
        report("v1", "weapons", "2026-01-05"),
        report("v2", "weapons", "2026-01-06"),
        report("v3", "weapons", "2026-01-07"),
    )
    assert fired(story) == ["points-48"]
    (story.when(annul("v3", "2026-02-01")).then(annulled("v3")))
    after = story.also(annul("v1", "2026-02-01"))
    assert after.standing("2026-02-01").status == "suspended"
    assert after.standing("2026-02-01").freezes == story.standing("2026-02-01").freezes
    (
        story.when(annul("v1", "2026-02-01")).then(
            annulled("v1"), found_in_error("sanction-3", days=1)
        )
    )


# -- caps and merges ----------------------------------------------------------------------

CAPPED = pack("aliexpress", {"buckets.points.daily_cap": 10})


def test_a_capped_day_with_one_violation_overturned() -> None:
    day = given(
        CAPPED,
        report("v1", "weapons", "2026-01-05T08:00:00", points=8),
        report("v2", "weapons", "2026-01-05T09:00:00", points=8),
        report("v3", "weapons", "2026-01-05T10:00:00", points=8),
    )
    assert [v.counted for v in day.seller.violations] == [8, 2, 0]
    after = day.also(annul("v1", "2026-01-06"))
    assert [v.counted for v in after.seller.violations] == [0, 8, 2]
    # Its room is free from the beginning, but only for those who know.
    assert (points(day, "2026-01-05T09:30:00"), points(after, "2026-01-05T09:30:00")) == (10, 8)


def test_points_freed_fire_no_milestone() -> None:
    """Without v1, what v2 counts is no longer merged away: 48 points, and nobody is suspended."""
    policy = pack("aliexpress", {"buckets.points.merge_days": 3})
    story = given(
        policy,
        report("v1", "perfumes", "2026-01-05"),
        report("v2", "illegal-drugs", "2026-01-06"),
    )
    assert points(story, "2026-01-07") == 2
    story.when(annul("v1", "2026-01-07")).then(annulled("v1"))
    after = story.also(annul("v1", "2026-01-07"))
    assert (points(after, "2026-01-07"), after.standing("2026-01-07").status) == (48, "active")
    # Nor does the next one: it adds to 48, it does not cross it.
    after.when(report("v3", "perfumes", "2026-02-01")).then(violation("v3"))


def test_a_violation_on_a_full_day_fires_nothing_even_after_a_waiver() -> None:
    """A waived milestone fires with the next violation that counts, and this one does not."""
    policy = pack("aliexpress", {"buckets.points.daily_cap": 48})
    story = given(
        policy,
        report("v1", "illegal-drugs", "2026-01-05T08:00:00"),
        waive("sanction-2", "2026-01-05T09:00:00", by="anna"),
        waive("sanction-2", "2026-01-05T10:00:00", by="ben"),
    )
    story.when(report("v2", "weapons", "2026-01-05T11:00:00")).then(violation("v2", points=24))
    # Nor does one whose life was over before it was found.
    found_late = report("v3", "weapons", "2026-01-05T12:00:00", effective="2025-01-05")
    story.when(found_late).then(violation("v3", points=24), expired("v3"))


def test_a_lapse_never_frees_room_on_a_capped_day() -> None:
    policy = pack("aliexpress", {"buckets.points.daily_cap": 10, "rules.perfumes.life_days": 1})
    story = given(
        policy,
        report("v1", "perfumes", "2026-01-05T08:00:00", points=8),
        report("v2", "weapons", "2026-01-05T09:00:00", points=8),
        report("v3", "weapons", "2026-01-07", points=8, effective="2026-01-05T10:00:00"),
    )
    assert [v.counted for v in story.seller.violations] == [8, 2, 0]


def test_a_strike_merge_of_day_0_2_and_4() -> None:
    """Three days are the window: day 2 counts nothing and does not extend it, so day 4 counts."""
    story = given(
        LADDER,
        report_strike("day-0", "2026-01-05"),
        report_strike("day-2", "2026-01-07"),
        report_strike("day-4", "2026-01-09"),
    )
    assert [v.counted for v in story.seller.violations] == [1, 0, 1]
    assert fired(story) == ["strikes-1", "strikes-2"]
    assert [b.value for b in story.standing("2026-01-09").buckets if b.bucket == "strikes"] == [2]


def test_a_strike_exactly_the_window_later_counts() -> None:
    story = given(
        LADDER, report_strike("day-0", "2026-01-05"), report_strike("day-3", "2026-01-08")
    )
    assert [v.counted for v in story.seller.violations] == [1, 1]


def test_a_strike_merge_with_the_first_overturned() -> None:
    """Without day 0, day 2 counts, and day 4 merges into it."""
    story = given(
        LADDER,
        report_strike("day-0", "2026-01-05"),
        report_strike("day-2", "2026-01-07"),
        report_strike("day-4", "2026-01-09"),
        annul("day-0", "2026-01-10"),
    )
    assert [v.counted for v in story.seller.violations] == [0, 1, 0]


# -- facts delivered out of order ---------------------------------------------------------


def test_facts_delivered_out_of_order() -> None:
    """What is found late changes the past for who asks from now on, and fires today."""
    before = given(POLICY, report("v2", "weapons", "2026-03-01"))
    after = before.also(report("v1", "weapons", "2026-04-01", effective="2026-01-01"))
    asked = ("2025-12-31", "2026-01-01", "2026-02-15", "2026-03-01", "2026-04-01")
    assert [points(before, as_of) for as_of in asked] == [0, 0, 0, 24, 24]
    assert [points(after, as_of) for as_of in asked] == [0, 24, 24, 48, 48]
    # The sanction begins with its decision: in March nobody was suspended.
    assert after.standing("2026-03-15").status == "active"
    assert after.standing("2026-04-01").status == "suspended"


def test_what_was_known_earlier_is_answered_as_it_was() -> None:
    story = given(
        POLICY,
        report("v1", "illegal-drugs", "2026-01-05"),
        report("v2", "perfumes", "2026-04-01", effective="2026-01-02"),
        annul("v1", "2026-05-01"),
    )
    known = Seller("s-1")
    for fact in story.facts:
        if fact.recorded_at <= instant_of("2026-03-01"):
            known = evolve(known, fact, known.position + 1)
    then = Story(story.rulebook, known)
    assert (points(then, "2026-03-01"), points(story, "2026-03-01")) == (48, 2)
    assert then.standing("2026-03-01").status == "suspended"
    # Sanctions answer what was done: the later lift does not unmake March.
    assert story.standing("2026-03-01").status == "suspended"


def test_a_late_violation_lapses_by_its_effective_instant() -> None:
    (
        given(POLICY, violation("v1", "2026-03-01", points=24))
        .when(report("v2", "weapons", "2026-12-31", effective="2025-12-31"))
        .then(violation("v2"), expired("v2", effective_at=instant_of("2026-12-31")))
    )


# -- a seller nobody has heard of ---------------------------------------------------------


@pytest.mark.parametrize("policy", [POLICY, LADDER])
def test_a_seller_nobody_has_heard_of_has_a_clean_standing(policy) -> None:
    clean = given(policy).standing("2026-01-01")
    assert (clean.status, clean.can_sell, clean.can_promote, clean.can_withdraw) == (
        "active",
        True,
        True,
        True,
    )
    assert {bucket.value for bucket in clean.buckets} == {0}
    assert (clean.sanctions, clean.freezes, clean.next_change_at) == ((), (), None)
    assert clean.policy == policy.ref


def test_strikes_told_at_one_instant_suspend_once() -> None:
    at = "2026-01-05T10:00:00"
    story = given(POLICY, *(report_strike(f"v{n}", at) for n in range(1, 5)))
    assert fired(story) == ["strikes-3"]
    assert [type(f).__name__ for f in story.facts[:3]] == ["ViolationRecorded"] * 3
    strike("v4").check(story.facts[-1], instant_of(at))
