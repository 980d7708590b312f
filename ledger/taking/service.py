"""What a report of a day, or the outcome of a dispute, brings on its seller: where the pack in
force says so, a breach of a service metric with its violation and its hold of payouts.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from ledger.decide.breaches import (
    Borne,
    Breached,
    breach_fact,
    breached,
    hold_of,
    needed_since,
    violation_of,
)
from ledger.decide.context import Context
from ledger.decide.prose import prose_of
from ledger.decide.violations import record_violation
from ledger.facts.dates import parse_date
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.ids import fact_id
from ledger.facts.performance import PerformanceReported
from ledger.policy.window import day_number
from ledger.standing.seller import Seller
from ledger.store.turn import Appended, Turn
from ledger.taking.words import threaded


def judge_service(
    turn: Turn, seller_id: str | None, appended: Sequence[Appended], correlation_id: str | None
) -> list[Appended]:
    """Judge what these facts bear on, as of their instant, and append what follows."""
    brought: list[Appended] = []
    for told in appended:
        fact = told.fact
        if isinstance(fact, PerformanceReported | DisputeOutcomeRecorded):
            assert seller_id is not None, "both are about a seller"
            brought += _judge(turn, seller_id, told, fact, correlation_id)
    return brought


def _judge(
    turn: Turn,
    seller_id: str,
    told: Appended,
    fact: PerformanceReported | DisputeOutcomeRecorded,
    correlation_id: str | None,
) -> list[Appended]:
    policy = turn.rulebook.in_force_now(fact.recorded_at)
    first = needed_since(policy, fact.recorded_at)
    if isinstance(fact, PerformanceReported):
        turn.days.told(fact, told.version, first)
    borne = None if first is None else _borne_by(turn.seller(seller_id), fact)
    if first is None or borne is None or borne.day < first:
        return []
    last = day_number(fact.recorded_at, policy.zone)
    days = turn.days_of(seller_id, first, last)
    brought: list[Appended] = []
    cause = fact_id(told.stream, told.version)
    for found in breached(turn.seller(seller_id), days, policy, borne, fact.recorded_at):
        breach = breach_fact(found, policy, cause, fact.recorded_at)
        brought += turn.append(seller_id, threaded([breach], correlation_id))
        brought += _follow(turn, seller_id, found, brought[-1], correlation_id)
    return brought


def _follow(
    turn: Turn, seller_id: str, found: Breached, breach: Appended, correlation_id: str | None
) -> list[Appended]:
    """The violation, with all that it sets off, and the hold."""
    cause, at = fact_id(breach.stream, breach.version), breach.fact.recorded_at
    brought: list[Appended] = []
    command = violation_of(found, turn.seller(seller_id))
    if command is not None:
        sealed = turn.sealed(seller_id, prose_of(command) or {})
        context = Context(at, turn.rulebook, sealed.seal)
        recorded, *others = record_violation(command, turn.seller(seller_id), context)
        facts = [replace(recorded, caused_by=cause), *others]
        brought += turn.append(seller_id, threaded(facts, correlation_id))
        turn.keep_sealed(brought[0].position, sealed)
    hold = hold_of(found, turn.seller(seller_id), cause, at)
    if hold is not None:
        brought += turn.append(seller_id, threaded([hold], correlation_id))
    return brought


def _borne_by(seller: Seller, fact: PerformanceReported | DisputeOutcomeRecorded) -> Borne | None:
    """What a fact bears on: an outcome on its own index, by the day of the dispute's first."""
    if isinstance(fact, PerformanceReported):
        return Borne(parse_date(fact.date))
    for outcome in seller.served.outcomes:
        if outcome.dispute_id == fact.dispute_id:
            return Borne(outcome.day, outcome.reason)
    return None
