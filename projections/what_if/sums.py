"""What two worlds amount to over ranges of sellers: whole numbers that add up in any order, so that
neither how many ranges there are nor who judges them changes a byte.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ledger.standing.rulebook import Rulebook
from projections.what_if.columns import ENDED, ROW, RUNG, START, UNTIL, Array, Outcome, Span
from projections.what_if.judging import SANCTION_KINDS, SUSPENSION
from projections.what_if.months import Months

_np: Any = np
HIGHEST: Final = 4_095
"""Totals from here on are counted together."""


class Sanctions(NamedTuple):
    """The sanctions of one world, by seller, each in order of their beginnings."""

    seller: Array
    row: Array
    rung: Array
    start: Array
    end: Array

    @classmethod
    def of(cls, outcome: Outcome, sellers: Array) -> "Sanctions":
        """Those of the sellers marked."""
        counts = _np.diff(outcome.first)
        seller = _np.repeat(_np.arange(len(counts)), counts)
        lines = outcome.sanctions[sellers[seller]]
        end = _np.minimum(lines[:, UNTIL], lines[:, ENDED])
        return cls(seller[sellers[seller]], lines[:, ROW], lines[:, RUNG], lines[:, START], end)


class WorldSums(NamedTuple):
    """One world's figures, summed over sellers."""

    totals: Array
    """`[bucket, total]`: how many sellers have it; the last column holds what is higher."""
    kinds: Array
    """By kind, the sanctions that milestones imposed within the span."""
    spans: Array
    """Microseconds of suspension and of money withheld, within the span."""
    by_month: Array
    """Sanctions, suspensions and sellers suspended, month by month."""
    by_family: Array
    """Sanctions and suspensions, family by family."""


class Sums(NamedTuple):
    """Both worlds' figures over some ranges of sellers: they add up in any order."""

    sellers: Array
    """Sellers, facts, and sellers that differ."""
    standing: Array
    """A line for each of `comparison.IN_FORCE`: sellers in the baseline, in the scenario, in the
    scenario alone, in the baseline alone.
    """
    baseline: WorldSums
    scenario: WorldSums
    matched: Array
    """How many rows each filter matched: see `Applied`."""
    kept: Array


def added(one: Any, other: Any) -> Any:
    """The sums of two sets of ranges."""
    if isinstance(one, _np.ndarray):
        return one + other
    return type(one)(*(added(mine, its) for mine, its in zip(one, other, strict=True)))


class WorldFigures:
    """How one world's figures are counted."""

    def __init__(self, rulebook: Rulebook, families: Sequence[str], months: Months) -> None:
        self.buckets = tuple(rulebook.bucket_number)
        self._families = len(families)
        self._months = months
        milestones = [milestone for _, milestone in rulebook.rungs]
        self._suspends = _flags(m.sanction == SANCTION_KINDS[SUSPENSION] for m in milestones)

    def nothing(self) -> WorldSums:
        """The figures of no sellers."""
        return WorldSums(
            totals=_np.zeros((len(self.buckets), HIGHEST + 1), _np.int64),
            kinds=_np.zeros(len(SANCTION_KINDS), _np.int64),
            spans=_np.zeros(2, _np.int64),
            by_month=_np.zeros((3, len(self._months.names)), _np.int64),
            by_family=_np.zeros((2, self._families), _np.int64),
        )

    def count(self, sums: WorldSums, outcome: Outcome, there: Array) -> None:
        """Figures of every seller that is `there`."""
        for number in range(len(self.buckets)):
            values = _np.clip(outcome.values[there, number], 0, HIGHEST)
            sums.totals[number] += _np.bincount(values, minlength=HIGHEST + 1)
        sums.kinds[:] += outcome.imposed.sum(axis=0)
        sums.spans[:] += [outcome.suspended_us.sum(), outcome.frozen_us.sum()]

    def sanctions(self, sums: WorldSums, found: Sanctions, family: Array, span: Span) -> None:
        """Figures of sanctions; `family` is that of each row, by number."""
        suspends = self._suspends[found.rung]
        inside = (found.start >= span.begin) & (found.start <= span.to)
        of = family[found.row]
        for line, which in enumerate((inside, inside & suspends)):
            sums.by_month[line] += self._months.counts(found.start[which])
            sums.by_family[line] += _np.bincount(of[which], minlength=self._families)
        sums.by_month[2] += self._months.in_force(
            found.seller[suspends], found.start[suspends], found.end[suspends]
        )


def _flags(marks: Any) -> Array:
    return _np.array([*marks] or [False], dtype=_np.bool_)
