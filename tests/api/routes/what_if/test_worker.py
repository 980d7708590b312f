"""The real server and its worker as processes: cancelled, killed, started again, stopped."""

import json
import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.api.program import Program, program
from tests.api.routes.what_if.slow_worker import GO
from tests.faults.serving import children

SLOW = """
import sys
from api.what_if import keeping
keeping.PROGRAM[:] = [sys.executable, "-m", "tests.api.routes.what_if.slow_worker"]
from api.serve import serve_ledger
from api.settings import read_settings
serve_ledger(read_settings(), "127.0.0.1", 0)
"""
LIMIT = {"name": "a limit of 36", "policy": {"patch": {"buckets.points.limit": 36}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextmanager
def slow(dsn: str, folder: Path) -> Generator[Program]:
    with program(dsn, source=SLOW, data_dir=str(folder)) as server:
        yield server


def filled(server: Program) -> None:
    for seller in range(3):
        for number in range(3):
            server.record(f"s-{seller}", f"v-{seller}-{number}", rule="false-delivery")


def ask(server: Program, name: str = "a limit of 36") -> str:
    return server.post("/v1/what-if", {**LIMIT, "name": name})["id"]


def told(server: Program, run: str) -> Any:
    return server.client.get(f"/v1/what-if/{run}").json()


def until(found: Callable[[], Any], within_s: float = 120) -> Any:
    end = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


def comes_to(server: Program, run: str, *states: str) -> Any:
    return until(lambda: (t := told(server, run))["state"] in states and t)


def judging(server: Program, folder: Path, run: str, attempts: int = 1) -> None:
    """Wait until a run is at its ranges, for the first time or a later one."""
    place = folder / "what-if" / run

    def there() -> bool:
        kept = json.loads((place / "run.json").read_bytes())
        at_it = (kept["state"], kept["attempts"]) == ("running", attempts)
        return at_it and (place / "result.part").is_dir()

    until(there)
    assert told(server, run)["state"] == "running"


def workers(of: int) -> list[int]:
    """The workers among the children of a process."""
    return [pid for pid in children(of) if "worker" in Path(f"/proc/{pid}/cmdline").read_text()]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_cancelled_while_it_runs_and_while_it_waits(dsn: str, folder: Path) -> None:
    with slow(dsn, folder) as server:
        filled(server)
        first, second = ask(server, "first"), ask(server, "second")
        judging(server, folder, first)
        assert told(server, second)["state"] == "queued"
        refused = server.client.get(f"/v1/what-if/{first}/result")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/run-not-done")
        for run in (second, first, first):
            assert server.client.delete(f"/v1/what-if/{run}").json()["state"] == "cancelled"
        third = ask(server, "third")
        judging(server, folder, third)
        assert [told(server, run)["state"] for run in (first, second)] == ["cancelled"] * 2
        (folder / "what-if" / GO).touch()
        assert comes_to(server, third, "done")["progress"] == 1
        # One that has ended stays what it is.
        assert server.client.delete(f"/v1/what-if/{third}").json()["state"] == "done"
        for run in (first, second):
            left = sorted(path.name for path in (folder / "what-if" / run).iterdir())
            assert left == ["lock", "run.json", "scenario.json"]


def test_a_run_whose_process_dies_is_run_again_once(dsn: str, folder: Path) -> None:
    with slow(dsn, folder) as server:
        filled(server)
        lost, waits = ask(server, "lost"), ask(server, "waits")
        pids: list[int] = []
        for attempts in (1, 2):
            judging(server, folder, lost, attempts)
            (pid,) = until(lambda: [p for p in workers(server.process.pid) if p not in pids])
            pids.append(pid)
            known_at = told(server, lost)["known_at"]
            os.kill(pid, signal.SIGKILL)
            server.record("s-9", f"v-{pid}")
        found = comes_to(server, lost, "failed")
        assert "ended 2 times" in found["why"]
        assert found["known_at"] == known_at
        refused = server.client.get(f"/v1/what-if/{lost}/sellers").json()
        assert (refused["type"], refused["status"]) == ("/problems/run-not-done", 409)
        assert "ended 2 times" in refused["detail"]
        left = sorted(path.name for path in (folder / "what-if" / lost).iterdir())
        assert left == ["lock", "run.json", "scenario.json"]
        (folder / "what-if" / GO).touch()
        comes_to(server, waits, "done")
        assert [each["id"] for each in server.client.get("/v1/what-if").json()["runs"]] == [
            waits, lost,
        ]  # fmt: skip


def test_a_server_that_starts_goes_on_where_the_last_one_stopped(dsn: str, folder: Path) -> None:
    with slow(dsn, folder) as server:
        filled(server)
        (folder / "what-if").mkdir(parents=True, exist_ok=True)
        (folder / "what-if" / GO).touch()
        done = ask(server, "done")
        comes_to(server, done, "done")
        result = server.client.get(f"/v1/what-if/{done}/result").content
        (folder / "what-if" / GO).unlink()
        runs, waits = ask(server, "runs"), ask(server, "waits")
        judging(server, folder, runs)
        (worker,) = workers(server.process.pid)
        server.stop()
        server.process.wait(15)
        assert not lives(worker)
    for _ in range(2):
        # Stopped in good order again and again, a run is not taken for one that kills.
        with slow(dsn, folder) as server:
            judging(server, folder, runs)
            assert told(server, waits)["state"] == "queued"
            assert server.client.get(f"/v1/what-if/{done}/result").content == result
            (worker,) = workers(server.process.pid)
        assert not lives(worker)
    with slow(dsn, folder) as server:
        (folder / "what-if" / GO).touch()
        for run in (runs, waits):
            comes_to(server, run, "done")
        assert server.client.get(f"/v1/what-if/{waits}/sellers").json()["sellers"]


def test_no_worker_outlives_a_server_that_is_killed(dsn: str, folder: Path) -> None:
    with slow(dsn, folder) as server:
        filled(server)
        run = ask(server)
        judging(server, folder, run)
        (worker,) = workers(server.process.pid)
        server.kill()
        until(lambda: not lives(worker), within_s=5)
    (folder / "what-if" / GO).touch()
    with slow(dsn, folder) as server:
        comes_to(server, run, "done")


def test_the_worker_is_told_no_secret_where_others_see_it(dsn: str, folder: Path) -> None:
    with slow(dsn, folder) as server:
        ask(server)
        (worker,) = until(lambda: workers(server.process.pid))
        said = Path(f"/proc/{worker}/cmdline").read_text()
        assert dsn not in said
        assert os.getpriority(os.PRIO_PROCESS, worker) >= 0
        until(lambda: os.getpriority(os.PRIO_PROCESS, worker) == 10, within_s=20)


def test_the_archive_follows_without_being_asked(dsn: str, folder: Path) -> None:
    with program(dsn, data_dir=str(folder)) as server:
        filled(server)
        manifest = folder / "archive" / "manifest.json"
        until(manifest.exists, within_s=40)
        assert "ledger_archive_lag_positions 0.0" in server.client.get("/metrics").text


def test_an_archive_of_another_log_is_refused(dsn: str, empty_dsn: str, folder: Path) -> None:
    with slow(dsn, folder) as server:
        filled(server)
        (folder / "what-if").mkdir(parents=True, exist_ok=True)
        (folder / "what-if" / GO).touch()
        comes_to(server, ask(server), "done")
    with slow(empty_dsn, folder) as server:
        for seller in range(5):
            for number in range(5):
                server.record(f"o-{seller}", f"v-{number}")
        found = comes_to(server, ask(server, "on another log"), "failed")
        assert "says something else of positions" in found["why"]
