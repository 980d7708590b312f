"""A report in the database: one append for it and its seller, due work once, repeats and keys."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from ledger.decide.refusals import ToldDifferently
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.kinds import from_bytes
from ledger.facts.violations import ViolationRecorded
from ledger.ledger import Ledger
from ledger.reports.report import Report
from ledger.store.loading import StoredFact
from ledger.store.seals import seal_of
from ledger.taking.requests import Receipt, Request
from tests.projections.report_stories import HOLDING
from tests.spec.promoted import announcement, registration
from tests.spec.reported import complaint, documents, documents_requested, found, right
from tests.store.opened import assert_dense, log_rows, opened, sandbox, violation
from tests.store.test_clocks import Hands
from tests.store.test_commits import at_commit
from tests.store.test_due_work import record_all

START = parse_instant("2026-01-10T00:00:00Z")


def streams(dsn: str) -> list[str]:
    """The streams of the log in its order, the packs' apart."""
    return [stream for stream, _, _, _ in log_rows(dsn) if not stream.startswith("policy")]


def of_kind(ledger: Ledger, kind: str) -> list[StoredFact]:
    return ledger.reader.facts(0, 100_000, to=1 << 60, kinds=(kind,))


def test_a_violation_stands_on_both_streams_in_one_append(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(complaint(), "app")
        answer = ledger.handle(found(severity="serious"), "ana")
        assert [(f.stream, f.version) for f in answer.facts] == [
            ("report-r-1", 2),
            ("seller-s-1", 1),
        ]
        recorded = answer.facts[1].fact
        assert isinstance(recorded, ViolationRecorded)
        assert recorded.recorded_at == answer.facts[0].fact.recorded_at
        assert ledger.reader.seller("s-1").version == 1
        again = ledger.handle(found(severity="serious"), "ana")
        assert (again.replayed, again.facts, again.case) == (True, answer.facts, answer.case)
    assert_dense(dsn)


def test_a_failure_in_between_leaves_neither(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(complaint(), "app")
        at_commit(
            dsn,
            "IF NEW.topic = 'violation-recorded.v1' THEN RAISE EXCEPTION 'no' "
            "USING ERRCODE = 'check_violation'; END IF",
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            ledger.handle(found(), "ana")
        assert streams(dsn) == ["report-r-1"]
        known = ledger.report("r-1")
        assert known is not None
        assert (known.status, known.version) == ("awaiting-review", 1)
        with psycopg.connect(dsn) as connection:
            connection.execute("DROP TRIGGER at_commit ON stored_events")
        assert not ledger.handle(found(), "ana").replayed
    assert streams(dsn) == ["report-r-1", "report-r-1", "seller-s-1"]
    assert_dense(dsn)


def test_two_workers_record_what_fell_due_once_at_exact_instants(dsn: str) -> None:
    clock = Hands(START)
    with ExitStack() as stack:
        workers = [stack.enter_context(opened(dsn, now=clock, chosen=HOLDING)) for _ in range(2)]
        asked_at: dict[str, int] = {}
        for number in range(20):
            clock.at = START + number * DAY_US // 100
            told: dict[str, Any] = {"report_id": f"r-{number}", "seller_id": f"s-{number % 3}"}
            ledger = workers[number % 2]
            ledger.handle((right if number % 4 else complaint)(**told), "app")
            about = {"report_id": told["report_id"]}
            step = found() if number % 4 else documents_requested()
            answer = ledger.handle(type(step)(**{**fields_of(step), **about}), "ana")
            asked_at[f"report-r-{number}"] = answer.facts[0].fact.recorded_at
        clock.at = START + 100 * DAY_US
        with ThreadPoolExecutor(2) as threads:
            sum(threads.map(record_all, workers))
        passed = of_kind(workers[0], "report-deadline-passed")
        assert {(f.stream, f.fact.effective_at) for f in passed} == {  # type: ignore[union-attr]
            (stream, at + 3 * DAY_US + 1) for stream, at in asked_at.items()
        }
        assert len(passed) == 20
        assert len(of_kind(workers[1], "violation-recorded")) == 15
        assert [worker.record_due() for worker in workers] == [0, 0]
        for number in range(20):
            report = workers[number % 2].reader.case(f"report-r-{number}")
            assert isinstance(report, Report)
            assert report.status == ("violation" if number % 4 else "awaiting-review")
    assert_dense(dsn)


def fields_of(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def test_two_reviewers_at_once_end_it_once(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(complaint(), "app")
        asked = [Request(found(reviewer=who), who) for who in ("ana", "bo")]
        outcomes = ledger.clerk.submit(asked).result()
        assert isinstance(outcomes[0], Receipt)
        with pytest.raises(ToldDifferently) as refused:
            ledger.answer(asked[1].command, outcomes[1])
        assert refused.value.field == "reviewer"
    assert streams(dsn).count("seller-s-1") == 1


def test_documents_given_for_one_request_can_be_given_again_for_the_next(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(complaint(), "app")
        for _ in range(2):
            assert not ledger.handle(documents_requested(), "ana").replayed
            assert ledger.handle(documents_requested(), "ana").replayed
            assert not ledger.handle(documents(), "s-1").replayed
            assert ledger.handle(documents(), "s-1").replayed


def test_texts_are_sealed_under_the_sellers_key_and_kept_once(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(complaint(), "app")
        ledger.handle(found(), "ana")
        ledger.handle(violation("s-1", "v-1"), "svc")
    with psycopg.connect(dsn) as connection:
        ((key,),) = connection.execute("SELECT key FROM seller_key").fetchall()
        texts = connection.execute(
            "SELECT f.topic, f.state, t.salt, t.body FROM sealed_text t "
            "JOIN stored_events f ON f.notification_id = t.position ORDER BY t.position"
        ).fetchall()
        facts = connection.execute("SELECT state FROM stored_events").fetchall()
    assert [topic for topic, _, _, _ in texts] == [
        "report-filed.v1",
        "report-reviewed.v1",
        "violation-recorded.v1",
    ]
    for topic, state, salt, body in texts:
        assert from_bytes(topic, state).seal == seal_of(body, salt, key), topic  # type: ignore[union-attr]
    for (state,) in facts:
        assert b"It is fake" not in state
        assert b"Seen." not in state


@pytest.mark.parametrize("days", [0, 3], ids=["reviewed", "unanswered"])
def test_a_violation_of_a_report_takes_products_out_of_campaigns(dsn: str, days: int) -> None:
    started = parse_instant("2026-03-05T00:00:00Z")
    with sandbox(dsn, chosen=HOLDING) as ledger:
        ledger.move_clock(parse_instant("2026-02-27T00:00:00Z"))
        ledger.handle(announcement(), "ops")
        ledger.move_clock(started)
        ledger.handle(registration(), "app")
        ledger.handle(right(suspected="trademark" if days else "explosives"), "app")
        answer = ledger.handle(found(severity="serious" if days else None), "ana")
        ledger.move_clock(started + days * DAY_US + (1 if days else 0))
        (withdrawn,) = of_kind(ledger, "product-withdrawn")
        (recorded,) = of_kind(ledger, "violation-recorded")
        assert withdrawn.fact.recorded_at == recorded.fact.recorded_at == ledger.now()
        assert withdrawn.stream == "enrolment-spring,p-1"
        # Told in its own stream, and not in the answer to the review.
        assert "enrolment-spring,p-1" not in {fact.stream for fact in answer.facts}
        again = ledger.handle(found(severity="serious" if days else None), "ana")
        assert (again.replayed, again.facts) == (True, answer.facts)
    assert_dense(dsn)
