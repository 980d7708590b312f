"""The real `seller-ledger serve` as a process that a test may kill, with the processes under it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.store.server import running_dsn
from tests.conftest import ROOT

START_S = 60.0
PROGRAM = "from api.cli import main; main()"


class DidNotStart(Exception):
    """The server ended, or was killed, before it was ready."""


class Serving:
    """One server. Without `dsn` it runs a PostgreSQL of its own in `data_dir`.

    It may be killed and started again; each start takes a free port. What it logs is kept in
    `data_dir/serve.log`.
    """

    def __init__(self, data_dir: Path, dsn: str | None = None, **settings: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "serve.log"
        self._dsn = dsn
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
        self._environment |= {"LEDGER_AUTH": "off", "LEDGER_DATA_DIR": str(data_dir), **settings}
        if dsn is not None:
            self._environment["LEDGER_DATABASE_URL"] = dsn
        self._process: subprocess.Popen[str] | None = None
        self.base = ""

    def __enter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def dsn(self) -> str:
        """The database of this server, for whoever looks into it beside the server."""
        found = self._dsn or running_dsn(self.data_dir)
        assert found is not None
        return found

    @property
    def process(self) -> "subprocess.Popen[str]":
        assert self._process is not None
        return self._process

    def begin(self, *program: str) -> None:
        """Start it and wait for nothing."""
        started = [*(program or (sys.executable, "-c", PROGRAM)), "serve", "--port", "0"]
        with self.log.open("ab") as errors:
            self._process = subprocess.Popen(
                started,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def start(self, *program: str) -> None:
        """Start it and return once it answers; raises `DidNotStart`."""
        self.begin(*program)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return once a server that was begun answers; raises `DidNotStart`."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.match(r"seller-ledger is ready at (http://127\.0\.0\.1:\d+) ", line)
        if found is None:
            raise DidNotStart(f"{line}{self.log.read_text()[-2000:]}")
        self.base = found[1]
        until = time.monotonic() + START_S
        while self.ask("/v1/health/ready")[0] != 200:
            assert time.monotonic() < until
            time.sleep(0.02)

    def ask(
        self,
        path: str,
        body: Any = None,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """The status and the JSON of one request; status 0 where nobody answered."""
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        head = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.base + path, sent, head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or b"null")
        except OSError:
            return 0, None

    def postmaster(self) -> int:
        """The first process of the embedded PostgreSQL; 0 where there is none."""
        return next((pid for pid in children(self.process.pid) if named(pid) == "postgres"), 0)

    def stop(self) -> None:
        """End it kindly, and whatever it left behind."""
        if self._process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                kill(self.process.pid)
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def broken(self) -> list[dict[str, Any]]:
        """Every failure that the server logged: what it answered with 500, and what broke off."""
        lines: list[dict[str, Any]] = []
        for line in self.log.read_text(errors="replace").splitlines():
            with suppress(ValueError):  # a killed server's last line is cut off
                lines.append(json.loads(line))
        return [x for x in lines if x.get("level") == "error" or x.get("status", 0) == 500]


def children(pid: int) -> list[int]:
    """The processes that one started and that still live."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] not in "ZX":
                    found.append(int(entry.name))
    return found


def named(pid: int) -> str:
    """What a process is called; empty where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def kill(*pids: int) -> None:
    """`kill -9` of processes that a test started, as far as they still live."""
    for pid in pids:
        if pid > 0:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
