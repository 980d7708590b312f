"""Replay segments merged by seller, a range of sellers at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from projections.archive import files
from projections.archive.manifest import Group, Segment

_np: Any = np
_pa: Any = pa


def group_of(table: Any) -> Group:
    """Which sellers a piece of a replay segment holds."""
    seller = table.column("seller").to_numpy()
    return Group(int(seller[0]), int(seller[-1]), len(seller))


def merged_by_seller(folder: Path, old: Sequence[Segment], rows: Any) -> Iterator[Any]:
    """The rows of these segments and `rows`, which come after them in the log, by seller: pieces
    of whole sellers, each read by itself later.
    """
    if not old:
        yield from whole_sellers(rows)
        return
    readers = [RangeReader(folder, segment) for segment in old]
    seller = rows.column("seller").to_numpy()
    carried: list[Any] = []
    for low, high in ranges(old):
        begin, end = _np.searchsorted(seller, [low, high])
        parts = [reader.rows(low, high) for reader in readers] + [rows.slice(begin, end - begin)]
        carried.append(in_order([part for part in parts if part.num_rows] or parts[:1]))
        if sum(table.num_rows for table in carried) >= files.GROUP_ROWS:
            yield from whole_sellers(_pa.concat_tables(carried))
            carried = []
    if carried:
        yield from whole_sellers(_pa.concat_tables(carried))


def ranges(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Ranges of sellers, `low` up to and without `high`, such that none has very many rows: those
    of the groups of the largest segment. The last has no end.
    """
    largest = max(segments, key=lambda segment: segment.rows)
    lows = [0, *(group.first for group in largest.groups[1:])]
    return list(zip(lows, [*lows[1:], 1 << 31], strict=True))


def in_order(parts: Sequence[Any]) -> Any:
    """Rows of segments that follow one another, put together by seller."""
    if len(parts) == 1:
        return parts[0]
    table = _pa.concat_tables(parts)
    order = _np.argsort(table.column("seller").to_numpy(), kind="stable")
    return table.take(_pa.array(order))


class RangeReader:
    """Reads ranges of sellers from one segment, each row group once when they come in order."""

    def __init__(
        self, folder: Path, segment: Segment, columns: Sequence[str] | None = None
    ) -> None:
        self._file = files.opened(folder, segment)
        self._groups = segment.groups
        self._columns = None if columns is None else list(columns)
        self._last: tuple[int, Any] | None = None

    def rows(self, low: int, high: int) -> Any:
        """The rows of these sellers; `high` is not among them."""
        tables: list[Any] = []
        for number, group in enumerate(self._groups):
            if group.last < low or group.first >= high:
                continue
            table = self._group(number)
            if group.first < low or group.last >= high:
                seller = table.column("seller").to_numpy()
                begin, end = _np.searchsorted(seller, [low, high])
                table = table.slice(begin, end - begin)
            tables.append(table)
        if not tables:
            return self._file.schema_arrow.empty_table() if self._columns is None else (
                _pa.schema([self._file.schema_arrow.field(c) for c in self._columns]).empty_table()
            )  # fmt: skip
        return tables[0] if len(tables) == 1 else _pa.concat_tables(tables)

    def _group(self, number: int) -> Any:
        if self._last is None or self._last[0] != number:
            table = self._file.read_row_group(number, columns=self._columns, use_threads=False)
            self._last = number, table
        return self._last[1]


def whole_sellers(table: Any) -> Iterator[Any]:
    """Pieces of about `GROUP_ROWS` rows, none of which ends within a seller."""
    table = table.combine_chunks()
    seller = table.column("seller").to_numpy()
    begin = 0
    while begin < len(seller):
        end = min(begin + files.GROUP_ROWS, len(seller))
        if len(seller) - end < files.GROUP_ROWS // 4:
            end = len(seller)
        if end < len(seller):
            end = int(_np.searchsorted(seller, seller[end], side="left"))
            if end <= begin:
                end = int(_np.searchsorted(seller, seller[begin], side="right"))
        yield table.slice(begin, end - begin)
        begin = end
