"""The whole server as a process of its own, on a database and a free port."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """
from api.serve import serve_ledger
from api.settings import read_settings
serve_ledger(read_settings(), "127.0.0.1", 0)
"""


class Program:
    """A running server, and short ways to ask it."""

    def __init__(self, process: "subprocess.Popen[str]", base: str) -> None:
        self.process = process
        self.base = base
        self.client = httpx.Client(base_url=base, timeout=20)

    def record(self, seller: str, violation: str, **more: Any) -> Any:
        told = {
            "violation_id": violation, "rule": "weapons", "source": "platform",
            "statement": "Seen.", "reported_by": "svc",
        }  # fmt: skip
        return self.post(f"/v1/sellers/{seller}/violations", told | more)

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.client.post(path, json={} if body is None else body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def move(self, now: str) -> Any:
        answer = self.client.put("/v1/test-clock", json={"now": now})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def program(dsn: str, source: str = SOURCE, **settings: str) -> Iterator[Program]:
    """A server with these settings beside its database; it is stopped at the end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    given = {f"LEDGER_{name.upper()}": value for name, value in settings.items()}
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-c", source],
            cwd=ROOT,
            env={
                **kept, "LEDGER_AUTH": "off", "LEDGER_DATABASE_URL": dsn,
                "LEDGER_DATA_DIR": folder, **given,
            },
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, line
            yield Program(process, found[0])
        finally:
            process.terminate()
            try:
                process.wait(15)
            finally:
                process.kill()
