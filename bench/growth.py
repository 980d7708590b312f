"""P10: whether recording stays as fast with more sellers, and with sellers of long histories."""

import json
from statistics import median

from api.opening import open_ledger
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.table import Row

FLAT = 1 / 1.5
AT_ONCE = 1_000


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P10 that are about writing."""
    return [*_many_sellers(dsn, quick=quick), *_long_sellers(dsn, quick=quick)]


def _many_sellers(dsn: str, *, quick: bool) -> list[Row]:
    """Violations a second once every seller has one: then each is known or has to be loaded."""
    sizes = (10_000, 50_000) if quick else (10_000, 100_000, 1_000_000)
    smallest = 0.0
    rows: list[Row] = []
    for sellers in sizes:
        database = fresh_database(dsn, f"growth_{sellers}")
        with open_ledger(database, Settings(auth="off")) as ledger:
            record(ledger, _one_each(sellers))
            rates: list[float] = []
            for seed in range(3):
                lines = violation_lines(5_000, sellers, seed=seed, first=(seed + 1) * sellers)
                rates.append(len(lines) / record(ledger, lines))
        rate = median(rates)
        smallest = smallest or rate
        rows.append(
            Row(f"P10 {sellers:,}", "violations in bulk over so many sellers", rate, smallest,
                "violations/s", FLAT)
        )  # fmt: skip
    return rows


def _one_each(sellers: int) -> list[bytes]:
    return [_violation(f"s-{number:07d}", number) for number in range(sellers)]


def _long_sellers(dsn: str, *, quick: bool) -> list[Row]:
    """Violations a second of one seller, behind those that it has; first of a hundred with 10."""
    sizes = (10, 1_000, 10_000)
    rounds = 1 if quick else 3
    rates: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(rounds):
        database = fresh_database(dsn, f"long_{turn}")
        with open_ledger(database, Settings(auth="off")) as ledger:
            record(ledger, [_violation(f"s-{n % 100}", n) for n in range(AT_ONCE)])
            lines = [_violation(f"s-{n % 100}", n) for n in range(AT_ONCE, 2 * AT_ONCE)]
            rates[sizes[0]].append(len(lines) / record(ledger, lines))
            done = 0
            for size in sizes[1:]:
                record(ledger, [_violation("s", number) for number in range(done, size)])
                done = size + AT_ONCE
                lines = [_violation("s", number) for number in range(size, done)]
                rates[size].append(len(lines) / record(ledger, lines))
    smallest = median(rates[sizes[0]])
    return [
        Row(f"P10 long {size:,}", "violations of one seller that has so many", median(rates[size]),
            smallest, "violations/s", FLAT)
        for size in sizes
    ]  # fmt: skip


def _violation(seller_id: str, number: int) -> bytes:
    told = {
        "command": "record-violation",
        "seller_id": seller_id,
        "violation_id": f"v-{number:08d}",
        "rule": "keyword-stuffing",
        "source": "platform",
        "statement": "The listing shows another article than the parcels held.",
        "reported_by": "detector-1",
    }
    return json.dumps(told).encode()
