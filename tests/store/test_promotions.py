"""Promotions in the database: products follow their seller in one append, however many they are."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from ledger.decide.commands import AnnulViolation
from ledger.facts.campaigns import ProductWithdrawn
from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from ledger.taking.requests import Receipt, Request
from tests.spec.promoted import announcement, decision, registration, taken_back
from tests.store.opened import assert_dense, opened, sandbox, violation
from tests.store.test_commits import at_commit

START = parse_instant("2026-03-02T00:00:00Z")
MANY = 10_000


@pytest.fixture
def ledger(dsn: str) -> Iterator[Ledger]:
    """A campaign that takes registrations."""
    with sandbox(dsn) as made:
        made.move_clock(START)
        made.handle(announcement(), "")
        yield made


def overturned(violation_id: str = "v-1") -> AnnulViolation:
    return AnnulViolation(
        seller_id="s-1", violation_id=violation_id, reason="A mistake.", annulled_by="ann"
    )


def statuses(ledger: Ledger, *products: str) -> list[str | None]:
    found = [ledger.enrolment("spring", product) for product in products]
    return [None if enrolment is None else enrolment.status for enrolment in found]


def concerned(dsn: str) -> list[tuple[str, str]]:
    """The cases that depend on what becomes of their sellers."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT stream, until FROM case_concerned ORDER BY 1")
        return [tuple(row) for row in rows.fetchall()]


def test_products_follow_in_the_append_of_their_cause(ledger: Ledger, dsn: str) -> None:
    for product in ("p-1", "p-2"):
        ledger.handle(registration(product), "")
    answer = ledger.handle(violation("s-1", "v-1", "explosives"), "")
    assert [fact.stream for fact in answer.facts] == ["seller-s-1"] * 3
    end = ledger.reader.head().last_position
    behind = ledger.reader.facts(answer.position, 10, to=end)
    assert [stored.stream for stored in behind] == ["enrolment-spring,p-1", "enrolment-spring,p-2"]
    for stored in behind:
        assert isinstance(stored.fact, ProductWithdrawn)
        assert stored.fact.caused_by == "seller-s-1.2"
        assert stored.fact.recorded_at == answer.facts[0].fact.recorded_at
    ledger.handle(overturned(), "")
    assert statuses(ledger, "p-1", "p-2") == ["under-review", "under-review"]
    assert_dense(dsn)


def test_a_failure_in_between_leaves_neither(ledger: Ledger, dsn: str) -> None:
    ledger.handle(registration(), "")
    at_commit(
        dsn,
        "IF NEW.topic = 'product-withdrawn.v1' THEN RAISE EXCEPTION 'no' "
        "USING ERRCODE = 'check_violation'; END IF",
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        ledger.handle(violation("s-1", "v-1", "explosives"), "")
    assert ledger.reader.seller("s-1").version == 0
    assert statuses(ledger, "p-1") == ["under-review"]


def test_who_depends_on_its_seller_is_kept_as_long_as_it_does(ledger: Ledger, dsn: str) -> None:
    starts, ends = parse_instant("2026-04-01T00:00:00Z"), parse_instant("2026-04-15T00:00:00Z")
    for product in ("p-1", "p-2", "p-3"):
        ledger.handle(registration(product), "")
    ledger.handle(taken_back("p-2"), "")
    ledger.handle(decision("rejected", "bo", "p-3"), "")
    assert concerned(dsn) == [("enrolment-spring,p-1", ends)]
    ledger.handle(violation("s-1", "v-1", "explosives"), "")
    assert concerned(dsn) == [("enrolment-spring,p-1", starts)]


def test_a_violation_and_its_overturning_in_one_transaction(ledger: Ledger) -> None:
    requests = [
        Request(registration(), ""),
        Request(violation("s-1", "v-1", "explosives"), ""),
        Request(overturned(), ""),
        Request(violation("s-1", "v-2", "medicines"), ""),
    ]
    outcomes = ledger.clerk.submit(requests).result()
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    known = ledger.enrolment("spring", "p-1")
    assert known is not None
    assert (known.status, known.version) == ("under-review", 3)


def test_ten_thousand_products_follow_one_violation(dsn: str) -> None:
    now = START
    with opened(dsn, now=lambda: now) as ledger:
        ledger.handle(announcement(), "")
        for start in range(0, MANY, 2_000):
            asked = [Request(registration(f"p-{n}"), "") for n in range(start, start + 2_000)]
            assert all(isinstance(o, Receipt) for o in ledger.clerk.submit(asked).result())
        began = time.perf_counter()
        ledger.handle(violation("s-1", "v-1", "explosives"), "")
        took_s = time.perf_counter() - began
        print(f"{MANY:,} products taken out in {took_s:.1f} s")
        assert statuses(ledger, "p-0", f"p-{MANY - 1}") == ["withdrawn", "withdrawn"]
        ledger.handle(overturned(), "")
        assert statuses(ledger, "p-0", f"p-{MANY - 1}") == ["under-review", "under-review"]
    assert_dense(dsn)
