"""What the platform does with a dispute that was escalated: evidence, ruling, and its appeal."""

from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AppealRuling,
    DecideRulingAppeal,
    RequestDisputeEvidence,
    RuleDispute,
)
from ledger.decide.dispute_refusals import (
    DisputeTooLate,
    DisputeWrongState,
    FaultNotAccepted,
    RefundOutOfPlace,
    WrongParty,
)
from ledger.decide.refusals import ReviewerNotIndependent
from ledger.decide.settling import Case, CaseFact, demand_returnable, fault_of_claim
from ledger.disputes.dispute import Ruling, where
from ledger.facts.disputes import (
    AtFault,
    DisputeAppealDecided,
    DisputeEvidenceAdded,
    DisputeEvidenceRequested,
    DisputeRuled,
    DisputeRulingAppealed,
    Settlement,
)
from ledger.facts.instants import Instant
from ledger.policy.refusals import NoAppealWindow

PLATFORM = "platform"
"""The actor of what the platform does, where a request names nobody."""


def request_evidence(command: RequestDisputeEvidence, case: Case) -> list[CaseFact]:
    """Parties are asked for evidence; silence will decide against them."""
    dispute = case.dispute
    if dispute.phase != "escalated":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "an escalated dispute")
    for party in command.parties:
        if dispute.unanswered(party) is not None:
            raise DisputeWrongState(
                dispute.dispute_id, f"waits for evidence of the {party} already", "the other party"
            )
    actor = case.context.actor or PLATFORM
    if dispute.party(actor) is not None:
        raise WrongParty(actor, "actor", "somebody who is neither seller nor buyer")
    return [
        DisputeEvidenceRequested(
            recorded_at=case.at,
            actor=actor,
            seller_id=dispute.seller_id,
            parties=tuple(dict.fromkeys(command.parties)),
            until=case.policy.days_after(case.at, case.rules.evidence_days),
            seal=case.context.seal,
        )
    ]


def add_evidence(command: AddDisputeEvidence, case: Case) -> list[CaseFact]:
    """A party gives evidence, asked or not, as long as the dispute is undecided."""
    dispute = case.dispute
    if dispute.status not in ("open", "escalated"):
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "an undecided dispute")
    party = case.party(command.by)
    return [
        DisputeEvidenceAdded(
            recorded_at=case.at,
            actor=case.acting(party),
            seller_id=dispute.seller_id,
            party=party,
            content=case.context.content,
            seal=case.context.seal,
        )
    ]


def rule_dispute(command: RuleDispute, case: Case) -> list[CaseFact]:
    """A reviewer who is neither party decides what is refunded and who was at fault."""
    dispute = case.dispute
    if dispute.phase != "escalated":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "an escalated dispute")
    _demand_no_party(command.reviewer, case)
    refund_minor = case.minor(command.refund, "refund")
    if command.returns:
        demand_returnable(dispute.reason, refund_minor, "return")
    _demand_fault(command.at_fault, case)
    settlement = case.settlement(refund_minor, command.at_fault, "ruled", returns=command.returns)
    ruled = DisputeRuled(
        recorded_at=case.at,
        actor=command.reviewer,
        seller_id=dispute.seller_id,
        settlement=settlement,
        appeal_until=_appeal_until(case),
        seal=case.context.seal,
    )
    return [ruled, *case.closing(settlement, actor=command.reviewer)]


def _appeal_until(case: Case) -> Instant | None:
    try:
        window = case.policy.appeal_window("dispute-ruling", None)
    except NoAppealWindow:
        return None
    return window.first_until(case.at)


def appeal_ruling(command: AppealRuling, case: Case) -> list[CaseFact]:
    """A party challenges the ruling, once, within its days."""
    dispute, ruling = case.dispute, case.dispute.ruling
    if ruling is None:
        raise DisputeWrongState(dispute.dispute_id, "was not ruled upon", "a dispute with a ruling")
    if ruling.appealed_by is not None:
        raise DisputeWrongState(
            dispute.dispute_id,
            "was appealed before, and that is possible once",
            "its one appeal, or the decision on it",
        )
    if ruling.appeal_until is None:
        raise DisputeWrongState(
            dispute.dispute_id,
            f"cannot be appealed under {dispute.policy}",
            "a dispute whose policy has an appeal window for dispute rulings",
        )
    if case.at > ruling.appeal_until:
        raise DisputeTooLate("an appeal of the ruling", ruling.appeal_until, case.at)
    party = case.party(command.by)
    return [
        DisputeRulingAppealed(
            recorded_at=case.at,
            actor=case.acting(party),
            seller_id=dispute.seller_id,
            party=party,
            seal=case.context.seal,
        )
    ]


def decide_ruling_appeal(command: DecideRulingAppeal, case: Case) -> list[CaseFact]:
    """Another reviewer, who did not file it either, upholds the appeal or rejects it; that is the
    end.
    """
    dispute, ruling = case.dispute, case.dispute.ruling
    if ruling is None or dispute.phase != "under-appeal":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), "a dispute under appeal")
    _demand_no_party(command.reviewer, case)
    if command.reviewer == ruling.reviewer:
        raise ReviewerNotIndependent(command.reviewer, "decided the ruling")
    if command.reviewer == ruling.appeal_filed_by:
        raise ReviewerNotIndependent(command.reviewer, "filed the appeal")
    if command.outcome == "rejected":
        if command.refund is not None or command.at_fault is not None:
            raise RefundOutOfPlace
        settlement = _as_before(ruling, case)
    else:
        settlement = _upheld(command, ruling, case)
    decided = DisputeAppealDecided(
        recorded_at=case.at,
        actor=command.reviewer,
        seller_id=dispute.seller_id,
        outcome=command.outcome,
        settlement=settlement,
        seal=case.context.seal,
    )
    sent = dispute.tracking is not None
    return [decided, *case.closing(settlement, actor=command.reviewer, returned=sent)]


def _as_before(ruling: Ruling, case: Case) -> Settlement:
    """What held before the appeal: how it was closed, or the ruling whose return still runs."""
    before = case.dispute.closed
    if before is not None:
        return case.settlement(
            before.refund_minor, before.at_fault, "appeal-rejected", by_default=before.by_default
        )
    ruled = ruling.settlement
    return case.settlement(
        ruled.refund_minor, ruled.at_fault, "appeal-rejected", returns=_demands_return(ruled)
    )


def _upheld(command: DecideRulingAppeal, ruling: Ruling, case: Case) -> Settlement:
    """What the second reviewer says; unsaid, the party gets all that it asked for."""
    dispute = case.dispute
    by_seller = ruling.appealed_by == "seller"
    returns = _demands_return(ruling.settlement) or dispute.reason == "withdrawal"
    if command.refund is not None:
        refund_minor = case.minor(command.refund, "refund")
    elif by_seller:
        refund_minor = 0
    else:
        refund_minor, returns = dispute.asked_minor, dispute.asked_returns
    if command.at_fault is not None:
        _demand_fault(command.at_fault, case)
    at_fault = command.at_fault or ("neither" if by_seller else fault_of_claim(dispute))
    # Goods that had to go back, and are not back, still do; for nothing nobody sends any.
    return case.settlement(
        refund_minor, at_fault, "appeal-upheld", returns=returns and refund_minor > 0
    )


def _demands_return(ruled: Settlement) -> bool:
    return ruled.tracking_until is not None


def _demand_fault(at_fault: AtFault, case: Case) -> None:
    if case.dispute.reason == "withdrawal" and at_fault != "neither":
        raise FaultNotAccepted(at_fault)


def _demand_no_party(reviewer: str, case: Case) -> None:
    if case.dispute.party(reviewer) is not None:
        raise ReviewerNotIndependent(reviewer, "is a party to the dispute")
