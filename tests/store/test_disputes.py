"""A dispute in the database: one append for it and its seller, due work once, repeats and keys."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from ledger.decide.dispute_commands import OpenDispute, Proposal
from ledger.decide.refusals import ToldDifferently
from ledger.disputes.dispute import Dispute
from ledger.facts.disputes import DisputeClosed, DisputeDeadlinePassed, DisputeOutcomeRecorded
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.kinds import from_bytes
from ledger.ledger import Ledger
from ledger.store.loading import StoredFact
from ledger.store.seals import seal_of
from ledger.taking.requests import Receipt, Request
from tests.spec.disputed import accepted, claim, countered, escalated, eur, offer_accepted
from tests.store.faults import Line
from tests.store.opened import assert_dense, log_rows, opened, sandbox, violation
from tests.store.test_clocks import Hands
from tests.store.test_commits import at_commit
from tests.store.test_due_work import record_all

START = parse_instant("2026-01-10T00:00:00Z")
BACK = Proposal(eur("20.00"), True)


def opening(dispute_id: str, **other: Any) -> OpenDispute:
    return claim(dispute_id=dispute_id, **other)


def streams(dsn: str) -> list[str]:
    """The streams of the log in its order, the packs' apart."""
    return [stream for stream, _, _, _ in log_rows(dsn) if not stream.startswith("policy")]


@pytest.fixture
def line(dsn: str) -> Iterator[Line]:
    with Line(dsn) as made:
        yield made


def test_an_outcome_stands_on_both_streams_in_one_append(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(opening("d-1"), "svc")
        answer = ledger.handle(accepted(), "svc")
        assert [(f.stream, f.version, f.position) for f in answer.facts] == [
            ("dispute-d-1", 2, 4),
            ("seller-s-1", 1, 5),
            ("dispute-d-1", 3, 6),
        ]
        outcome, closed = answer.facts[1].fact, answer.facts[2].fact
        assert isinstance(outcome, DisputeOutcomeRecorded)
        assert isinstance(closed, DisputeClosed)
        assert closed.outcome == "seller-s-1.1"
        assert outcome.recorded_at == closed.recorded_at
        assert ledger.reader.seller("s-1").version == 1
    assert_dense(dsn)


def test_a_failure_in_between_leaves_neither(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(opening("d-1"), "svc")
        at_commit(
            dsn,
            "IF NEW.topic = 'dispute-closed.v1' THEN RAISE EXCEPTION 'no' "
            "USING ERRCODE = 'check_violation'; END IF",
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            ledger.handle(accepted(), "svc")
        assert streams(dsn) == ["dispute-d-1"]
        known = ledger.dispute("d-1")
        assert known is not None
        assert (known.phase, known.version) == ("awaiting-seller", 1)
        assert ledger.reader.seller("s-1").version == 0
        with psycopg.connect(dsn) as connection:
            connection.execute("DROP TRIGGER at_commit ON stored_events")
        assert not ledger.handle(accepted(), "svc").replayed
    assert streams(dsn) == ["dispute-d-1", "dispute-d-1", "seller-s-1", "dispute-d-1"]
    assert_dense(dsn)


def test_an_append_whose_answer_is_lost_is_looked_up(dsn: str, line: Line) -> None:
    with opened(line.dsn, now=Hands(START)) as ledger:
        ledger.handle(opening("d-1"), "svc")
        line.fault = "answer of a commit is lost"
        answer = ledger.handle(accepted(), "svc")
        assert line.struck.is_set()
        assert not answer.replayed
        assert len(answer.facts) == 3
        assert answer.case == ledger.reader.case("dispute-d-1")
    assert len(streams(dsn)) == 4
    assert_dense(dsn)


def passed(ledger: Ledger) -> list[StoredFact]:
    kinds = ("dispute-deadline-passed",)
    return ledger.reader.facts(0, 100_000, to=1 << 60, kinds=kinds)


def test_two_workers_record_what_fell_due_once_at_exact_instants(dsn: str) -> None:
    clock = Hands(START)
    with ExitStack() as stack:
        workers = [stack.enter_context(opened(dsn, now=clock)) for _ in range(2)]
        opened_at: dict[str, int] = {}
        for number in range(20):
            clock.at = START + number * DAY_US // 100
            told = workers[number % 2].handle(
                opening(f"d-{number}", seller_id=f"s-{number % 3}", requested=BACK), "svc"
            )
            opened_at[f"dispute-d-{number}"] = told.facts[0].fact.recorded_at
        clock.at = START + 100 * DAY_US
        with ThreadPoolExecutor(2) as threads:
            sum(threads.map(record_all, workers))
        found = passed(workers[0])
        due = {(f.stream, f.fact.effective_at) for f in found}  # type: ignore[union-attr]
        assert len(found) == 40
        assert due == {
            (stream, at + days * DAY_US + 1)
            for stream, at in opened_at.items()
            # A return is counted from the last instant of the silence before it.
            for days in (5, 15)
        }
        outcomes = workers[1].reader.facts(
            0, 100_000, to=1 << 60, kinds=("dispute-outcome-recorded",)
        )
        assert len(outcomes) == 20
        for number in range(20):
            dispute = workers[number % 2].reader.case(f"dispute-d-{number}")
            assert isinstance(dispute, Dispute)
            assert (dispute.phase, dispute.times_closed) == ("closed", 1)
        assert [worker.record_due() for worker in workers] == [0, 0]
    assert_dense(dsn)


def test_what_fell_due_is_recorded_before_the_next_request_is_decided(dsn: str) -> None:
    clock = Hands(START)
    with opened(dsn, now=clock) as ledger:
        ledger.handle(opening("d-1"), "svc")
        clock.at = START + 6 * DAY_US
        (refusal,) = ledger.clerk.submit([Request(accepted(), "svc")]).result()
        assert "was closed at 2026-01-15T00:00:00.000001Z" in str(refusal)
        (found,) = passed(ledger)
        assert isinstance(found.fact, DisputeDeadlinePassed)
        assert found.fact.effective_at == START + 5 * DAY_US + 1
        assert found.fact.recorded_at >= clock.at
        assert ledger.record_due() == 0
    assert_dense(dsn)


def test_a_jump_records_each_due_fact_at_its_instant_in_order(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        for number in range(3):
            ledger.handle(opening(f"d-{number}", requested=BACK), "svc")
            ledger.move_clock(START + (number + 1) * DAY_US)
        ledger.move_clock(START + 60 * DAY_US)
        found = passed(ledger)
        at = [f.fact.effective_at for f in found]  # type: ignore[union-attr]
        assert at == sorted(at) == [f.fact.recorded_at for f in found]
        assert len(found) == 6
    assert_dense(dsn)


def test_a_key_used_for_a_seller_is_no_disputes_and_the_other_way_round(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(violation("s-1", "v-1"), "svc", "k-1")
        ledger.handle(opening("d-1"), "svc", "k-2")
        for command, key, field in (
            (opening("d-2"), "k-1", "command"),
            (violation("s-1", "v-2"), "k-2", "command"),
            (opening("d-2"), "k-2", "dispute_id"),
            (countered(), "k-2", "command"),
            (opening("d-1", buyer_id="b-9"), "k-2", "buyer_id"),
        ):
            with pytest.raises(ToldDifferently) as refused:
                ledger.handle(command, "svc", key)
            assert refused.value.field == field
        assert ledger.handle(opening("d-1"), "svc", "k-2").replayed
    assert len(streams(dsn)) == 2


def test_steps_of_one_dispute_in_one_transaction_see_each_other(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        asked = [Request(c, "svc") for c in (opening("d-1"), countered(), countered(), escalated())]
        outcomes = ledger.clerk.submit(asked).result()
        assert [isinstance(o, Receipt) for o in outcomes] == [True, True, False, True]
        found = ledger.dispute("d-1")
        assert found is not None
        assert found.phase == "escalated"
    assert_dense(dsn)


def test_a_seller_of_disputes_alone_has_one_key_in_all_servers(dsn: str) -> None:
    """Another server may have asked of it before, when it was never heard of and had no key."""
    clock = Hands(START)
    with opened(dsn, now=clock) as here, opened(dsn, now=clock) as there:
        assert there.reader.seller("s-1").version == 0
        here.handle(opening("d-1", statement="broken"), "svc")
        there.handle(violation("s-1", "v-1"), "svc")
    with psycopg.connect(dsn) as connection:
        ((key,),) = connection.execute("SELECT key FROM seller_key").fetchall()
        texts = connection.execute(
            "SELECT f.topic, f.state, t.salt, t.body FROM sealed_text t "
            "JOIN stored_events f ON f.notification_id = t.position ORDER BY t.position"
        ).fetchall()
    assert [topic for topic, _, _, _ in texts] == ["dispute-opened.v1", "violation-recorded.v1"]
    for topic, state, salt, body in texts:
        assert from_bytes(topic, state).seal == seal_of(body, salt, key), topic  # type: ignore[union-attr]


def test_one_unreadable_fact_holds_up_what_is_due_of_its_dispute_alone(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        for number in range(1, 4):
            ledger.handle(opening(f"d-{number}", seller_id=f"s-{number}"), "svc")
        ledger.handle(violation("s-4", "v"), "svc")
        with psycopg.connect(dsn) as connection:
            connection.execute(
                "INSERT INTO stored_events SELECT next_position, 2, 'dispute-d-2', 'lost.v9', '{}'"
                " FROM log_head"
            )
            connection.execute("UPDATE log_head SET next_position = next_position + 1")
    with sandbox(dsn) as ledger:
        ledger.move_clock(START + 365 * DAY_US)
        with psycopg.connect(dsn) as connection:
            due = connection.execute(
                "SELECT originator_id FROM stored_events WHERE topic IN "
                "('dispute-deadline-passed.v1', 'violation-expired.v1')"
            ).fetchall()
        assert sorted(due) == [("dispute-d-1",), ("dispute-d-3",), ("seller-s-4",)]


def test_a_key_of_the_sellers_answer_is_none_of_the_buyers(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(opening("d-1"), "svc")
        ledger.handle(accepted(), "svc", "k")
        with pytest.raises(ToldDifferently) as refused:
            ledger.handle(offer_accepted(), "svc", "k")
        assert refused.value.field == "command"
        assert ledger.handle(accepted(), "svc", "k").replayed
