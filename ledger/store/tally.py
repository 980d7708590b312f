"""Counting for operators, in plain numbers: the hot paths add, and whoever asks reads."""

from bisect import bisect_left
from itertools import accumulate
from typing import Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds for a wait."""
SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
"""Bounds for how many came together."""


class Tally:
    """How many values came at or below each bound, and their sum.

    One thread adds; any may read, and sees a value either whole or a moment later.
    """

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.total: float = 0

    def note(self, value: float) -> None:
        """One value came."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values came."""
        return sum(self._counts)

    def at_or_below(self) -> list[tuple[float, int]]:
        """Each bound with how many values it holds; the last is without bound."""
        bounds = (*self._bounds, float("inf"))
        return list(zip(bounds, accumulate(self._counts), strict=True))
