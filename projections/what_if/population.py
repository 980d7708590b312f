"""A range of sellers judged in one world: the kernel, compiled."""

from typing import Any, Final

from ledger.standing import kernel
from projections.what_if.columns import (
    ENDED,
    ERROR,
    HOW,
    MULTIPLE,
    ROW,
    RUNG,
    START,
    UNTIL,
)
from projections.what_if.compiling import compiled, jit, within
from projections.what_if.points import add_points

_clear: Any = compiled.clear
_quiet: Any = compiled.quiet
_go_on: Any = compiled.go_on
_expire: Any = compiled.expire
_VIOLATION: Final = kernel.VIOLATION
_SANCTIONS: Final = kernel.SANCTIONS


@jit
def judge_range(
    rows: Any,
    ladders: Any,
    world: Any,
    second: Any,
    bounds: Any,
    ends: Any,
    to: int,
    skip: Any,
    values: Any,
    first: Any,
    sanctions: Any,
    points: Any,
) -> int:
    """Judge each seller; returns how many sanctions there are, of which `sanctions` holds what it
    has room for.

    `points` says where their points are added up: see `Points`.

    `skip` holds 1 for sellers not to be judged; it becomes 2 where no milestone can have been
    reached under any ladder whose thresholds are not below `ladders.lowest`.
    """
    total = 0
    for k in range(len(bounds) - 1):
        first[k] = total
        if skip[k] == 1:
            continue
        lo, hi = bounds[k], ends[k]
        _clear(world, lo, hi)
        begin = _quiet(rows, ladders, world, lo, hi)
        if begin == hi:
            skip[k] = 2
        else:
            _go_on(rows, ladders, world, second, lo, hi, begin)
            for s in range(world.used[_SANCTIONS]):
                if total < len(sanctions):
                    note(world, s, sanctions, total)
                total += 1
        total_up(rows, world, lo, hi, to, values, k)
        if points.line[k] >= 0:
            add_points(rows, world, lo, hi, to, points, points.line[k])
    first[len(bounds) - 1] = total
    return total


@within
def note(world: Any, s: int, sanctions: Any, line: int) -> None:
    """Write a sanction down: see `SANCTION_COLUMNS`."""
    sanctions[line, ROW] = world.row[s]
    sanctions[line, RUNG] = world.rung[s]
    sanctions[line, MULTIPLE] = world.multiple[s]
    sanctions[line, START] = world.start[s]
    sanctions[line, UNTIL] = world.until[s]
    sanctions[line, ENDED] = world.ended[s]
    sanctions[line, HOW] = world.how[s]
    sanctions[line, ERROR] = world.error[s]


@within
def total_up(rows: Any, world: Any, lo: int, hi: int, to: int, values: Any, k: int) -> None:
    """A seller's totals as of an instant: mostly what the walk ended with."""
    if hi == lo or rows.recorded[hi - 1] <= to:
        _expire(rows, world, hi, to)
        for b in range(len(world.value)):
            values[k, b] = world.value[b]
        return
    for b in range(len(world.value)):
        values[k, b] = 0
    for i in range(lo, hi):
        if rows.kind[i] == _VIOLATION and rows.effective[i] <= to < rows.lapse[i]:
            values[k, rows.bucket[i]] += world.counted[i]
