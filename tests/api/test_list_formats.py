"""Rows as files: what each kind of value becomes, and what spreadsheets must not calculate."""

import csv
import io
import json
import zipfile
from typing import Annotated, Literal
from xml.etree import ElementTree as ET

import msgspec
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.lists import xlsx
from api.lists.columns import columns_of
from api.lists.formats import CSV, PARQUET, XLSX, writer_of
from api.lists.parquet import ROWS_IN_GROUP
from api.representations import When


class Money(msgspec.Struct, frozen=True):
    amount: str
    currency: str


class Row(msgspec.Struct, frozen=True, rename={"starts_at": "from"}):
    """One column of every kind."""

    name: str | None = None
    starts_at: When | None = None
    count: int = 0
    share: float | None = None
    held: bool = False
    causes: tuple[str, ...] = ()
    status: Literal["good", "weak"] | None = None
    limited: Annotated[int, msgspec.Meta(ge=0)] | None = None
    money: Money | None = None
    mixed: int | str = 0
    nothing: None = None


FULL = Row(
    "a,b", "2026-01-01T00:00:00.000001Z", -3, 0.5, True, ("x", 'y"'), "good", 7,
    Money("12.30", "EUR"), "text",
)  # fmt: skip
FULL_LINE = (
    '"a,b",2026-01-01T00:00:00.000001Z,-3,0.5,true,"[""x"",""y\\""""]",good,7,'
    '"{""amount"":""12.30"",""currency"":""EUR""}","""text""",'
)


def csv_of(*rows: Row) -> bytes:
    writer = writer_of(CSV, Row, {})
    return writer.begin() + writer.rows(rows) + writer.end()


def test_the_columns_are_the_fields() -> None:
    assert [tuple(column) for column in columns_of(Row)] == [
        ("name", "text"),
        ("from", "instant"),
        ("count", "integer"),
        ("share", "number"),
        ("held", "truth"),
        ("causes", "texts"),
        ("status", "text"),
        ("limited", "integer"),
        ("money", "json"),
        ("mixed", "json"),
        ("nothing", "json"),
    ]


def test_csv_as_it_is_written() -> None:
    assert csv_of(FULL, Row(), Row("")).decode().split("\r\n") == [
        "name,from,count,share,held,causes,status,limited,money,mixed,nothing",
        FULL_LINE,
        ",,0,,false,[],,,,0,",
        '"",,0,,false,[],,,,0,',
        "",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "'", '=HYPERLINK("x","y")']
)
def test_what_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    cell = next(csv.reader(io.StringIO(csv_of(Row(text)).decode().split("\r\n", 1)[1], newline="")))
    assert cell[0] == "'" + text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_every_text_comes_back(text: str) -> None:
    body = csv_of(Row(text)).decode()
    told = list(csv.reader(io.StringIO(body, newline=""), strict=True))[1][0]
    assert told.removeprefix("'") == text
    assert not told.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_parquet_as_it_is_read() -> None:
    writer = writer_of(PARQUET, Row, {"ledger.list": "rows"})
    body = writer.begin() + writer.rows([FULL]) + writer.rows([Row()] * 2) + writer.end()
    table = parquet.read_table(io.BytesIO(body))
    assert [str(field.type).replace("element", "item") for field in table.schema] == [
        "string", "timestamp[us, tz=UTC]", "int64", "double", "bool", "list<item: string>",
        "string", "int64", "string", "string", "string",
    ]  # fmt: skip
    full, empty, _ = table.to_pylist()
    assert full["from"].isoformat() == "2026-01-01T00:00:00.000001+00:00"
    assert (full["causes"], full["count"], full["held"]) == (["x", 'y"'], -3, True)
    assert json.loads(full["money"]) == {"amount": "12.30", "currency": "EUR"}
    assert (empty["name"], empty["from"], empty["money"], empty["causes"]) == (None, None, None, [])


def test_groups_are_handed_on_as_they_fill() -> None:
    writer = writer_of(PARQUET, Row, {})
    pieces = [writer.begin()]
    pieces += [writer.rows([FULL] * (ROWS_IN_GROUP // 4)) for _ in range(10)]
    assert sum(1 for piece in pieces if len(piece) > 100) == 2
    body = b"".join([*pieces, writer.end()])
    told = parquet.read_metadata(io.BytesIO(body))
    assert (told.num_rows, told.num_row_groups) == (ROWS_IN_GROUP * 10 // 4, 3)


def sheets_of(told: bytes) -> list[list[list[str | None]]]:
    """Each sheet's rows as texts, and none of them a formula."""
    found: list[list[list[str | None]]] = []
    with zipfile.ZipFile(io.BytesIO(told)) as book:
        for name in sorted(n for n in book.namelist() if n.startswith("xl/worksheets/")):
            sheet = ET.fromstring(book.read(name))
            assert sheet.find(".//{*}f") is None
            rows = [
                {_column(cell.attrib["r"]): "".join(cell.itertext()) for cell in row}
                for row in sheet.iterfind(".//{*}row")
            ]
            width = 1 + max(place for row in rows for place in row)
            found.append([[row.get(place) for place in range(width)] for row in rows])
    return found


def _column(cell: str) -> int:
    return ord(cell[0]) - ord("A")


def xlsx_of(*rows: Row) -> bytes:
    writer = writer_of(XLSX, Row, {"ledger.list": "rows", "ledger.position": "7"})
    assert writer.begin() + writer.rows(rows) == b""
    told = piece = writer.end()
    while piece := writer.more():
        told += piece
    return told


def test_a_workbook_as_it_is_read() -> None:
    (told,) = sheets_of(xlsx_of(FULL, Row(), Row("")))
    assert told[0] == [name for name, _ in columns_of(Row)]
    assert told[1] == [
        "a,b", "2026-01-01T00:00:00.000001Z", "-3", "0.5", "1", '["x","y\\""]', "good", "7",
        '{"amount":"12.30","currency":"EUR"}', '"text"', None,
    ]  # fmt: skip
    assert told[2][:5] == [None, None, "0", None, "0"]
    assert xlsx_of(FULL) == xlsx_of(FULL)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "'a", "=HYPERLINK(1)"])
def test_nothing_in_a_workbook_is_calculated(text: str) -> None:
    told = xlsx_of(Row(text))
    assert sheets_of(told)[0][1][0] in (text, text.replace("\t", "_x0009_"))
    with zipfile.ZipFile(io.BytesIO(told)) as book:
        assert b'quotePrefix="1"' in book.read("xl/styles.xml")
        assert b's="2"' in book.read("xl/worksheets/sheet1.xml")


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS_IN_SHEET", 3)
    told = sheets_of(xlsx_of(*(Row(str(number)) for number in range(7))))
    assert [[row[0] for row in sheet] for sheet in told] == [
        ["name", "0", "1", "2"], ["name", "3", "4", "5"], ["name", "6"],
    ]  # fmt: skip


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    for text in ("x" * 40_000, "\U0001f600" * 20_000):
        told = sheets_of(xlsx_of(Row(text)))[0][1][0] or ""
        assert f"… cut: {len(text)} characters" in told
        assert len(told.encode("utf-16-le")) // 2 <= xlsx.LONGEST_TEXT
    assert sheets_of(xlsx_of(Row("y" * 32_767)))[0][1][0] == "y" * 32_767
