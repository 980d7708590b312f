"""What the dispatcher notes: who may dispatch, and how far each endpoint has come.

All of it goes over one connection, which holds the right to dispatch: what a process notes that
lost this right fails with its connection.
"""

from typing import Any, Final, NamedTuple, TypeAlias

import psycopg

from ledger.facts.instants import Instant
from ledger.store.sql import queries

SQL: Final = queries("projections.webhooks", "progress.sql")

Connection: TypeAlias = psycopg.Connection[Any]


class Due(NamedTuple):
    """A delivery to be tried again, and how often it was tried."""

    position: int
    attempts: int


class Failure(NamedTuple):
    """Why a delivery failed, when, and when it is tried again."""

    problem: str
    now: Instant
    next_attempt_at: Instant


def take_dispatch(connection: Connection) -> bool:
    """Try to become the one that dispatches."""
    row = connection.execute(SQL["take_dispatch"]).fetchone()
    return row is not None and bool(row[0])


def with_work(connection: Connection, log_end: int, now: Instant) -> list[str]:
    """Endpoints for which there is something to do."""
    rows = connection.execute(SQL["with_work"], {"log_end": log_end, "now": now}).fetchall()
    return [webhook_id for (webhook_id,) in rows]


def due(connection: Connection, webhook_id: str, now: Instant, limit: int) -> list[Due]:
    """Deliveries of an endpoint whose next attempt has come."""
    row = {"webhook_id": webhook_id, "now": now, "limit": limit}
    return [Due(*found) for found in connection.execute(SQL["due"], row).fetchall()]


def advance(connection: Connection, webhook_id: str, known: int, to: int) -> bool:
    """Note how far an endpoint has come; False if it was moved or removed by somebody else."""
    row = {"webhook_id": webhook_id, "known": known, "to": to}
    return connection.execute(SQL["advance"], row).rowcount == 1


def put_off(
    connection: Connection, webhook_id: str, known: int, position: int, failure: Failure
) -> None:
    """Let a change wait for another attempt, and the endpoint go on behind it."""
    row = {"webhook_id": webhook_id, "known": known, "position": position, **failure._asdict()}
    connection.execute(SQL["put_off"], row)


def failed_again(
    connection: Connection, webhook_id: str, tried: Due, failure: Failure, *, dead: bool
) -> None:
    """Note another failed attempt; `dead`: the last one."""
    row = {
        "webhook_id": webhook_id,
        "position": tried.position,
        "attempts": tried.attempts + 1,
        "state": "dead" if dead else "pending",
        **failure._asdict(),
    }
    connection.execute(SQL["failed_again"], row)


def delivered(connection: Connection, webhook_id: str, position: int) -> None:
    """Nothing is left of a delivery that was made."""
    connection.execute(SQL["delivered"], {"webhook_id": webhook_id, "position": position})


def disable(connection: Connection, webhook_id: str, why: str) -> None:
    """Send an endpoint nothing more, until somebody asks for it."""
    connection.execute(SQL["disable"], {"webhook_id": webhook_id, "why": why})
