"""The read side of the log: sellers as known now or then, facts in order, texts kept apart."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Final, cast

import msgspec
import psycopg
from psycopg_pool import PoolTimeout

from ledger.facts.ids import is_policy, seller_of, seller_of_day, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import UnreadableFact
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.store.cases import Case, load_cases
from ledger.store.connections import Readers
from ledger.store.head import Head
from ledger.store.journal import settle
from ledger.store.loading import (
    SQL as LOADING_SQL,
)
from ledger.store.loading import (
    StoredFact,
    load_book,
    load_sellers,
    load_stream,
    read_head,
    recorded_at_of,
    replay,
)
from ledger.store.memory import Known, Memory
from ledger.store.refusals import NotSettled, Unavailable
from ledger.store.sql import queries

SQL: Final = queries("ledger.store", "reading.sql")


class Reader:
    """Reads one log. May be used from any thread; raises `Unavailable` when the database
    is away.
    """

    def __init__(self, pool: Readers, memory: Memory) -> None:
        self._pool = pool
        self.memory = memory

    def connections(self) -> dict[str, int]:
        """The pool's own numbers, `pool_size` and `requests_waiting` among them."""
        return self._pool.get_stats()

    def silent(self) -> bool:
        """Whether the database has not answered for some seconds."""
        return self._pool.pulse.silent()

    def knock(self) -> None:
        """Find out whether a silent database is back; waits for it for a few seconds."""
        self._pool.knock()

    @contextmanager
    def cursor(self) -> Generator["psycopg.Cursor[Any]"]:
        """A cursor on a connection of the pool."""
        with answering(), self._pool.connection() as connection, connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def snapshot(self) -> Generator["psycopg.Cursor[Any]"]:
        """A cursor whose every answer is of one moment; it writes nothing."""
        with self.cursor() as cursor:
            cursor.execute(SQL["begin_snapshot"])
            try:
                yield cursor
            finally:
                # A connection that broke has ended its transaction by itself.
                if not cursor.connection.broken:
                    cursor.connection.rollback()

    def seller(self, seller_id: str) -> Seller:
        """The seller as known now; one never heard of has no facts."""
        return self.sellers([seller_id])[0]

    def sellers(self, seller_ids: Sequence[str]) -> list[Seller]:
        """Sellers as known now, in the order asked."""
        found = {s: known for s in seller_ids if (known := self.memory.get(s)) is not None}
        missing = [s for s in dict.fromkeys(seller_ids) if s not in found]
        if missing:
            read_at = self.memory.head.next_position
            self.memory.misses += len(missing)
            with self.cursor() as cursor:
                loaded = load_sellers(cursor, missing)
            if max(known.seller.position for known in loaded.values()) >= read_at:
                # Others changed it since this process last looked; the rules by which they did
                # have to be known here too before anybody is answered.
                self.catch_up()
            self.memory.keep(loaded.values(), read_at)
            found |= loaded
        return [found[seller_id].seller for seller_id in seller_ids]

    def stream(self, stream: str) -> list[StoredFact]:
        """All facts of a stream, in order."""
        with self.cursor() as cursor:
            return load_stream(cursor, stream)

    def streams(self, streams: Sequence[str]) -> dict[str, list[StoredFact]]:
        """All facts of each of these streams, in order."""
        found: dict[str, list[StoredFact]] = {stream: [] for stream in streams}
        with self.cursor() as cursor:
            cursor.execute(SQL["facts_of_streams"], {"streams": list(streams)})
            for row in cursor.fetchall():
                stored = StoredFact.of(row)
                found[stored.stream].append(stored)
        return found

    def facts_behind(self, positions: Sequence[int], most: int) -> dict[int, list[StoredFact]]:
        """Up to so many facts behind each of these positions, in order."""
        found: dict[int, list[StoredFact]] = {position: [] for position in positions}
        with self.cursor() as cursor:
            cursor.execute(SQL["facts_behind"], {"positions": list(positions), "most": most})
            for position, *row in cursor.fetchall():
                found[position].append(StoredFact.of(row))
        return found

    def case(self, stream: str) -> Case | None:
        """The case of this stream as its facts leave it; None for one that nobody began."""
        with self.cursor() as cursor:
            return load_cases(cursor, [stream]).get(stream)

    def seller_as_known(self, seller_id: str, known_at: Instant) -> Seller:
        """The seller as known at an instant, from the facts recorded by then and no others."""
        seller = self.seller(seller_id)
        if seller.recorded_at <= known_at:
            return seller
        return replay(seller_id, self.stream(seller_stream(seller_id)), known_at)

    def is_settled(self, known_at: Instant) -> bool:
        """Whether an answer as known at this instant is final, as far as this process knows."""
        head = self.memory.head
        return known_at <= max(head.settled_at, head.last_recorded_at - 1)

    def settle(self, known_at: Instant) -> None:
        """Make an answer as known at this instant final; raises `NotSettled` after a second."""
        if self.is_settled(known_at):
            return
        try:
            with self._pool.connection() as connection:
                settled = settle(connection, known_at)
        except psycopg.errors.LockNotAvailable:
            raise NotSettled from None
        except (psycopg.OperationalError, PoolTimeout) as broken:
            raise Unavailable("the database does not answer") from broken
        self.catch_up(settled)

    def head(self) -> Head:
        """Where the log ends now."""
        with self.cursor() as cursor:
            return read_head(cursor)

    def newest_but_reads(self) -> Instant:
        """When the newest fact was recorded that does not only say that somebody read: whoever
        looks twice sees the same. 0 where there is none.
        """
        with self.cursor() as cursor:
            row = cursor.execute(SQL["newest_but_reads"]).fetchone()
        return 0 if row is None else recorded_at_of(row[0])

    def catch_up(self, head: Head | None = None) -> Head:
        """Read what others committed since this process last looked."""
        with self.cursor() as cursor:
            end = head or read_head(cursor)
            read = self.memory.head.next_position
            sellers: list[str] = []
            days: list[str] = []
            known: dict[str, Known] = {}
            rulebook: Rulebook | None = None
            if end.next_position > read:
                cursor.execute(LOADING_SQL["changed_streams"], (read, end.next_position))
                streams = [cast(str, stream) for (stream,) in cursor.fetchall()]
                sellers = [s for stream in streams if (s := seller_of(stream)) is not None]
                days = [s for stream in streams if (s := seller_of_day(stream)) is not None]
                # Where one cannot be read, all are forgotten: who asks for it is told, and others
                # are read again. The log's end goes on for everybody.
                with suppress(UnreadableFact):
                    known = load_sellers(cursor, [s for s in sellers if self.memory.remembers(s)])
                if any(is_policy(stream) for stream in streams):
                    rulebook = Rulebook(load_book(cursor), self.memory.rulebook.pack)
            self.memory.caught_up(end, sellers, known, rulebook, days)
            return end

    def fact(self, stream: str, version: int) -> StoredFact | None:
        """The fact at this address."""
        with self.cursor() as cursor:
            cursor.execute(SQL["fact"], {"stream": stream, "version": version})
            row = cursor.fetchone()
        return None if row is None else StoredFact.of(row)

    def facts(
        self,
        after: int,
        limit: int,
        *,
        to: int,
        kinds: Sequence[str] | None = None,
        stream: str | None = None,
    ) -> list[StoredFact]:
        """Facts after a position, in order."""
        with self.cursor() as cursor:
            found = facts_after(cursor, after, limit, to=to, kinds=kinds, stream=stream)
            return list(islice(found, limit))

    def newest(self, streams: Sequence[str]) -> dict[str, StoredFact]:
        """The newest fact of each of these streams that has any."""
        with self.cursor() as cursor:
            cursor.execute(SQL["newest"], {"streams": list(streams)})
            return {row[0]: StoredFact.of(row) for row in cursor.fetchall()}

    def edition(self, digest: str) -> bytes:
        """The canonical bytes of a published edition of a policy pack."""
        with self.cursor() as cursor:
            cursor.execute(SQL["edition"], {"digest": digest})
            row = cursor.fetchone()
        assert row is not None, "every edition in the book has its bytes beside the log"
        return bytes(row[0])

    def prose(self, positions: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The texts kept beside the facts at these positions, as far as they were not erased."""
        with self.cursor() as cursor:
            cursor.execute(SQL["sealed"], {"positions": list(positions)})
            return {position: msgspec.json.decode(body) for position, body in cursor.fetchall()}


@contextmanager
def answering() -> Generator[None]:
    """Have a database that is away, or does not answer in time, told as `Unavailable`."""
    try:
        yield
    except (psycopg.OperationalError, PoolTimeout) as broken:
        raise Unavailable("the database does not answer") from broken


def log_end(cursor: "psycopg.Cursor[Any]") -> int:
    """The position of the newest fact, as this cursor sees the log; 0 where it is empty."""
    return read_head(cursor).last_position


def facts_after(
    cursor: "psycopg.Cursor[Any]",
    after: int,
    at_once: int,
    *,
    to: int,
    kinds: Sequence[str] | None = None,
    stream: str | None = None,
) -> Iterator[StoredFact]:
    """The facts behind a position and up to another, in order, read so many at once."""
    statement = SQL["facts" if stream is None else "facts_of_stream"]
    wanted = {"to": to, "limit": at_once, "kinds": kinds and list(kinds), "stream": stream}
    while True:
        rows = cursor.execute(statement, {"after": after, **wanted}).fetchall()
        yield from map(StoredFact.of, rows)
        if len(rows) < at_once:
            return
        after = rows[-1][-1]


def last_position_before(cursor: "psycopg.Cursor[Any]", instant: Instant) -> int:
    """The last position recorded before an instant: positions and instants grow together."""
    low, high = 0, log_end(cursor)
    while low < high:
        middle = (low + high + 1) // 2
        row = cursor.execute(SQL["state_at"], {"position": middle}).fetchone()
        assert row is not None
        if recorded_at_of(row[0]) < instant:
            low = middle
        else:
            high = middle - 1
    return low
