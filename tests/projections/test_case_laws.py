"""The laws of views of cases: rebuilt is live, and live is what the engine says at any instant."""

from itertools import chain
from typing import Any

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from api.lists.all_appeals import all_appeals
from api.lists.deadlines import deadlines
from ledger.decide.dispute_due import as_of
from ledger.disputes.dispute import Dispute
from ledger.facts.ids import dispute_of, seller_stream
from ledger.facts.instants import DAY_US, Instant, format_instant
from ledger.facts.money import decimals_of
from ledger.facts.violations import ViolationRecorded
from ledger.standing.appeals import Round, appealable_until
from ledger.store.loading import StoredFact, replay
from projections.appeals_reading import AppealsWanted
from projections.rebuild import check, rebuild
from tests.laws.stories import SELLERS, stories_told
from tests.projections.case_stories import CaseStep, CaseTelling, case_stories, cases_told
from tests.projections.following import catch_up, execute, following, parked, rows

few = stories_told(examples=6)
turns_of = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), min_size=1, max_size=5)
"""How many steps of the story are told before views go on, and how many facts they take at once."""
later = st.sampled_from((0, 1, 2 * DAY_US, 5 * DAY_US + 1, 16 * DAY_US, 40 * DAY_US))


@few
@given(story=case_stories, turns=turns_of, jump=later)
def test_rows_are_what_the_engine_says_now_and_when_nothing_more_was_recorded(
    dsn: str, story: list[CaseStep], turns: list[tuple[int, int]], jump: Instant
) -> None:
    with cases_told(dsn) as telling:
        waiting, ledger = list(story), telling.ledger
        for steps, at_once in [*turns, (len(waiting), 3)]:
            for step in waiting[:steps]:
                telling.tell(step)
            del waiting[:steps]
            with following(dsn, ledger.clock, at_once) as runner:
                runner.step()
                catch_up(runner)
        assert parked(dsn) == {}
        assert check(dsn, ledger.clock) == []
        assert_as_the_engine_says(telling, dsn, ledger.now())
        # Time passes, and nobody records what it brings.
        now = ledger.now() + jump
        execute(dsn, f"UPDATE log_head SET clock_at = {now}")
        with following(dsn, ledger.clock) as runner:
            catch_up(runner)
        assert check(dsn, ledger.clock) == []
        assert_as_the_engine_says(telling, dsn, now)


@few
@given(story=case_stories)
def test_a_rebuild_takes_the_place_of_what_was_live(dsn: str, story: list[CaseStep]) -> None:
    with cases_told(dsn) as telling:
        clock = telling.ledger.clock
        with following(dsn, clock) as runner:
            for step in story[::2]:
                telling.tell(step)
            catch_up(runner)
            rebuild(dsn, clock)
            for step in story[1::2]:
                telling.tell(step)
                catch_up(runner)
        assert check(dsn, clock) == []


def assert_appealing(dsn: str, facts: list[StoredFact], now: Instant) -> None:
    """Sellers say how many of their appeals wait, whether a lapse was recorded or not."""
    for row in rows(dsn, "sellers"):
        stream = seller_stream(row["seller_id"])
        seller = replay(row["seller_id"], [fact for fact in facts if fact.stream == stream])
        newest = [appeal.newest.at(now).status for appeal in seller.appeals]
        assert row["appeals_open"] == newest.count("filed")


def assert_as_the_engine_says(telling: CaseTelling, dsn: str, now: Instant) -> None:
    ledger = telling.ledger
    facts = ledger.reader.facts(0, 100_000, to=ledger.reader.head().last_position)
    assert_appealing(dsn, facts, now)
    found = {dispute_of(fact.stream) for fact in facts} - {None}
    assert found == set(telling.disputes)
    disputes = {
        stored.position: as_of(dispute, now, ledger.rulebook)
        for stored in facts
        if stored.version == 1
        and dispute_of(stored.stream) is not None
        and isinstance(dispute := ledger.reader.case(stored.stream), Dispute)
    }
    assert [as_told(row) for row in rows(dsn, "disputes")] == [
        dispute_row(position, dispute) for position, dispute in disputes.items()
    ]
    sellers = {seller_id: ledger.reader.seller(seller_id) for seller_id in SELLERS}
    rounds = [
        (f"{seller_id}/{appeal.violation_id}", one.at(now))
        for seller_id, seller in sellers.items()
        for appeal in seller.appeals
        for one in appeal.rounds
    ]
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        listed = [
            (f"{row.seller_id}/{row.violation_id}", row.round, row.status, row.closed_at,
             row.reviewer, row.evidence_given, row.next_round_until)
            for _, row in all_appeals(AppealsWanted(), lambda: now).rows(cursor, None, 3)
        ]  # fmt: skip
        assert sorted(listed, key=str) == sorted((round_row(*each) for each in rounds), key=str)
        for status in ("filed", "lapsed", "upheld", "rejected", "withdrawn"):
            wanted = AppealsWanted(status=status)
            told = [row for _, row in all_appeals(wanted, lambda: now).rows(cursor, None, 2)]
            assert len(told) == sum(one.status == status for _, one in rounds)
            assert {row.status for row in told} <= {status}
        assert sorted(
            (row.kind, row.subject, row.due_at)
            for _, row in deadlines(lambda: now, whom="person").rows(cursor, None, 4)
        ) == sorted(due_to_people(telling, facts, disputes.values(), now))


def as_told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in row if name not in ("recorded_at", "last_position")}


def dispute_row(position: int, dispute: Dispute) -> dict[str, Any]:
    closed, running = dispute.closed, dispute.deadlines()
    return {
        "position": position,
        "dispute_id": dispute.dispute_id, "seller_id": dispute.seller_id,
        "buyer_id": dispute.buyer_id, "order_id": dispute.order_id, "reason": dispute.reason,
        "policy": dispute.policy, "currency": dispute.currency,
        "decimals": decimals_of(dispute.currency), "order_minor": dispute.order_minor,
        "asked_minor": dispute.asked_minor, "asked_returns": dispute.asked_returns,
        "offer_minor": dispute.offer_minor, "offer_returns": dispute.offer_returns,
        "opened_at": dispute.opened_at, "phase": dispute.phase, "status": dispute.status,
        "fresh_until": dispute.next_due(), "due": running[0].what if running else None,
        "appealable_until": dispute.appealable_until(),
        "reviewer": dispute.ruling and dispute.ruling.reviewer,
        "refund_minor": closed and closed.refund_minor, "at_fault": closed and closed.at_fault,
        "why": closed and closed.why, "by_default": closed and closed.by_default,
        "returned": closed and closed.returned,
        "commission_owed": closed and closed.commission_owed,
        "return_paid_by": closed and closed.return_paid_by,
        "closed_at": closed and closed.effective_at,
    }  # fmt: skip


def round_row(name: str, one: Round) -> tuple[Any, ...]:
    return (
        name,
        one.round,
        one.status,
        None if one.closed_at is None else format_instant(one.closed_at),
        one.reviewer,
        one.evidence_given or bool(one.evidence),
        None if one.next_round_until is None else format_instant(one.next_round_until),
    )


def due_to_people(
    telling: CaseTelling, facts: list[StoredFact], disputes: Any, now: Instant
) -> list[tuple[str, str, str]]:
    """What people have time for, up to and including its last instant."""
    found: list[tuple[str, str, Instant | None]] = []
    for seller_id in SELLERS:
        seller = telling.ledger.reader.seller(seller_id)
        for stored in facts:
            fact = stored.fact
            if isinstance(fact, ViolationRecorded) and stored.stream == seller_stream(seller_id):
                violation, appeal = seller.violation(fact.violation_id), None
                assert violation is not None
                appeal = seller.appeal(fact.violation_id)
                kind = "appeal-window" if appeal is None else "appeal-next-round"
                until = appealable_until(violation, appeal, fact)
                found.append((kind, fact.violation_id, until))
        for one, appeal in ((a.newest, a) for a in seller.appeals):
            if one.at(now).lapses_at is not None:
                found.append(("appeal-evidence", appeal.violation_id, one.evidence_until))
    for dispute in disputes:
        running = [(each.what, dispute.dispute_id, each.until) for each in dispute.deadlines()]
        again = [("ruling-appeal", dispute.dispute_id, dispute.appealable_until())]
        found += chain(running, again)
    return [
        (kind, subject, format_instant(until))
        for kind, subject, until in found
        if until is not None and until >= now
    ]
