"""Views made anew while they are read and written, and by a process that may die on the way."""

import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from projections.catalogue import projections
from projections.rebuild import NoSuchProjection, RebuildUnderWay, check, rebuild
from projections.rebuilding import NeverFree
from projections.views import Views
from projections.worker import Worker
from tests.projections.following import execute, keep_up, poison, rows
from tests.store.opened import annulment, sandbox, violation

ROOT = Path(__file__).resolve().parents[2]
VIEWS = len(projections())
START = parse_instant("2026-03-01T00:00:00Z")


def record(ledger: Ledger, *numbers: int) -> None:
    for number in numbers:
        told = violation(f"s-{number % 7}", f"v-{number}", "medicines")
        ledger.handle(told, "svc")


def one(dsn: str, query: str) -> Any:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def schemas(dsn: str) -> int:
    return one(dsn, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'rebuild%'")


def indexes(dsn: str) -> list[dict[str, Any]]:
    return rows(dsn, "pg_indexes WHERE schemaname = 'public'", "tablename, indexname")


def test_rows_that_facts_do_not_give_are_told_and_mended(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, *range(20))
        ledger.handle(annulment("s-1", "v-1"), "ann")
        keep_up(dsn, ledger.clock)
        before = {table: rows(dsn, table) for table in ("sellers", "violations", "fact_kinds")}
        shape = indexes(dsn)
        assert check(dsn, ledger.clock) == []

        execute(dsn, "UPDATE sellers SET points = 99 WHERE seller_id = 's-2'")
        execute(dsn, "DELETE FROM violations WHERE violation_id = 'v-3'")
        execute(dsn, "INSERT INTO fact_kinds VALUES ('made-up.v1', 0)")
        told = {row.table: row for row in check(dsn, ledger.clock)}
        assert set(told) == {"sellers", "violations", "fact_kinds"}
        assert told["sellers"].key == {"seller_id": "s-2"}
        assert (told["sellers"].live or {})["points"] == 99
        assert (told["sellers"].rebuilt or {})["points"] == 18
        assert told["violations"].live is None
        assert told["fact_kinds"].rebuilt is None

        assert [row.parked for row in rebuild(dsn, ledger.clock)] == [0] * VIEWS
        assert {table: rows(dsn, table) for table in before} == before
        assert indexes(dsn) == shape
        assert check(dsn, ledger.clock) == []
        assert schemas(dsn) == 0


def test_readers_and_writers_go_on_while_views_are_rebuilt_again_and_again(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        worker, done = Worker(dsn, projections(), ledger.clock), threading.Event()
        views = Views(ledger.reader, projections())
        failed: list[BaseException] = []
        read = written = 0

        def write() -> None:
            nonlocal written
            while not done.is_set():
                record(ledger, written)
                written += 1

        def look() -> None:
            nonlocal read
            try:
                while not done.is_set():
                    with views.snapshot(["violations", "sellers"]) as seen:
                        # What a snapshot says of itself: all facts up to its position, seen alike.
                        seen.cursor.execute("SELECT count(*) FROM violations")
                        count = (seen.cursor.fetchone() or (0,))[0]
                        seen.cursor.execute(
                            "SELECT count(*) FROM stored_events WHERE topic LIKE 'violation-r%%' "
                            "AND notification_id <= (SELECT position FROM projection "
                            "WHERE name = 'violations')"
                        )
                        assert seen.cursor.fetchone() == (count,)
                        read += 1
            except BaseException as failure:  # noqa: BLE001 - told by the test
                failed.append(failure)

        worker.start()
        while one(dsn, "SELECT count(*) FROM projection WHERE position > 0") < VIEWS:
            time.sleep(0.02)
        threads = [threading.Thread(target=work) for work in (write, look)]
        for thread in threads:
            thread.start()
        for _ in range(2):
            rebuild(dsn, ledger.clock)
            assert check(dsn, ledger.clock) == []
        done.set()
        for thread in threads:
            thread.join()
        worker.stop()
        assert failed == []
        assert read > 5 and written > 5
        keep_up(dsn, ledger.clock)
        assert check(dsn, ledger.clock) == []


def test_views_and_grants_upon_the_tables_survive_a_rebuild(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, 1, 2)
        keep_up(dsn, ledger.clock)
        execute(
            dsn,
            "CREATE SCHEMA onlooking;"
            "CREATE VIEW onlooking.pointed AS SELECT seller_id, points FROM sellers;"
            "CREATE VIEW onlooking.highest AS SELECT max(points) AS most FROM onlooking.pointed;"
            "COMMENT ON VIEW onlooking.highest IS 'The most points that a seller has';"
            "COMMENT ON COLUMN onlooking.pointed.points IS 'What counts now';"
            "GRANT SELECT ON onlooking.highest, sellers TO PUBLIC",
        )
        seen = "SELECT string_agg(relname || relacl::text, ' ' ORDER BY relname) FROM pg_class c"
        seen += " WHERE relname IN ('sellers', 'pointed', 'highest')"
        before = one(dsn, seen)
        rebuild(dsn, ledger.clock, ["sellers"])
        assert one(dsn, seen) == before
        assert one(dsn, "SELECT most FROM onlooking.highest") == 6
        said = one(dsn, "SELECT obj_description('onlooking.highest'::regclass)")
        assert said == "The most points that a seller has"
        said = one(dsn, "SELECT col_description('onlooking.pointed'::regclass, 2)")
        assert said == "What counts now"


def test_a_view_of_an_analyst_stays_the_analysts(dsn: str) -> None:
    """Made again as the ledger's own, it would show its reader what only the ledger may read."""
    analyst = f"analyst_{uuid.uuid4().hex[:8]}"
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, 1)
        keep_up(dsn, ledger.clock)
        execute(
            dsn,
            f"CREATE ROLE {analyst}; CREATE SCHEMA analysis AUTHORIZATION {analyst};"
            f"GRANT SELECT ON sellers TO {analyst}; SET ROLE {analyst};"
            "CREATE VIEW analysis.pointed AS SELECT seller_id, points FROM sellers;"
            "CREATE VIEW analysis.keys AS SELECT k.key FROM sellers JOIN seller_key k"
            " USING (seller_id)",
        )
        rebuild(dsn, ledger.clock, ["sellers"])
        execute(dsn, f"SET ROLE {analyst}; SELECT * FROM analysis.pointed")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(dsn, f"SET ROLE {analyst}; SELECT * FROM analysis.keys")
        execute(dsn, f"DROP OWNED BY {analyst}; DROP ROLE {analyst}")


def test_a_long_read_of_the_old_rows_is_let_through(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.rebuilding.TRIES", 2)
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, 1, 2)
        keep_up(dsn, ledger.clock)
        with psycopg.connect(dsn) as reader:
            reader.execute("SELECT FROM sellers")
            with pytest.raises(NeverFree, match="tries again"):
                rebuild(dsn, ledger.clock, ["sellers"])
            assert schemas(dsn) == 1
        assert one(dsn, "SELECT generation FROM projection WHERE name = 'sellers'") == 2
        rebuild(dsn, ledger.clock, ["sellers"])
        assert one(dsn, "SELECT generation FROM projection WHERE name = 'sellers'") == 3
        assert schemas(dsn) == 0


def test_one_rebuild_of_a_projection_at_a_time(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        with psycopg.connect(dsn) as other:
            other.execute("SELECT pg_advisory_lock(5120206, hashtext('sellers'))")
            with pytest.raises(RebuildUnderWay, match="sellers is being rebuilt"):
                rebuild(dsn, ledger.clock)
            assert len(rebuild(dsn, ledger.clock, ["freezes"])) == 1
        with pytest.raises(NoSuchProjection) as refused:
            rebuild(dsn, ledger.clock, ["slelers"])
        assert "sellers" in (refused.value.accepted or "")


KILLED = """
import os, sys
from ledger.store.clocks import SandboxClock
import projections.beside, projections.rebuild as work, projections.rebuilding
projections.beside.AT_ONCE = projections.rebuilding.AT_ONCE = 10
left = int(sys.argv[2])
def watch(done, of):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), 9)
if len(sys.argv) > 3:
    projections.beside.Beside.make_indexes = lambda self: os.kill(os.getpid(), 9)
work.rebuild(sys.argv[1], SandboxClock(), (), watch)
"""


@pytest.mark.parametrize("kill_at", [[1, 5], [8, 4], ["0", "indexes"]])
def test_a_rebuild_that_is_killed_goes_on_where_it_stopped(dsn: str, kill_at: list[Any]) -> None:
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.move_clock(START)
        record(ledger, *range(40))
        keep_up(dsn, ledger.clock)
        live = rows(dsn, "sellers")
        rounds = [kill_at] if "indexes" in kill_at else [[str(left)] for left in kill_at]
        for words in rounds:
            killed = subprocess.run(
                [sys.executable, "-c", KILLED, dsn, *words], cwd=ROOT, check=False, timeout=60
            )
            assert killed.returncode == -signal.SIGKILL
            assert rows(dsn, "sellers") == live
            # Written between two tries: taken by the next.
            record(ledger, 40 + int(one(dsn, "SELECT count(*) FROM violations")))
            keep_up(dsn, ledger.clock)
            live = rows(dsn, "sellers")
        begun = one(dsn, "SELECT count(*) FROM projection WHERE name LIKE '%.rebuild'")
        assert begun == VIEWS
        seen: list[int] = []
        rebuild(dsn, ledger.clock, (), lambda done, of: seen.append(done))
        assert seen[0] > 10
        assert rows(dsn, "sellers") == live
        assert check(dsn, ledger.clock) == []
        assert schemas(dsn) == 0


def test_a_rebuild_without_a_server_makes_what_was_never_there(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, *range(9))
        poison(dsn, "x")
        assert {row.parked for row in rebuild(dsn, ledger.clock)} == {1}
        keep_up(dsn, ledger.clock)
        assert check(dsn, ledger.clock) == []
        assert one(dsn, "SELECT count(*) FROM sellers") == 7
        assert one(dsn, "SELECT count(*) FROM projection") == VIEWS


def test_a_stream_longer_than_a_stretch_is_taken_whole(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.beside.AT_ONCE", 5)
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, *range(0, 140, 7), 1, 2, 3)
        keep_up(dsn, ledger.clock)
        assert check(dsn, ledger.clock) == []
        rebuild(dsn, ledger.clock, ["sellers"])
        assert one(dsn, "SELECT points FROM sellers WHERE seller_id = 's-0'") == 120
