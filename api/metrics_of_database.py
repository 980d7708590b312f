"""Numbers that only the database knows, asked when `/metrics` is read.

On a connection of its own, so that readers who wait for theirs do not hide them; each
question has a time limit, and so has the whole. A database that does not answer is a number too.
"""

from threading import Lock
from typing import Any, Final, NamedTuple

import anyio
import anyio.to_thread
import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from api.metrics_of_kafka import kafka_numbers
from api.workers.reports import Reports, read_reports
from ledger.disputes.dispute import DisputeStatus
from ledger.facts.instants import SECOND_US, Instant
from ledger.ledger import Ledger
from ledger.store.connections import Bounded
from ledger.store.sql import queries

SQL: Final = queries("api", "metrics.sql")
WITHIN_S: Final = 3.0
"""Prometheus waits for ten seconds by default."""
MOST_OVERDUE: Final = 10_000
"""Up to which work and cases are counted."""
OPEN: Final[tuple[DisputeStatus, ...]] = ("open", "escalated", "awaiting-return")
"""Disputes that are not closed."""
MEMORY: Final = "memory"
"""The follower that keeps this process's memory."""
_ANSWER_S: Final = 3.0
_OPTIONS: Final = "-c statement_timeout=2s -c lock_timeout=1s -c default_transaction_read_only=on"


class Reading(NamedTuple):
    """What the database said."""

    last_position: int
    last_recorded_at: Instant
    importing: bool
    overdue: int
    """Sellers with overdue work."""
    overdue_disputes: int
    oldest: Instant | None
    """When the oldest of overdue work was due."""
    followers: dict[str, int]
    """How far each follower has read."""
    unread: dict[str, Instant]
    """When the first fact was recorded that a follower has not read."""
    parked: dict[str, int]
    appeals_open: int
    disputes_open: dict[str, int]
    now: Instant
    """By the log's clock."""
    workers: Reports


class DatabaseNumbers:
    """Asks the database, one reader at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._connection: Bounded | None = None
        self._asking = Lock()

    async def read(self) -> list[Metric]:
        """Its numbers now; of a database that does not answer, only that."""
        reading = None
        with anyio.move_on_after(WITHIN_S):
            reading = await anyio.to_thread.run_sync(self._ask, abandon_on_cancel=True)
        up = GaugeMetricFamily(
            "ledger_database_up", "Whether the database answered", int(reading is not None)
        )
        return [up] if reading is None else [up, *_shown(reading)]

    def close(self) -> None:
        """Let the connection go."""
        with self._asking:
            self._give_up()

    def _ask(self) -> Reading | None:
        # Whoever still waits for an answer keeps the next from waiting too.
        if not self._asking.acquire(blocking=False):
            return None
        try:
            return self._reading(self._open())
        except (psycopg.Error, OSError):
            self._give_up()
            return None
        finally:
            self._asking.release()

    def _open(self) -> "psycopg.Connection[Any]":
        if self._connection is None or self._connection.closed:
            self._connection = Bounded.connect(
                self._ledger.dsn,
                autocommit=True,
                options=_OPTIONS,
                application_name="seller-ledger metrics",
                connect_timeout=2,
                tcp_user_timeout=2_000,
            )
            self._connection.answer_s = _ANSWER_S
        return self._connection

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _reading(self, connection: "psycopg.Connection[Any]") -> Reading:
        memory = self._ledger.memory.head
        # The memory is read first: it can only be further by the time the log's end is.
        log = connection.execute(SQL["log"]).fetchone()
        assert log is not None
        last, recorded_at, clock, clock_at, importing, *has = log
        has_projections, has_parked, has_cases = has
        now = (clock_at or recorded_at) if clock == "test" else self._ledger.now()
        followers = {MEMORY: memory.last_position}
        if has_projections:
            followers |= dict(connection.execute(SQL["projections"]).fetchall())
        parked = connection.execute(SQL["parked"]).fetchall() if has_parked else []
        places = {"names": list(followers), "positions": list(followers.values())}
        unread = connection.execute(SQL["unread"], places).fetchall()
        late = {"now": now, "most": MOST_OVERDUE}
        found = connection.execute(SQL["overdue"], late).fetchone()
        overdue, overdue_disputes, oldest = found or (0, 0, None)
        appeals_open, disputes_open = 0, dict[str, int]()
        if has_cases:
            asked = {**late, "statuses": list(OPEN)}
            cases = connection.execute(SQL["open_cases"], asked).fetchone()
            appeals_open, disputes_open = cases or (0, disputes_open)
        return Reading(
            last,
            recorded_at,
            importing is not None,
            overdue,
            overdue_disputes,
            oldest,
            followers,
            dict(unread),
            dict(parked),
            appeals_open,
            disputes_open,
            now,
            read_reports(connection),
        )


def _shown(read: Reading) -> list[Metric]:
    late_s = 0.0 if read.oldest is None else (read.now - read.oldest) / SECOND_US
    return [
        GaugeMetricFamily("ledger_log_last_position", "The newest fact", read.last_position),
        GaugeMetricFamily(
            "ledger_log_last_recorded_timestamp_seconds",
            "When the newest fact was recorded, in seconds since 1970",
            read.last_recorded_at / SECOND_US,
        ),
        GaugeMetricFamily(
            "ledger_import_unfinished",
            "1 while an import of history holds the log",
            int(read.importing),
        ),
        GaugeMetricFamily(
            "ledger_due_overdue_sellers",
            f"Sellers whose due work is not recorded, counted up to {MOST_OVERDUE}",
            read.overdue,
        ),
        GaugeMetricFamily(
            "ledger_due_overdue_disputes",
            f"Disputes whose passed deadlines are not recorded, counted up to {MOST_OVERDUE}",
            read.overdue_disputes,
        ),
        GaugeMetricFamily("ledger_due_overdue_seconds", "How late the oldest of it is", late_s),
        *_cases(read),
        *_followers(read),
        *kafka_numbers(read.workers, read.last_position),
    ]


def _cases(read: Reading) -> list[Metric]:
    disputes = GaugeMetricFamily(
        "ledger_disputes_open",
        f"Disputes that are not closed, counted up to {MOST_OVERDUE}",
        labels=["status"],
    )
    for status in OPEN:
        disputes.add_metric([status], read.disputes_open.get(status, 0))
    return [
        GaugeMetricFamily(
            "ledger_appeals_open",
            f"Appeals that wait for a decision, counted up to {MOST_OVERDUE}",
            read.appeals_open,
        ),
        disputes,
    ]


def _followers(read: Reading) -> list[Metric]:
    labels = ["follower"]
    position = GaugeMetricFamily("ledger_follower_position", "Read up to here", labels=labels)
    behind = GaugeMetricFamily(
        "ledger_follower_lag_positions", "Facts that it has not read", labels=labels
    )
    behind_s = GaugeMetricFamily(
        "ledger_follower_lag_seconds", "Since the first of them was recorded", labels=labels
    )
    for name, place in sorted(read.followers.items()):
        first = read.unread.get(name)
        position.add_metric([name], place)
        behind.add_metric([name], max(0, read.last_position - place))
        behind_s.add_metric([name], 0 if first is None else max(0, read.now - first) / SECOND_US)
    parked = GaugeMetricFamily(
        "ledger_parked_streams", "Streams that a projection set aside", labels=["projection"]
    )
    for name in sorted({*read.followers, *read.parked} - {MEMORY}):
        parked.add_metric([name], read.parked.get(name, 0))
    return [position, behind, behind_s, parked]
