"""What two worlds amount to over a range of sellers, added up in one walk. Compiled by Numba."""

from typing import Any

from projections.what_if.columns import ENDED, ROW, RUNG, START, SUSPENDS, UNTIL
from projections.what_if.compiling import jit, within


@jit
def add_up(
    known: Any,
    alike: Any,
    one: Any,
    other: Any,
    own_rungs: Any,
    other_rungs: Any,
    terms: Any,
    counting: Any,
    sums: Any,
) -> None:
    """Add the sellers of a range to `sums`, one world's figures: `one` is its outcome, `other` the
    other world's, in which the sanctions of sellers may stand that were judged once.
    """
    highest = sums.totals.shape[1] - 1
    for k in range(len(known)):
        if known[k] > 0:
            for b in range(one.values.shape[1]):
                sums.totals[b, min(max(one.values[k, b], 0), highest)] += 1
        sums.spans[0] += one.suspended_us[k]
        sums.spans[1] += one.frozen_us[k]
        for kind in range(one.imposed.shape[1]):
            sums.kinds[kind] += one.imposed[k, kind]
        if one.first[k] < one.first[k + 1]:
            add_sanctions(one, own_rungs, terms, counting, sums, k)
        elif alike[k] == 1 and other.first[k] < other.first[k + 1]:
            add_sanctions(other, other_rungs, terms, counting, sums, k)


@within
def add_sanctions(outcome: Any, rungs: Any, terms: Any, counting: Any, sums: Any, k: int) -> None:
    """A seller's sanctions by month and by family, and the months at whose end it is suspended."""
    reached = 0
    for s in range(outcome.first[k], outcome.first[k + 1]):
        start, rung = outcome.sanctions[s, START], outcome.sanctions[s, RUNG]
        suspends = rungs.does[rung] & SUSPENDS
        if counting.begin <= start <= counting.to:
            month = place_in(counting.starts, start + 1) - 1
            family = counting.family[terms[outcome.sanctions[s, ROW]]]
            sums.by_month[0, month] += 1
            sums.by_family[0, family] += 1
            if suspends:
                sums.by_month[1, month] += 1
                sums.by_family[1, family] += 1
        if suspends:
            # What an earlier stretch of the same seller covers is not counted twice.
            end = min(outcome.sanctions[s, UNTIL], outcome.sanctions[s, ENDED])
            first = max(place_in(counting.ends, start), reached)
            last = place_in(counting.ends, end)
            reached = max(reached, last)
            for month in range(first, last):
                sums.by_month[2, month] += 1


@within
def add_standing(one: Any, other: Any, bits: int, sums: Any) -> None:
    """Sellers of whom any of these bits is in force: in one world, in the other, in one alone."""
    for k in range(len(one)):
        was, now = (one[k] & bits) != 0, (other[k] & bits) != 0
        sums[0] += was
        sums[1] += now
        sums[2] += now and not was
        sums[3] += was and not now


@jit
def add_standings(one: Any, other: Any, bits: Any, sums: Any) -> None:
    """A line of `sums` for each of these sets of bits."""
    for line in range(len(bits)):
        add_standing(one, other, bits[line], sums[line])


@within
def place_in(column: Any, value: int) -> int:
    """The first place in a sorted column whose value is not below this one."""
    low, high = 0, len(column)
    while low < high:
        middle = (low + high) // 2
        if column[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
