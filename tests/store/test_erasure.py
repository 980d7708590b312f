"""An erasure in the database: what goes and what stays, every hold by name, repeats, races, and
failures in the middle.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from ledger.decide.commands import Command, ImposeSanction
from ledger.decide.erasure_commands import EraseSeller, LiftLegalHold, PlaceLegalHold
from ledger.decide.erasure_refusals import ErasureHeld, UnknownLegalHold, UnknownSeller
from ledger.decide.refusals import ToldDifferently
from ledger.decide.report_commands import FileReport
from ledger.facts.erasure import PayloadErased
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.policy.document import canonical, read
from ledger.policy.patch import PatchValue, patched
from ledger.policy.shipped import load_pack
from ledger.taking.requests import Receipt, Request
from tests.spec import disputed, reported
from tests.spec.promoted import announcement, registration
from tests.store.faults import Line
from tests.store.opened import (
    annulment,
    appeal,
    assert_dense,
    log_rows,
    opened,
    review,
    sandbox,
    violation,
    waiver,
)
from tests.store.test_commits import at_commit

START = parse_instant("2026-01-10T00:00:00Z")
TWO: dict[str, PatchValue] = {
    "edition": "2026-01-01",
    "published_at": "2026-01-01T00:00:00Z",
    "effective_from": "2026-01-01T00:00:00Z",
    "options.second_person_for": ["waiver", "annulment", "suspension-by-hand"],
}
CAMPAIGN = announcement(registration_opens="2026-01-01T00:00:00Z")
ALWAYS_TWO = canonical(patched(read(load_pack("aliexpress")), TWO))


def erasure(seller: str = "s-1", by: str = "desk", **other: Any) -> EraseSeller:
    return EraseSeller(
        **{"seller_id": seller, "reason": "asked-by-seller", "erased_by": by} | other
    )


def placed(seller: str = "s-1", hold_id: str = "court-1", reason: str = "a court") -> Command:
    return PlaceLegalHold(seller_id=seller, hold_id=hold_id, reason=reason, placed_by="leo")


def lifted(seller: str = "s-1", hold_id: str = "court-1", reason: str = "it is done") -> Command:
    return LiftLegalHold(seller_id=seller, hold_id=hold_id, reason=reason, lifted_by="leo")


def whose(command: Command) -> str:
    """Who asks: whoever files a report has no other part in it."""
    return "app" if isinstance(command, FileReport) else "svc"


def rows_kept(dsn: str) -> tuple[int, int]:
    """How many texts there are, and how many keys."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM sealed_text), (SELECT count(*) FROM seller_key)"
        ).fetchone()
    assert row is not None
    return row


@pytest.fixture
def ledger(dsn: str) -> Iterator[Ledger]:
    with sandbox(dsn) as made:
        made.move_clock(START)
        yield made


# -- what goes, and what stays ------------------------------------------------------------


def test_texts_and_key_go_and_a_fact_says_so(dsn: str, ledger: Ledger) -> None:
    ledger.handle(violation("s-1", "v-1"), "svc")
    ledger.handle(violation("s-2", "v-1"), "svc")
    ledger.handle(reported.complaint(), "app")
    ledger.handle(reported.dismissed(), "ana")
    ledger.handle(CAMPAIGN, "ops")
    ledger.handle(registration(), "shop")
    rows = log_rows(dsn)
    kept = ledger.kept("s-1")[1]
    assert (kept.texts, kept.of_cases, kept.holds) == (4, 3, ())
    fact = ledger.handle(erasure(), "desk").facts[-1].fact
    assert isinstance(fact, PayloadErased)
    assert (fact.texts, fact.of_cases, fact.actor, fact.reason) == (4, 3, "desk", "asked-by-seller")
    assert log_rows(dsn)[:-1] == rows
    assert rows_kept(dsn) == (1, 1)
    ledger.handle(violation("s-1", "v-2"), "svc")
    assert rows_kept(dsn) == (2, 2), "what is told later has a key of its own"
    assert_dense(dsn)


def test_one_that_is_told_with_others_in_one_transaction(dsn: str, ledger: Ledger) -> None:
    """Texts of the same turn go when they came before it, and stay when they came after."""
    wishes: list[Command] = [
        violation("s-1", "v-1"),
        violation("s-2", "v-1"),
        erasure(),
        violation("s-1", "v-2"),
        erasure("s-3"),
        erasure(),
        violation("s-1", "v-3"),
    ]
    outcomes = ledger.clerk.submit([Request(wish, "svc") for wish in wishes]).result()
    assert [type(outcome).__name__ for outcome in outcomes] == [
        *["Receipt"] * 4, "UnknownSeller", *["Receipt"] * 2,
    ]  # fmt: skip
    assert rows_kept(dsn) == (2, 2)
    assert [erased.texts for erased in ledger.reader.seller("s-1").keeping.erasures] == [1, 1]


def test_a_seller_nobody_told_anything_of_is_unknown(ledger: Ledger) -> None:
    for wish in (erasure(), placed()):
        with pytest.raises(UnknownSeller, match="s-1"):
            ledger.handle(wish, "desk")
    with pytest.raises(UnknownSeller):
        ledger.kept("s-1")
    with pytest.raises(UnknownLegalHold):
        ledger.handle(lifted(), "leo")


def test_postgresql_takes_no_samples_of_texts_salts_and_keys(dsn: str, ledger: Ledger) -> None:
    """It would keep them where no erasure reaches."""
    for number in range(30):
        ledger.handle(violation(f"s-{number}", "v-1", statement=f"text {number}"), "svc")
    with psycopg.connect(dsn) as connection:
        connection.execute("ANALYZE")
        sampled = connection.execute(
            "SELECT attname FROM pg_stats WHERE tablename IN ('sealed_text', 'seller_key')"
        ).fetchall()
    assert {name for (name,) in sampled} == {"position", "case_of", "seller_id"}


# -- every hold by name -------------------------------------------------------------------


def desk(by: str) -> ImposeSanction:
    return ImposeSanction(
        seller_id="s-1", sanction_id="desk-1", kind="suspension", reason="so", imposed_by=by
    )


SUSPENDED = (violation("s-1", "v-1", "explosives"),)
RULED = (disputed.claim(), disputed.rejected(), disputed.escalated(), disputed.ruled())
APPEALED = (violation("s-1", "v-1"), appeal("s-1", "v-1"))
HELD: list[tuple[str, str, tuple[Command, ...], tuple[Command, ...], str]] = [
    ("dispute", "d-1", (disputed.claim(),), (disputed.accepted(),),
     "waits for the seller's answer"),
    ("ruling", "d-1", RULED, (disputed.appealed(), disputed.appeal_decided("rejected")),
     "can be appealed until"),
    ("dispute", "d-1", (*RULED, disputed.appealed()), (disputed.appeal_decided("rejected"),),
     "waits for the decision on the appeal of its ruling"),
    ("appeal", "v-1", APPEALED, (review("s-1", "v-1", 1, "rejected"),), "round 1"),
    ("report", "r-1", (reported.complaint(),), (reported.dismissed(),), "waits for its review"),
    ("report", "r-1", (reported.complaint(), reported.documents_requested()),
     (reported.documents(), reported.dismissed()), "waits for the seller's documents until"),
    ("proposal", "sanction-2", (*SUSPENDED, waiver("s-1", "sanction-2", "ann")),
     (waiver("s-1", "sanction-2", "bob"),), "waiving sanction sanction-2"),
    ("proposal", "desk-1", (violation("s-1", "v-1"), desk("ann")), (desk("bob"),),
     "imposing sanction desk-1"),
    ("proposal", "v-1", (violation("s-1", "v-1"), annulment("s-1", "v-1", by="ann")),
     (annulment("s-1", "v-1", by="bob"),), "annulling violation v-1"),
    ("legal-hold", "court-1", (violation("s-1", "v-1"), placed()), (lifted(),), "stands since"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "subject", "begun", "ended", "says"), HELD)
def test_what_is_open_holds_and_is_named(
    dsn: str,
    what: str,
    subject: str,
    begun: tuple[Command, ...],
    ended: tuple[Command, ...],
    says: str,
) -> None:
    with sandbox(dsn, chosen=ALWAYS_TWO) as ledger:
        ledger.move_clock(START)
        for command in begun:
            ledger.handle(command, whose(command))
        rows, kept = log_rows(dsn), rows_kept(dsn)
        (hold,) = ledger.kept("s-1")[1].holds
        assert (hold.what, hold.subject) == (what, subject)
        with pytest.raises(ErasureHeld, match=says) as refused:
            ledger.handle(erasure(), "desk")
        assert hold.sentence in str(refused.value)
        assert (log_rows(dsn), rows_kept(dsn)) == (rows, kept)
        for command in ended:
            ledger.handle(command, "shop" if command is not ended[-1] else "zoe")
        assert ledger.kept("s-1")[1].holds == ()
        assert ledger.handle(erasure(), "desk").facts
        assert rows_kept(dsn) == (0, 0)


def test_all_that_holds_is_named_at_once(ledger: Ledger) -> None:
    for command in (
        *APPEALED,
        disputed.claim(),
        reported.complaint(),
        placed(),
        placed("s-1", "b"),
    ):
        ledger.handle(command, "svc")
    with pytest.raises(ErasureHeld) as refused:
        ledger.handle(erasure(), "desk")
    for said in (
        "legal hold court-1",
        "legal hold b",
        "violation v-1",
        "dispute d-1",
        "report r-1",
    ):
        assert said in str(refused.value)


def test_what_a_passed_deadline_ended_holds_no_more(ledger: Ledger) -> None:
    """An appeal without evidence lapsed, and a claim was accepted by silence; nobody saw it yet."""
    ledger.handle(violation("s-1", "v-1"), "svc")
    ledger.handle(appeal("s-1", "v-1", evidence=False), "shop")
    ledger.handle(disputed.claim(), "svc")
    assert len(ledger.kept("s-1")[1].holds) == 2
    ledger.move_clock(ledger.now() + 40 * DAY_US)
    assert ledger.handle(erasure(), "desk").facts


def test_a_hold_stands_until_it_is_lifted_and_is_told_once(ledger: Ledger) -> None:
    ledger.handle(violation("s-1", "v-1"), "svc")
    first = ledger.handle(placed(), "leo")
    assert ledger.handle(placed(), "leo").facts == first.facts
    with pytest.raises(ToldDifferently, match="reason"):
        ledger.handle(placed(reason="another court"), "leo")
    done = ledger.handle(lifted(), "leo")
    again = ledger.handle(lifted(), "leo")
    assert (again.replayed, again.facts) == (True, done.facts)
    ledger.handle(erasure(), "desk")
    # Words that are gone are not compared any more; who said them is.
    assert ledger.handle(placed(reason="whatever"), "leo").facts == first.facts


# -- repeats ------------------------------------------------------------------------------


def test_asked_again_it_answers_the_same(dsn: str, ledger: Ledger) -> None:
    ledger.handle(violation("s-1", "v-1"), "svc")
    first = ledger.handle(erasure(), "desk", key="k-1")
    for key in (None, "k-1"):
        again = ledger.handle(erasure(), "desk", key=key)
        assert (again.replayed, again.facts) == (True, first.facts)
    with pytest.raises(ToldDifferently, match="reason"):
        ledger.handle(erasure(reason="unlawful"), "desk", key="k-1")
    # Somebody else asks on other grounds: that is on record too, though nothing was left.
    other = ledger.handle(erasure(by="eve", reason="legal-obligation"), "eve")
    assert (other.replayed, other.seller.keeping.erasures[-1].texts) == (False, 0)
    assert ledger.handle(erasure(), "desk").facts == first.facts
    ledger.handle(violation("s-1", "v-2"), "svc")
    anew = ledger.handle(erasure(), "desk")
    assert (anew.replayed, anew.seller.keeping.erasures[-1].texts) == (False, 1)


TOLD_BEFORE: tuple[Command, ...] = (
    violation("s-1", "v-1", points=3),
    appeal("s-1", "v-1"),
    review("s-1", "v-1", 1, "rejected"),
    annulment("s-1", "v-1", by="ann"),
    disputed.claim(),
    disputed.rejected(),
    disputed.escalated(),
    disputed.evidence_requested("buyer"),
    disputed.evidence("buyer"),
    disputed.ruled(),
    disputed.appealed(),
    disputed.appeal_decided("rejected"),
    reported.complaint(),
    reported.documents_requested(),
    reported.documents(),
    reported.dismissed(),
    CAMPAIGN,
    registration(),
    placed(),
    lifted(),
)


def test_what_was_told_before_is_a_repeat_or_refused_and_never_told_twice(
    dsn: str, ledger: Ledger
) -> None:
    first = [ledger.handle(command, whose(command)) for command in TOLD_BEFORE]
    ledger.handle(erasure(), "desk")
    rows = log_rows(dsn)
    refused: set[str] = set()
    for command, answer in zip(TOLD_BEFORE, first, strict=True):
        try:
            again = ledger.handle(command, whose(command))
        except Refusal:
            refused.add(type(command).__name__)
        else:
            assert (again.replayed, again.facts) == (True, answer.facts), command
    assert log_rows(dsn) == rows
    assert rows_kept(dsn) == (0, 0), "nothing is kept of a repeat"
    # Known by a digest that died with the key, or by an open round.
    assert refused == {"FileAppeal", "AddDisputeEvidence", "AddReportDocuments"}


# -- races and failures -------------------------------------------------------------------


def test_of_an_erasure_and_an_appeal_one_comes_first(dsn: str) -> None:
    rounds = 12
    with ExitStack() as stack:
        ledgers = [stack.enter_context(opened(dsn)) for _ in range(2)]
        for number in range(rounds):
            ledgers[number % 2].handle(violation(f"s-{number}", "v-1"), "svc")
        with ThreadPoolExecutor(2) as threads:
            for number in range(rounds):
                seller = f"s-{number}"
                wishes = [erasure(seller), appeal(seller, "v-1")]
                order = wishes if number % 2 else wishes[::-1]
                done = [
                    threads.submit(ledger.clerk.submit([Request(wish, "shop")]).result)
                    for ledger, wish in zip(ledgers, order, strict=True)
                ]
                outcomes = [each.result()[0] for each in done]
                erased, filed = outcomes if number % 2 else outcomes[::-1]
                assert isinstance(filed, Receipt), "an erasure hinders no appeal"
                held = isinstance(erased, ErasureHeld)
                assert held or isinstance(erased, Receipt)
                kept = ledgers[0].kept(seller)[1]
                # Either the appeal was there first and all is kept, or it was told after.
                assert kept.texts == (2 if held else 1)
                assert _verifies(dsn, seller)
    assert_dense(dsn)


def _verifies(dsn: str, seller: str) -> bool:
    """Whether every text that is kept is under the key that is kept, and under the fact's seal."""
    import json

    from ledger.store.seals import seal_of

    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT e.state, t.salt, t.body, k.key FROM sealed_text t"
            " JOIN stored_events e ON e.notification_id = t.position"
            " JOIN seller_key k ON 'seller-' || k.seller_id = e.originator_id"
            " WHERE k.seller_id = %s",
            (seller,),
        ).fetchall()
    return bool(rows) and all(
        json.loads(state)["seal"] == seal_of(body, salt, key) for state, salt, body, key in rows
    )


def test_another_process_draws_a_new_key(dsn: str) -> None:
    with opened(dsn) as one, opened(dsn) as other:
        one.handle(violation("s-1", "v-1"), "svc")
        other.handle(violation("s-1", "v-2"), "svc")
        one.handle(erasure(), "desk")
        other.handle(violation("s-1", "v-3"), "svc")
        one.handle(violation("s-1", "v-4"), "svc")
        assert _verifies(dsn, "s-1")
        assert rows_kept(dsn) == (2, 1)


def test_a_failure_at_the_commit_leaves_everything(dsn: str, ledger: Ledger) -> None:
    ledger.handle(violation("s-1", "v-1"), "svc")
    rows, kept = log_rows(dsn), rows_kept(dsn)
    at_commit(dsn, "RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'")
    with pytest.raises(psycopg.errors.CheckViolation):
        ledger.handle(erasure(), "desk")
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TRIGGER at_commit ON stored_events")
    assert (log_rows(dsn), rows_kept(dsn)) == (rows, kept)
    ledger.handle(violation("s-1", "v-2"), "svc")
    assert _verifies(dsn, "s-1"), "the key is remembered as it is kept"
    ledger.handle(erasure(), "desk")
    assert rows_kept(dsn) == (0, 0)


@pytest.mark.parametrize("fault", ["answer of a commit is lost", "commit is lost"])
def test_a_connection_that_breaks_at_the_commit_erases_once(dsn: str, fault: Any) -> None:
    with Line(dsn) as line, opened(line.dsn) as ledger:
        ledger.handle(violation("s-1", "v-1"), "svc")
        line.fault = fault
        answer = ledger.handle(erasure(), "desk")
        assert line.struck.is_set()
        assert (answer.replayed, answer.seller.keeping.erasures[-1].texts) == (False, 1)
        assert rows_kept(dsn) == (0, 0)
    assert_dense(dsn)
