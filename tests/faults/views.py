"""Views, held against what a rebuild makes of the same log."""

import time
from typing import Final

import psycopg

from ledger.store.clocks import SystemClock
from projections.rebuild import check
from tests.store.opened import system_now

WAIT_S: Final = 30.0


def check_rebuilt(dsn: str) -> None:
    """Every projection's rows are those that the whole log gives, taken anew beside.

    Nothing may be parked: no fact of these tests is one that a projection cannot take.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        assert connection.execute("SELECT * FROM parked_stream").fetchall() == []
        _caught_up(connection)
    assert check(dsn, SystemClock(system_now)) == []


def _caught_up(connection: "psycopg.Connection[object]") -> None:
    """Wait until the views stand at the log's end."""
    until = time.monotonic() + WAIT_S
    while True:
        row = connection.execute(
            "SELECT (SELECT next_position - 1 FROM log_head), min(position), count(*) "
            "FROM projection WHERE name NOT LIKE '%.rebuild'"
        ).fetchone()
        if row is not None and row[0] == row[1]:
            return
        assert time.monotonic() < until, row
        time.sleep(0.05)
