"""P6: the standing of every seller made anew from the log, and every other view with it."""

import time
from collections.abc import Callable
from statistics import median

import psycopg

from api.opening import open_ledger, system_now
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.table import Row
from ledger.store.clocks import SystemClock
from ledger.store.memory import collecting_seldom
from projections.catalogue import projections
from projections.rebuild import rebuild
from projections.runner import Runner

AT_ONCE = 50_000


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P6."""
    count, rounds = (30_000, 1) if quick else (300_000, 3)
    database, clock = fresh_database(dsn, "rebuild"), SystemClock(system_now)
    with open_ledger(database, Settings(auth="off")) as ledger:
        for start in range(0, count, AT_ONCE):
            lines = violation_lines(min(AT_ONCE, count - start), count // 20, seed=start)
            record(ledger, [line.replace(b"v-0", b"v-%d-0" % start) for line in lines])
        facts = ledger.reader.head().last_position
    with collecting_seldom():
        follow = _seconds(lambda: _follow(database, clock))
    copies: list[float] = []
    sellers: list[float] = []
    every: list[float] = []
    with collecting_seldom():
        for _ in range(rounds):
            copies.append(facts / _seconds(lambda: _copy_out(database)))
            sellers.append(facts / _seconds(lambda: rebuild(database, clock, ["sellers"])))
            every.append(facts / _seconds(lambda: rebuild(database, clock)))
    told = (
        f"{facts:,} facts, {count // 20:,} sellers; views that follow take {facts / follow:,.0f}/s"
    )
    return [
        Row(
            "P6",
            "the standing of every seller made anew",
            median(sellers),
            median(copies),
            "facts/s",
            0.1,
            note=f"{told}; against COPY of the log's rows to the client; {rounds} rounds, medians",
        ),
        Row(
            "P6 all",
            "all views made anew",
            median(every),
            median(copies),
            "facts/s",
            0.05,
            note="facts of the log by seconds until the last view is in place",
        ),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _copy_out(dsn: str) -> int:
    copy = "COPY stored_events TO STDOUT (FORMAT binary)"
    with psycopg.connect(dsn) as connection, connection.cursor().copy(copy) as rows:
        return sum(len(chunk) for chunk in rows)


def _follow(dsn: str, clock: SystemClock) -> None:
    runner = Runner(dsn, projections(), clock)
    while runner.step():
        pass
    runner.close()
