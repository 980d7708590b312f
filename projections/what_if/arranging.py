"""Facts arranged as the kernel's rows, as one world decides them. Compiled by Numba."""

from typing import Any, Final

import numpy as np

from ledger.standing import kernel
from ledger.standing.kernel import FOREVER
from projections.what_if.columns import NEVER
from projections.what_if.compiling import jit, within

_VIOLATION: Final = kernel.VIOLATION
_VOID: Final = kernel.VOID
_WAIVER: Final = kernel.WAIVER
_LEFT_OUT: Final = kernel.LEFT_OUT
_LONG: Final = 256
"""Rows of a seller from which on they are sorted properly."""


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
    row whatever its rules say (-1: none); either may be empty. `skip` marks sellers with 1 that
    are not asked for.
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
            kind, lapse = facts.kind[i], FOREVER
            stays = len(left_out) == 0 or not left_out[i]
            if kind == _VIOLATION:
                stays = decide(facts, rules, given, to, i) and stays
                if stays:
                    lapse = lapse_of(facts, rules, i)
            else:
                stays = refer(facts, rules, to, lo, i, stays) and stays
                by_hand = by_hand or kind > _LEFT_OUT
            to.kind[i] = kind if stays else _LEFT_OUT
            to.lapse[i] = lapse
        to.by_hand[k] = by_hand
        order(to.lapse, to.by_lapse, lo, hi)


@within
def decide(facts: Any, rules: Any, given: Any, to: Any, i: int) -> bool:
    """What a violation weighs and who judges it; whether it counts anywhere at all."""
    terms = facts.terms[i]
    line = chosen(facts, rules, i)
    bucket, weight = rules.bucket[line, terms], rules.weight[line, terms]
    if weight < 0:
        weight = facts.about[i]
    if len(given) > 0 and given[i] >= 0:
        weight = given[i]
    judge = 0
    for n in range(len(rules.added_from)):
        begins = rules.added_from[n]
        known = facts.recorded[i] >= rules.added_known[n]
        if known and rules.judged_since[terms] <= begins <= facts.recorded[i]:
            judge = n + 1
    to.bucket[i] = max(bucket, 0)
    to.edition[i] = rules.edition[judge, terms]
    to.about[i] = weight
    to.voided_by[i] = NEVER
    if len(to.cap) > 0:
        to.cap[i] = rules.cap[line, terms]
        to.merge_days[i] = rules.merge_days[line, terms]
    return bucket >= 0


@within
def chosen(facts: Any, rules: Any, i: int) -> int:
    """The line of the tables for a violation: its own, or that of an edition added since."""
    line = 0
    for n in range(len(rules.added_from)):
        begins = rules.added_from[n]
        known = facts.recorded[i] >= rules.added_known[n]
        if known and rules.since[facts.terms[i]] <= begins <= facts.effective[i]:
            line = n + 1
    return line


@within
def lapse_of(facts: Any, rules: Any, i: int) -> int:
    """When a violation lapses in this world."""
    life = rules.life[chosen(facts, rules, i), facts.terms[i]]
    return facts.lapse[i] if life < 0 else facts.effective[i] + life


@within
def refer(facts: Any, rules: Any, to: Any, lo: int, i: int, stays: bool) -> bool:
    """Note which row another is about; whether that one is there in this world."""
    target = lo + facts.about[i]
    to.about[i] = target
    if facts.kind[i] == _VOID:
        if to.kind[target] == _LEFT_OUT:
            return False
        if stays:
            to.voided_by[target] = i
    elif facts.kind[i] == _WAIVER:
        to.milestone[i] = rules.milestone[facts.terms[i]]
        to.multiple[i] = rules.multiple[facts.terms[i]]
    return True


@jit
def arrange_plain(
    facts: Any,
    rules: Any,
    bucket: Any,
    edition: Any,
    about: Any,
    voided_by: Any,
    milestone: Any,
    multiple: Any,
    by_lapse: Any,
) -> None:
    """The same where the world decides nothing anew, and nothing was left out or done by hand."""
    for k in range(len(facts.bounds) - 1):
        lo, hi = facts.bounds[k], facts.bounds[k + 1]
        for i in range(lo, hi):
            terms = facts.terms[i]
            if facts.kind[i] == _VIOLATION:
                bucket[i] = rules.bucket[0, terms]
                edition[i] = rules.edition[0, terms]
                about[i] = facts.about[i]
                voided_by[i] = NEVER
            else:
                target = lo + facts.about[i]
                about[i] = target
                if facts.kind[i] == _VOID:
                    voided_by[target] = i
                else:
                    milestone[i] = rules.milestone[terms]
                    multiple[i] = rules.multiple[terms]
        order(facts.lapse, by_lapse, lo, hi)


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


def empty(type_: Any) -> Any:
    """No column: for what a world has nothing to say of."""
    return np.zeros(0, dtype=type_)
