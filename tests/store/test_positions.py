"""Positions are dense whatever happens: rollbacks, refusals, failed work, connections that die."""

from concurrent.futures import CancelledError
from threading import Event
from typing import Any

import psycopg
import pytest

from ledger.decide.refusals import UnknownViolation
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.store import turn as turn_module
from ledger.store.refusals import Unavailable
from ledger.store.turn import Turn
from ledger.taking.requests import Receipt, Request
from tests.store.opened import annulment, assert_dense, log_rows, opened, violation

WRITERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'seller-ledger writer'"


def fails(turn: Turn) -> list[object]:
    """Work that has appended already when it finds that it cannot go on."""
    turn.load(["s-lost"])
    turn.append("s-lost", [])
    raise ZeroDivisionError


def kill_writer(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            f"SELECT pg_terminate_backend(pid) FROM ({WRITERS}) AS w"  # type: ignore[arg-type]
            " WHERE pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
        )


def test_refusals_take_no_position(dsn: str) -> None:
    with opened(dsn) as ledger:
        asked = [
            Request(violation("s", "v-1"), "svc"),
            Request(annulment("s", "no such"), "svc"),
            Request(violation("s", "v-2", "no-such-rule"), "svc"),
            Request(violation("s", "v-3"), "svc"),
        ]
        first, unknown, malformed, last = ledger.clerk.submit(asked).result()
        assert isinstance(unknown, UnknownViolation)
        assert isinstance(malformed, Refusal)
        assert isinstance(first, Receipt)
        assert isinstance(last, Receipt)
        assert last.facts[0].position == first.facts[0].position + 1
    assert_dense(dsn)


def test_a_refusal_leaves_nothing_of_a_seller_behind(dsn: str) -> None:
    with opened(dsn) as ledger:
        before = log_rows(dsn)
        with pytest.raises(Refusal):
            ledger.handle(violation("nobody", "v", "no-such-rule"), "svc")
        assert log_rows(dsn) == before
        assert ledger.reader.seller("nobody").version == 0
        ledger.handle(violation("nobody", "v"), "svc")
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM seller_key").fetchone() == (1,)
    assert_dense(dsn)


def test_requests_that_wait_together_are_looked_up_together(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sellers that are not remembered cost two questions for all requests, and not for each."""
    asked: list[int] = []
    load = turn_module.load_sellers

    def counted(cursor: Any, sellers: Any) -> Any:
        asked.append(len(sellers))
        return load(cursor, sellers)

    with opened(dsn) as ledger:
        monkeypatch.setattr(turn_module, "load_sellers", counted)
        held = Event()
        ledger.clerk.submit_work(lambda turn: (held.wait(5) and []) or [], 1)
        waiting = [
            ledger.clerk.submit([Request(violation(f"s-{n % 30}", f"v-{n}"), "svc", f"k-{n % 40}")])
            for n in range(60)
        ]
        held.set()
        outcomes = [done.result(5)[0] for done in waiting]
    assert asked == [30]
    assert [isinstance(outcome, Receipt) for outcome in outcomes] == [True] * 40 + [False] * 20
    assert_dense(dsn)


def test_work_that_fails_gives_its_positions_back_and_spares_its_neighbours(dsn: str) -> None:
    with opened(dsn) as ledger:
        held = hold_the_clerk(ledger)
        good = ledger.clerk.submit([Request(violation("s", "v-1"), "svc")])
        bad = ledger.clerk.submit_work(fails, 1)  # type: ignore[arg-type]
        other = ledger.clerk.submit([Request(violation("s", "v-2"), "svc")])
        held.close()
        assert isinstance(good.result()[0], Receipt)
        assert isinstance(other.result()[0], Receipt)
        with pytest.raises(ZeroDivisionError):
            bad.result()
    assert_dense(dsn)


def hold_the_clerk(ledger: Ledger) -> "psycopg.Connection[tuple[object]]":
    """Hold the log's lock and keep the clerk waiting for it, so that what follows is one batch."""
    with ledger.reader.cursor() as cursor:
        holder = psycopg.connect(cursor.connection.info.dsn)
    holder.execute("SELECT FROM log_head FOR UPDATE")
    ledger.clerk.submit([Request(violation("held", "v"), "svc")])
    while ledger.clerk.waiting():
        pass
    return holder


def test_who_stops_waiting_does_not_stop_the_clerk(dsn: str) -> None:
    with opened(dsn) as ledger:
        held = hold_the_clerk(ledger)
        gone = ledger.clerk.submit([Request(violation("s", "gone"), "svc")])
        assert gone.cancel()
        held.close()
        assert ledger.handle(violation("s", "v-1"), "svc").seller.version == 1
        with pytest.raises(CancelledError):
            gone.result()
    assert_dense(dsn)


def test_a_writer_whose_connection_is_killed_goes_on(dsn: str) -> None:
    with opened(dsn) as ledger:
        for number in range(20):
            if number % 5 == 0:
                kill_writer(dsn)
            ledger.handle(violation("s", f"v-{number}"), "svc")
        assert ledger.reader.seller("s").version >= 20
    assert_dense(dsn)


def test_a_connection_killed_in_the_middle_of_its_work_is_tried_again(dsn: str) -> None:
    with opened(dsn) as ledger:
        runs: list[int] = []

        def work(turn: Turn) -> list[object]:
            runs.append(turn.head.next_position)
            if len(runs) == 1:
                kill_writer(dsn)
            turn.load(["s"])
            return []

        ledger.clerk.submit_work(work, 1).result()  # type: ignore[arg-type]
        assert runs == [runs[0]] * 2
        ledger.handle(violation("s", "v"), "svc")
    assert_dense(dsn)


def test_a_stopped_ledger_turns_requests_away(dsn: str) -> None:
    with opened(dsn) as ledger:
        pass
    with pytest.raises(Refusal, match="stopping"):
        ledger.handle(violation("s", "v"), "svc")


def test_who_stopped_waiting_does_not_keep_the_clerk_from_ending(dsn: str) -> None:
    with opened(dsn) as ledger:
        ledger.clerk._waiting.put(None)
        ledger.clerk._thread.join()
        gone = ledger.clerk.submit([Request(violation("s", "gone"), "svc")])
        left = ledger.clerk.submit([Request(violation("s", "left"), "svc")])
        assert gone.cancel()
    with pytest.raises(Unavailable, match="stopping"):
        left.result(1)


def test_who_comes_in_the_very_moment_of_ending_is_turned_away(dsn: str) -> None:
    with opened(dsn) as ledger:
        waiting = ledger.clerk._waiting
        put = waiting.put_nowait

        def late(submitted: Any) -> None:
            ledger.clerk.stop()
            put(submitted)

        waiting.put_nowait = late  # type: ignore[method-assign]
        asked = ledger.clerk.submit([Request(violation("s", "v"), "svc")])
        with pytest.raises(Unavailable, match="stopping"):
            asked.result(1)
