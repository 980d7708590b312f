"""Goods on their way back to the seller."""

from typing import Final

from msgspec.structs import replace

from ledger.decide.dispute_refusals import DisputeWrongState
from ledger.decide.settling import Case, CaseFact
from ledger.disputes.dispute import where
from ledger.facts.disputes import DisputeReturnReceived, DisputeReturnTracked

AWAITS: Final = "a dispute that awaits a return"


def track_return(case: Case) -> list[CaseFact]:
    """The buyer tells the tracking number, within its days."""
    dispute = case.dispute
    if dispute.phase != "awaiting-tracking":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), AWAITS)
    return [
        DisputeReturnTracked(
            recorded_at=case.at,
            actor=case.acting("buyer"),
            seller_id=dispute.seller_id,
            receipt_until=case.policy.days_after(case.at, case.rules.return_receipt_days),
            content=case.context.content,
            seal=case.context.seal,
        )
    ]


def receive_return(case: Case) -> list[CaseFact]:
    """The seller has its goods back, or refunds without waiting: the dispute closes as settled."""
    dispute = case.dispute
    if dispute.status != "awaiting-return":
        raise DisputeWrongState(dispute.dispute_id, where(dispute), AWAITS)
    assert dispute.settlement is not None
    actor = case.acting("seller")
    received = DisputeReturnReceived(
        recorded_at=case.at, actor=actor, seller_id=dispute.seller_id, seal=case.context.seal
    )
    settled = replace(dispute.settlement, tracking_until=None, receipt_until=None)
    sent = dispute.tracking is not None
    return [received, *case.closing(settled, actor=actor, returned=sent)]
