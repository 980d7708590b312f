"""Laws that the reference model itself must keep, over random histories."""

from dataclasses import replace

from hypothesis import given, settings

from tests.laws.histories import histories
from tests.laws.reference import History, Row, Sanction, Violation, Void, counted, judge, value
from tests.laws.reference_milestones import added

few = settings(max_examples=100, deadline=None)


def decided(sanction: Sanction) -> Sanction:
    """A sanction as it was imposed, whatever happened to it later."""
    return replace(sanction, ended=None, ended_by=None, found_in_error_us=0)


def violations_only(history: History) -> History:
    return history[0], tuple(row for row in history[1] if isinstance(row, Violation))


@few
@given(histories())
def test_what_follows_never_rewrites_what_was_done(history: History) -> None:
    editions, rows = history
    whole = judge(history)
    for known in range(len(rows)):
        part = judge((editions, rows[:known]))
        for then, now in zip(part.sanctions, whole.sanctions, strict=False):
            assert decided(then) == decided(now)
            assert then.ended in (None, now.ended)
        assert part.effects == {at: whole.effects[at] for at in whole.effects if at < known}


@few
@given(histories())
def test_a_sanction_runs_from_the_recording_of_a_violation_that_adds(history: History) -> None:
    rows = history[1]
    for sanction in judge(history).sanctions:
        assert sanction.from_ == rows[sanction.row].recorded
        assert added(rows, sanction.row, frozenset()) > 0
        assert 0 <= sanction.found_in_error_us <= sanction.end - sanction.from_


@few
@given(histories())
def test_a_void_of_what_never_counted_changes_nothing(history: History) -> None:
    editions, rows = violations_only(history)
    before = judge((editions, rows))
    for target, count in enumerate(counted((editions, rows), len(rows))):
        if count == 0:
            void = Void(rows[-1].recorded, target)
            assert judge((editions, (*rows, void))).sanctions == before.sanctions


@few
@given(histories())
def test_to_void_everything_lifts_all_that_runs(history: History) -> None:
    editions, rows = violations_only(history)
    at = max((row.recorded for row in rows), default=0)
    voids: tuple[Row, ...] = tuple(Void(at, target) for target in range(len(rows)))
    for sanction in judge((editions, rows + voids)).sanctions:
        assert not sanction.in_force(at)
        assert sanction.found_in_error_us == min(sanction.end, at) - sanction.from_


@few
@given(histories())
def test_a_day_never_counts_more_than_its_widest_cap(history: History) -> None:
    rows = history[1]
    counts = counted(history, len(rows))
    capped = [row for row in rows if isinstance(row, Violation) and row.cap is not None]
    for last in capped:
        day = [
            (row, count)
            for row, count in zip(rows, counts, strict=True)
            if isinstance(row, Violation) and (row.bucket, row.day) == (last.bucket, last.day)
        ]
        caps = [row.cap for row, _ in day]
        if None not in caps:
            assert sum(count for _, count in day) <= max(cap for cap in caps if cap is not None)


@few
@given(histories())
def test_a_value_is_zero_when_everything_has_lapsed(history: History) -> None:
    rows = history[1]
    end = max((row.lapse for row in rows if isinstance(row, Violation)), default=0)
    assert [value(history, len(rows), bucket, end) for bucket in range(3)] == [0, 0, 0]
