"""An upheld appeal: the violation never was, and what it brought is judged again (RULES §3.4)."""

import pytest

from ledger.decide.refusals import AlreadyAnnulled, AppealClosed
from ledger.facts.instants import Instant
from tests.spec.described import (
    annulled,
    cancelled,
    found_in_error,
    freeze,
    instant_of,
    lifted,
    released,
    sanction,
    suspension,
    upheld,
    violation,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    Asked,
    Story,
    annul,
    appeal,
    decide_appeal,
    given,
    pack,
    report,
    report_strike,
    time_passes,
    waive,
    withdraw,
)


def points(story: Story, as_of: str) -> int:
    return next(b.value for b in story.standing(as_of).buckets if b.bucket == "points")


def challenged(violation_id: str, on: str) -> Asked:
    """A round with all that any family demands, so that it waits for its decision."""
    return appeal(violation_id, on, ("photograph-1",), "approval-1")


def test_the_violation_is_cancelled_from_its_beginning_and_what_it_brought_is_lifted() -> None:
    story = given(
        POLICY, report("v1", "illegal-drugs", "2026-01-05"), challenged("v1", "2026-01-06")
    )
    decision = decide_appeal("v1", "2026-01-15", "upheld")
    story.when(decision).then(
        upheld("v1", actor="reviewer"),
        cancelled("v1", actor="reviewer", round=1, caused_by="seller-s-1.5"),
        lifted("sanction-2", because_of="v1"),
        released("freeze-3", "lifted", effective_at=instant_of("2026-01-15")),
        found_in_error("sanction-2", days=10),
    )
    after = story.also(decision)
    assert [points(known, "2026-01-10") for known in (story, after)] == [48, 0]
    assert after.standing("2026-01-10").status == "suspended", "what was done was done"
    now = after.standing("2026-01-15")
    assert (now.status, now.can_sell, now.can_withdraw, now.freezes) == ("active", True, True, ())


@pytest.mark.parametrize("until", ["2026-01-05", "2026-02-01", "2026-12-31"])
def test_an_upheld_appeal_does_what_an_annulment_at_that_instant_does(until: str) -> None:
    """But for its first facts, and for who decided."""
    told = [
        report("v1", "weapons", "2026-01-05"),
        report_strike("s1", "2026-01-05"),
        report("v2", "weapons", "2026-01-05"),
        report("v3", "misdescription", "2026-01-05", points=10),
    ]
    for policy in (POLICY, LADDER, pack("aliexpress-ladder", {"buckets.points.daily_cap": 40})):
        for which in ("v1", "v2", "v3", "s1"):
            story = given(policy, *told)
            won = story.also(
                challenged(which, "2026-01-05"),
                decide_appeal(which, until, "upheld"),
            )
            taken_back = story.also(time_passes(until), annul(which, until))
            for as_of in ("2026-01-06", until, "2027-06-01"):
                assert face(won, as_of) == face(taken_back, as_of)
            assert [v.counted for v in won.seller.violations] == [
                v.counted for v in taken_back.seller.violations
            ]


def face(story: Story, as_of: str) -> tuple[object, ...]:
    """What a standing says, without the addresses of facts."""
    found = story.standing(as_of)
    return (
        found.status,
        found.buckets,
        [(s.sanction_id, s.milestone, s.starts_at, s.until(), s.error_us) for s in found.sanctions],
        [(f.freeze_id, f.starts_at, f.ends_at) for f in found.freezes],
    )


def test_a_suspension_sustained_by_other_violations_stays_with_its_freeze() -> None:
    story = given(
        POLICY,
        report("v1", "weapons", "2026-01-05"),
        report("v2", "weapons", "2026-01-06"),
        report("v3", "weapons", "2026-01-07"),
        challenged("v1", "2026-01-08"),
    )
    decision = decide_appeal("v1", "2026-01-20", "upheld")
    # Without v1 it would have begun a day later, with v3.
    story.when(decision).then(upheld("v1"), cancelled("v1"), found_in_error("sanction-3", days=1))
    after = story.also(decision).standing("2026-01-20")
    assert after.status == "suspended"
    assert after.freezes == story.standing("2026-01-20").freezes


def test_the_last_of_three_strikes_won() -> None:
    story = given(
        POLICY,
        report_strike("s1", "2026-01-05"),
        report_strike("s2", "2026-02-05"),
        report_strike("s3", "2026-03-05"),
        challenged("s3", "2026-03-08"),
    )
    story.when(decide_appeal("s3", "2026-03-10", "upheld")).then(
        upheld("s3"),
        cancelled("s3"),
        lifted("sanction-4", because_of="s3"),
        released("freeze-5", "lifted"),
        found_in_error("sanction-4", days=5),
    )


def test_won_after_the_violation_expired() -> None:
    """The suspension outlived its points; it does not outlive their overturning."""
    story = given(
        POLICY,
        report("v1", "illegal-drugs", "2026-01-05", effective="2025-02-01"),
        challenged("v1", "2026-01-06"),
        time_passes("2026-03-01"),
    )
    assert (points(story, "2026-03-01"), story.standing("2026-03-01").status) == (0, "suspended")
    story.when(decide_appeal("v1", "2026-03-01", "upheld")).then(
        upheld("v1"),
        cancelled("v1"),
        lifted("sanction-2", because_of="v1"),
        released("freeze-3", "lifted"),
        found_in_error("sanction-2", days=55),
    )


def test_won_after_the_funds_were_released_by_themselves() -> None:
    story = given(
        POLICY, report("v1", "illegal-drugs", "2026-01-05"), challenged("v1", "2026-01-06")
    )
    story.when(decide_appeal("v1", "2026-12-01", "upheld")).then(
        upheld("v1"),
        cancelled("v1"),
        lifted("sanction-2", because_of="v1"),
        found_in_error("sanction-2", days=330),
    )


def test_won_after_the_suspension_was_waived() -> None:
    story = given(
        POLICY,
        report("v1", "illegal-drugs", "2026-01-05"),
        challenged("v1", "2026-01-06"),
        waive("sanction-2", "2026-01-20", by="anna"),
        waive("sanction-2", "2026-01-25", by="ben"),
    )
    story.when(decide_appeal("v1", "2026-06-01", "upheld")).then(
        upheld("v1"), cancelled("v1"), found_in_error("sanction-2", days=20)
    )


def test_won_after_a_freeze_of_selling_was_served() -> None:
    story = given(LADDER, report("v1", "weapons", "2026-01-05"), challenged("v1", "2026-01-06"))
    story.when(decide_appeal("v1", "2026-03-01", "upheld")).then(
        upheld("v1"), cancelled("v1"), found_in_error("sanction-2", days=14)
    )


def test_a_milestone_may_fire_again_after_it_was_won_back() -> None:
    story = given(
        POLICY,
        report("v1", "illegal-drugs", "2026-01-05"),
        challenged("v1", "2026-01-06"),
        decide_appeal("v1", "2026-01-10", "upheld"),
    )
    story.when(report("v2", "explosives", "2026-01-11")).then(
        violation("v2"), suspension(because_of="v2"), freeze(days=180)
    )


def test_on_a_ladder_what_others_sustain_stays() -> None:
    story = given(
        LADDER,
        report("v1", "weapons", "2026-01-05", points=6),
        report("v2", "weapons", "2026-01-06", points=6),
        challenged("v2", "2026-01-07"),
    )
    story.when(decide_appeal("v2", "2026-01-07", "upheld")).then(
        upheld("v2"), cancelled("v2"), lifted("sanction-4", because_of="v2"),
        found_in_error("sanction-4", days=1),
    )  # fmt: skip
    story.when(report("v3", "weapons", "2026-01-08", points=12)).then(
        violation("v3"), sanction("freeze-of-selling", "v3", days=14, milestone="points-24")
    )


def test_answers_as_known_before_stay() -> None:
    story = given(
        POLICY, report("v1", "illegal-drugs", "2026-01-05"), challenged("v1", "2026-01-06")
    )
    before: dict[str, object] = {day: story.standing(day) for day in ("2026-01-05", "2026-01-08")}
    story.also(decide_appeal("v1", "2026-01-10", "upheld"))
    assert {day: story.standing(day) for day in before} == before


def test_nothing_comes_after_an_upheld_round() -> None:
    won = given(
        POLICY,
        report("v1", "weapons", "2026-01-05"),
        challenged("v1", "2026-01-06"),
        decide_appeal("v1", "2026-01-06", "upheld"),
    )
    at: Instant = won.seller.violation("v1").cancelled_at  # type: ignore[union-attr, assignment]
    assert at == instant_of("2026-01-06")
    for asked in (challenged("v1", "2026-01-07"), annul("v1", "2026-01-07")):
        won.when(asked).then_refused(AlreadyAnnulled, "was cancelled at 2026-01-06")
    for asked in (
        decide_appeal("v1", "2026-01-07", "rejected", "another"),
        withdraw("v1", "2026-01-07"),
    ):
        won.when(asked).then_refused(AppealClosed, "was upheld at 2026-01-06")
    assert won.also(time_passes("2028-01-01")).facts == won.facts, "it has no life left to end"


def test_an_overturning_later_restates_what_was_found_in_error() -> None:
    story = given(
        POLICY,
        report("v1", "weapons", "2026-01-05"),
        report("v2", "weapons", "2026-01-06"),
        report("v3", "weapons", "2026-01-07"),
        challenged("v1", "2026-01-08"),
        decide_appeal("v1", "2026-01-09", "upheld"),
    )
    story.when(annul("v2", "2026-01-10")).then(
        annulled("v2"),
        lifted("sanction-3", because_of="v2"),
        released("freeze-4", "lifted"),
        found_in_error("sanction-3", days=4),
    )
