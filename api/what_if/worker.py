"""The process beside the server that works off runs, one at a time, and keeps the archive up.

It begins with one line of JSON on its standard input, which names the database: a command line
or an environment would show the password to others. Each further line asks it to look for work.
The end of the input is the end of the server, and so of this process; where the system can, the
kernel ends it too. It is a program of its own, so that what it computes takes nothing from the
server's interpreter but the rest of the machine's time.
"""

import fcntl
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import psycopg
import structlog

from api.logs import Lines, where, write_logs_as_json
from api.opening import system_now
from api.what_if.following import follow
from api.what_if.runs import Runs
from api.what_if.working import Working
from api.workers.owner import end_with
from ledger.store.clocks import Clock, SandboxClock, SystemClock
from ledger.store.refusals import NotNow

NICENESS: Final = 10
EVERY_S: Final = 60.0
"""How often the log is looked at for something new."""
RETRY_S: Final = 2.0
_LOCK: Final = "worker.lock"

_log: Final = structlog.get_logger("seller-ledger")


class Task(msgspec.Struct, frozen=True):
    """What the server says first."""

    owner: int
    """Its process."""
    dsn: str
    clock: str
    data_dir: str

    @property
    def runs(self) -> Path:
        """Where runs are kept."""
        return Path(self.data_dir) / "what-if"

    @property
    def archive(self) -> Path:
        """Where the archive is."""
        return Path(self.data_dir) / "archive"


class Worker:
    """Works until its input ends."""

    def __init__(self, task: Task, lines: Lines) -> None:
        self._task = task
        self._lines = lines
        self._asked = threading.Event()
        self._runs = Runs(task.runs)
        clock: Clock = SandboxClock() if task.clock == "test" else SystemClock(system_now)
        self._working = Working(self._runs, task.dsn, clock, task.archive)

    def run(self) -> None:
        """Work off what waits and follow the log, until the process ends."""
        threading.Thread(target=self._listen, name="input", daemon=True).start()
        with _alone(self._task.runs):
            self._runs.remove_debris()
            self._working.take_over()
            while True:
                pause_s = self._step()
                if self._asked.wait(pause_s):
                    self._asked.clear()

    def _step(self) -> float:
        """Do what there is to do; for how long there may be nothing."""
        try:
            while self._working.next():
                pass
            follow(self._task.dsn, self._task.archive, self._asked)
        except (NotNow, psycopg.OperationalError) as away:
            _log.warning("what-if waits", error=type(away).__name__)
        except Exception as failure:  # noqa: BLE001 - the next look may find it mended
            _log.error("the archive could not be kept up", **where(failure))
        waits = any(run.state == "queued" for run in self._runs.all())
        return RETRY_S if waits else EVERY_S

    def _listen(self) -> None:
        for _ in sys.stdin.buffer:
            self._asked.set()
        with suppress(Exception):
            self._working.leave()
        self._lines.empty()
        os._exit(0)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One worker at a time in a folder: that of another server waits for its turn."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Begin with the task that stands on the first line of the input."""
    lines = write_logs_as_json()
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    end_with(task.owner)
    os.nice(NICENESS)
    try:
        Worker(task, lines).run()
    except OSError as problem:
        _log.error("what-if has no folder to work in", why=problem.strerror)
        lines.empty()
        sys.exit(1)


if __name__ == "__main__":
    main()
