"""Calendar months in UTC."""

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


def _start(year: int, month: int) -> int:
    return (datetime(year, month, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
