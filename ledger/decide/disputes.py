"""A buyer's claim and the seller's answer: from opening to agreement, or to the platform."""

from typing import assert_never

from ledger.decide.context import Context
from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    AppealRuling,
    DecideRulingAppeal,
    DisputeCommand,
    EscalateDispute,
    OpenDispute,
    Proposal,
    ReceiveReturn,
    RequestDisputeEvidence,
    RuleDispute,
    TrackReturn,
)
from ledger.decide.dispute_opening import open_dispute
from ledger.decide.dispute_refusals import (
    DisputeWrongState,
    OfferOutOfPlace,
    UnknownDispute,
    WithdrawalNotRefused,
    WrongParty,
)
from ledger.decide.refusals import ToldDifferently
from ledger.decide.returns import receive_return, track_return
from ledger.decide.rulings import (
    add_evidence,
    appeal_ruling,
    decide_ruling_appeal,
    request_evidence,
    rule_dispute,
)
from ledger.decide.settling import (
    Case,
    CaseFact,
    demand_returnable,
    fault_of_claim,
)
from ledger.disputes.dispute import Dispute, where
from ledger.facts.disputes import DisputeAnswered, DisputeEscalated
from ledger.facts.fact import LEDGER_ACTOR
from ledger.standing.seller import Seller


def decide_dispute(
    command: DisputeCommand, dispute: Dispute | None, seller: Seller, context: Context
) -> list[CaseFact]:
    """The facts that follow, in the order of the log; raises a `Refusal` (dispute_refusals.py has
    the order).
    """
    if isinstance(command, OpenDispute):
        if dispute is not None:
            raise ToldDifferently(f"dispute {command.dispute_id}", "content")
        return [open_dispute(command, context)]
    if dispute is None:
        raise UnknownDispute(command.dispute_id)
    case = Case(dispute, seller, context)
    match command:
        case AnswerDispute():
            return answer_dispute(command, case)
        case AnswerOffer():
            return answer_offer(command, case)
        case EscalateDispute():
            return escalate_dispute(command, case)
        case RequestDisputeEvidence():
            return request_evidence(command, case)
        case AddDisputeEvidence():
            return add_evidence(command, case)
        case TrackReturn():
            return track_return(case)
        case ReceiveReturn():
            return receive_return(case)
        case RuleDispute():
            return rule_dispute(command, case)
        case AppealRuling():
            return appeal_ruling(command, case)
        case DecideRulingAppeal():
            return decide_ruling_appeal(command, case)
        case _:
            assert_never(command)


def answer_dispute(command: AnswerDispute, case: Case) -> list[CaseFact]:
    """The seller accepts the claim, proposes something else, or rejects it: an offer of nothing."""
    dispute = case.dispute
    if dispute.phase != "awaiting-seller":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "a dispute that waits for it")
    actor = case.acting("seller")
    if (command.offer is not None) != (command.answer == "counter"):
        raise OfferOutOfPlace(command.answer)
    if command.answer == "accept":
        return _accepted(case, actor)
    if dispute.reason == "withdrawal":
        since = dispute.receipt_confirmed_at or dispute.opened_at
        until = case.policy.days_after(since, case.rules.withdrawal_days)
        raise WithdrawalNotRefused(dispute.dispute_id, until)
    return _proposed(command, case, actor)


def _proposed(command: AnswerDispute, case: Case, actor: str) -> list[CaseFact]:
    """The seller's offer, for the buyer to answer; where the time to agree is over already, for the
    platform.
    """
    dispute = case.dispute
    offer_minor, returns = _offered(command.offer, case)
    since = dispute.receipt_confirmed_at or dispute.opened_at
    until = case.policy.days_after(since, case.rules.agreement_days)
    too_late = case.at > until
    answered = DisputeAnswered(
        recorded_at=case.at,
        actor=actor,
        seller_id=dispute.seller_id,
        party="seller",
        answer=command.answer,
        currency=dispute.currency,
        offer_minor=offer_minor,
        offer_returns=returns,
        agreement_until=None if too_late else until,
        seal=case.context.seal,
    )
    return [answered, case.escalated(LEDGER_ACTOR, "not-agreed")] if too_late else [answered]


def _accepted(case: Case, actor: str) -> list[CaseFact]:
    dispute = case.dispute
    settlement = case.settlement(
        dispute.asked_minor, fault_of_claim(dispute), "accepted", returns=dispute.asked_returns
    )
    answered = DisputeAnswered(
        recorded_at=case.at,
        actor=actor,
        seller_id=dispute.seller_id,
        party="seller",
        answer="accept",
        currency=dispute.currency,
        settlement=settlement,
        seal=case.context.seal,
    )
    return [answered, *case.closing(settlement, actor=actor)]


def _offered(offer: Proposal | None, case: Case) -> tuple[int, bool]:
    if offer is None:
        return 0, False
    offer_minor = case.minor(offer.refund, "offer.refund")
    if offer.returns:
        demand_returnable(case.dispute.reason, offer_minor, "offer.return")
    return offer_minor, offer.returns


def answer_offer(command: AnswerOffer, case: Case) -> list[CaseFact]:
    """The buyer accepts what the seller proposed, or sends the dispute to the platform."""
    dispute = case.dispute
    if dispute.phase != "awaiting-buyer":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "a dispute with an open offer")
    assert dispute.offer_minor is not None
    actor = case.acting("buyer")
    settlement = None
    if command.answer == "accept":
        settlement = case.settlement(
            dispute.offer_minor, "neither", "agreed", returns=dispute.offer_returns
        )
    answered = DisputeAnswered(
        recorded_at=case.at,
        actor=actor,
        seller_id=dispute.seller_id,
        party="buyer",
        answer=command.answer,
        currency=dispute.currency,
        settlement=settlement,
        seal=case.context.seal,
    )
    if settlement is not None:
        return [answered, *case.closing(settlement, actor=actor)]
    return [answered, case.escalated(actor, "refused")]


def escalate_dispute(command: EscalateDispute, case: Case) -> list[CaseFact]:
    """The buyer calls the platform, at any time before that has it."""
    dispute = case.dispute
    if dispute.status != "open":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "a dispute still open")
    if case.party(command.by) != "buyer":
        raise WrongParty(command.by, "by", "buyer")
    return [
        DisputeEscalated(
            recorded_at=case.at,
            actor=case.acting("buyer"),
            seller_id=dispute.seller_id,
            why="asked",
            seal=case.context.seal,
        )
    ]
