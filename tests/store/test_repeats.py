"""The same request again gets the same answer; another under its id or key names what differs."""

import hmac
from base64 import urlsafe_b64encode

import psycopg
import pytest
from msgspec.structs import replace

from ledger.decide.refusals import ToldDifferently
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.refusal import Refusal
from ledger.store.keeping import Told
from ledger.store.seals import seal_of
from ledger.taking.requests import Receipt, Request
from tests.store.opened import annulment, assert_dense, opened, sandbox, violation, waiver
from tests.store.test_positions import hold_the_clerk

START = parse_instant("2026-03-01T00:00:00Z")


def test_the_same_id_with_the_same_content_gets_the_same_answer(dsn: str) -> None:
    with opened(dsn) as ledger:
        ledger.handle(violation("s", "v-0", "weapons"), "svc")
        first = ledger.handle(violation("s", "v-1", "weapons"), "svc")
        assert len(first.facts) == 3
        ledger.handle(violation("s", "v-2"), "svc")
        again = ledger.handle(violation("s", "v-1", "weapons"), "svc")
        assert again.replayed
        assert again.facts == first.facts
        assert again.seller == first.seller
    assert_dense(dsn)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rule", "weapons"),
        ("source", "rights-holder"),
        ("effective_at", "2026-01-01T00:00:00Z"),
        ("listing_id", "l-1"),
        ("points", 12),
        ("statement", "seen again"),
        ("evidence", ("photo",)),
        ("reported_by", "somebody"),
    ],
)
def test_the_same_id_with_other_content_names_the_field(
    dsn: str, field: str, value: object
) -> None:
    """Content is what was sent: points given as the pack has them are other content than none."""
    with opened(dsn) as ledger:
        told = violation("s", "v")
        ledger.handle(told, "svc")
        with pytest.raises(ToldDifferently) as refused:
            ledger.handle(replace(told, **{field: value}), "svc")
        assert refused.value.field == field


def test_a_key_is_the_answer_it_was_given(dsn: str) -> None:
    with opened(dsn) as ledger:
        first = ledger.handle(violation("s", "v"), "svc", key="k")
        again = ledger.handle(violation("s", "v"), "svc", key="k")
        assert again.replayed
        assert again.facts == first.facts
        # Another actor's key of the same name is another key.
        assert not ledger.handle(violation("s", "w", by="other"), "other", key="k").replayed


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (violation("s", "another"), "violation_id"),
        (violation("another", "v"), "seller_id"),
        (annulment("s", "v"), "command"),
        (violation("s", "v", statement="other"), "statement"),
    ],
)
def test_a_key_with_other_content_names_the_field(dsn: str, asked: object, field: str) -> None:
    with opened(dsn) as ledger:
        ledger.handle(violation("s", "v"), "svc", key="k")
        with pytest.raises(ToldDifferently) as refused:
            ledger.handle(asked, "svc", key="k")  # type: ignore[arg-type]
        assert refused.value.field == field
    assert_dense(dsn)


def test_a_new_key_with_a_known_id_has_to_agree_with_it(dsn: str) -> None:
    with opened(dsn) as ledger:
        ledger.handle(violation("s", "v"), "svc", key="k")
        assert ledger.handle(violation("s", "v"), "svc", key="other").replayed
        with pytest.raises(ToldDifferently):
            ledger.handle(violation("s", "v", points=3), "svc", key="third")


def test_a_refusal_keeps_no_key(dsn: str) -> None:
    with opened(dsn) as ledger:
        with pytest.raises(Refusal):
            ledger.handle(violation("s", "v", "no-such-rule"), "svc", key="k")
        assert not ledger.handle(violation("s", "w"), "svc", key="k").replayed


def test_two_equal_requests_in_one_batch_are_one(dsn: str) -> None:
    with opened(dsn) as ledger:
        asked = violation("s", "v")
        by_id = ledger.clerk.submit([Request(asked, "svc")] * 2).result()
        assert [type(outcome) for outcome in by_id] == [Receipt, Told]
        by_key = [
            Request(violation("s", "w"), "svc", "k"),
            Request(violation("s", "x"), "svc", "k"),
        ]
        first, second = ledger.clerk.submit(by_key).result()
        assert isinstance(first, Receipt)
        with pytest.raises(ToldDifferently, match="violation_id"):
            ledger.answer(by_key[1].command, second)
        assert ledger.answer(by_key[0].command, second).replayed
        assert ledger.reader.seller("s").version == 2


def test_a_key_is_forgotten_after_thirty_days(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(violation("s", "v"), "svc", key="k")
        ledger.move_clock(START + 30 * DAY_US - 1)
        with pytest.raises(ToldDifferently):
            ledger.handle(violation("s", "w"), "svc", key="k")
        ledger.move_clock(START + 30 * DAY_US)
        assert not ledger.handle(violation("s", "w"), "svc", key="k").replayed
        assert ledger.handle(violation("s", "w"), "svc", key="k").replayed
        # An external id is never forgotten.
        assert ledger.handle(violation("s", "v"), "svc").replayed


def test_what_time_brought_at_the_same_instant_is_no_part_of_the_answer(dsn: str) -> None:
    """A warning ends as it begins; on a sandbox clock that is recorded at the same instant."""
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.move_clock(START)
        first = ledger.handle(violation("s", "v", points=2), "svc")
        assert len(first.facts) == 2
        assert ledger.record_due() == 1
        again = ledger.handle(violation("s", "v", points=2), "svc")
        assert (again.facts, again.seller) == (first.facts, first.seller)


def test_annulments_and_waivers_told_twice(dsn: str) -> None:
    with opened(dsn) as ledger:
        for number in range(2):
            ledger.handle(violation("s", f"v-{number}", "weapons"), "svc")
        sanction = ledger.reader.seller("s").sanctions[0].sanction_id
        proposed = ledger.handle(waiver("s", sanction, "ann"), "ann")
        assert ledger.handle(waiver("s", sanction, "ann"), "ann").facts == proposed.facts
        waived = ledger.handle(waiver("s", sanction, "bob"), "bob")
        assert len(waived.facts) == 3
        assert ledger.handle(waiver("s", sanction, "bob"), "bob").facts == waived.facts
        annulled = ledger.handle(annulment("s", "v-0"), "ann")
        assert ledger.handle(annulment("s", "v-0"), "ann").facts == annulled.facts
    assert_dense(dsn)


def test_a_seal_holds_its_text_and_no_other(dsn: str) -> None:
    with opened(dsn) as ledger:
        told = ledger.handle(violation("s", "v", statement="seen by Ann"), "svc")
        other = ledger.handle(violation("t", "v", statement="seen by Ann"), "svc")
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT t.salt, t.body, k.key FROM sealed_text t, seller_key k "
            "WHERE t.position = %s AND k.seller_id = 's'",
            [told.position],
        ).fetchone()
    assert row is not None
    salt, body, key = row
    seal = told.facts[0].fact.seal  # type: ignore[union-attr]
    assert b"seen by Ann" in body
    assert seal_of(body, salt, key) == seal
    by_the_book = hmac.digest(key, salt + body, "sha256")[:16]
    assert seal == urlsafe_b64encode(by_the_book).decode().rstrip("=")
    assert seal_of(body.replace(b"Ann", b"Bob"), salt, key) != seal
    assert seal_of(body, bytes(16), key) != seal
    assert seal_of(body, salt, bytes(32)) != seal
    assert seal != other.facts[0].fact.seal  # type: ignore[union-attr]


def test_no_fact_carries_what_a_person_wrote(dsn: str) -> None:
    with opened(dsn) as ledger:
        ledger.handle(violation("s", "v", "weapons", statement="very private words"), "svc")
        ledger.handle(annulment("s", "v"), "ann")
        for stored in ledger.reader.stream("seller-s"):
            assert b"private" not in stored.state
            assert b"found wrong" not in stored.state


def test_two_requests_of_one_transaction_do_not_share_a_key(dsn: str) -> None:
    with opened(dsn) as ledger:
        held = hold_the_clerk(ledger)
        first = ledger.clerk.submit([Request(violation("s", "v"), "svc", "k")])
        other = Request(violation("s", "w"), "svc", "k")
        second = ledger.clerk.submit([other])
        held.close()
        assert isinstance(first.result()[0], Receipt)
        with pytest.raises(ToldDifferently, match="violation_id"):
            ledger.answer(other.command, second.result()[0])
        assert ledger.reader.seller("s").version == 1
    assert_dense(dsn)


def test_keys_older_than_their_thirty_days_are_dropped_as_new_ones_come(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        for n in range(4):
            ledger.handle(violation("s", f"v-{n}"), "svc", key=f"k-{n}")
        ledger.move_clock(START + 30 * DAY_US)
        for n in range(4, 6):
            ledger.handle(violation("s", f"v-{n}"), "svc", key=f"k-{n}")
    with psycopg.connect(dsn) as connection:
        kept = connection.execute("SELECT key FROM idempotency_key ORDER BY key").fetchall()
    assert kept == [("k-4",), ("k-5",)]
