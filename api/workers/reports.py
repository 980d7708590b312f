"""How the processes do that publish and consume, handed over in the database.

They share nothing else with a server that is asked: they may be on other machines, and outlive it.
"""

import os
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

import msgspec
import psycopg
import structlog

from ledger.store.opening import connect_alone
from ledger.store.sql import queries

SQL: Final = queries("api.workers", "reports.sql")
EVERY_S: Final = 2.0
FRESH_S: Final = 15.0
"""A process that has told nothing for so long is not there any more."""
MOST_REJECTED: Final = 10_000
"""Up to which messages that wait to be sent back are counted."""
POSITION: Final = "position"

KafkaWorker: TypeAlias = Literal["publish", "consume"]
KINDS: Final[tuple[KafkaWorker, ...]] = get_args(KafkaWorker)
Connection: TypeAlias = psycopg.Connection[Any]
_log: Final = structlog.get_logger("seller-ledger")


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one process says of itself."""

    works: bool = False
    """False while another has the right to, and while it cannot."""
    position: int | None = None
    """Up to where the log is published; only of who publishes."""
    parked: int = 0
    waiting: dict[str, int] = {}
    """Messages that wait, by `topic/partition`; only of who consumes."""
    error: str | None = None
    """What keeps it, in words for operators."""


class Reported(NamedTuple):
    """A report as it was found."""

    worker: str
    process: str
    age_s: float
    report: Report

    @property
    def is_fresh(self) -> bool:
        """Whether that process is still there."""
        return self.age_s <= FRESH_S


class Reports(NamedTuple):
    """All that was told."""

    reports: list[Reported]
    counts: dict[tuple[str, str], int]
    """By worker and what; counted since the log began to be published, by all processes."""
    rejected_waiting: int

    def fresh(self, worker: KafkaWorker) -> list[Report]:
        """What the living processes of a kind say."""
        return [each.report for each in self.reports if each.worker == worker and each.is_fresh]

    @property
    def kinds(self) -> list[KafkaWorker]:
        """What any process ever did for this log: one that is only published misses no consumer."""
        seen = {each.worker for each in self.reports} | {worker for worker, _ in self.counts}
        return [kind for kind in KINDS if kind in seen]

    @property
    def published_to(self) -> int:
        """Up to where the log is published."""
        return self.counts.get(("publish", POSITION), 0)

    @property
    def commands_waiting(self) -> int:
        """Messages that nobody has taken or rejected, as far as somebody consumes."""
        return sum(sum(each.waiting.values()) for each in self.fresh("consume"))

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What keeps processes, by their kind."""
        found = [(one.worker, one.report.error) for one in self.reports if one.is_fresh]
        return [(worker, error) for worker, error in found if error is not None]


_REPORT: Final = msgspec.json.Decoder(Report)


def read_reports(asked: "Connection | psycopg.Cursor[Any]") -> Reports:
    """What was told, of whom and when; raises what psycopg raises."""
    rows = asked.execute(SQL["reports"]).fetchall()
    counts = asked.execute(SQL["counts"]).fetchall()
    waiting = asked.execute(SQL["rejected_waiting"], {"most": MOST_REJECTED}).fetchone()
    assert waiting is not None
    return Reports(
        [
            Reported(worker, process, age, _REPORT.decode(told))
            for worker, process, age, told in rows
        ],
        {(worker, what): count for worker, what, count in counts},
        waiting[0],
    )


Numbers: TypeAlias = Callable[[], tuple[Report, Counter[str]]]
"""What a process says of itself now, and what it counted since it began."""


@contextmanager
def reporting(dsn: str, worker: KafkaWorker, numbers: Numbers) -> Generator[None]:
    """Tell the numbers of this process every few seconds, from here to the end of the block."""
    reporter = _Reporter(dsn, worker, numbers)
    reporter.start()
    try:
        yield
    finally:
        reporter.stop()


class _Reporter:
    def __init__(self, dsn: str, worker: KafkaWorker, numbers: Numbers) -> None:
        self._dsn = dsn
        self._numbers = numbers
        self._named = {
            "worker": worker,
            "process": f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}",
        }
        self._told = Counter[str]()
        self._stopping = threading.Event()
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(EVERY_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._try(self._tell)
            self._stopping.wait(EVERY_S)
        self._try(self._leave)

    def _try(self, does: Callable[[Connection], None]) -> None:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect_alone(self._dsn, "reports")
            does(self._connection)
        except psycopg.Error as away:
            # Numbers that nobody gets are no reason to work less; the next round tells them.
            _log.debug("a report was not told", error=type(away).__name__)
            if self._connection is not None:
                self._connection.close()

    def _tell(self, connection: Connection) -> None:
        report, counted = self._numbers()
        new = counted - self._told
        told = {**self._named, "report": msgspec.json.encode(report).decode()}
        with connection.transaction():
            connection.execute(SQL["report"], told)
            if new:
                added = {"whats": list(new), "counts": list(new.values())}
                connection.execute(SQL["add_counts"], self._named | added)
            if report.works and report.position is not None:
                place = {"what": POSITION, "count": report.position}
                connection.execute(SQL["set_count"], self._named | place)
        self._told = counted

    def _leave(self, connection: Connection) -> None:
        self._tell(connection)
        connection.execute(SQL["forget"], self._named)
        connection.close()
