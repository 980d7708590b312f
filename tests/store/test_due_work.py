"""What falls due is true at its instant, and recorded once, dated exactly, by any workers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from ledger.facts.instants import DAY_US, parse_instant
from ledger.ledger import Ledger
from ledger.standing.seller import ENGINE_VERSION
from ledger.store import agenda
from ledger.store.loading import StoredFact
from ledger.store.turn import Turn
from ledger.taking.due import take_due
from ledger.taking.requests import Request
from tests.store.opened import assert_dense, opened, sandbox, violation
from tests.store.test_clocks import Hands

START = parse_instant("2026-03-01T00:00:00Z")
DUE = ("violation-expired", "sanction-ended", "funds-released")


def due_facts(ledger: Ledger) -> list[StoredFact]:
    return ledger.reader.facts(0, 100_000, to=1 << 60, kinds=DUE)


def suspended(ledger: Ledger, seller: str) -> None:
    """Two violations that suspend: 2 expiries and a release to come."""
    for number in range(2):
        ledger.handle(violation(seller, f"v-{number}", "weapons"), "svc")


def test_a_jump_of_a_year_records_everything_at_its_instant_in_order_once(dsn: str) -> None:
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.move_clock(START)
        for day in range(12):
            ledger.handle(violation(f"s-{day % 5}", f"v-{day}", points=6), "svc")
            ledger.move_clock(START + (day + 1) * DAY_US)
        ledger.move_clock(START + 800 * DAY_US)
        found = due_facts(ledger)
        assert sum(f.name == "violation-expired.v1" for f in found) == 12
        assert sum(f.name == "sanction-ended.v1" for f in found) >= 5
        at = [f.fact.effective_at for f in found]  # type: ignore[union-attr]
        assert at == sorted(at) == [f.fact.recorded_at for f in found]
        assert len({(f.name, f.stream, f.fact.caused_by) for f in found}) == len(found)
        expiries = [f for f in found if f.name == "violation-expired.v1"]
        assert [f.fact.recorded_at for f in expiries] == [
            START + (365 + day) * DAY_US for day in range(12)
        ]
        ledger.move_clock(START + 900 * DAY_US)
        assert len(due_facts(ledger)) == len(found)
    assert_dense(dsn)


def test_more_than_one_transaction_of_due_work(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.ledger.DUE_AT_ONCE", 7)
    monkeypatch.setattr(agenda, "LOOK_AHEAD", 3)
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        asked = [Request(violation(f"s-{n:02}", "v"), "svc") for n in range(40)]
        ledger.clerk.submit(asked).result()
        ledger.move_clock(START + 365 * DAY_US)
        found = due_facts(ledger)
        assert [f.stream for f in found] == [f"seller-s-{n:02}" for n in range(40)]
        assert {f.fact.recorded_at for f in found} == {START + 365 * DAY_US}


def test_what_falls_due_is_true_before_it_is_recorded(dsn: str) -> None:
    clock = Hands(START)
    with opened(dsn, now=clock) as ledger:
        suspended(ledger, "s")
        assert not ledger.standing("s").can_withdraw
        clock.at = START + 181 * DAY_US
        assert ledger.standing("s").can_withdraw
        assert ledger.standing("s").status == "suspended"
        clock.at = START + 366 * DAY_US
        assert ledger.standing("s").buckets[0].value == 0
        before = ledger.standing("s")
        assert ledger.record_due() == 3
        after = ledger.standing("s")
        assert (after.buckets, after.freezes, after.status) == (
            before.buckets,
            before.freezes,
            before.status,
        )
        assert ledger.record_due() == 0
        assert [f.fact.effective_at - START for f in due_facts(ledger)] == [  # type: ignore[union-attr]
            180 * DAY_US + 1,
            365 * DAY_US,
            365 * DAY_US + 1,
        ]


def test_four_workers_record_everything_once_at_exact_instants(dsn: str) -> None:
    clock = Hands(START)
    with ExitStack() as stack:
        workers = [stack.enter_context(opened(dsn, now=clock)) for _ in range(4)]
        for number in range(30):
            clock.at = START + number
            suspended(workers[number % 4], f"s-{number}")
        clock.at = START + 400 * DAY_US
        with ThreadPoolExecutor(4) as threads:
            recorded = sum(threads.map(record_all, workers))
        found = due_facts(workers[0])
        assert recorded == len(found) == 90
        assert len({(f.stream, f.fact.caused_by) for f in found}) == 90
        for stored in found:
            assert stored.fact.caused_by is not None
            version = int(stored.fact.caused_by.rpartition(".")[2])
            cause = workers[0].reader.fact(stored.stream, version)
            assert cause is not None
            ends = getattr(cause.fact, "lapses_at", None) or cause.fact.ends_at  # type: ignore[union-attr]
            assert stored.fact.effective_at == ends  # type: ignore[union-attr]
    assert_dense(dsn)


def record_all(ledger: Ledger) -> int:
    total = 0
    while recorded := ledger.record_due():
        total += recorded
    return total


def test_a_violation_that_lapsed_before_it_was_found_expires_in_its_own_append(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        told = ledger.handle(violation("s", "v", effective_at="2024-01-01T00:00:00Z"), "svc")
        assert [type(f.fact).__name__ for f in told.facts] == [
            "ViolationRecorded",
            "ViolationExpired",
        ]
        ledger.move_clock(START + DAY_US)
        assert len(due_facts(ledger)) == 1


def test_what_falls_due_among_requests_of_one_transaction_is_not_missed(dsn: str) -> None:
    """A seller changed by a request of the same transaction is looked at as it stands now."""
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(violation("s", "v-1"), "svc")
        lapse = START + 365 * DAY_US

        def work(turn: Turn) -> list[object]:
            turn.load(["s"])
            turn.append("s", [])
            return [take_due(turn, lapse, 10, dated=True)]

        assert ledger.clerk.submit_work(work, 1).result() == [1]  # type: ignore[arg-type]
        assert [f.fact.recorded_at for f in due_facts(ledger)] == [lapse]


def test_a_memo_of_another_engine_does_not_hide_what_falls_due(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(violation("s", "v"), "svc")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE seller_state SET engine_version = 0, next_due_at = 0, state = ''"
        )
    with sandbox(dsn) as ledger:
        ledger.move_clock(START + 365 * DAY_US)
        assert [f.fact.recorded_at for f in due_facts(ledger)] == [START + 365 * DAY_US]


def test_a_memo_that_is_looked_at_for_due_work_is_written_anew(dsn: str) -> None:
    """Else whoever records what falls due would derive it again, twice a second."""
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(violation("s", "v"), "svc")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE seller_state SET engine_version = 0, next_due_at = 0, state = ''"
        )
    with sandbox(dsn) as ledger:
        assert ledger.record_due() == 0
    with psycopg.connect(dsn) as connection:
        kept = connection.execute("SELECT next_due_at, engine_version FROM seller_state").fetchall()
    assert kept == [(START + 365 * DAY_US, ENGINE_VERSION)]


def test_one_unreadable_fact_holds_up_what_is_due_of_its_seller_alone(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        for seller in ("s-1", "s-2", "s-3"):
            ledger.handle(violation(seller, "v"), "svc")
        with psycopg.connect(dsn) as connection:
            connection.execute(
                "INSERT INTO stored_events SELECT next_position, 2, 'seller-s-2', 'lost.v9', '{}'"
                " FROM log_head"
            )
            connection.execute("UPDATE log_head SET next_position = next_position + 1")
    with sandbox(dsn) as ledger:
        ledger.move_clock(START + 365 * DAY_US)
        with psycopg.connect(dsn) as connection:
            expired = connection.execute(
                "SELECT originator_id FROM stored_events WHERE topic = 'violation-expired.v1'"
            ).fetchall()
        assert sorted(expired) == [("seller-s-1",), ("seller-s-3",)]
