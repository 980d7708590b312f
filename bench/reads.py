"""P3: standings from memory over HTTP, against a bare route of the same server that returns ready
bytes.

Each server runs in a process of its own, as it would; the load comes from another.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.responses import Response

from api.logs import write_logs_as_json
from api.opening import open_ledger
from api.parts import LedgerParts
from api.serve import application
from api.server import serve
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.table import Row

CONNECTIONS = 32


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P3: rate and tail."""
    sellers, rounds, seconds = (10_000, 2, 4.0) if quick else (100_000, 3, 8.0)
    database = fresh_database(dsn, "reads")
    paths = [f"/v1/sellers/s-{number:07d}/standing" for number in range(sellers)]
    with open_ledger(database, Settings(auth="off")) as ledger:
        record(ledger, violation_lines(sellers, sellers))
        body = LedgerParts(ledger, None).standings.live("s-0000001").body
    ours: list[dict[str, Any]] = []
    bare: list[dict[str, Any]] = []
    with Serving("ledger", database) as port, Serving("bare", body.hex()) as bare_port:
        _remember(port, sellers)
        for _ in range(rounds):
            ours.append(_load(port, paths, seconds))
            bare.append(_load(bare_port, ["/ready"] * 100, seconds))
    note = (
        f"{sellers:,} sellers, {CONNECTIONS} connections, auth off; the standing route skips "
        "FastAPI's parameter solving, which the bare route pays"
    )
    return [
        Row("P3", "GET standing from memory", _median(ours, "rate"), _median(bare, "rate"),
            "requests/s", 0.7, note=note),
        Row("P3-p99", "its 99th percentile", _median(ours, "p99_ms"), _median(bare, "p99_ms"),
            "ms", 3.0, lower_is_better=True),
    ]  # fmt: skip


def _remember(port: int, sellers: int) -> None:
    """Have every seller remembered before anything is timed."""
    for first in range(0, sellers, 1_000):
        ids = [f"s-{number:07d}" for number in range(first, first + 1_000)]
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/standings", json={"seller_ids": ids}, timeout=60
        )
        assert answer.status_code == 200, answer.text


def _median(rounds: list[dict[str, Any]], figure: str) -> float:
    return median(found[figure] for found in rounds)


def _load(port: int, paths: list[str], seconds: float) -> dict[str, Any]:
    client = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(CONNECTIONS), str(seconds)],
        input="\n".join(paths),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 60,
    )
    found: dict[str, Any] = json.loads(client.stdout)
    assert set(found["statuses"]) == {"200"}, found["statuses"]
    return found


class Serving:
    """A server in a process of its own; its port."""

    def __init__(self, kind: str, what: str) -> None:
        self._command = [sys.executable, "-m", "bench.reads", kind]
        self._environment = {**os.environ, "BENCH_SERVES": what}

    def __enter__(self) -> int:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


def _say(_: str, port: int) -> None:
    print(port, flush=True)


def _serve_bare(body: bytes) -> None:
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(body, media_type="application/json")

    serve(app, "127.0.0.1", 0, _say)


def _serve_ledger(dsn: str) -> None:
    # A line for each request, as it would be written; nobody reads them here.
    write_logs_as_json(to=Path(os.devnull).open("wb"))  # noqa: SIM115
    with open_ledger(dsn, Settings(auth="off")) as ledger:
        serve(application(LedgerParts(ledger, None)), "127.0.0.1", 0, _say)


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        _serve_bare(bytes.fromhex(os.environ["BENCH_SERVES"]))
    else:
        _serve_ledger(os.environ["BENCH_SERVES"])
