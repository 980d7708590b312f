"""Calendar months in UTC, and how many sellers were suspended at the end of each."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from projections.what_if.columns import Array

_np: Any = np
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Months(NamedTuple):
    """The months that a span touches."""

    names: tuple[str, ...]
    starts: Array
    ends: Array
    """The last instant of each; of the last one, the span's."""

    @classmethod
    def between(cls, begin: int, to: int) -> "Months":
        """Those from the month of one instant to that of another."""
        at, last = (_EPOCH + instant * _MICROSECOND for instant in (begin, to))
        names: list[str] = []
        starts: list[int] = []
        year, month = at.year, at.month
        while (year, month) <= (last.year, last.month):
            names.append(f"{year:04d}-{month:02d}")
            starts.append(_start(year, month))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        ends = [*(start - 1 for start in starts[1:]), to]
        return cls(
            tuple(names), _np.array(starts, dtype=_np.int64), _np.array(ends, dtype=_np.int64)
        )

    def counts(self, instants: Array) -> Array:
        """How many of these instants lie in each month."""
        places = _np.searchsorted(self.starts, instants, side="right") - 1
        return _np.bincount(places, minlength=len(self.names))

    def in_force(self, seller: Array, begin: Array, end: Array) -> Array:
        """How many sellers any of these stretches covers at the end of each month; they stand by
        seller, each in order of their beginnings.
        """
        first = _np.searchsorted(self.ends, begin, side="left")
        last = _np.searchsorted(self.ends, end, side="left")
        # What an earlier stretch of the same seller covers is not counted twice.
        size = len(self.names) + 1
        reached = _np.maximum.accumulate(seller * size + last) if len(seller) else last
        before = _np.concatenate([[0], reached[:-1]]) - seller * size if len(seller) else last
        first = _np.maximum(first, before)
        some = first < last
        changes = _np.zeros(size, _np.int64)
        _np.add.at(changes, first[some], 1)
        _np.add.at(changes, last[some], -1)
        return _np.cumsum(changes)[:-1]


def _start(year: int, month: int) -> int:
    return (datetime(year, month, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
