"""The write side of the log: one transaction at a time, lock first, positions dense.

`Journal.post` runs a piece of work inside a transaction that holds the log's lock. The
work reads and appends through its `Turn`; everything is written together at the end. A
COMMIT whose answer was lost is looked up before anybody is told anything.
"""

from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any, Final, TypeVar

import psycopg
from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.facts.kinds import to_bytes
from ledger.store.clocks import Clock
from ledger.store.head import Head
from ledger.store.loading import SQL
from ledger.store.memory import Memory
from ledger.store.refusals import Busy, Importing, NotSettled, Unavailable
from ledger.store.spans import SILENT, Spans
from ledger.store.tally import SECONDS, SIZES, Tally
from ledger.store.turn import Appended, Turn

Result = TypeVar("Result")
Connect = Callable[[], "psycopg.Connection[Any]"]

TRIES: Final = 3
"""How often a transaction is tried when the connection breaks under it."""
LOOK_AGAIN_AFTER_S: Final = (0.1, 0.3, 1, 3)
"""How long the database may be away before an uncertain commit stays uncertain."""
BROKEN: Final = (
    psycopg.OperationalError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""What tells of the connection or its server, not of what was written on it."""


class Written:
    """What a journal did so far, counted for operators."""

    def __init__(self) -> None:
        self.transactions = 0
        """Transactions committed, those that had nothing to write among them."""
        self.facts = Tally(SIZES)
        """Facts in a transaction that had any."""
        self.lock_seconds = Tally(SECONDS)
        """From the beginning of a transaction until it had the log's lock."""
        self.write_seconds = Tally(SECONDS)
        """From the first row written to the end of COMMIT."""
        self.failed = 0
        """Transactions that were rolled back, whatever for."""
        self.tried_again = 0
        """Transactions begun anew because the connection broke."""


class Journal:
    """Writes to one log. One thread at a time may call `post`."""

    def __init__(self, connect: Connect, memory: Memory, clock: Clock) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[Any] | None = None
        self.memory = memory
        self.clock = clock
        self.holds_import = False
        """Whether this journal's connection holds the import lease, so that it may write."""
        self.written = Written()
        self.spans: Spans = SILENT

    def post(self, work: Callable[[Turn], Result]) -> Result:
        """Run `work` in a transaction of its own and return what it returns, once that is durable.

        `work` may be run more than once. Raises `Unavailable` when the database cannot be
        reached, and whatever `work` raises; then nothing is written.
        """
        for tried in range(1, TRIES + 1):
            try:
                return self._post_once(work)
            except BROKEN as broken:
                self.written.failed += 1
                self._give_up(broken)
                if tried == TRIES:
                    raise Unavailable("the database does not answer") from broken
                self.written.tried_again += 1
            except BaseException:
                self.written.failed += 1
                raise
        raise AssertionError("the last try returned or raised")

    def connection(self) -> "psycopg.Connection[Any]":
        """The connection that writes, opened anew if it broke."""
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post_once(self, work: Callable[[Turn], Result]) -> Result:
        connection = self.connection()
        try:
            cursor = connection.cursor()
            head = self._locked(cursor)
            # What is written does not wait for the database, and the next is decided meanwhile.
            # Inside, nothing may end a transaction or call `sync`: these wait for an answer before
            # all is sent, for ever where sockets are full. Fetching and leaving send all first.
            with connection.pipeline():
                turn = Turn(cursor, head, self.memory, self.clock)
                result = work(turn)
        except psycopg.errors.LockNotAvailable:
            connection.rollback()
            raise Busy("the log was locked by another writer for too long") from None
        except BaseException:
            _roll_back(connection)
            raise
        with self.spans.write(len(turn.facts)):
            after = self._write(connection, turn)
        self.memory.committed(
            turn.known.values(), after, turn.changed_elsewhere(), turn.rulebook_if_new(), turn.days
        )
        return result

    def _write(self, connection: "psycopg.Connection[Any]", turn: Turn) -> Head:
        """Write what a turn gathered, and commit; returns where the log ends then."""
        began = perf_counter()
        try:
            with connection.pipeline():
                after = turn.write()
        except BaseException:
            _roll_back(connection)
            raise
        try:
            connection.commit()
        except BROKEN as broken:
            if not self._landed(turn, broken):
                raise
        self.written.transactions += 1
        if turn.facts:
            self.written.facts.note(len(turn.facts))
            self.written.write_seconds.note(perf_counter() - began)
        return after

    def _locked(self, cursor: psycopg.Cursor[Any]) -> Head:
        began = perf_counter()
        cursor.execute(SQL["lock_head"])
        self.written.lock_seconds.note(perf_counter() - began)
        head = Head.of(cursor.fetchone())
        if (head.importing is not None or not head.import_idle) and not self.holds_import:
            raise Importing(head.importing or "history")
        return head

    def _landed(self, turn: Turn, broken: Exception) -> bool:
        """Whether a commit without an answer happened. Raises `Unavailable` if nobody can say now.

        What is not known is never tried again: it might be written twice.
        """
        self._give_up(broken)
        if not turn.facts:
            return False
        for pause_s in LOOK_AGAIN_AFTER_S:
            try:
                return self._is_there(turn.facts[-1])
            except BROKEN:
                self._give_up(None)
                sleep(pause_s)
        raise Unavailable(
            "the database went away in the middle of a write: ask again with the same id, and the "
            "answer says whether it was kept"
        ) from broken

    def _is_there(self, last: Appended) -> bool:
        """Whether a transaction's last fact is in the log; waits for whoever still decides it."""
        connection = self.connection()
        with connection.cursor() as cursor:
            cursor.execute(SQL["lock_head"])
            cursor.execute(SQL["fact_at"], (last.position,))
            found = cursor.fetchone()
        connection.rollback()
        return found is not None and (found[0], found[1], bytes(found[2])) == (
            last.stream,
            last.version,
            to_bytes(last.fact),
        )

    def _give_up(self, broken: Exception | None) -> None:
        if self.holds_import and broken is not None:
            raise Unavailable("the connection broke in the middle of an import") from broken
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _roll_back(connection: "psycopg.Connection[Any]") -> None:
    if not connection.closed:
        try:
            connection.rollback()
        except psycopg.Error:
            connection.close()


def settle(journal_connection: "psycopg.Connection[Any]", known_at: Instant) -> Head:
    """Make sure that nothing will be recorded at or before `known_at` any more.

    Waits for the writer that holds the log's lock, for as long as the connection's lock
    timeout allows; raises `psycopg.errors.LockNotAvailable` after that, and `NotSettled` while an
    import of history is unfinished.
    """
    with journal_connection.transaction(), journal_connection.cursor() as cursor:
        cursor.execute(SQL["lock_head"])
        head = Head.of(cursor.fetchone())
        if head.importing is not None:
            # The history's clock has not come so far, and may still record before it.
            raise NotSettled
        cursor.execute(SQL["settle"], (known_at,))
        return replace(head, settled_at=max(head.settled_at, known_at))
