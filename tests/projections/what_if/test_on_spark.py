"""The same judge in the workers of a Spark cluster: two processes of their own, the same bytes."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer
from typing import Any

import psycopg
import pyspark
import pytest

from ledger.ledger import Ledger
from ledger.taking.requests import Request
from projections.archive import files
from projections.archive.archive import writing
from projections.archive.manifest import NoArchive, reading
from projections.what_if import on_spark, on_spark_worker
from projections.what_if.java import NoJava, java_home
from projections.what_if.knowing import known_to
from projections.what_if.laying import laid_out
from projections.what_if.on_spark import NoSpark, SparkFailed, opened, through
from projections.what_if.reading import scenario_from
from projections.what_if.replay import Cancelled
from projections.what_if.running import Engine, on_this_machine, run
from tests.store.opened import annulment, violation
from tests.store.opened import opened as opened_ledger

AT = "2026-07-01T00:00:00Z"
RULES = ("weapons", "false-delivery", "medicines", "harassment")
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
"""Java that is there for a minute need not become fast."""
SCENARIOS: dict[str, dict[str, Any]] = {
    "a patch": {"policy": {"patch": {"buckets.points.limit": 36}}},
    "a shorter life": {"policy": {"patch": {"buckets.points.life_days": 1}}},
    "left out by a tag": {"facts": {"leave_out": [{"tag": "batch-2"}]}},
    "changed": {
        "facts": {"change": [{"where": {"rule": "weapons"}, "set": {"rule": "harassment"}}]}
    },
    "sellers added": {
        "facts": {
            "add": [
                {
                    "seller_id": f"new-{n}",
                    "rule": "explosives",
                    "recorded_at": "2026-07-01T00:00:00Z",
                }
                for n in range(3)
            ]
        }
    },
    "some sellers": {
        "policy": {"patch": {"buckets.points.limit": 24}},
        "population": {"seller": ["s-1", "s-4"]},
    },
    "nothing": {},
}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session over a cluster of two workers, each with a process of its own."""
    home = tmp_path_factory.mktemp("home")
    for path in Path(pyspark.__file__).parent.iterdir():
        (home / path.name).symlink_to(path)  # a cluster's log stays out of the package
    settings = {
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.log.level": "OFF",
        "spark.task.maxFailures": "2",
        "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.extraJavaOptions": QUICK,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(home))
        try:
            java_home()
        except NoJava as missing:
            pytest.skip(str(missing))
        with opened("local-cluster[2,1,1024]", settings) as session:
            yield session


class Archived:
    """An archive of many small ranges, and runs over it."""

    def __init__(self, folder: Path, known: Any, scenarios: dict[str, dict[str, Any]]) -> None:
        self.folder, self.known, self.scenarios = folder, known, scenarios

    def run(self, name: str, engine: Engine, into: str, watch: Any = lambda *_: None) -> Path:
        """The folder of a run."""
        asked = scenario_from({"name": name, **self.scenarios[name]}, self.known)
        with reading(self.folder / "archive") as manifest:
            laid = laid_out(asked, self.known, self.folder / "archive", manifest)
            run(laid, self.known, engine, self.folder / into, watch)
        return self.folder / into

    def expected(self, name: str) -> dict[str, bytes]:
        into = f"local {name}"
        if not (self.folder / into).exists():
            self.run(name, on_this_machine(1), into)
        return contents(self.folder / into)

    def left(self) -> list[str]:
        return sorted(p.name for p in self.folder.iterdir() if not p.name.startswith("local"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def archived(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archived:
    monkeypatch.setattr(files, "GROUP_ROWS", 8)
    with opened_ledger(dsn) as ledger:
        fill(ledger)
        with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
            with writing(tmp_path / "archive") as archivist:
                archivist.catch_up(cursor)
            known = known_to(cursor, ledger.now())
    return Archived(tmp_path, known, SCENARIOS)


def fill(ledger: Ledger) -> None:
    asked: list[Request] = []
    for number in range(160):
        seller = f"s-{number * number % 23}"
        command = violation(seller, f"v-{number}", RULES[number % 4])
        asked.append(Request(command, "svc", correlation_id=f"batch-{number % 5}"))
        if number % 9 == 8:
            asked.append(Request(annulment(seller, f"v-{number}"), "ann"))
    ledger.clerk.submit(asked).result()


@contextmanager
def disturbed(monkeypatch: pytest.MonkeyPatch, disturb: Callable[[int], None]) -> Iterator[None]:
    """Workers do this before they judge a range."""
    from pyspark import cloudpickle

    plain = on_spark_worker.judging

    def judging(broadcast: Any) -> Any:
        judged = plain(broadcast)

        def one_by_one(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                for n in range(batch.num_rows):
                    disturb(batch.column(0)[n].as_py())
                    yield from judged(iter([batch.slice(n, 1)]))

        return one_by_one

    # What a test says is sent as it is: workers do not have the tests.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with monkeypatch.context() as patch:
        patch.setattr(on_spark, "judging", judging)
        yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_two_processes_give_the_bytes_of_one(
    spark: Any, archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = archived.expected("a patch")  # what is compiled here, the workers find
    seen, told = archived.folder / "archive", list[tuple[int, int]]()

    def note(place: int) -> None:
        (seen / f"by.{os.getpid()}").touch()

    with disturbed(monkeypatch, note):
        found = archived.run("a patch", through(spark), "spark", lambda *d: told.append(d))
    assert contents(found) == expected
    assert sorted(contents(found)) == ["report.html", "result.json", "sellers.parquet"]
    ranges = told[-1][1]
    assert ranges > 8
    assert told == [(n, ranges) for n in range(1, ranges + 1)]
    workers = {int(path.suffix[1:]) for path in seen.glob("by.*")}
    assert len(workers) == 2 and os.getpid() not in workers
    assert len({executor_of(pid) for pid in workers}) == 2


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "a patch"])
def test_every_scenario_gives_the_same_bytes(spark: Any, archived: Archived, name: str) -> None:
    found = archived.run(name, through(spark), "spark")
    assert contents(found) == archived.expected(name)


def test_many_jobs_give_the_same_bytes(
    spark: Any, archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_spark, "RANGES_A_JOB", 3)
    found = archived.run("a patch", through(spark), "spark")
    assert contents(found) == archived.expected("a patch")


@pytest.mark.parametrize("whole", [False, True], ids=["its Python", "its executor"])
def test_a_worker_killed_while_it_judges_changes_nothing(
    spark: Any, archived: Archived, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    once = archived.folder / "archive" / "killed"

    def die(place: int) -> None:
        if place == 3 and not once.exists():
            once.touch()
            if whole:
                os.kill(executor_of(os.getpid()), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    with disturbed(monkeypatch, die):
        found = archived.run("a patch", through(spark), "spark")
    assert once.exists()
    assert contents(found) == archived.expected("a patch")


def executor_of(worker: int) -> int:
    """The process of Java whose Python this is."""
    while "java" not in Path(f"/proc/{worker}/comm").read_text():
        worker = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
    return worker


def test_a_range_that_fails_is_told_and_leaves_nothing(
    spark: Any, archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(place: int) -> None:
        if place == 5:
            raise ValueError("range 5 is not to be had")

    with disturbed(monkeypatch, fail), pytest.raises(SparkFailed) as refused:
        archived.run("a patch", through(spark), "spark")
    assert str(refused.value) == "Spark gave up on the run: range 5 is not to be had"
    assert refused.value.accepted is not None and "--engine local" in refused.value.accepted
    assert archived.left() == ["archive"]


def test_a_cancelled_run_ends_at_once_and_leaves_nothing(
    spark: Any, archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, stop = archived.folder / "archive" / "began", Event()

    def wait(place: int) -> None:
        began.touch()
        time.sleep(60)

    timer = Timer(2, stop.set)
    timer.start()
    at = time.monotonic()
    with disturbed(monkeypatch, wait), pytest.raises(Cancelled):
        archived.run("a patch", through(spark, stop), "spark")
    assert time.monotonic() - at < 20
    assert archived.left() == ["archive"]


def test_workers_that_do_not_see_the_archive_say_so(spark: Any, archived: Archived) -> None:
    def engine(judge: Any) -> Any:
        for path in (archived.folder / "archive").glob("replay-*"):
            path.unlink()
        return through(spark)(judge)

    with pytest.raises(SparkFailed) as refused:
        archived.run("a patch", engine, "spark")
    assert "there is no archive to read in" in str(refused.value)
    assert "does not see replay-" in str(refused.value)
    assert archived.left() == ["archive"]
    with pytest.raises(NoArchive), reading(archived.folder / "elsewhere"):
        pass


def test_a_second_session_and_a_master_that_is_none_are_refused(spark: Any) -> None:
    with pytest.raises(NoSpark, match="has a session of Spark's already"), opened("local[1]"):
        pass
    spark.stop()  # this is the last test that needs it
    with pytest.raises(NoSpark) as refused, opened("nonsense"):
        pass
    assert "'nonsense'" in str(refused.value)
    assert "spark://HOST:PORT" in str(refused.value.accepted)
