"""The server's side of what-if: its runs, and the one process that works them off.

The process begins when something is first asked of it, or a few seconds after the server did: a
server that is only up for a moment never pays for it. It ends with the server, however that ends:
its input does, and the kernel is told to end it with the thread that began it.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog

from api.what_if.runs import Runs

AFTER_S: Final = 5.0
"""After the server began."""
REST_S: Final = (0.5, 2.0, 10.0, 60.0)
"""How long one that ended by itself is left alone, each time in a row."""
WELL_S: Final = 60.0
"""One that lived so long did not end because of how it begins."""
STOP_S: Final = 5.0
PROGRAM: list[str] = [sys.executable, "-P", "-m", "api.what_if.worker"]

_log: Final = structlog.get_logger("seller-ledger")


class WhatIf:
    """Runs that are kept in a data folder, and their worker while the server serves."""

    def __init__(self, dsn: str, clock: str, data_dir: Path) -> None:
        self._dsn = dsn
        self._clock = clock
        self._data_dir = data_dir
        self.archive = data_dir / "archive"
        self.runs = Runs(data_dir / "what-if")
        self._wanted = threading.Event()
        self._stopping = False
        self._process: subprocess.Popen[bytes] | None = None
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def start(self) -> None:
        """Begin soon."""
        self._stopping = False
        self._wanted.clear()
        self._thread = threading.Thread(target=self._keep, name="what-if", daemon=True)
        self._thread.start()

    def look(self) -> None:
        """Have the worker look for work at once."""
        self._wanted.set()
        self._say(b"look\n")

    def stop(self) -> None:
        """End the worker; a run under way begins anew with the next server."""
        with self._writing:
            # None begins behind this, since beginning takes the same lock.
            self._stopping = True
            process = self._process
            if process is not None and process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(STOP_S)
            if self._thread.is_alive() and process is not None:
                process.kill()
                self._thread.join(STOP_S)
            self._thread = None

    def _keep(self) -> None:
        """Have one process work for as long as the server serves. The kernel ends it with this
        thread, which therefore waits for it.
        """
        self._wanted.wait(AFTER_S)
        failures = 0
        while not self._stopping:
            began = time.monotonic()
            try:
                process = self._begun()
            except OSError as failure:
                # A machine that is short of memory or processes now may have some later.
                _log.error("the process of what-if could not be begun", why=failure.strerror)
            else:
                status = None if process is None else process.wait()
                if self._stopping:
                    return
                _log.error("the process of what-if ended by itself", status=status)
            failures = 0 if time.monotonic() - began > WELL_S else failures + 1
            self._wanted.clear()
            self._rest(REST_S[min(failures, len(REST_S) - 1)])

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _begun(self) -> "subprocess.Popen[bytes] | None":
        task = {
            "owner": os.getpid(),
            "dsn": self._dsn,
            "clock": self._clock,
            "data_dir": str(self._data_dir.absolute()),
        }
        with self._writing:
            if self._stopping:
                return None
            self._process = process = subprocess.Popen(
                PROGRAM,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # Ctrl-C is for the server, which ends its worker itself.
                start_new_session=True,
            )
        self._say(msgspec.json.encode(task) + b"\n")
        return process

    def _say(self, line: bytes) -> None:
        with self._writing:
            if self._process is None or self._process.stdin is None:
                return
            try:
                self._process.stdin.write(line)
                self._process.stdin.flush()
            except (OSError, ValueError):
                return  # it ended, or is told to: the next one looks for itself
