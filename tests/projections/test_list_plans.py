"""Pages of lists are found by index: with fifty thousand sellers none of them reads much."""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from typing import Any

import psycopg
import pytest

from bench.lists import NOW, PAGE, Query, fill, middle, queries_asked
from projections.catalogue import projections
from projections.fact_terms import FIFTY
from projections.facts_reading import MOST_FIFTIES, SQL
from projections.views import Views
from tests.conftest import database

SELLERS = 50_000
MOST_BUFFERS = 3_000
"""Of eight kilobytes; the table of violations alone has more than two thousand, and a row that is
found by itself costs three or four."""
MOST_ROWS = 6_000
"""Looked at in tables and indexes, whether they fit or not: a walk along an index reads few buffers
and passes over many."""
NEVER_WHOLE = {"violations", "appeals", "sanctions", "freezes", "disputes", "reports", "sellers"}
NEVER_WHOLE |= {"enrolments", "stored_events"}
FACTS: Any = """
INSERT INTO stored_events
SELECT n, n / 20, 'seller-s-' || n % 20, 'violation-recorded.v1',
       convert_to(repeat('x', 280), 'UTF8')
FROM generate_series(1, 200000) AS n;
ANALYZE stored_events
"""


@pytest.fixture(scope="module")
def cursor(postgres: str, template: str) -> Iterator["psycopg.Cursor[Any]"]:
    with database(postgres, template) as (_, dsn):
        fill(dsn, SELLERS)
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield connection.cursor()


class Watched:
    """A cursor that asks for the plan of each statement before it runs it."""

    def __init__(self, cursor: "psycopg.Cursor[Any]") -> None:
        self.cursor = cursor
        self.buffers = 0
        self.whole: set[str] = set()
        self.rows_looked_at = 0

    def execute(self, statement: Any, values: Any = None, **_: Any) -> Any:
        text = statement if isinstance(statement, str) else statement.as_string(self.cursor)
        explain: Any = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + text
        row = self.cursor.execute(explain, values, prepare=False).fetchone()
        assert row is not None
        plan = row[0][0]["Plan"]
        self.buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        self._look(plan)
        return self.cursor.execute(statement, values, prepare=False)

    def _look(self, plan: dict[str, Any]) -> None:
        if plan["Node Type"] == "Seq Scan":
            self.whole.add(plan["Relation Name"])
        if "Scan" in plan["Node Type"]:
            rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
            self.rows_looked_at += round(rows * plan["Actual Loops"])
        for child in plan.get("Plans", []):
            self._look(child)


def watched(cursor: "psycopg.Cursor[Any]", query: Query, after: Any) -> Watched:
    """What a page cost."""
    watch: Any = Watched(cursor)
    list(islice(query.asked.rows(watch, after, PAGE), PAGE))
    return watch


@pytest.mark.parametrize("query", queries_asked(), ids=lambda q: f"{q.of}: {q.what}")
def test_a_page_reads_little(cursor: "psycopg.Cursor[Any]", query: Query) -> None:
    for after in (None, middle(cursor, query)):
        watch = watched(cursor, query, after)
        assert not watch.whole & NEVER_WHOLE
        assert watch.buffers < MOST_BUFFERS
        assert watch.rows_looked_at < MOST_ROWS


@pytest.mark.parametrize("stretches", [1, 8, MOST_FIFTIES])
def test_facts_found_by_their_terms_are_read_where_they_stand(
    cursor: "psycopg.Cursor[Any]", stretches: int
) -> None:
    with cursor.connection.transaction(force_rollback=True):
        cursor.execute(FACTS)
        watch = Watched(cursor)
        above = [1_000 * number for number in range(stretches)]
        up_to = [begin + FIFTY for begin in above]
        told = {"told": b"y", "elsewhere": "", "above": above, "up_to": up_to}
        watch.execute(SQL["in_stretches"], told)
        assert not watch.whole & NEVER_WHOLE
        assert watch.rows_looked_at <= stretches * (FIFTY + 1)


def test_whether_time_has_changed_a_view_is_planned_for_the_instant_however_often_asked(
    cursor: "psycopg.Cursor[Any]",
) -> None:
    class OneCursor:
        def cursor(self) -> Any:
            return nullcontext(cursor)

    reader: Any = OneCursor()
    views = Views(reader, projections())
    with cursor.connection.transaction(force_rollback=True):
        cursor.execute("UPDATE projection SET version = '1'")
        for after_us in range(12):
            views.behind(["sellers", "disputes", "reports"], 0, NOW + after_us)
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert not [text for (text,) in cursor.fetchall() if "fresh_until" in text]
