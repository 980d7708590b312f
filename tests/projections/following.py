"""Views of a test's ledger, kept up step by step, and facts that nobody can read."""

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from ledger.store.clocks import Clock
from projections.catalogue import projections
from projections.runner import Runner

NAMES = sorted(projection.name for projection in projections())


@contextmanager
def following(dsn: str, clock: Clock, at_once: int = 4_000) -> Generator[Runner]:
    """A runner of every projection; its lease ends with the block."""
    runner = Runner(dsn, projections(), clock, at_once)
    process = runner.connection.info.backend_pid
    try:
        yield runner
    finally:
        runner.close()
        _wait_for_the_end_of(dsn, process)


def _wait_for_the_end_of(dsn: str, process: int) -> None:
    """The database gives leases back when it has noticed that a connection was closed."""
    with suppress(psycopg.OperationalError), psycopg.connect(dsn, autocommit=True) as connection:
        while connection.execute(
            "SELECT FROM pg_stat_activity WHERE pid = %s", (process,)
        ).fetchone():
            time.sleep(0.005)


def catch_up(runner: Runner) -> None:
    """Step until there is nothing more to do."""
    while runner.step():
        pass


def keep_up(dsn: str, clock: Clock) -> None:
    """Bring every view to the end of the log, once."""
    with following(dsn, clock) as runner:
        catch_up(runner)


def rows(dsn: str, table: str, order: str = "1") -> list[dict[str, Any]]:
    """What a table holds."""
    query = f"SELECT to_jsonb(t) FROM (SELECT * FROM {table} ORDER BY {order}) t"
    with psycopg.connect(dsn) as connection:
        return [row for (row,) in connection.execute(query.encode()).fetchall()]


def parked(dsn: str) -> dict[tuple[str, str], tuple[int, str]]:
    """What is parked: from which position on, and why."""
    found = rows(dsn, "parked_stream")
    return {(r["projection"], r["stream"]): (r["position"], r["cause"]) for r in found}


def poison(dsn: str, subject: str, state: bytes = b'{"broken":', of: str = "seller-") -> int:
    """Write a fact that cannot be read behind the others of a seller, or of another subject;
    returns its position.
    """
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "WITH head AS (UPDATE log_head SET next_position = next_position + 1 "
            "RETURNING next_position - 1 AS position) "
            "INSERT INTO stored_events "
            "(originator_id, originator_version, topic, state, notification_id) "
            "SELECT %(stream)s, 1 + coalesce((SELECT "
            "max(originator_version) FROM stored_events WHERE originator_id = %(stream)s), 0), "
            "'violation-recorded.v1', %(state)s, position FROM head RETURNING notification_id",
            {"stream": of + subject, "state": state},
        ).fetchone()
    assert row is not None
    return int(row[0])


def mend(dsn: str, position: int, like: int) -> None:
    """Give a poisoned fact the bytes of another."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE stored_events SET state = (SELECT state FROM stored_events "
            "WHERE notification_id = %s) WHERE notification_id = %s",
            (like, position),
        )


def execute(dsn: str, statement: str) -> None:
    """Run a statement of the test's."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())
