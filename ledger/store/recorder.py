"""The log as the eventsourcing library knows it: its recorder, writing under our lock.

The library's own insert numbers events from a sequence, which leaves gaps, sends large
batches as text in a pipeline, which can hang, and tries again after a lost answer, which
reports its own events as a conflict. So `insert_events` is overridden whole; everything
that reads is the library's.
"""

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import DataError, ProgrammingError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import Cursor
from psycopg.rows import tuple_row

from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from ledger.facts.kinds import KINDS
from ledger.store.cases import SQL as CASES_SQL
from ledger.store.cases import is_case
from ledger.store.head import Head
from ledger.store.inserting import insert_facts
from ledger.store.loading import SQL, recorded_at_of
from ledger.store.refusals import Importing


class LedgerRecorder(PostgresApplicationRecorder):
    """Reads and writes `stored_events`; positions are dense, given under the lock on `log_head`.

    The clerk does not write through it, since to load, decide and append is one transaction of
    the clerk's. It is for programs that know the library and not the clerk: what they insert is
    part of the log like everything else.
    """

    def create_table(self) -> None:
        """Nothing: the tables come from the ledger's own migrations."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> list[int] | None:
        """Append in order and answer with the positions given; None for nothing.

        Never tries again: whether a commit without an answer happened is the caller's to look up.
        Raises the library's `IntegrityError` where a version is taken, and its `DataError` for a
        fact dated before the end of the log.
        """
        if kwargs:
            raise ProgrammingError(f"the ledger's recorder keeps no {', '.join(kwargs)}")
        if not stored_events:
            return None
        with self.datastore.get_connection() as connection, connection.transaction():
            cursor = connection.cursor(row_factory=tuple_row)
            head = _lock_head(cursor)
            first, following = head.next_position, head.next_position + len(stored_events)
            positions = list(range(first, following))
            last_recorded_at = _newest(stored_events, head)
            insert_facts(
                cursor,
                streams=[str(event.originator_id) for event in stored_events],
                versions=[event.originator_version for event in stored_events],
                names=[event.topic for event in stored_events],
                states=[event.state for event in stored_events],
                positions=positions,
            )
            streams = sorted({str(event.originator_id) for event in stored_events})
            sellers = [s for stream in streams if (s := seller_of(stream)) is not None]
            cursor.execute(SQL["forget_states"], (sellers,))
            # As with sellers: looked at first by whoever records what falls due, and then derived.
            cases = [stream for stream in streams if is_case(stream)]
            cursor.execute(CASES_SQL["save_case_dues"], (cases, [0] * len(cases)))
            cursor.execute(
                SQL["advance_head"], (following, last_recorded_at, head.clock, head.clock_at)
            )
        return positions


def _lock_head(cursor: Cursor[Any]) -> Head:
    cursor.execute(SQL["lock_head"])
    row = cursor.fetchone()
    if row is None:
        raise ProgrammingError("this log was not begun yet: open it as a ledger first")
    head = Head.of(row)
    if head.importing is not None or not head.import_idle:
        raise Importing(head.importing or "history")
    return head


def _newest(stored_events: Sequence[StoredEvent], head: Head) -> Instant:
    """When the last of these facts was recorded; events of kinds that are not ours say nothing."""
    newest = head.last_recorded_at
    for event in stored_events:
        if event.topic in KINDS:
            at = recorded_at_of(event.state)
            if at < newest or at <= head.settled_at:
                raise DataError(f"a {event.topic} is dated before the end of the log")
            newest = at
    return newest
