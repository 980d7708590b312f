"""Recording a violation: what it weighs, how long it counts, and which milestones it reaches."""

import pytest

from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import FundsFrozen, SanctionImposed
from ledger.facts.violations import ViolationRecorded
from ledger.policy.policy import Policy
from tests.spec.described import (
    Described,
    expired,
    freeze,
    instant_of,
    sanction,
    strike,
    suspension,
    violation,
)
from tests.spec.given import LADDER, POLICY, given, pack, report, report_strike

# -- what a violation weighs --------------------------------------------------------------

# fmt: off
WEIGHTS = [
    # rule, severity, points given, family, bucket, points, strikes, days to appeal
    ("illegal-drugs", None, None, "prohibited", "points", 48, 0, 4),
    ("weapons", None, None, "prohibited", "points", 24, 0, 4),
    ("weapons", None, 30, "prohibited", "points", 30, 0, 4),
    ("weapons", None, 0, "prohibited", "points", 0, 0, 4),
    ("weapons", None, 48, "prohibited", "points", 48, 0, 4),
    ("false-delivery", None, None, "transaction", "points", 12, 0, 4),
    ("fake-reviews", None, None, "listing-quality", "points", 6, 0, 4),
    ("perfumes", None, None, "prohibited", "points", 2, 0, 4),
    ("copyright", "general", None, "intellectual-property", "points", 6, 0, 3),
    ("copyright", "general", 9, "intellectual-property", "points", 9, 0, 3),
    ("copyright", "serious", None, "intellectual-property", "strikes", 0, 1, 3),
    ("patent", "serious", 0, "intellectual-property", "strikes", 0, 1, 3),
]
# fmt: on


@pytest.mark.parametrize(
    ("rule", "severity", "asked", "family", "bucket", "points", "strikes", "appeal"), WEIGHTS
)
def test_a_violation_weighs_what_its_rule_says(
    rule, severity, asked, family, bucket, points, strikes, appeal
) -> None:
    told = given(POLICY, report("v1", rule, "2026-01-05", points=asked, severity=severity))
    fact = told.recorded["v1"]
    assert (fact.family, fact.bucket, fact.points, fact.strikes, fact.appeal_days) == (
        family,
        bucket,
        points,
        strikes,
        appeal,
    )


def test_a_violation_carries_all_that_an_auditor_asks_for() -> None:
    fact = given(POLICY, report("v1", "weapons", "2026-01-05")).recorded["v1"]
    at = instant_of("2026-01-05")
    assert fact == ViolationRecorded(
        recorded_at=at,
        actor="monitor",
        violation_id="v1",
        rule="weapons",
        family="prohibited",
        bucket="points",
        points=24,
        lapses_at=at + 365 * DAY_US,
        appeal_days=4,
        source="platform",
        policy="aliexpress@2020-01-01",
        digest=POLICY.digest.removeprefix("sha256:")[:8],
        seal="sealed",
    )


def test_a_violation_lives_365_days_and_counts_no_longer_at_its_last_instant() -> None:
    story = given(POLICY, report("v1", "weapons", "2026-01-05T10:00:00"))
    values = {
        as_of: story.standing(as_of).buckets[0].value
        for as_of in (
            "2026-01-05T09:59:59.999999",
            "2026-01-05T10:00:00",
            "2027-01-05T09:59:59.999999",
            "2027-01-05T10:00:00",
        )
    }
    assert list(values.values()) == [0, 24, 24, 0]


def test_a_rule_with_a_life_of_its_own_outlives_its_bucket() -> None:
    policy = pack("aliexpress", {"rules.weapons.life_days": 730})
    fact = given(policy, report("v1", "weapons", "2026-01-05")).recorded["v1"]
    assert fact.lapses_at - fact.effective_at == 730 * DAY_US


def test_caps_merges_and_local_days_are_kept_as_decided() -> None:
    policy = pack(
        "aliexpress",
        {"zone": "Asia/Shanghai", "buckets.points.daily_cap": 12, "buckets.points.merge_days": 3},
    )
    fact = given(policy, report("v1", "weapons", "2026-01-05T20:00:00")).recorded["v1"]
    assert (fact.daily_cap, fact.merge_days) == (12, 3)
    assert fact.local_day == instant_of("2026-01-06") // DAY_US


def test_the_day_is_left_out_where_it_is_the_one_in_utc() -> None:
    policy = pack("aliexpress", {"zone": "Asia/Shanghai"})
    assert given(policy, report("v1", "weapons", "2026-01-05")).recorded["v1"].local_day is None


# -- suspension ---------------------------------------------------------------------------


def test_47_points_are_not_48() -> None:
    (
        given(POLICY, violation("v1", "2026-01-05", points=46))
        .when(report("v2", "perfumes", "2026-02-01", points=1))
        .then(violation("v2", points=1))
    )


def test_exactly_48_points_suspend_and_freeze_for_180_days() -> None:
    (
        given(POLICY, violation("v1", "2026-01-05", points=46))
        .when(report("v2", "perfumes", "2026-02-01"))
        .then(
            violation("v2", points=2),
            suspension(
                because_of="v2",
                sanction_id="sanction-3",
                milestone="points-48",
                bucket="points",
                rung="suspension",
                bars=("promotion", "selling"),
                starts_at=instant_of("2026-02-01"),
                policy="aliexpress@2020-01-01",
            ),
            freeze(days=180, freeze_id="freeze-4", sanction_id="sanction-3", cause="suspension"),
        )
    )


def test_more_than_48_at_once_suspend_once() -> None:
    (
        given(POLICY, violation("v1", "2026-01-05", points=40))
        .when(report("v2", "illegal-drugs", "2026-02-01"))
        .then(violation("v2"), suspension(because_of="v2", milestone="points-48"), freeze(180))
    )


def test_the_third_strike_suspends_and_the_second_does_not() -> None:
    two = given(POLICY, report_strike("v1", "2026-01-05"))
    two.when(report_strike("v2", "2026-02-10")).then(strike("v2", strikes=1))
    (
        two.also(report_strike("v2", "2026-02-10"))
        .when(report_strike("v3", "2026-03-01"))
        .then(strike("v3"), suspension(because_of="v3", milestone="strikes-3"), freeze(days=180))
    )


def test_strikes_and_points_are_never_added_up() -> None:
    story = given(
        POLICY,
        report("v1", "weapons", "2026-01-05", points=47),
        report_strike("v2", "2026-01-06"),
        report_strike("v3", "2026-01-07"),
    )
    assert not [fact for fact in story.facts if isinstance(fact, SanctionImposed)]
    assert [(b.bucket, b.value) for b in story.standing("2026-01-07").buckets] == [
        ("points", 47),
        ("strikes", 2),
    ]


def test_points_that_lapsed_do_not_suspend() -> None:
    (
        given(POLICY, violation("v1", "2025-01-05", points=46))
        .when(report("v2", "perfumes", "2026-01-05"))
        .then(violation("v2"))
    )


def test_a_suspended_seller_is_still_recorded_and_not_suspended_twice() -> None:
    (
        given(POLICY, report("v1", "illegal-drugs", "2026-01-05"))
        .when(report("v2", "explosives", "2026-02-01"))
        .then(violation("v2", points=48))
    )


def test_each_bucket_suspends_by_itself() -> None:
    (
        given(
            POLICY,
            report("v1", "illegal-drugs", "2026-01-05"),
            strike("v2", "2026-01-06"),
            strike("v3", "2026-01-07"),
        )
        .when(report_strike("v4", "2026-01-08"))
        .then(strike("v4"), suspension(because_of="v4", milestone="strikes-3"), freeze(days=180))
    )


def test_a_violation_of_no_points_fires_nothing() -> None:
    (
        given(POLICY, violation("v1", "2026-01-05", points=48))
        .when(report("v2", "weapons", "2026-01-06", points=0))
        .then(violation("v2", points=0))
    )


def test_what_follows_names_its_cause_and_nobody_as_its_author() -> None:
    recorded, imposed, frozen = given(POLICY, report("v1", "explosives", "2026-01-05")).facts
    assert (recorded.actor, recorded.caused_by) == ("monitor", None)
    for fact in (imposed, frozen):
        assert (fact.actor, fact.caused_by) == ("ledger", "seller-s-1.1")
        assert fact.recorded_at == recorded.recorded_at


def test_a_pack_may_freeze_funds_on_other_sanctions() -> None:
    policy = pack("aliexpress-ladder", {"freeze.on": ["freeze-of-selling"], "freeze.days": 5})
    given(policy).when(report("v1", "weapons", "2026-01-05")).then(
        violation("v1"),
        sanction("freeze-of-selling", because_of="v1", days=14),
        freeze(days=5, cause="freeze-of-selling"),
    )
    given(policy).when(report("v1", "explosives", "2026-01-05")).then(
        violation("v1"), suspension(because_of="v1")
    )


# -- the ladder ---------------------------------------------------------------------------

BARS_SELLING = ("promotion", "selling")
# fmt: off
LADDER_OF_POINTS = [
    # points before, points added, sanction, milestone, days, bars
    (0, 1, None, None, None, None),
    (0, 2, "warning", "points-2", 0, ()),
    (1, 1, "warning", "points-2", 0, ()),
    (2, 3, None, None, None, None),
    (5, 1, "restriction-of-operations", "points-6", 3, ("listing",)),
    (6, 5, None, None, None, None),
    (11, 1, "freeze-of-selling", "points-12", 7, BARS_SELLING),
    (12, 11, None, None, None, None),
    (23, 1, "freeze-of-selling", "points-24", 14, BARS_SELLING),
    (35, 1, "freeze-of-selling", "points-36", 30, BARS_SELLING),
    (36, 11, None, None, None, None),
    (47, 1, "suspension", "points-48", None, BARS_SELLING),
    (0, 48, "suspension", "points-48", None, BARS_SELLING),
    (0, 47, "freeze-of-selling", "points-36", 30, BARS_SELLING),
]
# fmt: on


@pytest.mark.parametrize(("before", "added", "kind", "milestone", "days", "bars"), LADDER_OF_POINTS)
def test_each_milestone_of_points_in_the_ladder_pack(
    before, added, kind, milestone, days, bars
) -> None:
    follows: list[Described] = [violation("v2", points=added)]
    if kind is not None:
        follows.append(sanction(kind, "v2", days=days, milestone=milestone, bars=bars))
    if kind == "suspension":
        follows.append(freeze(days=180))
    (
        given(LADDER, violation("v1", "2026-01-05", points=before))
        .when(report("v2", "weapons", "2026-02-01", points=added))
        .then(*follows)
    )


STRIKES = [(0, "strikes-1", 1), (1, "strikes-2", 7)]


@pytest.mark.parametrize(("before", "milestone", "days"), STRIKES)
def test_each_milestone_of_strikes_in_the_ladder_pack(before, milestone, days) -> None:
    earlier = [strike(f"v{n}", f"2026-0{n + 1}-05") for n in range(before)]
    (
        given(LADDER, *earlier)
        .when(report_strike("now", "2026-06-01"))
        .then(strike("now"), sanction("freeze-of-selling", "now", days, milestone=milestone))
    )


def test_the_third_strike_suspends_in_the_ladder_pack_too() -> None:
    (
        given(LADDER, strike("v1", "2026-01-05"), strike("v2", "2026-02-05"))
        .when(report_strike("v3", "2026-03-05"))
        .then(strike("v3"), suspension(because_of="v3", milestone="strikes-3"), freeze(days=180))
    )


# fmt: off
MULTIPLES = [
    # points before, points added, label, multiple
    (0, 11, None, None), (0, 12, "listing-quality-12", 1), (11, 1, "listing-quality-12", 1),
    (12, 11, None, None), (12, 12, "listing-quality-24", 2), (23, 1, "listing-quality-24", 2),
    (0, 40, "listing-quality-36", 3), (47, 1, "listing-quality-48", 4),
    (48, 12, "listing-quality-60", 5),
]
# fmt: on


@pytest.mark.parametrize(("before", "added", "label", "multiple"), MULTIPLES)
def test_listing_quality_freezes_at_every_multiple_of_12(before, added, label, multiple) -> None:
    follows = [violation("v2", points=added, bucket="listing-quality")]
    if label is not None:
        follows.append(
            sanction(
                "freeze-of-selling", "v2", 7, milestone=label, multiple=multiple, rung="freeze"
            )
        )
    (
        given(LADDER, violation("v1", "2026-01-05", rule="misdescription", points=before))
        .when(report("v2", "misdescription", "2026-02-01", points=added))
        .then(*follows)
    )


def test_a_milestone_whose_sanction_has_an_end_fires_again_while_it_runs() -> None:
    """Crossing again after falling below fires again; only what has no end fires once."""
    (
        given(
            LADDER,
            violation("v1", "2025-01-05", points=6),
            report("v2", "false-delivery", "2026-01-04T12:00:00", points=6),
        )
        .when(report("v3", "false-delivery", "2026-01-06", points=6))
        .then(violation("v3"), sanction("freeze-of-selling", "v3", 7, milestone="points-12"))
    )


# -- what a pack may choose ---------------------------------------------------------------

ALL = pack("aliexpress-ladder", {"options.crossing_several": "all"})
ONCE = pack("aliexpress-ladder", {"options.fires_again_after_falling": False})


def test_a_pack_may_fire_every_milestone_crossed() -> None:
    (
        given(ALL)
        .when(report("v1", "weapons", "2026-01-05", points=12))
        .then(
            violation("v1"),
            sanction("warning", "v1", milestone="points-2", sanction_id="sanction-2"),
            sanction("restriction-of-operations", "v1", milestone="points-6"),
            sanction("freeze-of-selling", "v1", milestone="points-12", sanction_id="sanction-4"),
        )
    )


def test_a_pack_may_fire_every_multiple_crossed() -> None:
    (
        given(ALL, violation("v1", "2026-01-05", rule="misdescription", points=5))
        .when(report("v2", "misdescription", "2026-02-05", points=31))
        .then(
            violation("v2"),
            sanction("freeze-of-selling", "v2", 7, multiple=1),
            sanction("freeze-of-selling", "v2", 7, multiple=2),
            sanction("freeze-of-selling", "v2", 7, multiple=3),
        )
    )


@pytest.mark.parametrize(("policy", "fires"), [(LADDER, True), (ONCE, False)])
def test_a_pack_may_fire_a_milestone_once_only(policy: Policy, fires: bool) -> None:
    follows = [violation("v2")]
    if fires:
        follows.append(sanction("freeze-of-selling", "v2", 7, milestone="points-12"))
    (
        given(policy, report("v1", "false-delivery", "2025-01-05"))
        .when(report("v2", "false-delivery", "2026-06-05"))
        .then(*follows)
    )


# -- found late ---------------------------------------------------------------------------


def test_a_sanction_begins_when_it_is_decided_however_far_back_its_cause() -> None:
    (
        given(POLICY)
        .when(report("v1", "illegal-drugs", "2026-03-05T12:00:00", effective="2026-01-01"))
        .then(
            violation("v1", effective_at=instant_of("2026-01-01")),
            suspension(because_of="v1", starts_at=instant_of("2026-03-05T12:00:00")),
            freeze(days=180, starts_at=instant_of("2026-03-05T12:00:00")),
        )
    )


def test_a_violation_found_after_its_life_is_recorded_expired_and_fires_nothing() -> None:
    story = given(POLICY)
    (
        story.when(report("v1", "illegal-drugs", "2026-03-05", effective="2025-03-05")).then(
            violation("v1", points=48), expired("v1", effective_at=instant_of("2026-03-05"))
        )
    )
    late = story.also(report("v1", "illegal-drugs", "2026-03-05", effective="2025-03-05"))
    assert late.facts[1].caused_by == "seller-s-1.1"
    assert late.seller.next_due() is None


def test_a_violation_found_on_its_last_day_still_counts() -> None:
    (
        given(POLICY)
        .when(report("v1", "illegal-drugs", "2026-03-04T23:59:59", effective="2025-03-05"))
        .then(violation("v1"), suspension(because_of="v1"), freeze())
    )


def test_a_violation_may_be_effective_at_the_very_instant_of_its_report() -> None:
    given(POLICY).when(report("v1", "weapons", "2026-03-05", effective="2026-03-05")).then(
        violation("v1", effective_at=instant_of("2026-03-05"))
    )


def test_each_sanction_has_its_own_freeze() -> None:
    story = given(
        POLICY,
        report("v1", "illegal-drugs", "2026-01-05"),
        *(report_strike(f"s{day}", f"2026-02-0{day}") for day in (1, 2, 3)),
    )
    frozen = [fact.sanction_id for fact in story.facts if isinstance(fact, FundsFrozen)]
    assert frozen == ["sanction-2", "sanction-7"]
