"""How each fact changes what is known of a dispute. Nothing is decided here."""

from typing import assert_never

from msgspec.structs import replace

from ledger.disputes.dispute import Dispute, Phase, Request, Ruling, Said
from ledger.facts.disputes import (
    DisputeAnswered,
    DisputeAppealDecided,
    DisputeClosed,
    DisputeDeadlinePassed,
    DisputeEscalated,
    DisputeEvidenceAdded,
    DisputeEvidenceRequested,
    DisputeOpened,
    DisputeReturnReceived,
    DisputeReturnTracked,
    DisputeRuled,
    DisputeRulingAppealed,
    Settlement,
)
from ledger.facts.kinds import DisputesOwnFact


def opened(fact: DisputeOpened, position: int = 0) -> Dispute:
    """The dispute as its first fact leaves it."""
    return Dispute(
        dispute_id=fact.dispute_id,
        version=1,
        position=position,
        recorded_at=fact.recorded_at,
        seller_id=fact.seller_id,
        buyer_id=fact.buyer_id,
        order_id=fact.order_id,
        reason=fact.reason,
        currency=fact.currency,
        order_minor=fact.order_minor,
        asked_minor=fact.refund_minor,
        asked_returns=fact.returns,
        opened_at=fact.recorded_at,
        shipped_at=fact.shipped_at,
        receipt_confirmed_at=fact.receipt_confirmed_at,
        return_address=fact.return_address,
        seller_pays_return=fact.seller_pays_return,
        policy=fact.policy,
        phase="awaiting-seller",
        answer_until=fact.answer_until,
    )


def evolve_dispute(dispute: Dispute | None, fact: DisputesOwnFact, position: int = 0) -> Dispute:
    """The dispute once `fact`, at `position` in the log, is known as well."""
    if isinstance(fact, DisputeOpened):
        return opened(fact, position)
    assert dispute is not None, "a dispute begins with its opening"
    version = dispute.version + 1
    after = replace(dispute, version=version, position=position, recorded_at=fact.recorded_at)
    match fact:
        case DisputeAnswered():
            return _answered(after, fact)
        case DisputeEscalated():
            called = version if fact.why == "asked" else 0
            return replace(after, phase="escalated", escalated_version=called)
        case DisputeEvidenceRequested():
            asked = tuple(Request(party, fact.until, version) for party in fact.parties)
            return replace(after, requests=(*after.requests, *asked))
        case DisputeEvidenceAdded():
            given = Said(fact.party, fact.content, version)
            return replace(after, evidence=(*after.evidence, given))
        case DisputeDeadlinePassed():
            return after if fact.settlement is None else _settled(after, fact.settlement)
        case DisputeReturnTracked():
            return replace(
                after,
                phase="awaiting-receipt",
                tracking=Said("buyer", fact.content, version),
                receipt_until=fact.receipt_until,
            )
        case DisputeReturnReceived():
            return replace(after, received_version=version)
        case DisputeRuled():
            ruling = Ruling(
                version, fact.recorded_at, fact.actor, fact.settlement, fact.appeal_until
            )
            return _settled(replace(after, ruling=ruling), fact.settlement)
        case DisputeRulingAppealed():
            assert after.ruling is not None
            ruling = replace(
                after.ruling,
                appealed_by=fact.party,
                appeal_filed_by=fact.actor,
                appeal_version=version,
            )
            return replace(after, phase="under-appeal", ruling=ruling)
        case DisputeAppealDecided():
            assert after.ruling is not None
            ruling = replace(after.ruling, decided_version=version, decided=fact.outcome)
            return _settled(replace(after, ruling=ruling), fact.settlement)
        case DisputeClosed():
            return replace(
                after,
                phase="closed",
                closed=fact,
                returned=fact.returned,
                times_closed=after.times_closed + 1,
            )
        case _:
            assert_never(fact)


def _answered(after: Dispute, fact: DisputeAnswered) -> Dispute:
    if fact.party == "seller":
        after = replace(
            after,
            answered_version=after.version,
            offer_minor=fact.offer_minor,
            offer_returns=fact.offer_returns,
            agreement_until=fact.agreement_until,
            phase="awaiting-buyer",
        )
    else:
        after = replace(after, responded_version=after.version)
    return after if fact.settlement is None else _settled(after, fact.settlement)


def _settled(after: Dispute, settlement: Settlement) -> Dispute:
    """Settled: the goods go back first, or the closing follows at once."""
    phase: Phase = after.phase
    receipt_until = after.receipt_until
    if settlement.tracking_until is not None:
        phase = "awaiting-tracking"
    elif settlement.receipt_until is not None:
        phase, receipt_until = "awaiting-receipt", settlement.receipt_until
    return replace(
        after,
        settlement=settlement,
        settled_version=after.version,
        phase=phase,
        receipt_until=receipt_until,
    )
