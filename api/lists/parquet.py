"""Rows as Parquet: typed columns, written a row group at a time."""

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
import pyarrow as pa
from pyarrow import parquet

from api.lists.columns import Column, Json, Kind, cells_of, columns_of
from api.lists.formats import json_text

ROWS_IN_GROUP: Final = 20_000
"""Readers skip and share out whole groups: many small ones would be slow to read."""

_arrow: Final = cast(Any, pa)  # it ships no types
_parquet: Final = cast(Any, parquet)

_INSTANT: Final = _arrow.timestamp("us", "UTC")
_TYPES: Final[dict[Kind, Any]] = {
    "text": _arrow.string(),
    "instant": _INSTANT,
    "integer": _arrow.int64(),
    "number": _arrow.float64(),
    "truth": _arrow.bool_(),
    "texts": _arrow.list_(_arrow.string()),
    "json": _arrow.string(),
}


class ParquetWriter:
    """One file. It ends with a table of its contents: one that was cut off cannot be opened."""

    def __init__(self, shape: type[msgspec.Struct], about: dict[str, str]) -> None:
        self._columns = columns_of(shape)
        fields = [(column.name, _TYPES[column.kind]) for column in self._columns]
        self._schema = _arrow.schema(fields, metadata=about)
        self._sink = _Sink()
        self._file = _parquet.ParquetWriter(
            _arrow.PythonFile(self._sink, mode="w"), self._schema, compression="zstd"
        )
        self._waiting: list[Any] = []
        self._rows_waiting = 0

    def begin(self) -> bytes:
        """What is ready."""
        return self._sink.taken()

    def rows(self, rows: Sequence[msgspec.Struct]) -> bytes:
        """Keep the rows until a group is full."""
        told = [cells_of(row) for row in rows]
        arrays = [_array(column, told) for column in self._columns]
        self._waiting.append(_arrow.record_batch(arrays, schema=self._schema))
        self._rows_waiting += len(rows)
        if self._rows_waiting >= ROWS_IN_GROUP:
            self._write_group()
        return self._sink.taken()

    def end(self) -> bytes:
        """The last group, and what the file holds."""
        self._write_group()
        self._file.close()
        return self._sink.taken()

    def more(self) -> bytes:
        """Nothing."""
        return b""

    def _write_group(self) -> None:
        if self._rows_waiting:
            self._file.write_table(_arrow.Table.from_batches(self._waiting, self._schema))
        self._waiting, self._rows_waiting = [], 0


def _array(column: Column, rows: list[Json]) -> Any:
    values = [row.get(column.name) for row in rows]
    match column.kind:
        case "instant":
            return _arrow.array(values, _arrow.string()).cast(_INSTANT)
        case "json":
            return _arrow.array([None if v is None else json_text(v) for v in values])
        case _:
            return _arrow.array(values, _TYPES[column.kind])


class _Sink:
    """A file that is handed on as it is written."""

    closed = False

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, told: Any) -> int:
        self._held += told
        return len(told)

    def taken(self) -> bytes:
        told = bytes(self._held)
        self._held.clear()
        return told

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """What is held can still be taken."""
