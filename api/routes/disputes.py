"""Disputes: a buyer's claim on one order, step by step, and reading it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import CorrelationId, DisputeId, IdempotencyKey, MinPosition, TheLedger
from api.disputes import DisputeSeen, DisputeWritten, dispute_seen
from api.disputes_writing import A_STEP, brought
from api.openapi import answers
from api.positions import seen
from api.sensitive import recorded
from api.writing import SCOPES, signed
from ledger.decide import dispute_refusals as disputed
from ledger.decide import refusals as decided
from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    EscalateDispute,
    OpenDispute,
    ReceiveReturn,
    TrackReturn,
)
from ledger.facts.instants import MalformedInstant
from ledger.facts.money import MalformedMoney, OtherCurrency
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import Busy, Importing, NotThereYet, Unavailable

router = APIRouter(tags=["disputes"])


@router.post(
    "/v1/disputes",
    dependencies=[require(*SCOPES[OpenDispute])],
    **answers(
        DisputeWritten,
        decided.ToldDifferently,
        disputed.NoDisputeRules,
        disputed.DisputeProtectionOver,
        disputed.NotShippedYet,
        disputed.ReceivedBeforeShipped,
        disputed.WrongParty,
        MalformedInstant,
        MalformedMoney,
        OtherCurrency,
        disputed.RefundOverOrder,
        disputed.RefundMissing,
        disputed.ReturnNotAccepted,
        disputed.ReturnNeeded,
        BeforeFirstPack,
        Importing,
        Busy,
        Unavailable,
        status=201,
        says="The dispute as it was opened; a repeat gets the same answer",
    ),
)
async def open_dispute(
    claim: Annotated[OpenDispute, reads(OpenDispute)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A buyer asks for its money back: from shipment until some days after receipt."""
    return await brought(ledger, signed(claim, actor, key, correlation_id), 201)


@router.get(
    "/v1/disputes/{dispute_id}",
    dependencies=[require("audit:read", "facts:write", "cases:decide"), recorded("dispute")],
    **answers(DisputeSeen, disputed.UnknownDispute, NotThereYet),
)
async def dispute(
    dispute_id: DisputeId, ledger: TheLedger, min_position: MinPosition = None
) -> Response:
    """One dispute as it is now: what has fallen due holds, recorded or not."""
    await seen(ledger, min_position)
    found = await run_in_threadpool(ledger.dispute, dispute_id)
    if found is None:
        raise disputed.UnknownDispute(dispute_id)
    return answer(dispute_seen(found, ledger.rulebook))


@router.post(
    "/v1/disputes/{dispute_id}/seller-response",
    dependencies=[require(*SCOPES[AnswerDispute])],
    **answers(
        DisputeWritten,
        *A_STEP,
        MalformedMoney,
        OtherCurrency,
        disputed.RefundOverOrder,
        disputed.ReturnNotAccepted,
        disputed.WithdrawalNotRefused,
        disputed.OfferOutOfPlace,
    ),
)
async def answer_dispute(
    dispute_id: DisputeId,
    reply: Annotated[AnswerDispute, reads(AnswerDispute)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The seller accepts the claim, proposes something else, or rejects it."""
    return await brought(ledger, signed(reply, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/buyer-response",
    dependencies=[require(*SCOPES[AnswerOffer])],
    **answers(DisputeWritten, *A_STEP),
)
async def answer_offer(
    dispute_id: DisputeId,
    reply: Annotated[AnswerOffer, reads(AnswerOffer)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The buyer accepts the seller's offer, or refuses it: then the platform decides."""
    return await brought(ledger, signed(reply, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/escalation",
    dependencies=[require(*SCOPES[EscalateDispute])],
    **answers(DisputeWritten, *A_STEP),
)
async def escalate_dispute(
    dispute_id: DisputeId,
    call: Annotated[EscalateDispute, reads(EscalateDispute)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The buyer calls the platform, which it may until that has the dispute."""
    return await brought(ledger, signed(call, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/evidence",
    dependencies=[require(*SCOPES[AddDisputeEvidence])],
    **answers(DisputeWritten, *A_STEP),
)
async def add_dispute_evidence(
    dispute_id: DisputeId,
    given: Annotated[AddDisputeEvidence, reads(AddDisputeEvidence)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A party gives evidence, asked for or not, while the dispute is undecided."""
    return await brought(ledger, signed(given, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/return-tracking",
    dependencies=[require(*SCOPES[TrackReturn])],
    **answers(DisputeWritten, *A_STEP),
)
async def track_return(
    dispute_id: DisputeId,
    sent: Annotated[TrackReturn, reads(TrackReturn)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The buyer has sent the goods back, and says how to follow them."""
    return await brought(ledger, signed(sent, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/return-receipt",
    dependencies=[require(*SCOPES[ReceiveReturn])],
    **answers(DisputeWritten, *A_STEP),
)
async def receive_return(
    dispute_id: DisputeId,
    received: Annotated[ReceiveReturn, reads(ReceiveReturn)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The seller has the goods back, or refunds without waiting for them."""
    return await brought(ledger, signed(received, actor, key, correlation_id))
