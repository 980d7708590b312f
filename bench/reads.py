"""P3: standings from memory over HTTP, against a bare route of the same server that returns ready
bytes. P4: many standings at a time.
"""

import json
from statistics import median
from typing import Any

import httpx

from api.opening import open_ledger
from api.settings import Settings
from api.standings import Standings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.serving import Serving, load
from bench.storefront import rate
from bench.table import Row

CONNECTIONS = 32
FEW = 8
"""Connections that ask for many standings at a time."""
AT_ONCE = 500


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P3: rate and tail."""
    sellers, rounds, seconds = (10_000, 2, 2.0) if quick else (100_000, 3, 8.0)
    database = fresh_database(dsn, "reads")
    paths = [f"/v1/sellers/s-{number:07d}/standing" for number in range(sellers)]
    with open_ledger(database, Settings(auth="off")) as ledger:
        record(ledger, violation_lines(sellers, sellers))
        body = Standings(ledger).live("s-0000001").body
    ours: list[dict[str, Any]] = []
    bare: list[dict[str, Any]] = []
    many: list[dict[str, Any]] = []
    batches = [
        f"/v1/standings\t{json.dumps({'seller_ids': _ids(first, AT_ONCE)})}"
        for first in range(0, sellers, AT_ONCE)
    ]
    with Serving("ledger", database) as port, Serving("bare", body.hex()) as bare_port:
        _remember(port, sellers)
        for _ in range(rounds):
            ours.append(load(port, paths, CONNECTIONS, seconds))
            bare.append(load(bare_port, ["/ready"] * 100, CONNECTIONS, seconds))
            many.append(load(port, batches, FEW, seconds))
        copied = rate(port, _ids(0, sellers))
    note = (
        f"{sellers:,} sellers, {CONNECTIONS} connections, auth off; the standing route skips "
        "FastAPI's parameter solving, which the bare route pays"
    )
    return [
        Row("P3", "GET standing from memory", _median(ours, "rate"), _median(bare, "rate"),
            "requests/s", 0.7, note=note),
        Row("P3-p99", "its 99th percentile", _median(ours, "p99_ms"), _median(bare, "p99_ms"),
            "ms", 3.0, lower_is_better=True),
        Row("P4", f"POST /v1/standings of {AT_ONCE}, against P3's rate",
            _median(many, "rate") * AT_ONCE, _median(ours, "rate"), "standings/s", 20.0,
            note=f"{FEW} connections; 100,000 standings/s are as good as the ratio",
            enough=100_000),
        Row("P3-copy", "get from a storefront's own copy, against P3's rate", copied.a_second,
            _median(ours, "rate"), "answers/s", 20.0, note="one thread, sellers in no order: p50 "
            f"{copied.p50_us:.2f} µs, p99 {copied.p99_us:.2f} µs"),
    ]  # fmt: skip


def _remember(port: int, sellers: int) -> None:
    """Have every seller remembered before anything is timed."""
    for first in range(0, sellers, 1_000):
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/standings",
            json={"seller_ids": _ids(first, 1_000)},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text


def _ids(first: int, count: int) -> list[str]:
    return [f"s-{number:07d}" for number in range(first, first + count)]


def _median(rounds: list[dict[str, Any]], figure: str) -> float:
    return median(found[figure] for found in rounds)
