"""The reference model worked by hand: overturned violations, waivers and packs that change.

Instants are whole days here, so that a reader can follow on paper; every
expected number below was worked out from the rules, not from a run.
"""

from dataclasses import replace

from ledger.standing import kernel
from tests.laws.by_hand import LADDER, SUSPENSION, edition, fired, judged, violation
from tests.laws.columns_of import ladders_of, rows_of, sanctions_of, scratch
from tests.laws.reference import (
    BucketRules,
    Edition,
    Effects,
    Judgement,
    Row,
    Rung,
    Sanction,
    Void,
    Waive,
    judge,
)

# --- What an overturned violation changes ---


def test_an_appeal_won_lifts_the_suspension_it_caused() -> None:
    judgement = judged(edition(SUSPENSION), violation(1, 48), Void(11, 0))
    lifted = Sanction(0, 0, "suspension", 1, 1, None, 11, "lift", 10)
    assert judgement == Judgement((lifted,), {1: Effects((0,), ((0, 10),))})
    assert lifted.in_force(10)
    assert not lifted.in_force(11)


def test_an_appeal_won_after_the_violation_expired_still_lifts() -> None:
    judgement = judged(edition(SUSPENSION), violation(1, 48, life=9), Void(400, 0))
    assert judgement.effects == {1: Effects((0,), ((0, 399),))}


def test_an_appeal_won_after_the_sanction_was_served_finds_it_in_error() -> None:
    judgement = judged(edition((LADDER[2],)), violation(1, 12), Void(30, 0))
    assert judgement.sanctions[0].ended is None
    assert judgement.effects == {1: Effects((), ((0, 7),))}


def test_a_suspension_sustained_by_others_stays_with_the_time_found_in_error() -> None:
    rows = (violation(1, 30), violation(2, 20), violation(9, 28), Void(15, 0))
    judgement = judged(edition(SUSPENSION), *rows)
    assert judgement.sanctions == (Sanction(1, 0, "suspension", 1, 2, None, found_in_error_us=7),)
    assert judgement.effects == {3: Effects((), ((0, 7),))}


def test_a_later_overturn_restates_the_time_found_in_error() -> None:
    rows = (violation(1, 30), violation(2, 20), violation(9, 28), Void(15, 0), Void(20, 2))
    judgement = judged(edition(SUSPENSION), *rows)
    assert judgement.effects[4] == Effects((0,), ((0, 18),))


def test_a_sanction_that_owes_nothing_to_the_overturned_violation_is_left_alone() -> None:
    rows = (violation(1, 48), violation(2, 6), Void(15, 1))
    assert judged(edition(SUSPENSION), *rows).effects == {2: Effects((), ())}


def test_after_a_lift_the_milestone_fires_at_the_next_crossing() -> None:
    rows = (violation(1, 48), Void(11, 0), violation(12, 24), violation(13, 24))
    assert fired(judged(edition(SUSPENSION), *rows)) == [(0, "suspension"), (3, "suspension")]
    once = replace(edition(SUSPENSION), again_after_falling=False)
    assert fired(judged(once, *rows)) == [(0, "suspension"), (3, "suspension")]


def test_the_second_judgement_imposes_nothing() -> None:
    rows = (violation(1, 24), violation(2, 12), Void(5, 0))
    judgement = judged(edition(LADDER), *rows)
    assert fired(judgement) == [(0, "freeze-24")]
    assert judgement.effects == {2: Effects((0,), ((0, 4),))}


def test_a_void_touches_its_own_bucket_only() -> None:
    rows = (violation(1, 48), replace(violation(1, 3), bucket=1), Void(5, 1))
    judgement = judged(edition(SUSPENSION, (Rung("suspension", 3),)), *rows)
    assert [(s.bucket, s.ended) for s in judgement.sanctions] == [(0, None), (1, 5)]


def test_a_later_row_at_the_instant_of_the_void_sustains_nothing() -> None:
    rows = (violation(1, 48), Void(5, 0), violation(5, 48))
    assert judged(edition(SUSPENSION), *rows).sanctions == (
        Sanction(0, 0, "suspension", 1, 1, None, 5, "lift", 4),
        Sanction(2, 0, "suspension", 1, 5, None),
    )


def sustained_until_12() -> tuple[Row, ...]:
    """A sanction from 8 to 18 that, without row 0, would have run from 2 to 12."""
    merged = [replace(violation(at, 4, life=40), merge_days=3) for at in (2, 8)]
    return (replace(violation(0, 3, life=5), merge_days=3), *merged, Void(10, 0))


def test_a_void_in_another_bucket_judges_the_whole_history_again() -> None:
    pack = edition((Rung("low", 4, duration_us=10),), ())
    elsewhere = (*sustained_until_12(), replace(violation(13, 1), bucket=1), Void(16, 4))
    assert [(s.from_, s.ended) for s in judged(pack, *elsewhere).sanctions] == [(8, 16)]
    same = (*sustained_until_12(), violation(13, 0), Void(16, 4))
    assert judged(pack, *same).effects[5] == Effects((0,), ((0, 4),))


def test_a_lifted_milestone_does_not_fire_while_the_value_stays_above() -> None:
    pack = edition((Rung("low", 4, duration_us=10),))
    rows = (*sustained_until_12(), violation(13, 0), Void(16, 4), violation(17, 1))
    assert fired(judged(pack, *rows)) == [(2, "low")]


# --- Waivers ---


def test_a_waiver_ends_the_sanction_and_its_milestone_may_fire_while_above() -> None:
    rows = (violation(1, 48), Waive(5, 0, "suspension", 1), violation(9, 2))
    assert judged(edition(SUSPENSION), *rows).sanctions == (
        Sanction(0, 0, "suspension", 1, 1, None, 5, "waiver"),
        Sanction(2, 0, "suspension", 1, 9, None),
    )


def test_a_waived_milestone_waits_for_a_crossing_where_the_pack_says_so() -> None:
    pack = replace(edition(SUSPENSION), refire_after_waiver=False)
    rows = (violation(1, 48, life=30), Waive(5, 0, "suspension", 1), violation(9, 2))
    assert fired(judged(pack, *rows)) == [(0, "suspension")]
    assert fired(judged(pack, *rows, violation(40, 48))) == [(0, "suspension"), (3, "suspension")]


def test_only_the_last_sanction_of_a_milestone_counts_as_waived() -> None:
    rows = (violation(1, 12, life=3), violation(5, 12), Waive(6, 0, "freeze-12", 1))
    judgement = judged(edition((LADDER[2],)), *rows, violation(7, 1))
    assert [(s.row, s.ended) for s in judgement.sanctions] == [(0, 6), (1, None)]


def test_a_waiver_of_a_sanction_that_has_ended_does_nothing() -> None:
    rows = (violation(1, 12), Waive(8, 0, "freeze-12", 1), violation(9, 1))
    assert judged(edition((LADDER[2],)), *rows).sanctions == (Sanction(0, 0, "freeze-12", 1, 1, 8),)


def test_a_waiver_is_kept_when_an_overturned_violation_had_brought_the_sanction() -> None:
    rows = (
        violation(1, 48),
        violation(3, 48),
        Waive(5, 0, "suspension", 1),
        violation(7, 0),
        Void(9, 0),
    )
    judgement = judged(edition(SUSPENSION), *rows)
    assert judgement.sanctions == (
        Sanction(0, 0, "suspension", 1, 1, None, 5, "waiver", found_in_error_us=2),
    )


def test_to_overturn_what_fired_after_a_waiver_lifts_it() -> None:
    rows = (violation(1, 48), Waive(5, 0, "suspension", 1), violation(7, 1), Void(9, 2))
    assert judged(edition(SUSPENSION), *rows).effects == {3: Effects((1,), ((1, 2),))}


def test_a_waived_lower_multiple_does_not_fire_again_below_a_higher_one() -> None:
    pack = replace(edition((Rung("each-12", 12, every=True),)), several="all")
    rows = (violation(1, 26), Waive(3, 0, "each-12", 1), violation(5, 1))
    assert fired(judged(pack, *rows)) == [(0, "each-12"), (0, "each-12")]


# --- Packs that change ---


def under(number: int, at: int, weight: int, bucket: int = 0) -> Row:
    return replace(violation(at, weight), edition=number, bucket=bucket)


def lowered(*rows: Row, before: int = 48, after: int = 36) -> list[tuple[int, str]]:
    packs = tuple(
        Edition(edition((Rung("suspension", limit),), ()).buckets) for limit in (before, after)
    )
    return fired(judge((packs, rows)))


def test_a_lowered_limit_fires_at_the_next_violation_not_at_publication() -> None:
    assert lowered(under(0, 1, 40)) == []
    assert lowered(under(0, 1, 40), under(1, 9, 1)) == [(1, "suspension")]
    assert lowered(under(0, 1, 40), under(1, 9, 0)) == []


def test_a_raised_or_equal_limit_fires_nothing_new() -> None:
    assert lowered(under(0, 1, 50), under(1, 9, 1), after=51) == [(0, "suspension")]
    assert lowered(under(0, 1, 40), under(1, 9, 1), after=48) == []


def test_a_limit_is_compared_with_that_of_the_last_row_judged_in_the_bucket() -> None:
    first = under(0, 1, 40)
    assert lowered(first, under(1, 5, 9, bucket=1), under(1, 9, 1)) == [(2, "suspension")]
    assert lowered(first, under(1, 5, 0), under(1, 9, 1)) == [(2, "suspension")]
    expired = replace(violation(5, 9, effective=2, life=3), edition=1)
    assert lowered(first, expired, under(1, 9, 1)) == [(2, "suspension")]


def test_a_lowered_limit_does_not_fire_beside_a_running_sanction_with_an_end() -> None:
    packs = tuple(edition((Rung("freeze", limit, duration_us=7),)) for limit in (12, 6))
    rows = (under(0, 1, 12), under(1, 5, 1), under(1, 9, 1))
    assert fired(judge((packs, rows))) == [(0, "freeze")]


def test_a_lowered_limit_is_lowered_once() -> None:
    packs = tuple(edition((Rung("freeze", limit, duration_us=7),)) for limit in (12, 6))
    rows = (under(0, 1, 8), under(1, 5, 1), under(1, 20, 1))
    assert fired(judge((packs, rows))) == [(1, "freeze")]


def test_of_a_lowered_ladder_of_multiples_the_highest_reached_fires() -> None:
    ladders = [(Rung("each", limit, every=True, duration_us=7),) for limit in (12, 10)]
    packs = tuple(replace(edition(ladder), several="all") for ladder in ladders)
    found = judge((packs, (under(0, 1, 25), under(1, 20, 1)))).sanctions
    assert [(s.row, s.multiple) for s in found] == [(0, 1), (0, 2), (1, 2)]


def test_a_milestone_that_an_edition_adds_counts_as_lowered() -> None:
    packs = (edition(()), edition(SUSPENSION))
    rows = (under(0, 1, 48), under(1, 9, 1))
    assert fired(judge((packs, rows))) == [(1, "suspension")]


def test_a_first_violation_ever_finds_no_limit_lowered() -> None:
    assert lowered(under(1, 1, 35), under(1, 2, 1)) == [(1, "suspension")]
    assert lowered(under(1, 1, 35)) == []


def test_a_pack_change_between_effect_and_recording_judges_by_the_later_thresholds() -> None:
    found_late = replace(violation(20, 40, effective=5), cap=40, edition=1)
    assert lowered(found_late) == [(0, "suspension")]
    assert lowered(replace(found_late, cap=35)) == []


def test_the_second_judgement_compares_limits_without_the_overturned_rows() -> None:
    rows = (under(0, 1, 40), under(1, 5, 1), under(1, 9, 1), Void(12, 1))
    packs = (edition(SUSPENSION), edition((Rung("suspension", 36),)))
    judgement = judge((packs, rows))
    assert fired(judgement) == [(1, "suspension")]
    assert judgement.effects == {3: Effects((), ((0, 4),))}


def test_of_lowered_multiples_only_the_highest_fires_without_being_crossed_anew() -> None:
    each = (Rung("each", 4, every=True, duration_us=2),)
    before = Edition((BucketRules(each),), several="all")
    after = Edition(
        (BucketRules((replace(each[0], threshold=1),)),), several="all", again_after_falling=False
    )
    rows = (violation(1, 4, life=9), replace(violation(20, 3), edition=1))
    history = ((before, after), rows)
    # The first multiple was spent at 4 points; lowered to 1, it is crossed with two others.
    assert [(s.row, s.multiple) for s in judge(history).sanctions] == [(0, 1), (1, 2), (1, 3)]
    ladders, names = ladders_of(history[0])
    columns = rows_of(history, names, ladders)
    world, second = scratch(columns, ladders), scratch(columns, ladders)
    kernel.live(columns, ladders, world, second, 0, len(rows))
    assert [(s.row, s.multiple) for s in sanctions_of(world, names)] == [(0, 1), (1, 2), (1, 3)]
