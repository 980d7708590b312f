"""Days are found by index, however many there are: a window of them, and a product's newest."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from api.lists import days
from ledger.facts.ids import group_end, product_days, seller_day_stream
from ledger.store import cases, reader
from tests.conftest import database

SELLERS, DAYS = 2_000, 100
FILL = """
INSERT INTO stored_events (notification_id, originator_version, originator_id, topic, state)
SELECT n * %(days)s + d, 1, %(prefix)s || n || ',' || ('2026-01-01'::date + d)::text,
       'performance-reported.v1',
       convert_to('{"at":1,"by":"x","seller_id":"s","date":"2026-01-01"}', 'UTF8')
FROM generate_series(%(first)s, %(first)s + %(sellers)s - 1) n, generate_series(0, %(days)s - 1) d
"""
MOST_BUFFERS = 40
"""Of eight kilobytes, for a page of thirty days, or for the newest days of thirty products."""


@pytest.fixture(scope="module")
def cursor(postgres: str, template: str) -> Iterator["psycopg.Cursor[Any]"]:
    with (
        database(postgres, template) as (_, dsn),
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        for first, prefix in ((1, "performance-s-"), (SELLERS + 1, "product-p-")):
            asked = {"first": first, "prefix": prefix, "sellers": SELLERS, "days": DAYS}
            connection.execute(FILL, asked)
        connection.execute("VACUUM ANALYZE stored_events")
        yield connection.cursor()


def buffers(cursor: "psycopg.Cursor[Any]", statement: str, values: Any) -> int:
    explain: Any = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    row = cursor.execute(explain, values).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.parametrize(
    ("after", "to"), [("", 10**9), (seller_day_stream("s-77", "2026-02-10"), 10**9), ("", 8_000)]
)
def test_a_page_of_days_reads_little_more_than_itself(
    cursor: "psycopg.Cursor[Any]", after: str, to: int
) -> None:
    asked = {
        "first": seller_day_stream("s-77", "2026-01-20"),
        "last": seller_day_stream("s-77", "9999-99-99"),
        "after": after,
        "to": to,
        "limit": 30,
    }
    assert buffers(cursor, days.SQL["days"], asked) <= MOST_BUFFERS


def test_the_newest_days_of_products_are_a_step_down_the_index_each(
    cursor: "psycopg.Cursor[Any]",
) -> None:
    groups = [product_days(f"p-{SELLERS + 1 + n * 50}") for n in range(30)]
    values = (groups, [group_end(group) for group in groups])
    assert buffers(cursor, cases.SQL["load_newest"], values) <= 5 * len(groups)
    found = cursor.execute(cases.SQL["load_newest"], values).fetchall()
    assert {(row[0], row[1]) for row in found} == {(g, f"{g}2026-04-10") for g in groups}


def test_the_newest_facts_of_streams_are_a_step_down_the_index_each(
    cursor: "psycopg.Cursor[Any]",
) -> None:
    streams = [seller_day_stream(f"s-{n * 50 + 1}", "2026-01-31") for n in range(30)]
    asked = {"streams": streams}
    assert buffers(cursor, reader.SQL["newest"], asked) <= 5 * len(streams)
    assert len(cursor.execute(reader.SQL["newest"], asked).fetchall()) == len(streams)
