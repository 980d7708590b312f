"""What two worlds amount to over ranges of sellers: whole numbers that add up in any order, so that
neither how many ranges there are nor who judges them changes a byte.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from ledger.standing.rulebook import Rulebook
from projections.what_if.columns import Array, Counting
from projections.what_if.judging import SANCTION_KINDS

_np: Any = np
HIGHEST: Final = 4_095
"""Totals from here on are counted together."""


class WorldSums(NamedTuple):
    """One world's figures, summed over sellers."""

    totals: Array
    """`[bucket, total]`: how many sellers have it; the last column holds what is higher."""
    kinds: Array
    """By kind, the sanctions that milestones imposed within the span."""
    spans: Array
    """Microseconds of suspension and of money withheld, within the span."""
    by_month: Array
    """Sanctions, suspensions, sellers suspended and points recorded, month by month."""
    by_family: Array
    """Sanctions, suspensions and points that count, family by family."""


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
    enrolments: Array
    """Lost: in the baseline, in the scenario, in the scenario alone, in the baseline alone."""
    matched: Array
    """How many rows each filter matched: see `Applied`."""
    kept: Array


def added(one: Any, other: Any) -> Any:
    """The sums of two sets of ranges."""
    if isinstance(one, _np.ndarray):
        return one + other
    return type(one)(*(added(mine, its) for mine, its in zip(one, other, strict=True)))


def no_figures(rulebook: Rulebook, counting: Counting) -> WorldSums:
    """One world's figures of no sellers."""
    return WorldSums(
        totals=_np.zeros((len(rulebook.bucket_number), HIGHEST + 1), _np.int64),
        kinds=_np.zeros(len(SANCTION_KINDS), _np.int64),
        spans=_np.zeros(2, _np.int64),
        by_month=_np.zeros((4, len(counting.starts)), _np.int64),
        by_family=_np.zeros((3, counting.families), _np.int64),
    )
