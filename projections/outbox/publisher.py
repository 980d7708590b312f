"""Publishes the log, from one process at a time: a thread that begins again after every failure.

The right to publish is a lock of its session in the database, so that of several processes one
works and the others wait. That the broker fences who opened a sender before is what makes it safe:
a process that lost its right and does not know it can send nothing any more.
"""

from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Any, Final, NamedTuple, TypeAlias

import psycopg
import structlog

from ledger.store.reader import Reader
from ledger.store.refusals import Unavailable
from ledger.store.sql import queries
from projections.broker.client import (
    BrokerAway,
    Fenced,
    MessageTooLarge,
    NotAllowed,
    Sender,
    TopicMissing,
)
from projections.broker.topics import PROGRESS
from projections.outbox.progress import Progress, ProgressUnreadable, read_progress
from projections.outbox.publishing import Clocks, Counted, LogWentBack, Publishing
from projections.outbox.telling import PUBLISHER, Broker, Relays, Telling
from projections.taking import SQL as TAKING
from projections.tree.checkpoints import origin_of

SQL: Final = queries("projections.outbox", "publisher.sql")
LEASE: Final = "outbox"
PAUSE_S: Final = 1.0
"""How long a log that does not grow is left alone; a write ends the pause at once."""
ASK_FOR_RIGHT_S: Final = 1.0
FIRST_REST_S: Final = 0.2
LONGEST_REST_S: Final = 10.0
"""After failures the pauses grow from one to the other."""
TELL_EVERY: Final = 100_000
"""Facts between two lines that say how far a long log is published."""
Connection: TypeAlias = psycopg.Connection[Any]

_log: Final = structlog.get_logger("seller-ledger")


class Surroundings(NamedTuple):
    """What a publisher works with."""

    reader: Reader
    connect: Callable[[], Connection]
    """A connection of its own, each statement of which is a transaction."""
    broker: Broker
    telling: Telling
    relays: Callable[[Connection], Relays]
    clocks: Clocks


class Publisher:
    """Publishes while this process has the right to; others wait to take over."""

    def __init__(self, given: Surroundings) -> None:
        self._given = given
        self._stopping = Event()
        self._rest_s = FIRST_REST_S
        self._told_at = 0
        self._last_words: str | None = None
        self.counted = Counted()
        """Read it from any thread."""

    def stop(self) -> None:
        """Have `run` finish the transaction that is under way, and return; the next publisher goes
        on behind it.
        """
        self._stopping.set()

    def run(self) -> None:
        """Publish until `stop` is called, whatever fails meanwhile."""
        while not self._stopping.is_set():
            try:
                with closing(self._given.connect()) as connection:
                    self._with_right(connection)
            except Exception as failure:  # noqa: BLE001 - a publisher that ended would tell nobody
                self._failed(failure)
                self._stopping.wait(self._rest_s)
                self._rest_s = min(LONGEST_REST_S, 2 * self._rest_s)
            finally:
                self.counted.publishes = False

    def _with_right(self, connection: Connection) -> None:
        # The right is this session's: it ends with it.
        while not _owns(connection):
            if self._stopping.wait(ASK_FOR_RIGHT_S):
                return
        with closing(self._given.broker.sender(PUBLISHER)) as sender:
            publishing = self._publishing(connection, sender)
            with closing(publishing):
                self.counted.publishes = True
                connection.execute(TAKING["listen"])
                while not self._stopping.is_set():
                    if not publishing.step():
                        _wait(connection, PAUSE_S)
                    self._went_well()

    def _publishing(self, connection: Connection, sender: Sender) -> Publishing:
        given = self._given
        row = connection.execute(SQL["log_id"]).fetchone()
        assert row is not None, "every log was given a name when its tables were made"
        log = origin_of(row[0])
        progress = _progress(given.broker, log)
        if self._last_words is None:
            _log.info("publishing", log=log, after=progress.position)
        relays = given.relays(connection)
        self.counted.position = self._told_at = progress.position
        return Publishing(
            log, given.reader, sender, given.telling, relays, given.clocks, progress, self.counted
        )

    def _went_well(self) -> None:
        self._rest_s, self._last_words = FIRST_REST_S, None
        self.counted.last_error = None
        if self.counted.position - self._told_at >= TELL_EVERY:
            self._told_at = self.counted.position
            _log.info("published", position=self._told_at, of=self.counted.log_end)

    def _failed(self, failure: Exception) -> None:
        """Tell each trouble once, however often it is met."""
        words = f"{type(failure).__name__}: {failure}"
        self.counted.failures += 1
        self.counted.last_error = words
        if words == self._last_words:
            return
        self._last_words = words
        match failure:
            case BrokerAway() | Unavailable() | psycopg.OperationalError():
                _log.warning("publishing waits", why=words)
            case Fenced():
                _log.warning("somebody else publishes", why=words)
            case (
                TopicMissing()
                | NotAllowed()
                | MessageTooLarge()
                | LogWentBack()
                | ProgressUnreadable()
            ):
                _log.error("nothing can be published", why=words)
            case _:
                _log.error("publishing failed", exc_info=failure)


def _owns(connection: Connection) -> bool:
    row = connection.execute(TAKING["own"], {"name": LEASE}).fetchone()
    return row is not None and bool(row[0])


def _progress(broker: Broker, log: str) -> Progress:
    with closing(broker.reader([PROGRESS])) as reader:
        return read_progress(reader, log)


def _wait(connection: Connection, seconds: float) -> None:
    """Return shortly after somebody wrote, or after this long."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass
