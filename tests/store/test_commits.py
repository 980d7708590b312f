"""Commits whose answer is lost, connections that break, a database that goes away and
comes back.
"""

import time
from collections.abc import Iterator

import psycopg
import pytest

from ledger.ledger import Ledger
from ledger.store import journal
from ledger.store.arrays import many_bytes, numbers, texts
from ledger.store.refusals import NotSettled, Unavailable
from ledger.taking.requests import Receipt, Request
from tests.store.faults import Line
from tests.store.opened import assert_dense, log_rows, opened, system_now, violation


@pytest.fixture
def line(dsn: str) -> Iterator[Line]:
    with Line(dsn) as made:
        yield made


@pytest.fixture
def ledger(line: Line) -> Iterator[Ledger]:
    with opened(line.dsn) as made:
        yield made


def told(dsn: str, seller: str) -> int:
    """How many facts the seller's stream has."""
    return sum(stream == f"seller-{seller}" for stream, _, _, _ in log_rows(dsn))


def test_a_commit_whose_answer_is_lost_is_looked_up(dsn: str, line: Line, ledger: Ledger) -> None:
    for number in range(5):
        line.fault = "answer of a commit is lost"
        answer = ledger.handle(violation("s", f"v-{number}", points=0), "svc")
        assert line.struck.is_set()
        line.struck.clear()
        assert not answer.replayed
        assert answer.seller == ledger.reader.seller("s")
    assert told(dsn, "s") == 5
    assert_dense(dsn)


def test_a_commit_that_never_arrived_is_tried_again(dsn: str, line: Line, ledger: Ledger) -> None:
    line.fault = "commit is lost"
    answer = ledger.handle(violation("s", "v"), "svc")
    assert line.struck.is_set()
    assert answer.seller.version == told(dsn, "s") == 1
    assert_dense(dsn)


def test_a_batch_whose_answer_is_lost_answers_each(dsn: str, line: Line, ledger: Ledger) -> None:
    line.fault = "answer of a commit is lost"
    asked = [Request(violation(f"s-{n}", "v"), "svc") for n in range(50)]
    outcomes = ledger.clerk.submit(asked).result()
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert [told(dsn, f"s-{n}") for n in range(50)] == [1] * 50
    assert_dense(dsn)


@pytest.mark.parametrize("landed", [True, False])
def test_where_nobody_can_say_nothing_is_claimed_and_nothing_doubled(
    dsn: str, line: Line, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    monkeypatch.setattr(journal, "LOOK_AGAIN_AFTER_S", (0.01, 0.01))
    line.then_away = True
    line.fault = "answer of a commit is lost" if landed else "commit is lost"
    with pytest.raises(Unavailable, match="ask again with the same id"):
        ledger.handle(violation("s", "v"), "svc")
    line.fault = "none"
    answer = ledger.handle(violation("s", "v"), "svc")
    assert answer.replayed == landed
    assert told(dsn, "s") == 1
    assert_dense(dsn)


def test_a_commit_still_under_way_is_waited_for(dsn: str, ledger: Ledger, line: Line) -> None:
    """The connection breaks while the server is deciding; the lookup must not overtake it."""
    slow_commits(dsn, seconds=0.5)
    line.fault = "answer of a commit is lost"
    answer = ledger.handle(violation("s", "v"), "svc")
    assert not answer.replayed
    assert told(dsn, "s") == 1
    assert_dense(dsn)


def test_a_commit_refused_by_the_database_is_not_acknowledged(dsn: str, ledger: Ledger) -> None:
    at_commit(dsn, "RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'")
    with pytest.raises(psycopg.errors.CheckViolation):
        ledger.handle(violation("s", "v"), "svc")
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TRIGGER at_commit ON stored_events")
    assert ledger.reader.seller("s").version == 0
    assert ledger.handle(violation("s", "v"), "svc").seller.version == 1
    assert_dense(dsn)


def test_service_resumes_by_itself(dsn: str, line: Line, ledger: Ledger) -> None:
    ledger.handle(violation("s", "v-1"), "svc")
    line.leave()
    started = time.monotonic()
    with pytest.raises(Unavailable):
        ledger.handle(violation("s", "v-2"), "svc")
    assert time.monotonic() - started < 5
    assert ledger.standing("s").position == ledger.memory.head.last_position  # from memory
    with pytest.raises(Unavailable):
        ledger.standing("never-read")
    line.fault = "none"
    assert ledger.handle(violation("s", "v-2"), "svc").seller.version == 2
    assert until(lambda: ledger.reader.seller("never-read").version == 0)
    assert_dense(dsn)


def until(holds: object, seconds: float = 10) -> bool:
    """Whether something comes to hold; a database that is away is waited for."""
    assert callable(holds)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return True
        except Unavailable:
            pass
        time.sleep(0.02)
    return False


def test_a_later_writer_waits_for_a_held_commit(dsn: str, ledger: Ledger) -> None:
    with opened(dsn) as other:
        slow_commits(dsn, seconds=0.4)
        first = ledger.clerk.submit([Request(violation("s", "v-1"), "svc")])
        time.sleep(0.1)
        second = other.clerk.submit([Request(violation("s", "v-2"), "svc")])
        one, two = first.result()[0], second.result()[0]
        assert isinstance(one, Receipt)
        assert isinstance(two, Receipt)
        assert two.facts[0].position == one.facts[-1].position + 1
        assert two.seller.version == 2
        assert two.facts[0].fact.recorded_at > one.facts[0].fact.recorded_at
    assert_dense(dsn)


def test_what_may_still_change_waits_a_second_and_then_says_so(dsn: str, ledger: Ledger) -> None:
    slow_commits(dsn, seconds=2)
    writing = ledger.clerk.submit([Request(violation("s", "v"), "svc")])
    time.sleep(0.2)
    asked, started = system_now(), time.monotonic()
    with pytest.raises(NotSettled):
        ledger.standing("s", known_at=asked)
    assert 0.9 < time.monotonic() - started < 1.7
    receipt = writing.result()[0]
    assert isinstance(receipt, Receipt)
    assert receipt.facts[0].fact.recorded_at < asked
    assert ledger.standing("s", known_at=asked).position == receipt.facts[0].position


def test_a_short_wait_for_a_write_under_way_is_an_answer(dsn: str, ledger: Ledger) -> None:
    slow_commits(dsn, seconds=0.5)
    writing = ledger.clerk.submit([Request(violation("s", "v"), "svc")])
    time.sleep(0.1)
    found = ledger.standing("s", known_at=system_now())
    receipt = writing.result()[0]
    assert isinstance(receipt, Receipt)
    assert found.position == receipt.facts[0].position


def slow_commits(dsn: str, seconds: float) -> None:
    """Every commit of facts takes its time from now on."""
    at_commit(dsn, f"PERFORM pg_sleep({seconds})")


def at_commit(dsn: str, statement: str) -> None:
    body = f"BEGIN {statement}; RETURN NULL; END"
    with psycopg.connect(dsn) as connection:
        connection.execute(
            f"CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"  # type: ignore[arg-type]
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON stored_events "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
        )


def test_a_transaction_of_many_megabytes_goes_through(dsn: str) -> None:
    """Sockets hold some hundred kilobytes. Whoever sends more has to read and send by turns, or
    client and server wait for each other for ever.
    """
    text = "a long story " * 380
    with opened(dsn) as ledger:
        # Facts that come with texts, and sellers read in between, so that answers are under way.
        waiting = [
            ledger.clerk.submit(
                [
                    Request(
                        violation(f"s-{n % 7}", f"v-{part}-{n}", points=0, statement=text), "svc"
                    )
                    for n in range(1_000)
                ]
            )
            for part in range(4)
        ]
        for done in waiting:
            outcomes = done.result(timeout=60)
            assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert assert_dense(dsn) > 4_000


def test_packed_columns_are_what_the_database_reads(dsn: str) -> None:
    words, values = ["", "seller-s", "ü" * 600, "x" * 1_023, "y" * 1_024], [0, -1, 1 << 62]
    raw = [b"", b"\0\xff", b"z" * 5_000]
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT %b::text[], %b::int8[], %b::bytea[], cardinality(%b::text[])",
            (texts(words), numbers(values), many_bytes(raw), texts([])),
        ).fetchone()
    assert row == (words, values, raw, 0)
