"""Why a standing is what it is, and what would change it: cases worked out by hand."""

import pytest

from ledger.standing.explanation import Cause, ExplainedSanction, ExplainedViolation, Without
from tests.spec.described import instant_of
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

CAPPED = pack(patch={"buckets.points.daily_cap": 6})
MERGING = pack(patch={"buckets.strikes.merge_days": 3})


def violations(story: Story, as_of: str, bucket: str = "points") -> dict[str, ExplainedViolation]:
    """The bucket's violations as explained, by id."""
    found = next(b for b in story.explained(as_of).buckets if b.standing.bucket == bucket)
    return {v.violation_id: v for v in found.violations}


def the_sanction(story: Story, as_of: str) -> ExplainedSanction:
    (found,) = story.explained(as_of).sanctions
    return found


SUSPENDED_BY_TWO = given(
    POLICY, report("v-1", "weapons", "2026-01-05"), report("v-2", "weapons", "2026-02-10")
)


def test_a_suspension_by_two_is_explained_by_both() -> None:
    sanction = the_sanction(SUSPENDED_BY_TWO, "2026-03-01")
    assert (sanction.sanction.sanction, sanction.threshold) == ("suspension", 48)
    assert sanction.policy == "aliexpress@2020-01-01"
    assert sanction.causes == (
        Cause("v-1", counted=24, fired=False, cancelled=False),
        Cause("v-2", counted=24, fired=True, cancelled=False),
    )


def test_either_of_two_would_lift_their_suspension() -> None:
    lift = the_sanction(SUSPENDED_BY_TWO, "2026-03-01").lift
    assert lift.alone == ("v-1", "v-2")
    assert lift.together == ()
    assert lift.ends_at is None


def test_a_violation_is_explained_by_rule_pack_points_and_lapse() -> None:
    v = violations(SUSPENDED_BY_TWO, "2026-03-01")["v-1"]
    assert (v.rule, v.policy, v.given, v.counted, v.why) == (
        "weapons",
        "aliexpress@2020-01-01",
        24,
        24,
        None,
    )
    assert v.digest == POLICY.digest.removeprefix("sha256:")[:8]
    assert v.reference == "004 Q65; points: operator default"
    assert v.lapses_at == instant_of("2027-01-05")
    assert v.without == Without(value=24, status="active", lifted=("sanction-3",))


def test_a_rule_without_a_source_of_its_own_has_that_of_its_pack() -> None:
    story = given(POLICY, report_strike("v-1", "2026-01-05"))
    assert violations(story, "2026-02-01", "strikes")["v-1"].reference == POLICY.reference


def test_a_redundant_violation_would_lift_nothing_alone() -> None:
    story = SUSPENDED_BY_TWO.also(report("v-3", "weapons", "2026-02-20"))
    found = violations(story, "2026-03-01")
    # Without any one of the three, the other two still reach 48.
    assert {v.without for v in found.values()} == {Without(48, "suspended", ())}
    lift = the_sanction(story, "2026-03-01").lift
    assert lift.alone == ()
    assert lift.together == ("v-3", "v-2")


def test_the_weightiest_are_named_where_several_would_be_needed() -> None:
    story = given(
        POLICY,
        report("small", "medicines", "2026-01-05"),
        report("large", "weapons", "2026-01-06"),
        report("last", "weapons", "2026-01-07"),
        report("later", "weapons", "2026-01-08"),
    )
    # 78 points: 31 would have to go, and 24 is the most that one has.
    assert the_sanction(story, "2026-02-01").lift.together == ("later", "last")


def test_a_waiver_is_named_with_the_people_it_takes() -> None:
    asked = SUSPENDED_BY_TWO.also(waive("sanction-3", "2026-03-01", by="ann"))
    lift = the_sanction(asked, "2026-03-02").lift
    assert lift.waiver_takes_two
    assert lift.proposed_by == "ann"


def test_an_expired_cause_can_still_lift_what_it_brought() -> None:
    story = SUSPENDED_BY_TWO.also(time_passes("2027-06-01"))
    assert violations(story, "2027-06-01") == {}
    assert the_sanction(story, "2027-06-01").lift.alone == ("v-1", "v-2")
    assert story.explained("2027-06-01").not_counted.expired == 2


CAPPED_DAY = given(
    CAPPED,
    report("v-1", "perfumes", "2026-01-05T08:00:00", points=4),
    report("v-2", "perfumes", "2026-01-05T09:00:00", points=4),
    report("v-3", "perfumes", "2026-01-05T10:00:00", points=4),
    report("v-4", "perfumes", "2026-01-06T10:00:00", points=4),
)


@pytest.mark.parametrize(
    ("violation_id", "counted", "why", "value_without"),
    [
        ("v-1", 4, None, 10),  # v-2 counts 4 then, and v-3 the 2 that are left
        ("v-2", 2, "the day's cap of 6 was reached", 10),
        ("v-3", 0, "the day's cap of 6 was reached", 10),
        ("v-4", 4, None, 6),
    ],
)
def test_a_capped_day(violation_id: str, counted: int, why: str | None, value_without: int) -> None:
    found = violations(CAPPED_DAY, "2026-02-01")[violation_id]
    assert (found.given, found.counted, found.why) == (4, counted, why)
    assert found.without is not None
    assert found.without.value == value_without


MERGED_STRIKES = given(
    MERGING,
    report_strike("v-1", "2026-01-05"),
    report_strike("v-2", "2026-01-07"),
    report_strike("v-3", "2026-01-09"),
)


@pytest.mark.parametrize(
    ("violation_id", "counted", "why", "value_without"),
    [
        ("v-1", 1, None, 1),  # v-2 counts then, and v-3 merges with it
        ("v-2", 0, "merged: less than 3 days from v-1", 2),
        ("v-3", 1, None, 1),
    ],
)
def test_merged_strikes(
    violation_id: str, counted: int, why: str | None, value_without: int
) -> None:
    found = violations(MERGED_STRIKES, "2026-02-01", "strikes")[violation_id]
    assert (found.given, found.counted, found.why) == (1, counted, why)
    assert found.without is not None
    assert found.without.value == value_without


def test_a_merged_violation_has_to_go_too_where_it_would_count_instead() -> None:
    at_once = pack(patch={"buckets.strikes.merge_days": 3, "buckets.strikes.limit": 1})
    story = given(
        at_once,
        report_strike("v-1", "2026-01-05"),
        report_strike("v-2", "2026-01-05"),
        report_strike("v-3", "2026-06-05"),
        annul("v-3", "2026-06-06"),
    )
    lift = the_sanction(story, "2026-07-01").lift
    assert (lift.alone, lift.together) == ((), ("v-1", "v-2"))


def test_what_merged_is_no_cause() -> None:
    story = MERGED_STRIKES.also(report_strike("v-4", "2026-01-20"))
    causes = the_sanction(story, "2026-02-01").causes
    assert [(c.violation_id, c.fired) for c in causes] == [
        ("v-1", False),
        ("v-3", False),
        ("v-4", True),
    ]


def test_two_sanctions_are_explained_apart() -> None:
    story = given(
        LADDER,
        report("v-1", "medicines", "2026-01-05"),
        report("v-2", "medicines", "2026-01-06"),
    )
    restriction, freeze = story.explained("2026-01-07").sanctions
    assert (restriction.threshold, freeze.threshold) == (6, 12)
    assert [c.violation_id for c in restriction.causes] == ["v-1"]
    assert [c.violation_id for c in freeze.causes] == ["v-1", "v-2"]
    # Without v-1, v-2 would have brought the restriction, and it would still run.
    assert restriction.lift.alone == ()
    assert restriction.lift.together == ("v-2", "v-1")
    assert freeze.lift.alone == ("v-1", "v-2")
    assert restriction.lift.ends_at == instant_of("2026-01-08")
    assert freeze.lift.ends_at == instant_of("2026-01-13")
    without = violations(story, "2026-01-07")["v-1"].without
    assert without == Without(6, "restricted", (freeze.sanction.sanction_id,))


def test_sanctions_of_one_bucket_hold_against_another_buckets_annulments() -> None:
    story = SUSPENDED_BY_TWO.also(report_strike("s-1", "2026-02-15"))
    assert violations(story, "2026-03-01", "strikes")["s-1"].without == Without(0, "suspended", ())
    assert the_sanction(story, "2026-03-01").lift.alone == ("v-1", "v-2")


def test_after_an_overturn_the_counterfactual_starts_from_what_is_left() -> None:
    story = SUSPENDED_BY_TWO.also(
        report("v-3", "weapons", "2026-02-20"), annul("v-2", "2026-02-25")
    )
    found = violations(story, "2026-03-01")
    assert {name: v.without for name, v in found.items()} == {
        "v-1": Without(24, "active", ("sanction-3",)),
        "v-3": Without(24, "active", ("sanction-3",)),
    }
    sanction = the_sanction(story, "2026-03-01")
    # It began with v-2, whatever became of it, and stays because v-1 and v-3 reach 48.
    assert sanction.causes == (
        Cause("v-1", counted=24, fired=False, cancelled=False),
        Cause("v-2", counted=24, fired=True, cancelled=True),
    )
    assert sanction.lift.alone == ("v-1", "v-3")
    assert story.explained("2026-03-01").not_counted.cancelled == 1


def test_a_sanction_lifted_since_is_explained_as_it_was_with_its_end() -> None:
    story = SUSPENDED_BY_TWO.also(annul("v-1", "2026-02-25"))
    sanction = the_sanction(story, "2026-02-20")
    assert sanction.lift.ends_at == instant_of("2026-02-25")
    assert sanction.causes[0] == Cause("v-1", counted=24, fired=False, cancelled=True)


def test_a_seller_near_a_milestone_is_pre_warned() -> None:
    warning = pack(patch={"buckets.points.pre_warning": 24})
    one = given(warning, report("v-1", "weapons", "2026-01-05"))
    (points, strikes) = one.explained("2026-02-01").buckets
    assert (points.pre_warning, points.pre_warned) == (24, True)
    assert (strikes.pre_warning, strikes.pre_warned) == (None, False)
    less = given(warning, report("v-1", "weapons", "2026-01-05", points=23))
    assert not less.explained("2026-02-01").buckets[0].pre_warned


def test_a_seller_never_heard_of_has_nothing_to_explain() -> None:
    nobody = given(POLICY).explained("2026-03-01")
    assert [b.violations for b in nobody.buckets] == [(), ()]
    assert nobody.sanctions == ()
