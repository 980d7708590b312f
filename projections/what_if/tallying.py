"""What sanctions amount to for each seller, and what differs between two worlds. Compiled by
Numba.
"""

from typing import Any

from ledger.standing.kernel import FOREVER
from projections.archive.replay_columns import BY_HAND, CUT, HELD
from projections.what_if.columns import (
    ENDED,
    FREEZES,
    POINTS,
    RUNG,
    SANCTIONS,
    STANDING,
    START,
    SUSPENDS,
    UNTIL,
    WITHHOLDS,
)
from projections.what_if.compiling import jit, within


@jit
def tally(
    facts: Any,
    known: Any,
    by_hand: Any,
    rungs: Any,
    hand: Any,
    begin: int,
    to: int,
    alike: Any,
    alike_to: Any,
    outcome: Any,
    scratch: Any,
) -> None:
    """What the sanctions of a world amount to for each seller: see `Outcome`. Those that `alike`
    marks are as in `alike_to`; of a seller, rows before `known` are.
    """
    shut_from, shut_to, held_from, held_to = scratch[0], scratch[1], scratch[2], scratch[3]
    for k in range(len(facts.bounds) - 1):
        if alike[k] == 1:
            take_over(outcome, alike_to, k)
            continue
        if outcome.first[k] == outcome.first[k + 1] and not by_hand[k]:
            continue
        shut, held, standing = by_milestones(outcome, rungs, begin, to, scratch, k)
        if by_hand[k]:
            lo = facts.bounds[k]
            shut, held, standing = by_people(
                facts, hand, lo, known[k], to, scratch, shut, held, standing
            )
        if in_force(held_from, held_to, held, to):
            standing |= WITHHOLDS
        outcome.standing[k] = standing
        outcome.suspended_us[k] = covered(shut_from, shut_to, shut, begin, to)
        outcome.frozen_us[k] = covered(held_from, held_to, held, begin, to)


@within
def by_milestones(
    outcome: Any, rungs: Any, begin: int, to: int, scratch: Any, k: int
) -> tuple[int, int, int]:
    """The stretches of suspension and of money withheld that milestones brought a seller; returns
    how many there are of each, and the bits of what is in force.
    """
    shut, held, standing = 0, 0, 0
    for s in range(outcome.first[k], outcome.first[k + 1]):
        rung, start = outcome.sanctions[s, RUNG], outcome.sanctions[s, START]
        ended = outcome.sanctions[s, ENDED]
        end, does = min(outcome.sanctions[s, UNTIL], ended), rungs.does[rung]
        if begin <= start <= to:
            outcome.imposed[k, rungs.kind[rung]] += 1
        if start <= to < end:
            standing |= does
        if does & SUSPENDS:
            scratch[0, shut], scratch[1, shut] = start, end
            shut += 1
        if rungs.freeze[rung] >= 0:
            scratch[2, held], scratch[3, held] = start, min(start + rungs.freeze[rung], ended)
            held += 1
    return shut, held, standing


@within
def by_people(
    facts: Any,
    hand: Any,
    lo: int,
    hi: int,
    to: int,
    scratch: Any,
    shut: int,
    held: int,
    standing: int,
) -> tuple[int, int, int]:
    """The same with what people imposed and withheld."""
    for i in range(lo, hi):
        kind = facts.kind[i]
        if kind != HELD and kind != BY_HAND:
            continue
        start, end = facts.recorded[i], hand_end(facts, hi, lo, i)
        if kind == HELD:
            scratch[2, held], scratch[3, held] = start, end
            held += 1
            continue
        does = hand[facts.terms[i]]
        if start <= to < end:
            standing |= does
        if does & SUSPENDS:
            scratch[0, shut], scratch[1, shut] = start, end
            shut += 1
    return shut, held, standing


@within
def take_over(outcome: Any, alike_to: Any, k: int) -> None:
    """The same as in the other world."""
    for b in range(outcome.values.shape[1]):
        outcome.values[k, b] = alike_to.values[k, b]
    for kind in range(outcome.imposed.shape[1]):
        outcome.imposed[k, kind] = alike_to.imposed[k, kind]
    outcome.standing[k] = alike_to.standing[k]
    outcome.suspended_us[k] = alike_to.suspended_us[k]
    outcome.frozen_us[k] = alike_to.frozen_us[k]


@within
def hand_end(facts: Any, hi: int, lo: int, row: int) -> int:
    """When a sanction by hand or money withheld ends: with its sanction, if that was waived, or
    when it was freed.
    """
    end = facts.lapse[row]
    cause = lo + facts.about[row] if facts.kind[row] == HELD and facts.about[row] >= 0 else row
    for i in range(row + 1, hi):
        if facts.kind[i] == CUT and (lo + facts.about[i] == cause or lo + facts.about[i] == row):
            end = min(end, facts.recorded[i])
    return end


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


@within
def in_force(starts: Any, ends: Any, count: int, at: int) -> bool:
    """Whether any of the first `count` of these stretches covers the instant."""
    for i in range(count):  # noqa: SIM110 - compiled
        if starts[i] <= at < ends[i]:
            return True
    return False


@jit
def set_apart(
    one: Any,
    other: Any,
    alike: Any,
    kinds: Any,
    other_kinds: Any,
    same: Any,
    differs: Any,
    parted: Any,
) -> None:
    """What differs between two worlds for each seller, and since when; `alike` holds 1 for those
    that were judged only once, and a line of `same` the numbers of a bucket in either world (-1:
    it has none such).
    """
    for k in range(len(differs)):
        bits, at = 0, FOREVER
        if alike[k] != 1:
            lo, hi = one.first[k], one.first[k + 1]
            low, high = other.first[k], other.first[k + 1]
            at = first_parting(one, other, kinds, other_kinds, lo, hi, low, high)
            if at < FOREVER:
                bits |= SANCTIONS
            if one.standing[k] != other.standing[k]:
                bits |= STANDING
            if one.frozen_us[k] != other.frozen_us[k]:
                bits |= FREEZES
            for b in range(len(same)):
                was = one.values[k, same[b, 0]] if same[b, 0] >= 0 else 0
                now = other.values[k, same[b, 1]] if same[b, 1] >= 0 else 0
                if was != now:
                    bits |= POINTS
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
