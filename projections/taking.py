"""One projection takes the log: a batch of facts, its rows and its position in one transaction.

A fact that cannot be read or taken parks the stream that it stands in; others go on.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.facts.kinds import UnreadableFact
from ledger.facts.refusal import Refusal
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.onlookers import current_schema, drop, onlookers_kept
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "runner.sql")
AT_ONCE: Final = 4_000
"""Facts in one transaction, near the end of the log."""
FAR_BEHIND: Final = 5
"""How many times as many are taken at once where as many are waiting: a row that many of them
change is written once.
"""
LONGEST_CAUSE: Final = 500


class GapInLog(Exception):
    """Positions do not follow one another: nothing may be made of such a log."""


class OtherVersion(Refusal):
    """Rows of another version of the program are not this one's to change."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the rows of {name} were made by another version of the program",
            field="PROJECTION",
            accepted="the version of the program that serves",
        )


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
            with onlookers_kept(cursor, current_schema(cursor), self.projection.tables):
                drop(cursor, current_schema(cursor), self.projection.tables)
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
        self.absorb(cursor, stretch, at)
        self.advance(cursor, stretch.last)

    def advance(self, cursor: Cursor[Any], position: int) -> None:
        """Stand at a position: its rows are those of the log up to there."""
        cursor.execute(SQL["advance"], {"name": self.name, "position": position})
        self.position = position

    def absorb(
        self, cursor: Cursor[Any], stretch: Stretch, at: Instant, *, whole: bool = False
    ) -> None:
        """Change rows by these facts, and park the streams that cannot be taken. `whole`: they
        are whole streams of which there is no row yet.
        """
        facts = stretch.facts
        if self._parked:
            facts = [f for f in facts if f.stream not in self._parked]
        for stream, position, cause in stretch.unreadable:
            if stream in self._parked:
                continue
            self._park(cursor, stream, position, cause, at)
            facts = [f for f in facts if f.stream != stream or f.position < position]
        batch = Batch(stretch.after, stretch.last, facts)
        change = self.projection.fill if whole else self.projection.take
        if self._try(cursor, lambda: change(cursor, batch)) is not None:
            # Which fact it was is found out stream by stream.
            self._take_by_stream(cursor, batch, at)

    def pass_time(self, cursor: Cursor[Any], now: Instant) -> Instant | None:
        """Change what time alone changes by `now`, some rows at a time; returns when there is more
        to change. A seller for whom that fails is parked, and the others go on.
        """
        pass_time = self.projection.pass_time
        streams = self.projection.stale(cursor, now, self._parked)
        if streams and self._try(cursor, lambda: pass_time(cursor, streams, now)) is not None:
            for stream in streams:
                cause = self._try(cursor, partial(pass_time, cursor, [stream], now))
                if cause is not None:
                    self._park(cursor, stream, self.position + 1, cause, now)
        return self.projection.next_stale(cursor, self._parked)

    def retry(self, cursor: Cursor[Any], stream: str, at: Instant) -> str | None:
        """Take a parked stream's facts up to where the projection is; the cause if it cannot.

        Raises `OtherVersion` where another version of the program keeps the rows.
        """
        self.lost()
        if self.locked(cursor) != self.projection.version:
            raise OtherVersion(self.name)
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
            return self._take_stream(cursor, Batch(row[0] - 1, self.position, facts), at)
        self._park(cursor, stream, row[0], cause, at)
        return cause

    def _take_by_stream(self, cursor: Cursor[Any], batch: Batch, at: Instant) -> None:
        """Take what can be taken. One batch without facts first: it may stand for more."""
        with cursor.connection.transaction():
            self.projection.take(cursor, batch._replace(facts=()))
        by_stream = sorted(batch.facts, key=lambda fact: (fact.stream, fact.position))
        for _, facts in groupby(by_stream, key=lambda fact: fact.stream):
            self._take_stream(cursor, batch._replace(facts=tuple(facts)), at)

    def _take_stream(self, cursor: Cursor[Any], batch: Batch, at: Instant) -> str | None:
        """Take facts of one stream, or those before the first that cannot be taken: its cause."""
        whole = partial(self.projection.take, cursor, batch)
        if not batch.facts or self._try(cursor, whole) is None:
            return None
        for fact in batch.facts:
            one = partial(self.projection.take, cursor, batch._replace(facts=(fact,)))
            cause = self._try(cursor, one)
            if cause is not None:
                self._park(cursor, fact.stream, fact.position, cause, at)
                return cause
        return None

    def _try(self, cursor: Cursor[Any], change: Callable[[], None]) -> str | None:
        """The cause why a change cannot be made; None once it is."""
        try:
            with cursor.connection.transaction():
                change()
        except Exception as failure:
            self.projection.forget()
            if not _is_of_facts(failure):
                raise
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
    # In binary: as text, bytes come twice as long and are read one by one.
    cursor.execute(SQL["facts_after"], {"after": after, "to": last}, binary=True)
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
    for row in rows:
        try:
            facts.append(StoredFact.of(row))
        except UnreadableFact as cause:
            unreadable.append(Unreadable(row[0], row[4], str(cause)))
    return facts, unreadable


def _is_of_facts(failure: Exception) -> bool:
    """Whether what was taken is at fault, and not the tables or the database."""
    ours = psycopg.DataError | psycopg.IntegrityError
    return isinstance(failure, ours) or not isinstance(failure, psycopg.Error | MemoryError)
