"""Rows as files: what each kind of value becomes, and what spreadsheets must not calculate."""

import csv
import io
import json
from typing import Annotated, Literal

import msgspec
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.lists.columns import columns_of
from api.lists.formats import CSV, PARQUET, writer_of
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
