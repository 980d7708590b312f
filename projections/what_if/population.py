"""A range of sellers judged in one world: the kernel compiled, and what it is fed with.

Compiled by Numba. Importing this file costs seconds; nothing that answers a request does.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np

from ledger.standing import kernel
from ledger.standing.compiled import cache_with, compiled, jit
from projections.what_if import columns
from projections.what_if.columns import (
    BY_HAND,
    CUT,
    ENDED,
    ERROR,
    FOREVER,
    HELD,
    HOW,
    MULTIPLE,
    NEVER,
    ROW,
    RUNG,
    START,
    UNTIL,
)

cache_with(Path(columns.__file__))
_clear: Any = compiled.clear
_quiet: Any = compiled.quiet
_go_on: Any = compiled.go_on
_expire: Any = compiled.expire
_VIOLATION: Final = kernel.VIOLATION
_VOID: Final = kernel.VOID
_WAIVER: Final = kernel.WAIVER
_LEFT_OUT: Final = kernel.LEFT_OUT
_SANCTIONS: Final = kernel.SANCTIONS
_LONG: Final = 256
"""Rows of a seller from which on they are sorted properly."""


def within(function: Any) -> Any:
    """Compile what only the functions of this file call: it is copied into them."""
    return jit(function, inline=True, inner=True)


@jit
def seller_bounds(seller: Any, sellers: Any, bounds: Any) -> int:
    """Where each seller's rows begin, from a column in which sellers lie together."""
    count, last = 0, -1
    for i in range(len(seller)):
        if seller[i] != last:
            last = seller[i]
            sellers[count] = last
            bounds[count] = i
            count += 1
    bounds[count] = len(seller)
    return count


@jit
def arrange(
    facts: Any, rules: Any, known_at: int, left_out: Any, given: Any, skip: Any, to: Any
) -> None:
    """Fill `to` with the kernel's rows, as one world decides them.

    `left_out` marks rows that this world does not have, and `given` the weight that it gives a
    row whatever its rules say (-1: none); either may be empty.
    """
    for k in range(len(facts.bounds) - 1):
        if skip[k] == 1:
            continue
        lo, hi = facts.bounds[k], facts.bounds[k + 1]
        while hi > lo and facts.recorded[hi - 1] > known_at:
            hi -= 1
        to.ends[k] = hi
        by_hand = False
        for i in range(lo, hi):
            kind, terms = facts.kind[i], facts.terms[i]
            out = len(left_out) > 0 and left_out[i]
            lapse = facts.lapse[i]
            if kind == _VIOLATION:
                choice, judge = 0, 0
                for n in range(len(rules.added_from)):
                    known = facts.recorded[i] >= rules.added_known[n]
                    begins = rules.added_from[n]
                    if known and begins >= rules.since[terms] and facts.effective[i] >= begins:
                        choice = n + 1
                    if known and begins >= rules.judged_since[terms] and facts.recorded[i] >= begins:
                        judge = n + 1
                bucket = rules.bucket[choice, terms]
                if bucket < 0:
                    out, bucket = True, 0
                weight = rules.weight[choice, terms]
                if weight < 0:
                    weight = facts.about[i]
                if len(given) > 0 and given[i] >= 0:
                    weight = given[i]
                if rules.life[choice, terms] >= 0:
                    lapse = facts.effective[i] + rules.life[choice, terms]
                to.bucket[i] = bucket
                to.edition[i] = rules.edition[judge, terms]
                to.about[i] = weight
                to.voided_by[i] = NEVER
                if len(to.cap) > 0:
                    to.cap[i] = rules.cap[choice, terms]
                    to.merge_days[i] = rules.merge_days[choice, terms]
            else:
                lapse = FOREVER
                target = lo + facts.about[i]
                to.about[i] = target
                if kind == _VOID:
                    out = out or to.kind[target] == _LEFT_OUT
                    if not out:
                        to.voided_by[target] = i
                elif kind == _WAIVER:
                    to.milestone[i] = rules.milestone[terms]
                    to.multiple[i] = rules.multiple[terms]
                else:
                    by_hand = True
            if out:
                kind, lapse = _LEFT_OUT, FOREVER
            to.kind[i] = kind
            to.lapse[i] = lapse
        to.by_hand[k] = by_hand
        order(to.lapse, to.by_lapse, lo, hi)


@within
def order(lapse: Any, by_lapse: Any, lo: int, hi: int) -> None:
    """Put the rows of one seller in order of lapse. They mostly are."""
    if hi - lo > _LONG:
        order_long(lapse, by_lapse, lo, hi)
        return
    for i in range(lo, hi):
        at, place = lapse[i], i
        while place > lo and lapse[by_lapse[place - 1]] > at:
            by_lapse[place] = by_lapse[place - 1]
            place -= 1
        by_lapse[place] = i


@within
def order_long(lapse: Any, by_lapse: Any, lo: int, hi: int) -> None:
    """The same for many rows: a heap, since a compiled function here may allocate nothing."""
    for i in range(lo, hi):
        by_lapse[i] = i
    size = hi - lo
    for start in range(size // 2 - 1, -1, -1):
        sift(lapse, by_lapse, lo, start, size)
    for end in range(size - 1, 0, -1):
        by_lapse[lo], by_lapse[lo + end] = by_lapse[lo + end], by_lapse[lo]
        sift(lapse, by_lapse, lo, 0, end)


@within
def sift(lapse: Any, by_lapse: Any, lo: int, start: int, size: int) -> None:
    """One step of the heap. Of equal lapses the earlier row comes first."""
    root = start
    while 2 * root + 1 < size:
        child = 2 * root + 1
        if child + 1 < size and later(lapse, by_lapse[lo + child + 1], by_lapse[lo + child]):
            child += 1
        if not later(lapse, by_lapse[lo + child], by_lapse[lo + root]):
            return
        by_lapse[lo + root], by_lapse[lo + child] = by_lapse[lo + child], by_lapse[lo + root]
        root = child


@within
def later(lapse: Any, one: int, other: int) -> bool:
    """Whether one row comes after another in order of lapse."""
    return lapse[one] > lapse[other] or (lapse[one] == lapse[other] and one > other)


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
) -> int:
    """Judge each seller; returns how many sanctions there are, of which `sanctions` holds what it
    has room for.

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
                    sanctions[total, ROW] = world.row[s]
                    sanctions[total, RUNG] = world.rung[s]
                    sanctions[total, MULTIPLE] = world.multiple[s]
                    sanctions[total, START] = world.start[s]
                    sanctions[total, UNTIL] = world.until[s]
                    sanctions[total, ENDED] = world.ended[s]
                    sanctions[total, HOW] = world.how[s]
                    sanctions[total, ERROR] = world.error[s]
                total += 1
        if hi == lo or rows.recorded[hi - 1] <= to:
            _expire(rows, world, hi, to)
            for b in range(len(world.value)):
                values[k, b] = world.value[b]
        else:
            for b in range(len(world.value)):
                values[k, b] = 0
            for i in range(lo, hi):
                if rows.kind[i] == _VIOLATION and rows.effective[i] <= to < rows.lapse[i]:
                    values[k, rows.bucket[i]] += world.counted[i]
    first[len(bounds) - 1] = total
    return total


@within
def covered(starts: Any, ends: Any, count: int, begin: int, to: int) -> int:
    """How much of `[begin, to)` the first `count` of these stretches cover together."""
    for i in range(1, count):
        start, end, place = starts[i], ends[i], i
        while place > 0 and starts[place - 1] > start:
            starts[place], ends[place] = starts[place - 1], ends[place - 1]
            place -= 1
        starts[place], ends[place] = start, end
    total, reached = 0, begin
    for i in range(count):
        start, end = max(starts[i], reached), min(ends[i], to)
        if end > start:
            total += end - start
            reached = end
    return total


@jit
def tally(
    facts: Any,
    arranged: Any,
    rungs: Any,
    suspension: int,
    hand_suspends: Any,
    begin: int,
    to: int,
    alike: Any,
    outcome: Any,
    scratch: Any,
) -> None:
    """What the sanctions of a world amount to for each seller: see `Outcome`."""
    starts, ends, frozen_from, frozen_to = scratch[0], scratch[1], scratch[2], scratch[3]
    for k in range(len(facts.bounds) - 1):
        if alike[k] == 1:
            continue
        shut, held = 0, 0
        for s in range(outcome.first[k], outcome.first[k + 1]):
            rung, start = outcome.sanctions[s, RUNG], outcome.sanctions[s, START]
            ended = outcome.sanctions[s, ENDED]
            kind = rungs.kind[rung]
            if begin <= start <= to:
                outcome.imposed[k, kind] += 1
            if kind == suspension:
                starts[shut], ends[shut] = start, min(outcome.sanctions[s, UNTIL], ended)
                shut += 1
            if rungs.freeze[rung] >= 0:
                frozen_from[held] = start
                frozen_to[held] = min(start + rungs.freeze[rung], ended)
                held += 1
        if arranged.by_hand[k]:
            lo = facts.bounds[k]
            for i in range(lo, arranged.ends[k]):
                kind = facts.kind[i]
                if kind == HELD or (kind == BY_HAND and hand_suspends[facts.terms[i]]):
                    end = hand_end(facts, arranged.ends[k], lo, i)
                    if kind == HELD:
                        frozen_from[held], frozen_to[held] = facts.recorded[i], end
                        held += 1
                    else:
                        starts[shut], ends[shut] = facts.recorded[i], end
                        shut += 1
        outcome.suspended[k] = in_force(starts, ends, shut, to)
        outcome.frozen[k] = in_force(frozen_from, frozen_to, held, to)
        outcome.suspended_us[k] = covered(starts, ends, shut, begin, to)
        outcome.frozen_us[k] = covered(frozen_from, frozen_to, held, begin, to)


@within
def in_force(starts: Any, ends: Any, count: int, at: int) -> bool:
    """Whether any of the first `count` of these stretches covers the instant."""
    for i in range(count):
        if starts[i] <= at < ends[i]:
            return True
    return False


@within
def hand_end(facts: Any, hi: int, lo: int, row: int) -> int:
    """When a sanction by hand or money withheld ends: with its sanction, if that was waived."""
    end = facts.lapse[row]
    cause = lo + facts.about[row] if facts.kind[row] == HELD and facts.about[row] >= 0 else row
    for i in range(row + 1, hi):
        if facts.kind[i] == CUT and lo + facts.about[i] == cause:
            end = min(end, facts.recorded[i])
    return end


@jit
def set_apart(
    one: Any, other: Any, alike: Any, kinds: Any, other_kinds: Any, differs: Any, parted: Any
) -> None:
    """What differs between two worlds for each seller, and since when; `alike` holds 1 for those
    that were judged only once.
    """
    for k in range(len(differs)):
        bits, at = 0, FOREVER
        if alike[k] != 1:
            lo, hi = one.first[k], one.first[k + 1]
            low, high = other.first[k], other.first[k + 1]
            at = first_parting(one, other, kinds, other_kinds, lo, hi, low, high)
            if at < FOREVER:
                bits |= 2
            if one.suspended[k] != other.suspended[k]:
                bits |= 1
            for b in range(min(one.values.shape[1], other.values.shape[1])):
                if one.values[k, b] != other.values[k, b]:
                    bits |= 4
        differs[k] = bits
        parted[k] = at


@within
def first_parting(
    one: Any, other: Any, kinds: Any, other_kinds: Any, lo: int, hi: int, low: int, high: int
) -> int:
    """The first instant at which two lists of sanctions say something else; `FOREVER` if never."""
    for n in range(max(hi - lo, high - low)):
        if n >= hi - lo:
            return other.sanctions[low + n, START]
        if n >= high - low:
            return one.sanctions[lo + n, START]
        start, other_start = one.sanctions[lo + n, START], other.sanctions[low + n, START]
        kind = kinds[one.sanctions[lo + n, RUNG]]
        if start != other_start or kind != other_kinds[other.sanctions[low + n, RUNG]]:
            return min(start, other_start)
        end = min(one.sanctions[lo + n, UNTIL], one.sanctions[lo + n, ENDED])
        other_end = min(other.sanctions[low + n, UNTIL], other.sanctions[low + n, ENDED])
        if end != other_end:
            return min(end, other_end)
    return FOREVER


def empty(type_: Any) -> Any:
    """No column: for what a world has nothing to say of."""
    return np.zeros(0, dtype=type_)
