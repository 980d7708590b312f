"""How much memory a long import of history takes: `make bench-import LINES=10000000`.

Lines are made while they are imported, so that neither a file nor a list of them stands in the
way of the figure: sellers come and go, each with some twenty violations within a month, and what
lapses is recorded in between. Prints, every 100,000 lines, the memory of this process, how fast
the last of them were taken, and how many facts there are. `SECONDS` ends it earlier.
"""

import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from api.opening import packs_of, system_now
from api.settings import Settings
from bench.ground import RULES, SOURCES, fresh_database, server
from ledger.decide.commands import RecordViolation
from ledger.facts.instants import Instant, parse_instant
from ledger.history import History, Line, Rejected, Tally

EVERY: Final = 100_000
FIRST: Final = parse_instant("2020-02-01T00:00:00Z")
SELLERS_AT_ONCE: Final = 5_000
VIOLATIONS_EACH: Final = 20


class Watch:
    """Prints a row whenever another 100,000 lines are durable."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._done = Tally()
        self._since = time.perf_counter()
        self._printed = 0

    def enough(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._until

    def take(self, done: Tally, _: Sequence[Rejected]) -> None:
        """Told of every batch."""
        self._done = done
        if done.lines - self._printed < EVERY:
            return
        now = time.perf_counter()
        rate = (done.lines - self._printed) / (now - self._since)
        print(
            f"{done.lines:>11,} {done.facts:>11,} {rate:>9,.0f} {resident_mb():>7.0f}", flush=True
        )
        self._printed, self._since = done.lines, now


def resident_mb() -> float:
    """The memory that this process holds now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def lines(count: int, watch: Watch) -> Iterator[Line]:
    """A history from 2020 to this year, made as it is read."""
    draw = random.Random(7)
    step: Instant = (system_now() - FIRST) // (count + 1)
    at_once = SELLERS_AT_ONCE * VIOLATIONS_EACH
    for number in range(1, count + 1):
        if watch.enough():
            return
        seller = number // at_once * SELLERS_AT_ONCE + draw.randrange(SELLERS_AT_ONCE)
        yield Line(
            number,
            FIRST + number * step,
            RecordViolation(
                seller_id=f"s-{seller:07d}",
                violation_id=f"v-{number:08d}",
                rule=draw.choice(RULES),
                source=draw.choice(SOURCES),
                statement="The listing shows another article than the parcels held.",
                reported_by=f"detector-{draw.randrange(9)}",
            ),
        )


def main() -> int:
    """Import, print the rows, and say how it went."""
    count = int(os.environ.get("LINES", "10000000"))
    watch = Watch(time.monotonic() + float(os.environ.get("SECONDS", "inf")))
    with server() as dsn:
        pack, packs = packs_of(Settings(auth="off"))
        history = History(fresh_database(dsn, "long"), pack, system_now)
        try:
            done = history.open("long", "made by bench/long_import.py", packs)
            print(f"{'lines':>11} {'facts':>11} {'lines/s':>9} {'MiB':>7}")
            began = time.perf_counter()
            tally = history.run(lines(count, watch), done, watch.take)
        finally:
            history.close()
    seconds = time.perf_counter() - began
    print(f"{tally.lines:,} lines, {tally.facts:,} facts, {tally.refused:,} refused, "
          f"{tally.lines / seconds:,.0f} lines/s, {resident_mb():.0f} MiB at the end")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
