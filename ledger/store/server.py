"""PostgreSQL from a wheel, in a folder of the user's, for as long as its owner lives."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import psycopg

from ledger.store.owner import Ownership, at_work_in, read_note
from ledger.store.programs import Programs, ServerUnavailable
from ledger.store.settings import SETTINGS, shared_memory

USER: Final = "ledger"
DATABASE: Final = "ledger"
SOCKET_BYTES_AT_MOST: Final = 107
REMAINS_SECONDS: Final = 30.0
START_SECONDS: Final = 600.0
"""Generous: replaying the write-ahead log after a crash is work, not a hang."""
LOG_BYTES_AT_MOST: Final = 16 << 20
WATCH_SECONDS: Final = 0.1
_LOGGER: Final = logging.getLogger(__name__)


class EmbeddedPostgres:
    """One PostgreSQL server in `<data_dir>/postgres/`, alive between `with` and its end.

    A server that ends though nobody told it to (the kernel ran out of memory, say) is started again
    at the same address; until then connections are refused.

    `dsn` names its database. `settings` override the server's own. Raises FolderInUse when another
    living process owns the folder, ServerUnavailable when the server cannot start.
    """

    def __init__(self, data_dir: Path | str, **settings: str) -> None:
        self.folder = Path(data_dir).resolve() / "postgres"
        self.data = self.folder / "data"
        self.dsn = ""
        self._settings = {**SETTINGS, **settings}
        self._port = self._settings["port"]
        self._ownership = Ownership(self.folder)
        self._owner = os.getpid()
        self._programs = Programs()
        self._run_folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._stopping = Event()
        self._watcher: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._server.pid if self._server and self._server.poll() is None else None

    def start(self) -> None:
        """Own the folder, wait for a predecessor's remains, and start the server."""
        if sys.platform != "linux":
            raise ServerUnavailable(
                "The embedded PostgreSQL needs Linux. Set LEDGER_DATABASE_URL to a server instead."
            )
        self._enter_folder()
        try:
            predecessor = self._ownership.take()
            self._wait_for_remains()
            if predecessor and predecessor.run_folder:
                shutil.rmtree(predecessor.run_folder, ignore_errors=True)
            self._programs.settle_identity(self.folder, self.data)
            if not self.data.exists():
                self._create()
            self._run_folder = _private_run_folder()
            self._ownership.leave_note(str(self._run_folder))
            self._programs.hand_over(self._run_folder)
            self._serve(self._run_folder)
            self.dsn = _dsn(self._run_folder, self._port, DATABASE)
            self._ownership.leave_note(str(self._run_folder), self.dsn)
            self._watcher = Thread(target=self._watch, name="postgres-watcher", daemon=True)
            self._watcher.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down and give the folder back; in a forked child, do nothing."""
        if os.getpid() != self._owner:
            return
        self._stopping.set()
        if self._watcher:
            self._watcher.join()
            self._watcher = None
        if self._server:
            _end(self._server)
            self._server = None
        self._programs.close()
        if self._run_folder:
            shutil.rmtree(self._run_folder, ignore_errors=True)
        self._ownership.give_back()
        self._stopping.clear()
        self.dsn = ""

    def _enter_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise ServerUnavailable(
                f"The folder {self.folder} cannot be made: {problem.strerror}. "
                "Choose another data folder."
            ) from problem
        uid = self.folder.stat().st_uid
        if os.geteuid() not in (0, uid):
            raise ServerUnavailable(
                f"The folder {self.folder} belongs to uid {uid}, and this is uid {os.geteuid()}. "
                "Run as its owner, or choose another data folder."
            )

    def _wait_for_remains(self) -> None:
        """Let a killed owner's server finish: two servers on the same files would ruin them."""
        until = time.monotonic() + REMAINS_SECONDS
        hurried = False
        while remains := [*at_work_in(self.data), *at_work_in(self.folder / "data.new")]:
            if self._stopping.is_set():
                return
            if time.monotonic() > until:
                if hurried:
                    raise ServerUnavailable(
                        f"Process {remains[0]}, left by an earlier owner, still works in "
                        f"{self.data} and does not end. End it, then start again."
                    )
                # Its own recovery makes good what an immediate shutdown leaves undone.
                for pid in remains:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGQUIT)
                hurried, until = True, time.monotonic() + 10
            time.sleep(0.05)
        self._forget_reused_pid()

    def _forget_reused_pid(self) -> None:
        """Drop a dead server's pid file whose number is still, or again, a process's.

        PostgreSQL would take a stranger for the server and refuse, as happens in containers, where
        numbers repeat, and the server itself while nobody has buried it, as happens under a first
        process that is slow to. That no process works in the folder was seen just before.
        """
        pid_file = self.data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            if Path(f"/proc/{int(pid_file.read_text().splitlines()[0])}").exists():
                pid_file.unlink()

    def _create(self) -> None:
        """Make the database files beside their place: what a crash interrupts is never taken up."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._programs.hand_over(fresh)
        made = self._programs.run(
            "initdb", f"--pgdata={fresh}", f"--username={USER}", "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        if made.returncode:
            raise ServerUnavailable(
                f"The database files in {self.folder} could not be made: "
                f"{made.stderr.decode(errors='replace').strip()}"
            )
        fresh.rename(self.data)

    def _watch(self) -> None:
        """Start the server again when it ends, as often as it takes."""
        while not self._stopping.wait(WATCH_SECONDS):
            if self.pid is not None or self._run_folder is None:
                continue
            _LOGGER.warning("PostgreSQL ended by itself and is started again")
            try:
                self._wait_for_remains()
                if not self._stopping.is_set():
                    self._serve(self._run_folder)
            except (ServerUnavailable, OSError) as problem:
                _LOGGER.error("PostgreSQL does not start: %s", problem)  # noqa: TRY400 - no defect
                self._stopping.wait(10 * WATCH_SECONDS)

    def _serve(self, run_folder: Path) -> None:
        settings = {
            **self._settings,
            "unix_socket_directories": str(run_folder),
            "dynamic_shared_memory_type": shared_memory(),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_AT_MOST:
            log.replace(self.folder / "server.log.1")
        began = log.stat().st_size if log.exists() else 0
        self._server = self._programs.begin(log, "postgres", "-D", str(self.data), *options)
        self._wait_until_ready(self._server, run_folder, log, began)

    def _wait_until_ready(
        self, server: subprocess.Popen[bytes], run_folder: Path, log: Path, began: int
    ) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._stopping.is_set():
            try:
                _ensure_database(_dsn(run_folder, self._port, "postgres"))
            except psycopg.OperationalError as problem:
                if server.poll() is None and time.monotonic() < until:
                    time.sleep(0.02)
                    continue
                said = log.read_bytes()[began:].decode(errors="replace").strip()[-1500:]
                raise ServerUnavailable(f"PostgreSQL did not start. It said:\n{said}") from problem
            return


def running_dsn(data_dir: Path | str) -> str | None:
    """The DSN of the server that a living process owns in this folder, to share it; else None."""
    note = read_note(Path(data_dir).resolve() / "postgres")
    return note.dsn if note and note.dsn and note.is_alive() else None


def _private_run_folder() -> Path:
    """A folder that only its owner may enter, since whoever reaches the socket is let in."""
    longest = SOCKET_BYTES_AT_MOST - len("/ledger-postgres-xxxxxxxx/.s.PGSQL.65535")
    for parent in (tempfile.gettempdir(), "/tmp", "/dev/shm"):  # noqa: S108 - mkdtemp makes it 0700
        if len(os.fsencode(parent)) <= longest and os.access(parent, os.W_OK | os.X_OK):
            return Path(tempfile.mkdtemp(prefix="ledger-postgres-", dir=parent))
    raise ServerUnavailable(
        f"No folder for the server's socket: TMPDIR, /tmp and /dev/shm are closed to this user or "
        f"longer than {longest} bytes. Set TMPDIR to a short folder that can be written."
    )


def _dsn(run_folder: Path, port: str, database: str) -> str:
    return f"postgresql://{USER}@/{database}?host={quote(str(run_folder), safe='')}&port={port}"


def _ensure_database(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if not found.rowcount:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _end(server: subprocess.Popen[bytes]) -> None:
    for request, patience_seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10)):
        with suppress(ProcessLookupError):
            server.send_signal(request)
        with suppress(subprocess.TimeoutExpired):
            server.wait(patience_seconds)
            return
    server.kill()
    server.wait()
