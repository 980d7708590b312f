"""Views, held against what a rebuild makes of the same log."""

import time
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import sql

from projections.catalogue import projections
from projections.projection import Batch
from projections.taking import Stretch, read_stretch
from tests.store.opened import system_now

WAIT_S: Final = 30.0
_REBUILT: Final = sql.Identifier("rebuilt")


def check_rebuilt(dsn: str) -> None:
    """Every projection's rows are those that the whole log gives, taken anew.

    The rebuild is made in a transaction that is rolled back, beside the server's own work. Nothing
    may be parked: no fact of these tests is one that a projection cannot take.
    """
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT * FROM parked_stream").fetchall() == []
        connection.rollback()
        head = _caught_up(connection)
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE SCHEMA {0}").format(_REBUILT))
            cursor.execute(sql.SQL("SET LOCAL search_path TO {0}, public").format(_REBUILT))
            log = list(_whole_log(cursor, head))
            for projection in projections():
                projection.create(cursor)
                for after, last, facts, unreadable in log:
                    assert unreadable == []
                    projection.take(cursor, Batch(after, last, facts))
                projection.pass_time(cursor, head, system_now())
                for table in projection.tables:
                    assert _differing(cursor, table) == [], table
        connection.rollback()


def _whole_log(cursor: "psycopg.Cursor[Any]", head: int) -> Iterator[Stretch]:
    place = 0
    while place < head:
        stretch = read_stretch(cursor, place, head)
        yield stretch
        place = stretch.last


def _differing(cursor: "psycopg.Cursor[Any]", table: str) -> list[Any]:
    """Some of the rows that one has and the other has not."""
    cursor.execute(
        sql.SQL(
            "(TABLE public.{0} EXCEPT ALL TABLE {1}.{0}) UNION ALL "
            "(TABLE {1}.{0} EXCEPT ALL TABLE public.{0}) LIMIT 5"
        ).format(sql.Identifier(table), _REBUILT)
    )
    return cursor.fetchall()


def _caught_up(connection: "psycopg.Connection[Any]") -> int:
    """Wait until the views stand at the log's end, in one picture of both; returns where."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    until = time.monotonic() + WAIT_S
    while True:
        row = connection.execute("SELECT next_position - 1 FROM log_head").fetchone()
        assert row is not None
        places = connection.execute("SELECT name, position FROM projection").fetchall()
        if {position for _, position in places} == set(row):
            return row[0]
        connection.rollback()
        assert time.monotonic() < until, (row, places)
        time.sleep(0.05)
