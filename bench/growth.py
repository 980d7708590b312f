"""P10: whether the ledger stays as fast with more sellers, and with sellers of long histories."""

from statistics import median

from api.opening import open_ledger
from api.settings import Settings
from bench import many_sellers
from bench.bulk import record
from bench.ground import fresh_database
from bench.many_sellers import FLAT, violation
from bench.table import Row

AT_ONCE = 1_000


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P10 that are about sellers, not about lists of them."""
    return [*many_sellers.measure(dsn, quick=quick), *_long_sellers(dsn, quick=quick)]


def _long_sellers(dsn: str, *, quick: bool) -> list[Row]:
    """Violations a second of one seller, behind those that it has; first of a hundred with 10."""
    sizes = (10, 1_000, 10_000)
    rounds = 1 if quick else 3
    rates: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(rounds):
        database = fresh_database(dsn, f"long_{turn}")
        with open_ledger(database, Settings(auth="off")) as ledger:
            record(ledger, [violation(f"s-{n % 100}", n) for n in range(AT_ONCE)])
            lines = [violation(f"s-{n % 100}", n) for n in range(AT_ONCE, 2 * AT_ONCE)]
            rates[sizes[0]].append(len(lines) / record(ledger, lines))
            done = 0
            for size in sizes[1:]:
                record(ledger, [violation("s", number) for number in range(done, size)])
                done = size + AT_ONCE
                lines = [violation("s", number) for number in range(size, done)]
                rates[size].append(len(lines) / record(ledger, lines))
    smallest = median(rates[sizes[0]])
    return [
        Row(f"P10 long {size:,}", "violations of one seller that has so many", median(rates[size]),
            smallest, "violations/s", FLAT)
        for size in sizes
    ]  # fmt: skip
