"""Rows as the bytes of a file: JSON a line, or CSV. The heavier kinds are beside."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec

from api.bodies import NDJSON
from api.lists.columns import Column, Kind, cells_of, columns_of

JSON: Final = "application/json"
CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIXES: Final = {CSV: "csv", NDJSON: "ndjson", PARQUET: "parquet", XLSX: "xlsx"}
"""Every kind of file, with the end of its name."""

_LINES: Final = msgspec.json.Encoder()
_TO_QUOTE: Final = frozenset('",\r\n')
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""How a text begins that a spreadsheet might calculate, or that looks as if it had been marked."""


class Writer(Protocol):
    """Makes one file. Each step returns the bytes that are ready: maybe none yet."""

    def begin(self) -> bytes:
        """What stands before the first row."""
        ...

    def rows(self, rows: Sequence[msgspec.Struct]) -> bytes:
        """Some more rows."""
        ...

    def end(self) -> bytes:
        """What stands behind the last row."""
        ...

    def more(self) -> bytes:
        """The next piece of what is left behind the end; nothing once all is told."""
        ...


class NdjsonWriter:
    """The objects of the JSON pages, one a line."""

    def begin(self) -> bytes:
        """Nothing: every line stands for itself."""
        return b""

    def rows(self, rows: Sequence[msgspec.Struct]) -> bytes:
        """A line for each row."""
        return _LINES.encode_lines(rows)

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def more(self) -> bytes:
        """Nothing."""
        return b""


class CsvWriter:
    """RFC 4180 in UTF-8 with a header row.

    Null is nothing at all, an empty text is `""`; what is nested is JSON text. A text that a
    spreadsheet would take for a formula gets an apostrophe before it, and so does one that
    begins with an apostrophe: whoever takes one away has every text as it was.
    """

    def __init__(self, shape: type[msgspec.Struct]) -> None:
        self._columns = columns_of(shape)

    def begin(self) -> bytes:
        """The header."""
        return _line(_text(column.name) for column in self._columns)

    def rows(self, rows: Sequence[msgspec.Struct]) -> bytes:
        """A line for each row."""
        return b"".join(map(self._row, rows))

    def end(self) -> bytes:
        """Nothing."""
        return b""

    def more(self) -> bytes:
        """Nothing."""
        return b""

    def _row(self, row: msgspec.Struct) -> bytes:
        cells = cells_of(row)
        return _line(_cell(column, cells.get(column.name)) for column in self._columns)


def writer_of(media_type: str, shape: type[msgspec.Struct], about: dict[str, str]) -> Writer:
    """What writes this kind of file; `about` goes with the file where it has room for that."""
    match media_type:
        case "text/csv":
            return CsvWriter(shape)
        case "application/vnd.apache.parquet":
            # Only who asks for Parquet waits for its library.
            from api.lists.parquet import ParquetWriter  # noqa: PLC0415

            return ParquetWriter(shape, about)
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            from api.lists.xlsx import XlsxWriter  # noqa: PLC0415

            return XlsxWriter(shape, about)
        case _:
            return NdjsonWriter()


def json_text(value: object) -> str:
    """A nested value as JSON."""
    return msgspec.json.encode(value).decode()


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    kind: Kind = column.kind
    match kind:
        case "text" | "instant":
            return _text(value)
        case "integer" | "number":
            return str(value)
        case "truth":
            return "true" if value else "false"
        case "texts" | "json":
            return _text(json_text(value))


def _text(value: str) -> str:
    if value.startswith(FORMULA):
        value = "'" + value
    if not value or not _TO_QUOTE.isdisjoint(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def _line(cells: Any) -> bytes:
    return (",".join(cells) + "\r\n").encode()
