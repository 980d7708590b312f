"""One owner follows the log for a view; when it dies the next one goes on, notified or not."""

import time
from collections.abc import Callable

import psycopg
import pytest
import structlog

from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from projections.catalogue import projections
from projections.rebuild import check
from projections.runner import Runner
from projections.taking import Taking
from projections.views import Views
from projections.worker import Worker
from tests.projections.following import NAMES, catch_up, execute, following, poison, rows
from tests.store.opened import sandbox, violation

START = parse_instant("2026-03-01T00:00:00Z")


def record(ledger: Ledger, seller: str, number: int) -> None:
    ledger.handle(violation(seller, f"v-{number}", "medicines"), "svc")


def until(done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def positions(dsn: str) -> set[int]:
    """Where the views stand; one that was never made stands nowhere."""
    there = {row["name"]: row["position"] for row in rows(dsn, "projection")}
    return {there.get(projection.name, 0) for projection in projections()}


def kill(dsn: str, application: str) -> None:
    """End a session as an administrator would, or a network."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = %s AND datname = current_database()",
            (application,),
        )


def test_the_lease_passes_on_when_its_owner_dies(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, "a", 1)
        with following(dsn, ledger.clock) as second:
            with following(dsn, ledger.clock) as first:
                catch_up(first)
                assert second.step() is False
                assert second.positions() == {}
                record(ledger, "a", 2)
                first.step()
            record(ledger, "b", 3)
            until(lambda: second.step() or len(second.positions()) == len(NAMES))
            catch_up(second)
        assert positions(dsn) == {ledger.reader.head().last_position}
        assert check(dsn, ledger.clock) == []


def test_two_processes_that_start_at_once_make_the_tables_once(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, "a", 1)
        workers = [Worker(dsn, projections(), ledger.clock) for _ in range(3)]
        for worker in workers:
            worker.start()
        last = ledger.reader.head().last_position
        until(lambda: positions(dsn) == {last} and len(rows(dsn, "projection")) == len(NAMES))
        for worker in workers:
            worker.stop()
        assert {row["generation"] for row in rows(dsn, "projection")} == {2}


def test_a_worker_goes_on_after_its_session_is_ended(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        worker = Worker(dsn, projections(), ledger.clock)
        worker.start()
        try:
            for number in range(4):
                record(ledger, "a", number)
                last = ledger.reader.head().last_position
                until(lambda last=last: positions(dsn) == {last})
                kill(dsn, "seller-ledger views")
        finally:
            worker.stop()
        assert check(dsn, ledger.clock) == []


def test_no_notification_is_needed(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        worker = Worker(dsn, projections(), ledger.clock)
        worker.start()
        try:
            until(lambda: positions(dsn) == {ledger.reader.head().last_position})
            # Written behind everybody's back: nobody is told.
            last = poison(dsn, "a")
            until(lambda: positions(dsn) == {last})
        finally:
            worker.stop()


def test_a_gap_is_told_and_not_tried_without_pause(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        record(ledger, "a", 1)
        last = ledger.reader.head().last_position
        execute(dsn, f"DELETE FROM stored_events WHERE notification_id = {last - 1}")
    worker = Worker(dsn, projections(), ledger.clock)
    with structlog.testing.capture_logs() as logs:
        worker.start()
        time.sleep(1.0)
        worker._stopping.set()
        worker.stop()
    told = [line for line in logs if line["event"].startswith("the log has a gap")]
    assert len(told) == 1
    assert f"position {last - 1} is missing" in told[0]["gap"]


def test_rows_of_another_version_begin_again_and_are_nowhere_meanwhile(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        for number in range(6):
            record(ledger, "a", number)
        old = projections()
        with following(dsn, ledger.clock) as runner:
            catch_up(runner)
        last = ledger.reader.head().last_position
        views = Views(ledger.reader, old)
        assert views.behind(views.names, last, ledger.now()) is None

        monkeypatch.setattr("projections.sellers.Sellers.version", "2")
        newer = Views(ledger.reader, projections())
        assert newer.behind(newer.names, last, None) == f"the view sellers is at 0 of {last}"
        upgraded = Runner(dsn, projections(), ledger.clock, 2)
        try:
            upgraded.step()
            assert newer.behind(["sellers"], last, None) == f"the view sellers is at 2 of {last}"
            assert views.behind(["sellers"], last, None) == f"the view sellers is at 0 of {last}"
            catch_up(upgraded)
        finally:
            upgraded.close()
        assert newer.behind(newer.names, last, ledger.now()) is None
        assert check(dsn, ledger.clock) == []


def test_an_owner_leaves_rows_that_another_version_has_made(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        record(ledger, "a", 1)
        catch_up(runner)
        execute(dsn, "UPDATE projection SET version = 'newer' WHERE name = 'sellers'")
        before = rows(dsn, "sellers")
        record(ledger, "a", 2)
        catch_up(runner)
        assert rows(dsn, "sellers") == before
        assert "sellers" not in runner.positions()
        found = {row["name"]: row for row in rows(dsn, "projection")}
        assert found["sellers"]["version"] == "newer"
        assert found["violations"]["position"] == ledger.reader.head().last_position
        with psycopg.connect(dsn) as other:
            row = other.execute(
                "SELECT pg_try_advisory_lock(5120205, hashtext('sellers'))"
            ).fetchone()
        assert row == (True,)


def test_a_generation_raised_by_others_voids_what_is_remembered(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        record(ledger, "a", 1)
        catch_up(runner)
        taking = next(t for t in runner._takings if t.name == "sellers")
        assert taking.projection._known  # type: ignore[attr-defined]
        execute(dsn, "UPDATE projection SET generation = generation + 1")
        with runner.connection.transaction(), runner.connection.cursor() as cursor:
            taking.locked(cursor)
        assert not taking.projection._known  # type: ignore[attr-defined]
        assert isinstance(taking, Taking)


def test_a_row_held_too_long_rests_one_view_and_keeps_the_connection(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.runner.OPTIONS", "-c lock_timeout=100ms")
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        record(ledger, "a", 1)
        catch_up(runner)
        with psycopg.connect(dsn) as held:
            held.execute("SELECT FROM projection WHERE name = 'sellers' FOR UPDATE")
            record(ledger, "a", 2)
            catch_up(runner)
            last = ledger.reader.head().last_position
            reached = {row["name"] for row in rows(dsn, "projection") if row["position"] == last}
            assert reached == {name for name in NAMES if name != "sellers"}
        runner._rests_until.clear()
        catch_up(runner)
        assert positions(dsn) == {last}
