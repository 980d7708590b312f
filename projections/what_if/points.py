"""Points by the month of their recording and by family, counted while a seller is judged."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ledger.standing import kernel
from projections.what_if.columns import Array, Counting, Outcome, Span
from projections.what_if.compiling import within

_np: Any = np
_VIOLATION: Final = kernel.VIOLATION


class Points(NamedTuple):
    """Where the points of a range are added up, apart for two sorts of sellers."""

    line: Any
    """Per seller 0 or 1, its sort; -1: its points are not counted."""
    terms: Any
    family: Any
    """Per line of terms."""
    in_points: Any
    """Per bucket, whether it counts points."""
    starts: Any
    """Of the months."""
    begin: int
    by_month: Any
    """`[sort, month]`"""
    by_family: Any
    """`[sort, family]`"""


@within
def add_points(rows: Any, world: Any, lo: int, hi: int, to: int, points: Any, line: int) -> None:
    """A seller's points: those recorded, by month, and those that count as of an instant, by
    family.
    """
    month, last = 0, len(points.starts) - 1
    late = hi > lo and rows.recorded[hi - 1] > to
    for i in range(lo, hi):
        if rows.kind[i] != _VIOLATION or not points.in_points[rows.bucket[i]]:
            continue
        at = rows.recorded[i]
        if points.begin <= at <= to:
            while month < last and points.starts[month + 1] <= at:
                month += 1
            points.by_month[line, month] += rows.weight[i]
        if to < rows.lapse[i] and (not late or rows.effective[i] <= to):
            points.by_family[line, points.family[points.terms[i]]] += world.counted[i]


def one_month(span: Span, terms: int) -> Counting:
    """Where nobody asks for months and families, they are one."""
    edge = _np.array([span.begin], _np.int64)
    return Counting(
        span.begin, span.to, edge, _np.array([span.to]), _np.zeros(terms + 1, _np.int64), 1
    )


def points_of_both(first: Outcome, second: Outcome, *, shared: bool) -> tuple[Outcome, Outcome]:
    """Both outcomes with the points of all their sellers; those of the first sort are in the first
    one for both, if they are `shared`.
    """
    by_month, by_family = second.points_by_month, second.points_by_family
    if shared:
        by_month[0], by_family[0] = first.points_by_month[0], first.points_by_family[0]
    return (
        first._replace(
            points_by_month=first.points_by_month.sum(axis=0),
            points_by_family=first.points_by_family.sum(axis=0),
        ),
        second._replace(
            points_by_month=by_month.sum(axis=0), points_by_family=by_family.sum(axis=0)
        ),
    )


def points_of(
    counting: Counting, sort: Array, terms: Array, in_points: Sequence[bool], buckets: int
) -> Points:
    """Where the points of a range are added up: nowhere yet."""
    return Points(
        line=sort,
        terms=terms,
        family=counting.family,
        in_points=_np.array(in_points or (True,) * buckets, _np.bool_),
        starts=counting.starts,
        begin=counting.begin,
        by_month=_np.zeros((2, len(counting.starts)), _np.int64),
        by_family=_np.zeros((2, counting.families), _np.int64),
    )
