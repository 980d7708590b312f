"""One projection takes the log: a batch of facts, its rows and its position in one transaction.

A fact that cannot be read or taken parks the stream that it stands in; others go on.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import Cursor, sql

from ledger.facts.instants import Instant
from ledger.facts.kinds import UnreadableFact, from_bytes
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "runner.sql")
AT_ONCE: Final = 4_000
"""Facts in one transaction."""
LONGEST_CAUSE: Final = 500


class GapInLog(Exception):
    """Positions do not follow one another: nothing may be made of such a log."""


class Unreadable(NamedTuple):
    """A stored fact that no kind explains."""

    stream: str
    position: int
    cause: str


class Stretch(NamedTuple):
    """A stretch of the log as it was read: several projections may take it."""

    after: int
    last: int
    facts: list[StoredFact]
    unreadable: list[Unreadable]


class Taking:
    """A projection on a connection, tracked under a name."""

    def __init__(self, projection: Projection, tracked_as: str | None = None) -> None:
        self.projection = projection
        self.name = tracked_as or projection.name
        self.position = 0
        """How far it was when its transaction last ended."""
        self._generation = 0
        self._parked = set[str]()

    def begin(self, cursor: Cursor[Any]) -> None:
        """Have the tables as this program's version makes them; older ones begin again."""
        cursor.execute(SQL["begin"], {"name": self.name, "version": ""})
        version = self.locked(cursor)
        if version != self.projection.version:
            drop(cursor, self.projection.tables)
            self.projection.create(cursor)
            cursor.execute(
                SQL["begin_again"], {"name": self.name, "version": self.projection.version}
            )
            cursor.execute(SQL["unpark_all"], {"projection": self.name})
            self.locked(cursor)

    def locked(self, cursor: Cursor[Any]) -> str:
        """Take the lock on its position, and read it; returns the version of its rows."""
        cursor.execute(SQL["where_it_is"], {"name": self.name})
        version, self.position, generation = cursor.fetchone() or ("", 0, 0)
        if generation != self._generation:
            self.lost()
            self._generation = generation
            cursor.execute(SQL["parked_in"], {"projection": self.name})
            self._parked = {stream for (stream,) in cursor.fetchall()}
        return str(version)

    def lost(self) -> None:
        """What is remembered may be wrong: a transaction failed, or somebody else was here."""
        self.projection.forget()
        self._generation = 0

    def take(self, cursor: Cursor[Any], stretch: Stretch, at: Instant) -> None:
        """Take a stretch that begins where the projection is."""
        assert stretch.after == self.position
        facts = [f for f in stretch.facts if f.stream not in self._parked]
        for stream, position, cause in stretch.unreadable:
            self._park(cursor, stream, position, cause, at)
            facts = [f for f in facts if f.stream != stream or f.position < position]
        batch = Batch(stretch.after, stretch.last, facts)
        try:
            with cursor.connection.transaction():
                self.projection.take(cursor, batch)
        except psycopg.OperationalError:
            raise
        except Exception:  # noqa: BLE001 - which fact it was is found out below
            self.projection.forget()
            self._take_by_stream(cursor, batch, at)
        cursor.execute(SQL["advance"], {"name": self.name, "position": stretch.last})
        self.position = stretch.last

    def retry(self, cursor: Cursor[Any], stream: str, at: Instant) -> str | None:
        """Take a parked stream's facts up to where the projection is; the cause if it cannot."""
        self.lost()
        self.locked(cursor)
        cursor.execute(SQL["unpark"], {"projection": self.name, "stream": stream})
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(SQL["disturb"], {"name": self.name})
        place = {"stream": stream, "first": row[0], "last": self.position}
        cursor.execute(SQL["facts_of_stream"], place)
        facts, unreadable = decoded(cursor.fetchall())
        cause = unreadable[0].cause if unreadable else None
        if cause is None:
            batch = Batch(row[0] - 1, self.position, facts)
            cause = self._try(cursor, batch)
        if cause is not None:
            self._park(cursor, stream, row[0], cause, at)
        return cause

    def _take_by_stream(self, cursor: Cursor[Any], batch: Batch, at: Instant) -> None:
        """Take what can be taken. One batch without facts first: it may stand for more."""
        with cursor.connection.transaction():
            self.projection.take(cursor, batch._replace(facts=()))
        by_stream = sorted(batch.facts, key=lambda fact: (fact.stream, fact.position))
        for stream, facts in groupby(by_stream, key=lambda fact: fact.stream):
            own = batch._replace(facts=tuple(facts))
            cause = self._try(cursor, own)
            if cause is not None:
                self._park(cursor, stream, own.facts[0].position, cause, at)

    def _try(self, cursor: Cursor[Any], batch: Batch) -> str | None:
        try:
            with cursor.connection.transaction():
                self.projection.take(cursor, batch)
        except psycopg.OperationalError:
            raise
        except Exception as failure:  # noqa: BLE001 - it is told to whoever lists what is parked
            self.projection.forget()
            return f"{type(failure).__name__}: {failure}"
        return None

    def _park(
        self, cursor: Cursor[Any], stream: str, position: int, cause: str, at: Instant
    ) -> None:
        self._parked.add(stream)
        cursor.execute(
            SQL["park"],
            {
                "projection": self.name,
                "stream": stream,
                "position": position,
                "cause": cause.replace("\0", "?")[:LONGEST_CAUSE],
                "parked_at": at,
            },
        )


def read_stretch(cursor: Cursor[Any], after: int, head: int, most: int = AT_ONCE) -> Stretch:
    """The facts behind a position, at most `most`; raises `GapInLog`."""
    last = min(head, after + most)
    cursor.execute(SQL["facts_after"], {"after": after, "to": last})
    rows = cursor.fetchall()
    for place, row in enumerate(rows, after + 1):
        if row[4] != place:
            raise GapInLog(f"position {place} is missing: behind {place - 1} comes {row[4]}")
    if len(rows) != last - after:
        raise GapInLog(f"the log ends at {after + len(rows)}, and its head says {head}")
    facts, unreadable = decoded(rows)
    return Stretch(after, last, facts, unreadable)


def decoded(rows: Sequence[Any]) -> tuple[list[StoredFact], list[Unreadable]]:
    """Rows of the log as facts, and those that are none. Of a stream with an unreadable fact,
    what comes before it is there.
    """
    facts: list[StoredFact] = []
    unreadable: list[Unreadable] = []
    for stream, version, name, state, position in rows:
        try:
            facts.append(
                StoredFact(stream, version, position, name, from_bytes(name, state), state)
            )
        except UnreadableFact as cause:
            unreadable.append(Unreadable(stream, position, str(cause)))
    return facts, unreadable


def drop(cursor: Cursor[Any], tables: Sequence[str]) -> None:
    """Drop tables with everything that looks at them."""
    for table in tables:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table)))
