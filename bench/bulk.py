"""P1: violations in bulk. P9: what they take on disk."""

import time
from concurrent.futures import Future
from multiprocessing import get_context
from statistics import median
from typing import Any, Self

import msgspec
import psycopg
from eventsourcing.persistence import StoredEvent

from api.opening import open_ledger, system_now
from api.settings import Settings
from bench.ground import fresh_database, violation_lines
from bench.plain import plain_recorder
from bench.table import Row
from ledger.decide.commands import Command, actor_of
from ledger.ledger import Ledger
from ledger.store.clocks import SystemClock
from ledger.taking.requests import Outcome, Receipt, Request
from projections.catalogue import projections
from projections.worker import Worker

CHUNK = 1_000
MOST_BYTES = 350_000
"""The library's insert hangs for ever on batches somewhat larger than this."""
_DECODER: Any = msgspec.json.Decoder(Command)


def record(ledger: Ledger, lines: list[bytes]) -> float:
    """Seconds from NDJSON to durable facts, every decision taken and the live standing included."""
    began = time.perf_counter()
    waiting: list[Future[list[Outcome]]] = []
    for start in range(0, len(lines), CHUNK):
        commands = [_DECODER.decode(line) for line in lines[start : start + CHUNK]]
        waiting.append(ledger.clerk.submit([Request(c, actor_of(c)[1] or "") for c in commands]))
    for done in waiting:
        refused = [outcome for outcome in done.result() if not isinstance(outcome, Receipt)]
        assert not refused, refused[:1]
    return time.perf_counter() - began


def follow(dsn: str) -> None:
    """Keep the views up, in a process of its own as a server beside an import would."""
    Worker(dsn, projections(), SystemClock(system_now)).run()


class Followed:
    """A process that follows with the views while a run lasts."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._process = get_context("spawn").Process(target=follow, args=(dsn,), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.wait()
        return self

    def wait(self) -> float:
        """Seconds until every view holds the log as it is now."""
        began = time.perf_counter()
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            while connection.execute(_BEHIND, (len(projections()),)).fetchone() != (False,):
                time.sleep(0.02)
        return time.perf_counter() - began

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


_BEHIND = """
SELECT count(*) < %s OR min(p.position) < (SELECT next_position - 1 FROM log_head)
FROM projection p
"""


def insert_bare(dsn: str, rows: list[tuple[str, int, str, bytes]], batch_rows: int) -> float:
    """Seconds for the library's own recorder to insert the same stored bytes, and nothing else."""
    recorder = plain_recorder(dsn)
    events = [StoredEvent(*row) for row in rows]
    began = time.perf_counter()
    for start in range(0, len(events), batch_rows):
        recorder.insert_events(events[start : start + batch_rows])
    seconds = time.perf_counter() - began
    recorder.datastore.close()
    return seconds


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P1 and P9."""
    count, rounds = (10_000, 2) if quick else (40_000, 3)
    sellers = count // 20
    ours: list[float] = []
    bare: dict[int, list[float]] = {}
    sizes: list[tuple[float, float, float]] = []
    lags: list[float] = []
    for turn in range(rounds):
        lines = violation_lines(count, sellers, seed=turn)
        database = fresh_database(dsn, f"ours_{turn}")
        empty = _scalar(database, "SELECT pg_database_size(current_database())")
        with open_ledger(database, Settings(auth="off")) as ledger, Followed(database) as views:
            seconds = record(ledger, lines)
            lags.append(views.wait() / seconds)
            ours.append(count / seconds)
        sizes.append(_sizes(database, count, empty))
        stored = _stored(database)
        most = MOST_BYTES // (sum(len(state) for *_, state in stored) // len(stored) + 100)
        for batch in (100, most):
            theirs = fresh_database(dsn, f"bare_{turn}_{batch}", migrated=False)
            seconds = insert_bare(theirs, stored, batch)
            bare.setdefault(batch, []).append(count / seconds)
    best = max(bare, key=lambda batch: median(bare[batch]))
    fact, log, whole = (median(column) for column in zip(*sizes, strict=True))
    return [
        Row(
            "P1",
            "violations in bulk, NDJSON to durable facts",
            median(ours),
            median(bare[best]),
            "violations/s",
            1.0,
            note=f"against the library's recorder in batches of {best} bare rows; "
            f"{count:,} violations, {sellers:,} sellers, {rounds} rounds, medians; "
            "views follow in a process of their own, and "
            f"had all of it {median(lags):.2f} run times after the end (2 at most)",
        ),
        Row("P9 log", "bytes a violation: log with its indexes", log, fact, "bytes", 1.45, True),
        Row(
            "P9 database",
            "bytes a violation: whole database",
            whole,
            fact,
            "bytes",
            2.8,
            True,
            note="all views included; the size of the empty, migrated database is taken off",
        ),
        Row("P9 fact", "a violation fact's JSON", fact, 350.0, "bytes", 1.0, True),
    ]


def _scalar(dsn: str, sql: str) -> float:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(sql.encode()).fetchone()
        assert row is not None
        return float(row[0])


def _stored(dsn: str) -> list[tuple[str, int, str, bytes]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT originator_id, originator_version, topic, state FROM stored_events"
            " ORDER BY notification_id"
        ).fetchall()


def _sizes(dsn: str, count: int, empty: float) -> tuple[float, float, float]:
    """Bytes of the fact's JSON, of the log and of the database, each for one violation."""
    fact = _scalar(
        dsn,
        "SELECT avg(length(state)) FROM stored_events WHERE topic = 'violation-recorded.v1'",
    )
    log = _scalar(dsn, "SELECT pg_total_relation_size('stored_events')")
    whole = _scalar(dsn, "SELECT pg_database_size(current_database())")
    return fact, log / count, (whole - empty) / count
