"""The reference model worked by hand: what counts and what fires.

Instants are whole days here, so that a reader can follow on paper; every
expected number below was worked out from the rules, not from a run.
"""

from dataclasses import replace

from tests.laws.by_hand import LADDER, SUSPENSION, edition, fired, judged, violation
from tests.laws.reference import Judgement, Row, Rung, Sanction, Void, counted, value


def counts_of(*rows: Row) -> list[int]:
    return counted(((), rows), len(rows))


def value_at(at: int, *rows: Row) -> int:
    return value(((), rows), len(rows), 0, at)


# --- What counts ---


def test_a_seller_nobody_has_heard_of_is_clean() -> None:
    assert judged(edition(SUSPENSION)) == Judgement((), {})
    assert value_at(10) == 0


def test_a_violation_no_longer_counts_at_the_instant_of_its_lapse() -> None:
    row = violation(10, 12, life=365)
    assert [value_at(at, row) for at in (9, 10, 374, 375)] == [0, 12, 12, 0]


def test_a_backdated_violation_changes_the_past_only_for_those_who_know_it() -> None:
    rows = (violation(10, 2), violation(30, 5, effective=20))
    assert value(((), rows), 1, 0, 25) == 2
    assert value(((), rows), 2, 0, 25) == 7


def test_an_overturned_violation_is_gone_from_its_beginning_but_was_there_before() -> None:
    rows = (violation(10, 12), Void(20, 0))
    assert value(((), rows), 1, 0, 15) == 12
    assert value(((), rows), 2, 0, 15) == 0


def test_a_capped_day_counts_up_to_its_room_in_recorded_order() -> None:
    day = [replace(violation(5, weight), cap=12) for weight in (8, 8, 3)]
    assert counts_of(*day) == [8, 4, 0]
    assert counts_of(*day, replace(violation(6, 8), cap=12)) == [8, 4, 0, 8]


def test_a_capped_day_with_one_overturned_gives_its_room_to_the_others() -> None:
    day = [replace(violation(5, weight), cap=12) for weight in (8, 8, 3)]
    assert counts_of(*day, Void(9, 0)) == [0, 8, 3, 0]


def test_a_lapse_gives_no_room_back() -> None:
    spent = replace(violation(5, 12, life=3), cap=12)
    found_late = replace(violation(20, 6, effective=5), cap=12)
    assert counts_of(spent, found_late) == [12, 0]


def test_a_row_is_held_against_its_own_cap() -> None:
    assert counts_of(violation(5, 8), replace(violation(5, 8), cap=10)) == [8, 2]
    assert counts_of(violation(5, 8), replace(violation(5, 8), cap=6)) == [8, 0]


def test_strikes_of_days_0_2_and_4_count_0_and_4() -> None:
    strikes = [replace(violation(day, 1), merge_days=3) for day in (0, 2, 4)]
    assert counts_of(*strikes) == [1, 0, 1]
    assert counts_of(*strikes, Void(9, 0)) == [0, 1, 0, 0]


def test_a_merge_looks_both_ways_and_ends_at_the_window() -> None:
    late = replace(violation(10, 1), merge_days=3)
    assert counts_of(late, replace(violation(11, 1, effective=8), merge_days=3)) == [1, 0]
    assert counts_of(late, replace(violation(11, 1, effective=7), merge_days=3)) == [1, 1]


def test_a_merge_is_looked_at_before_the_cap_and_needs_a_row_that_counts() -> None:
    nothing = violation(5, 0)
    assert counts_of(nothing, replace(violation(5, 4), merge_days=3)) == [0, 4]
    first, merged = (replace(violation(5, 4), cap=6, merge_days=2) for _ in range(2))
    assert counts_of(first, merged, replace(violation(5, 4), cap=6)) == [4, 0, 2]


def test_buckets_share_neither_caps_nor_merges() -> None:
    row = replace(violation(5, 8), cap=12, merge_days=0)
    assert counts_of(row, replace(row, bucket=1)) == [8, 8]
    strike = replace(violation(5, 1), merge_days=3)
    assert counts_of(strike, replace(strike, bucket=1)) == [1, 1]


# --- What fires ---


def test_from_10_to_26_by_one_fact_fires_only_the_highest() -> None:
    judgement = judged(edition(LADDER), violation(1, 10), violation(2, 16))
    assert fired(judgement) == [(0, "restriction"), (1, "freeze-24")]


def test_from_10_to_26_fires_each_milestone_where_the_pack_says_so() -> None:
    pack = replace(edition(LADDER), several="all")
    judgement = judged(pack, violation(1, 10), violation(2, 16))
    assert fired(judgement)[2:] == [(1, "freeze-12"), (1, "freeze-24")]


def test_from_12_to_8_to_13_fires_again() -> None:
    rows = (violation(1, 4, life=20), violation(2, 8), violation(30, 5))
    assert value_at(29, *rows) == 8
    judgement = judged(edition((LADDER[2],)), *rows)
    assert judgement.sanctions == (
        Sanction(1, 0, "freeze-12", 1, 2, 9),
        Sanction(2, 0, "freeze-12", 1, 30, 37),
    )


def test_from_12_to_8_to_13_fires_once_where_the_pack_says_so() -> None:
    pack = replace(edition((LADDER[2],)), again_after_falling=False)
    rows = (violation(1, 4, life=20), violation(2, 8), violation(30, 5))
    assert fired(judged(pack, *rows)) == [(1, "freeze-12")]


def test_reached_is_enough_and_staying_above_fires_nothing() -> None:
    judgement = judged(edition(SUSPENSION), violation(1, 48), violation(2, 6))
    assert judgement.sanctions == (Sanction(0, 0, "suspension", 1, 1, None),)


def test_of_two_at_one_instant_the_second_in_the_log_crosses() -> None:
    judgement = judged(edition(SUSPENSION), violation(5, 24), violation(5, 24))
    assert fired(judgement) == [(1, "suspension")]


def test_a_violation_that_lapses_as_another_is_recorded_is_below_just_before() -> None:
    rows = (violation(1, 12, life=9), violation(10, 12))
    assert fired(judged(edition((LADDER[2],)), *rows)) == [(0, "freeze-12"), (1, "freeze-12")]


def test_a_violation_that_has_lapsed_when_recorded_fires_nothing() -> None:
    pack = edition(SUSPENSION)
    assert fired(judged(pack, violation(20, 48, effective=10, life=10))) == []
    assert fired(judged(pack, violation(20, 48, effective=10, life=11))) == [(0, "suspension")]


def test_a_sanction_begins_when_decided_however_far_back_its_cause() -> None:
    judgement = judged(edition((LADDER[2],)), violation(20, 12, effective=3))
    assert judgement.sanctions == (Sanction(0, 0, "freeze-12", 1, 20, 27),)
    (sanction,) = judgement.sanctions
    assert [sanction.in_force(at) for at in (19, 20, 26, 27)] == [False, True, True, False]


def test_expiry_lifts_nothing_and_a_running_suspension_does_not_fire_twice() -> None:
    rows = (violation(1, 48, life=9), violation(50, 48))
    assert judged(edition(SUSPENSION), *rows).sanctions == (
        Sanction(0, 0, "suspension", 1, 1, None),
    )


def test_a_running_sanction_with_an_end_may_fire_again_on_a_new_crossing() -> None:
    rows = (violation(1, 24, life=3), violation(5, 24))
    assert [s.until for s in judged(edition((LADDER[3],)), *rows).sanctions] == [15, 19]


def test_of_every_multiple_only_the_highest_reached_fires() -> None:
    every = (Rung("each-12", 12, every=True, duration_us=5),)
    rows = (violation(1, 26), violation(2, 5), violation(3, 5))
    found = [(s.row, s.multiple) for s in judged(edition(every), *rows).sanctions]
    assert found == [(0, 2), (2, 3)]
    pack = replace(edition(every), several="all")
    found = [(s.row, s.multiple) for s in judged(pack, *rows).sanctions]
    assert found == [(0, 1), (0, 2), (2, 3)]


def test_of_a_fixed_milestone_and_a_multiple_that_tie_the_fixed_fires() -> None:
    tied = (Rung("each-12", 12, every=True), Rung("freeze", 24))
    assert fired(judged(edition(tied), violation(1, 26))) == [(0, "freeze")]


def test_points_freed_fire_no_milestone() -> None:
    merged = replace(violation(2, 12), merge_days=3)
    rows = (violation(1, 1), merged, Void(5, 0), violation(9, 1))
    assert value_at(9, *rows) == 13
    assert fired(judged(edition((LADDER[2],)), *rows)) == []
