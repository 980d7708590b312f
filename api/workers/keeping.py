"""The processes beside a server that publish and consume: begun with it, watched, begun again when
they die, and ended with it.

They are processes so that storefront reads share no interpreter with them. Their numbers come by
way of the database; here it is only known whether they run.
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

from api.workers.reports import KINDS, KafkaWorker

REST_S: Final = (0.5, 2.0, 10.0, 30.0)
"""How long one that ended by itself is left alone, each time in a row."""
WELL_S: Final = 60.0
"""One that lived so long did not end because of how it begins."""
STOP_S: Final = 7.0
"""A little more than they allow themselves."""
PROGRAM: list[str] = [sys.executable, "-P", "-m", "api.workers.child"]

_log: Final = structlog.get_logger("seller-ledger")


class Workers:
    """Both of them, while the server serves."""

    def __init__(self, dsn: str, data_dir: Path) -> None:
        self._each = [_Kept(name, dsn, data_dir) for name in KINDS]

    def start(self) -> None:
        """Begin them."""
        for each in self._each:
            each.start()

    def stop(self) -> None:
        """End them, both at once."""
        for each in self._each:
            each.tell_to_stop()
        for each in self._each:
            each.wait()


class _Kept:
    def __init__(self, name: KafkaWorker, dsn: str, data_dir: Path) -> None:
        self.name = name
        self._dsn = dsn
        self._data_dir = data_dir
        self._stopping = threading.Event()
        self._beginning = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopping.clear()
        self._thread = threading.Thread(target=self._keep, name=f"keeps {self.name}", daemon=True)
        self._thread.start()

    def tell_to_stop(self) -> None:
        with self._beginning:
            # None begins behind this, since beginning takes the same lock.
            self._stopping.set()
            if self._process is not None and self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()

    def wait(self) -> None:
        if self._thread is None:
            return
        self._thread.join(STOP_S)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(STOP_S)

    def _keep(self) -> None:
        """Have a process work for as long as the server serves. The kernel ends it with this
        thread, which therefore waits for it.
        """
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                process = self._begun()
            except OSError as failure:
                # A machine that is short of memory or processes now may have some later.
                _log.error("a worker could not be begun", worker=self.name, why=failure.strerror)
            else:
                status = None if process is None else process.wait()
                if self._stopping.is_set():
                    return
                _log.error("a worker ended by itself", worker=self.name, status=status)
            failures = 1 if time.monotonic() - began > WELL_S else failures + 1
            self._stopping.wait(REST_S[min(failures, len(REST_S)) - 1])

    def _begun(self) -> "subprocess.Popen[bytes] | None":
        task = {
            "owner": os.getpid(),
            "worker": self.name,
            "dsn": self._dsn,
            "data_dir": str(self._data_dir.absolute()),
        }
        with self._beginning:
            if self._stopping.is_set():
                return None
            self._process = process = subprocess.Popen(
                PROGRAM,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                # Ctrl-C is for the server, which ends its workers itself.
                start_new_session=True,
            )
            assert process.stdin is not None
            with suppress(OSError):
                process.stdin.write(msgspec.json.encode(task) + b"\n")
                process.stdin.flush()
        return process
