"""Rows as an Excel workbook, written to a file beside and handed on from there.

Nothing in it is a formula. A sheet holds at most so many rows, and what is more goes on in the
next one.
"""

import shutil
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, cast

import msgspec
import xlsxwriter

from api.lists.columns import Column, cells_of, columns_of
from api.lists.formats import FORMULA, json_text

ROWS_IN_SHEET: Final = 1_048_575
"""What Excel shows, less the header."""
LONGEST_TEXT: Final = 32_767
"""What a cell holds, in characters as Excel counts them."""
_PIECE_BYTES: Final = 1 << 20
_EXACT: Final = 10**15
"""Excel keeps fifteen digits of a number: a longer one is text."""
_SET_UP: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_CREATED: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""The same for every file: of the same rows come the same bytes."""

_xlsxwriter: Final = cast(Any, xlsxwriter)  # it ships no types


class XlsxWriter:
    """One file. Rows wait on disk, and go with this object if it is left midway."""

    def __init__(self, shape: type[msgspec.Struct], about: dict[str, str]) -> None:
        self._columns = columns_of(shape)
        self._name = about.get("ledger.list", "rows")[:25]
        folder = mkdtemp(prefix="seller-ledger-xlsx-")
        self._gone = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._place = Path(folder) / "rows.xlsx"
        self._book = _xlsxwriter.Workbook(self._place, {**_SET_UP, "tmpdir": folder})
        self._book.set_properties({"created": _CREATED})
        for name, value in about.items():
            self._book.set_custom_property(name, value[:255], "text")
        self._bold = self._book.add_format({"bold": True})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._sheets = 0
        self._file: Any = None
        self._next_sheet()

    def begin(self) -> bytes:
        """Nothing: a workbook begins with what is known at its end."""
        return b""

    def rows(self, rows: Sequence[msgspec.Struct]) -> bytes:
        """Keep the rows."""
        for row in rows:
            if self._row > ROWS_IN_SHEET:
                self._next_sheet()
            cells = cells_of(row)
            for place, column in enumerate(self._columns):
                self._write(place, column, cells.get(column.name))
            self._row += 1
        return b""

    def end(self) -> bytes:
        """The first piece of the whole file."""
        self._book.close()
        self._file = self._place.open("rb")
        return self.more()

    def more(self) -> bytes:
        """The next piece."""
        told: bytes = self._file.read(_PIECE_BYTES)
        if not told:
            self._file.close()
            self._gone()
        return told

    def _next_sheet(self) -> None:
        self._sheets += 1
        name = self._name if self._sheets == 1 else f"{self._name} {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.write_string(0, place, column.name, self._bold)
        self._row = 1

    def _write(self, place: int, column: Column, value: Any) -> None:
        if value is None:
            return
        match column.kind:
            case "truth":
                self._sheet.write_boolean(self._row, place, value)
            case "integer" | "number" if abs(value) < _EXACT:
                self._sheet.write_number(self._row, place, value)
            case "texts" | "json":
                self._text(place, json_text(value))
            case _:
                self._text(place, str(value))

    def _text(self, place: int, value: str) -> None:
        if len(value) > LONGEST_TEXT // 2 and len(value.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            rest = f" … cut: {len(value)} characters, whole in CSV, NDJSON and Parquet"
            value = value[: LONGEST_TEXT // 2 - len(rest)] + rest
        # A text that a spreadsheet would calculate once somebody edits it is marked as text.
        mark = self._quoted if value.startswith(FORMULA) else None
        self._sheet.write_string(self._row, place, value, mark)
