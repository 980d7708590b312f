"""What a deadline of a dispute brings once it has passed in silence."""

from msgspec.structs import replace

from ledger.decide.context import Context
from ledger.decide.settling import Case, CaseFact, fault_of_claim
from ledger.disputes.dispute import Deadline, Dispute
from ledger.disputes.evolve import evolve_dispute
from ledger.facts.disputes import (
    AtFault,
    DisputeDeadlinePassed,
    DisputeOutcomeRecorded,
    EscalatedWhy,
    Settlement,
)
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import dispute_stream, fact_id
from ledger.facts.instants import Instant
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller


def record_dispute_due(
    dispute: Dispute, seller: Seller, up_to: Instant, at: Instant, rulebook: Rulebook
) -> list[CaseFact]:
    """What the first deadline passed by `up_to` brings, recorded at `at`; nothing if none did.

    Windows that begin with it are counted from its exact instant, however late it is recorded.
    """
    passed = next((d for d in dispute.deadlines() if d.due_at <= up_to), None)
    if passed is None:
        return []
    return _passed(Case(dispute, seller, Context(at, rulebook)), passed)


def as_of(dispute: Dispute, now: Instant, rulebook: Rulebook) -> Dispute:
    """The dispute as it is at an instant: what has fallen due holds, recorded or not."""
    # Who reads it needs no address on the seller's record yet.
    seller = Seller(dispute.seller_id)
    while facts := record_dispute_due(dispute, seller, now, now, rulebook):
        for fact in facts:
            if not isinstance(fact, DisputeOutcomeRecorded):
                dispute = evolve_dispute(dispute, fact, dispute.position)
    return dispute


def _passed(case: Case, deadline: Deadline) -> list[CaseFact]:
    settlement = _settlement(case, deadline)
    stream = dispute_stream(case.dispute.dispute_id)
    passed = DisputeDeadlinePassed(
        recorded_at=case.at,
        actor=LEDGER_ACTOR,
        caused_by=fact_id(stream, case.dispute.begun_by(deadline.what)),
        seller_id=case.dispute.seller_id,
        what=deadline.what,
        effective_at=deadline.due_at,
        settlement=settlement,
    )
    if settlement is None:
        why: EscalatedWhy = "not-agreed" if deadline.what == "agreement" else "seller-silent"
        return [passed, case.escalated(LEDGER_ACTOR, why)]
    returned = deadline.what == "return-receipt"
    return [passed, *case.closing(settlement, returned=returned, since=deadline.due_at)]


def _settlement(case: Case, deadline: Deadline) -> Settlement | None:
    """What the rules say to this silence; None where the platform decides."""
    dispute = case.dispute
    claimed_in_vain: AtFault = "neither" if dispute.reason == "withdrawal" else "buyer"
    match deadline.what:
        case "seller-response":
            if not case.rules.silence_accepts(dispute.reason):
                return None
            return case.settlement(
                dispute.asked_minor,
                fault_of_claim(dispute),
                "seller-silent",
                returns=dispute.asked_returns,
                by_default=True,
                since=deadline.until,
            )
        case "agreement":
            return None
        case "seller-evidence":
            return case.settlement(
                dispute.order_minor,
                fault_of_claim(dispute),
                "no-evidence-from-seller",
                by_default=True,
            )
        case "buyer-evidence":
            return case.settlement(0, claimed_in_vain, "no-evidence-from-buyer", by_default=True)
        case "return-tracking":
            return case.settlement(0, claimed_in_vain, "return-not-sent", by_default=True)
        case "return-receipt":
            assert dispute.settlement is not None
            return replace(
                dispute.settlement, tracking_until=None, receipt_until=None, by_default=True
            )
