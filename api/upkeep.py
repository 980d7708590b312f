"""Views as an operator sees them: how far each is, who keeps it, what is parked; and retrying."""

from typing import Any, Final, NamedTuple

import psycopg

from api.opening import system_now
from ledger.facts.ids import dispute_stream, report_stream, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.store.clocks import Clock, SandboxClock, SystemClock
from ledger.store.loading import read_head
from ledger.store.sql import queries
from projections.catalogue import projections
from projections.projection import Projection
from projections.rebuild import NoSuchProjection
from projections.taking import GapInLog, Taking, read_stretch

SQL: Final = queries("api", "upkeep.sql")
PATIENCE: Final = "-c lock_timeout=30s"
"""How long an owner's transaction is waited for."""


class NotParked(Refusal):
    """There is nothing to try again."""

    def __init__(self, subject: str, name: str) -> None:
        super().__init__(
            f"no view has parked the {subject} {name!r}",
            field=f"--{subject}",
            accepted=f"a {subject} that `seller-ledger views parked` shows",
        )


class NoLogYet(Refusal):
    """The database is empty: no server and no import has begun a log."""

    def __init__(self) -> None:
        super().__init__("there is no log here yet", accepted="a database that was served once")


class State(NamedTuple):
    """One view beside the log."""

    view: str
    position: int
    lag: int
    """Facts that it has yet to take."""
    parked: int
    owned: bool
    """Whether a living process follows the log for it."""
    rebuilding: bool
    trouble: str | None
    """Why it cannot go on; what it does not tell, the server's log does."""


class Parked(NamedTuple):
    """A stream that a view could not take, from which fact on, and why."""

    view: str
    stream: str
    position: int
    cause: str
    parked_at: Instant


class Retried(NamedTuple):
    """A stream that was tried again: its cause, or None now that it is taken."""

    view: str
    stream: str
    cause: str | None


def clock_of_log(dsn: str) -> Clock:
    """The clock by which this log is kept, whatever the settings say."""
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        if cursor.execute(SQL["any_log"]).fetchone() is None:
            raise NoLogYet
        return SandboxClock() if read_head(cursor).clock == "test" else SystemClock(system_now)


def states(dsn: str) -> list[State]:
    """Every view beside the log."""
    versions = {projection.name: projection.version for projection in projections()}
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        rows = cursor.execute(SQL["states"], {"names": list(versions)}).fetchall()
        if not rows:
            raise NoLogYet
        return [
            State(
                name,
                position,
                max(0, head - position),
                parked,
                owned,
                rebuilding,
                _trouble(cursor, version, versions[name], position, head),
            )
            for name, version, position, head, parked, owned, rebuilding in rows
        ]


def parked(dsn: str, limit: int, after: str | None) -> tuple[list[Parked], str | None]:
    """A page of parked streams, and where the next begins; None after the last."""
    view, _, stream = (after or "").partition(":")
    with psycopg.connect(dsn) as connection:
        place = {"projection": view, "stream": stream, "limit": limit + 1}
        rows = [Parked(*row) for row in connection.execute(SQL["parked"], place).fetchall()]
    page = rows[:limit]
    return page, f"{page[-1].view}:{page[-1].stream}" if len(rows) > limit else None


def retry(
    dsn: str,
    clock: Clock,
    view: str | None,
    seller_id: str | None,
    dispute_id: str | None = None,
    report_id: str | None = None,
) -> list[Retried]:
    """Try parked streams again, each in a transaction of its own; of one view or all, of one
    seller, one dispute, one report or all. Whoever owns the view waits meanwhile, and then reads
    anew what it remembered.

    Raises `NoSuchProjection`, `NotParked` and `OtherVersion`.
    """
    known = {projection.name: projection for projection in projections()}
    if view is not None and view not in known:
        raise NoSuchProjection(view, list(known))
    stream = None if seller_id is None else seller_stream(seller_id)
    if dispute_id is not None:
        stream = dispute_stream(dispute_id)
    if report_id is not None:
        stream = report_stream(report_id)
    wanted = {"projections": list(known) if view is None else [view], "stream": stream}
    with psycopg.connect(dsn, autocommit=True, options=PATIENCE) as connection:
        rows = connection.execute(SQL["parked_of"], wanted).fetchall()
        if seller_id is not None and not rows:
            raise NotParked("seller", seller_id)
        if dispute_id is not None and not rows:
            raise NotParked("dispute", dispute_id)
        if report_id is not None and not rows:
            raise NotParked("report", report_id)
        return [
            Retried(name, parked, _retry(connection, clock, known[name], parked))
            for name, parked in rows
        ]


def _retry(
    connection: "psycopg.Connection[Any]", clock: Clock, projection: Projection, stream: str
) -> str | None:
    with connection.transaction(), connection.cursor() as cursor:
        return Taking(projection).retry(cursor, stream, clock.now(read_head(cursor)))


def _trouble(
    cursor: "psycopg.Cursor[Any]", version: str | None, wanted: str, position: int, head: int
) -> str | None:
    if version not in {None, wanted}:
        return f"its rows were made by version {version}, and this program makes {wanted}"
    if position < head:
        try:
            read_stretch(cursor.connection.cursor(), position, head)
        except GapInLog as gap:
            return str(gap)
    return None
