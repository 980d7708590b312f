"""What a replay amounts to over the whole population."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from projections.what_if.columns import STANDING, Array, Compared, Outcome
from projections.what_if.judging import SANCTION_KINDS

_np: Any = np


class WorldSummary(NamedTuple):
    """One world's figures as of the end of the span, and over it."""

    suspended: int
    frozen: int
    suspended_us: int
    frozen_us: int
    imposed: dict[str, int]


class Summary(NamedTuple):
    """Both worlds, and who is better or worse off in the scenario's."""

    sellers: int
    rows: int
    baseline: WorldSummary
    scenario: WorldSummary
    newly: int
    """Suspended in the scenario alone."""
    spared: int
    """Suspended in the baseline alone."""
    differ: Array
    """The numbers of all sellers that differ, in order."""
    why: Array
    """What differs, of each."""
    parted: Array
    """Since when its sanctions do."""


def summed(ranges: Iterable[Compared]) -> Summary:
    """Adds up what a replay hands on, and keeps of it only who differs."""
    sellers, rows, newly, spared = 0, 0, 0, 0
    totals = _np.zeros((2, 4 + len(SANCTION_KINDS)), _np.int64)
    differ: list[Array] = []
    for r in ranges:
        sellers, rows = sellers + len(r.sellers), rows + r.rows
        totals[0] += _figures(r.baseline)
        totals[1] += _figures(r.scenario)
        newly += int((r.scenario.suspended & ~r.baseline.suspended).sum())
        spared += int((r.baseline.suspended & ~r.scenario.suspended).sum())
        which = _np.flatnonzero(r.differs)
        differ.append(_np.stack([r.sellers[which], r.differs[which], r.parted[which]]))
    numbers, why, parted = _np.concatenate(differ or [_np.zeros((3, 0), _np.int64)], axis=1)
    return Summary(
        sellers, rows, _world(totals[0]), _world(totals[1]), newly, spared, numbers, why, parted
    )


def _figures(outcome: Outcome) -> Array:
    return _np.concatenate(
        [
            [
                outcome.suspended.sum(),
                outcome.frozen.sum(),
                outcome.suspended_us.sum(),
                outcome.frozen_us.sum(),
            ],
            outcome.imposed.sum(axis=0),
        ]
    )


def _world(figures: Array) -> WorldSummary:
    suspended, frozen, suspended_us, frozen_us, *imposed = (int(n) for n in figures)
    kinds: dict[str, int] = dict(zip(SANCTION_KINDS, imposed, strict=True))
    return WorldSummary(suspended, frozen, suspended_us, frozen_us, kinds)


__all__ = ["STANDING", "Summary", "WorldSummary", "summed"]
