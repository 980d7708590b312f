"""P10 for P1 to P4: whether recording and reading stay as fast over more and more sellers.

Every seller has a violation first. Sizes take turns, round after round, so that a slow minute
slows all of them; the ratio is to the smallest.
"""

import json
import random
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import NamedTuple

import httpx

from api.opening import open_ledger
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.reads import AT_ONCE, CONNECTIONS, FEW
from bench.serving import Serving, load
from bench.table import Row
from bench.writes import CLIENTS, post_of
from ledger.ledger import Ledger

FLAT = round(1 / 1.5, 2)
ASKED = 10_000
"""So many sellers are asked about again and again, spread over all that there are."""
AT_A_TIME = 50_000
READY_S = 600.0


class Served(NamedTuple):
    """A population that a server of its own answers for."""

    sellers: int
    port: int


Rates = dict[str, dict[int, list[float]]]
"""By measure and size, a rate for each round."""

MEASURES = {
    "P1": ("violations in bulk", "violations/s"),
    "P2": ("POST one violation, 64 clients", "requests/s"),
    "P3": (f"GET standing from memory, of {ASKED:,} sellers", "requests/s"),
    "P4": (f"POST /v1/standings of {AT_ONCE} of these", "standings/s"),
    "P4 cold": (f"the same, for the first time since the start, of {ASKED // 2:,}", "standings/s"),
}


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """A row for each measure and size."""
    sizes = (10_000, 30_000) if quick else (10_000, 100_000, 1_000_000)
    rounds, seconds = (1, 0.7) if quick else (3, 4.0)
    rates: Rates = {what: {size: [] for size in sizes} for what in MEASURES}
    databases = {size: fresh_database(dsn, f"sellers_{size}") for size in sizes}
    with ExitStack() as stack:
        ledgers: dict[int, Ledger] = {}
        for size in sizes:
            began = time.monotonic()
            ledgers[size] = stack.enter_context(open_ledger(databases[size], Settings(auth="off")))
            populate(ledgers[size], size)
            told(f"{size:,} sellers recorded", began)
        for turn in range(3):
            for size, ledger in ledgers.items():
                lines = violation_lines(5_000, size, seed=turn, first=(turn + 1) * 10 * size)
                rates["P1"][size].append(len(lines) / record(ledger, lines))
    with ExitStack() as stack:
        all_served: list[Served] = []
        for size in sizes:
            # What was never read ends with the first answer; those that wait take nothing.
            all_served.append(stack.enter_context(serving(databases[size], size)))
            rates["P4 cold"][size].append(_first_time(all_served[-1]))
        for served in all_served:
            _first_time(served, ASKED)
        for turn in range(rounds):
            for served in all_served:
                for what, rate in _over_http(turn, served, seconds).items():
                    rates[what][served.sellers].append(rate)
            told(f"round {turn + 1} of {rounds} over HTTP")
    return _rows(rates, sizes)


def populate(ledger: Ledger, sellers: int) -> None:
    """A violation for each seller."""
    for first in range(0, sellers, AT_A_TIME):
        record(
            ledger, [violation(name(n), n) for n in range(first, min(first + AT_A_TIME, sellers))]
        )


def name(number: int) -> str:
    """A seller's id, as other benches have it."""
    return f"s-{number:07d}"


def violation(seller_id: str, number: int) -> bytes:
    """A command that records one violation, which counts little."""
    command = {
        "command": "record-violation",
        "seller_id": seller_id,
        "violation_id": f"v-{number:08d}",
        "rule": "keyword-stuffing",
        "source": "platform",
        "statement": "The listing shows another article than the parcels held.",
        "reported_by": "detector-1",
    }
    return json.dumps(command).encode()


def told(what: str, since: float | None = None) -> None:
    """Say how far it is: this takes minutes."""
    took = "" if since is None else f" in {time.monotonic() - since:.0f} s"
    print(f"  {what}{took}", flush=True)


@contextmanager
def serving(database: str, sellers: int) -> Generator[Served]:
    """A server whose views have taken the whole log."""
    began = time.monotonic()
    with Serving("ledger", database) as port:
        while httpx.get(f"http://127.0.0.1:{port}/v1/health/ready", timeout=60).status_code != 200:
            if time.monotonic() > began + READY_S:
                raise TimeoutError(f"the views of {sellers:,} sellers were not made in time")
            time.sleep(0.2)
        told(f"a server of {sellers:,} sellers is ready", began)
        yield Served(sellers, port)


def _asked(sellers: int, count: int) -> list[str]:
    return [name(number) for number in range(0, sellers, max(1, sellers // count))][:count]


def _batches(seller_ids: list[str]) -> list[str]:
    return [
        json.dumps({"seller_ids": seller_ids[first : first + AT_ONCE]})
        for first in range(0, len(seller_ids), AT_ONCE)
    ]


def _first_time(served: Served, count: int = ASKED // 2) -> float:
    """Standings a second of sellers whom this server has not read yet, one request at a time."""
    at = f"http://127.0.0.1:{served.port}/v1/standings"
    asked = _asked(served.sellers, count)
    head = {"Content-Type": "application/json"}
    with httpx.Client(timeout=60, headers=head) as client:
        began = time.perf_counter()
        for body in _batches(asked):
            client.post(at, content=body).raise_for_status()
        return len(asked) / (time.perf_counter() - began)


def _over_http(turn: int, served: Served, seconds: float) -> dict[str, float]:
    asked = _asked(served.sellers, ASKED)
    random.Random(turn).shuffle(asked)
    first = 100 * served.sellers + turn * 100_000
    lines = violation_lines(int(8_000 * seconds), served.sellers, seed=turn, first=first)
    posts = [post_of(line, turn) for line in lines]
    paths = [f"/v1/sellers/{seller_id}/standing" for seller_id in asked]
    many = [f"/v1/standings\t{body}" for body in _batches(asked)]

    def rate(requests: list[str], connections: int, *, once: bool = False) -> float:
        return float(load(served.port, requests, connections, seconds, once=once)["rate"])

    # Reads first: what is recorded changes a standing, and its bytes are made anew.
    return {
        "P3": rate(paths, CONNECTIONS),
        "P4": rate(many, FEW) * AT_ONCE,
        "P2": rate(posts, CLIENTS, once=True),
    }


def _rows(rates: Rates, sizes: tuple[int, ...]) -> list[Row]:
    rows: list[Row] = []
    for what, (work, unit) in MEASURES.items():
        found = {size: median(rates[what][size]) for size in sizes}
        rows += [
            Row(f"P10 {what} {size:,}", f"{work}, over {size:,} sellers", found[size],
                found[sizes[0]], unit, FLAT)
            for size in sizes
        ]  # fmt: skip
    return rows
