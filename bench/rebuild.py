"""P6: the standing of every seller made anew from the log, and every other view with it."""

import time
from collections.abc import Callable
from statistics import median, quantiles

import psycopg

from api.opening import open_ledger, system_now
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.onlooker import Onlooker
from bench.table import Row
from ledger.store.clocks import SystemClock
from ledger.store.memory import collecting_seldom
from projections.catalogue import projections
from projections.rebuild import rebuild
from projections.runner import Runner

AT_ONCE = 50_000
CALM_S, CALM_QUICK_S = 5.0, 2.0
"""How long pages are read before anything is made anew."""


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P6."""
    count, rounds = (30_000, 1) if quick else (925_000, 2)
    database, clock = fresh_database(dsn, "rebuild"), SystemClock(system_now)
    facts, recording = record_violations(database, count)
    with collecting_seldom():
        following = _seconds(lambda: _follow(database, clock))
    copies: list[float] = []
    sellers: list[float] = []
    every: list[float] = []
    rebuilding: list[tuple[float, float]] = []
    with collecting_seldom(), Onlooker(database) as onlooker:
        time.sleep(CALM_QUICK_S if quick else CALM_S)
        calm_until = time.monotonic()
        for _ in range(rounds):
            copies.append(facts / _seconds(lambda: _copy_out(database)))
            began = time.monotonic()
            sellers.append(facts / _seconds(lambda: rebuild(database, clock, ["sellers"])))
            every.append(facts / _seconds(lambda: rebuild(database, clock)))
            rebuilding.append((began, time.monotonic()))
        pages = onlooker.pages()
    calm = [page.took_ms for page in pages if page.at < calm_until]
    busy = [p.took_ms for p in pages if any(a <= p.at < b for a, b in rebuilding)]
    told = f"{facts:,} facts, {count // 20:,} sellers, {rounds} rounds, medians"
    return [
        Row("P6", "the standing of every seller made anew", median(sellers), median(copies),
            "facts/s", 0.1, note=f"{told}; against COPY of the log's rows to the client"),
        Row("P6 all", "all views made anew", median(every), median(copies), "facts/s", 0.05,
            note="facts of the log by seconds until the last view is in place"),
        Row("P6 readers", "a page of a list while views are made anew, p99",
            _p99(busy), _p99(calm), "ms", 3.0, lower_is_better=True,
            note=f"medians {median(busy):.1f} ms against {median(calm):.1f} ms before, "
            f"the slowest {max(busy):.0f} ms against {max(calm):.0f} ms; {len(busy):,} pages"),
        Row("P6 follow", "all views following the log", count / following, count / recording,
            "violations/s", 0.5, note="against recording the same violations, one after the other"),
    ]  # fmt: skip


def record_violations(dsn: str, count: int) -> tuple[int, float]:
    """How many facts so many violations gave, and how long it took to record them."""
    seconds = 0.0
    with open_ledger(dsn, Settings(auth="off")) as ledger:
        for start in range(0, count, AT_ONCE):
            lines = violation_lines(min(AT_ONCE, count - start), count // 20, seed=start)
            own = [line.replace(b"v-0", b"v-%d-0" % start) for line in lines]
            seconds += record(ledger, own)
        return ledger.reader.head().last_position, seconds


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100)[98]


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
