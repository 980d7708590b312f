"""Days of sellers and ends of disputes, told to a test's ledger as facts."""

from collections.abc import Callable
from typing import Any

from ledger.decide.performance_commands import ReportPerformance
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.ids import seller_day_stream
from ledger.ledger import Ledger
from ledger.policy.window import local_day
from ledger.store.turn import Appended, Turn
from ledger.taking.service import judge_service


def tell_day(ledger: Ledger, seller_id: str, date: str, **counts: Any) -> list[Any]:
    """Report a day of a seller's, or correct it; returns the facts that this brought."""
    told = len(ledger.reader.stream(seller_day_stream(seller_id, date)))
    command = ReportPerformance(seller_id=seller_id, date=date, **({"revision": told + 1} | counts))
    return [one.fact for one in ledger.handle(command, "shop").facts]


def tell_outcome(
    ledger: Ledger,
    seller_id: str,
    dispute_id: str,
    reason: Any = "not-received",
    at_fault: Any = "seller",
    revision: int = 1,
) -> list[Any]:
    """A dispute of the seller's ends, or is decided again; returns the facts that this brought."""

    def told(turn: Turn) -> list[Appended]:
        zone = turn.rulebook.in_force_now(turn.at).zone
        fact = DisputeOutcomeRecorded(
            recorded_at=turn.at,
            actor="ledger",
            dispute_id=dispute_id,
            order_id="o",
            reason=reason,
            currency="EUR",
            order_minor=100,
            refund_minor=100,
            at_fault=at_fault,
            why="ruled",
            commission_owed=False,
            revision=revision,
            effective_at=turn.at,
            local_day=local_day(turn.at, zone),
        )
        return turn.append(seller_id, [fact])

    return _brought(ledger, seller_id, told)


def _brought(ledger: Ledger, seller_id: str, told: Callable[[Turn], list[Appended]]) -> list[Any]:
    brought: list[Any] = []

    def work(turn: Turn) -> list[Any]:
        turn.load([seller_id])
        appended = told(turn)
        appended += judge_service(turn, seller_id, appended, None)
        brought[:] = [one.fact for one in appended]
        return []

    ledger.clerk.submit_work(work, 1).result()
    return brought
