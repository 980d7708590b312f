"""Servers in processes of their own, as they would run, and the load that another brings them.

`python -m bench.serving KIND` serves what the environment's `BENCH_SERVES` names, and prints its
port.
"""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from eventsourcing.persistence import StoredEvent
from fastapi import Body, FastAPI
from fastapi.responses import Response

from api.logs import write_logs_as_json
from api.opening import open_ledger
from api.parts import LedgerParts
from api.serve import application
from api.server import serve
from api.settings import Settings
from bench.plain import plain_recorder


class Serving:
    """A server in a process of its own; its port."""

    def __init__(self, kind: str, what: str) -> None:
        self._command = [sys.executable, "-m", "bench.serving", kind]
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


def load(
    port: int, requests: list[str], connections: int, seconds: float, *, once: bool = False
) -> dict[str, Any]:
    """What a client saw that kept so many connections busy; every answer has to be a success."""
    client = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(connections), str(seconds)]
        + ["once"] * once,
        input="\n".join(requests),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 60,
    )
    found: dict[str, Any] = json.loads(client.stdout)
    assert set(found["statuses"]) <= {"200", "201"}, found["statuses"]
    return found


def _say(_: str, port: int) -> None:
    print(port, flush=True)


def _serve_bare(body: bytes) -> None:
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(body, media_type="application/json")

    serve(app, "127.0.0.1", 0, _say)


def _serve_plain(dsn: str) -> None:
    """One event a request in a transaction of its own, through the library and nothing else."""
    app, recorder, numbers = FastAPI(), plain_recorder(dsn), count(1)

    @app.post("/v1/sellers/{seller_id}/violations", status_code=201)
    def record(  # pyright: ignore[reportUnusedFunction]
        seller_id: str, told: Annotated[dict[str, Any], Body()]
    ) -> dict[str, Any]:
        state = json.dumps(told).encode()
        event = StoredEvent(f"seller-{seller_id}", next(numbers), "violation-recorded.v1", state)
        recorder.insert_events([event])
        return told

    serve(app, "127.0.0.1", 0, _say)


def _serve_ledger(dsn: str) -> None:
    # A line for each request, as it would be written; nobody reads them here.
    write_logs_as_json(to=Path(os.devnull).open("wb"))  # noqa: SIM115
    with open_ledger(dsn, Settings(auth="off")) as ledger, TemporaryDirectory() as folder:
        serve(application(LedgerParts(ledger, None, Path(folder))), "127.0.0.1", 0, _say)


if __name__ == "__main__":
    serves = os.environ.pop("BENCH_SERVES")
    match sys.argv[1]:
        case "bare":
            _serve_bare(bytes.fromhex(serves))
        case "plain":
            _serve_plain(serves)
        case _:
            _serve_ledger(serves)
