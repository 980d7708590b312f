"""What the platform does with a dispute: asks for evidence, rules, and decides on appeals."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import reads
from api.dependencies import CorrelationId, DisputeId, IdempotencyKey, TheLedger
from api.disputes import DisputeWritten
from api.disputes_writing import A_STEP, brought
from api.openapi import answers
from api.writing import SCOPES, signed
from ledger.decide import dispute_refusals as disputed
from ledger.decide import refusals as decided
from ledger.decide.dispute_commands import (
    AppealRuling,
    DecideRulingAppeal,
    RequestDisputeEvidence,
    RuleDispute,
)
from ledger.facts.money import MalformedMoney, OtherCurrency

router = APIRouter(tags=["disputes"])


@router.post(
    "/v1/disputes/{dispute_id}/evidence-request",
    dependencies=[require(*SCOPES[RequestDisputeEvidence])],
    **answers(DisputeWritten, *A_STEP),
)
async def request_dispute_evidence(
    dispute_id: DisputeId,
    wish: Annotated[RequestDisputeEvidence, reads(RequestDisputeEvidence)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The platform asks parties for evidence; who is silent loses."""
    return await brought(ledger, signed(wish, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/ruling",
    dependencies=[require(*SCOPES[RuleDispute])],
    **answers(
        DisputeWritten,
        *A_STEP,
        decided.ReviewerNotIndependent,
        MalformedMoney,
        OtherCurrency,
        disputed.RefundOverOrder,
        disputed.ReturnNotAccepted,
        disputed.FaultNotAccepted,
    ),
)
async def rule_dispute(
    dispute_id: DisputeId,
    ruling: Annotated[RuleDispute, reads(RuleDispute)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A reviewer who is no party decides what is refunded and who was at fault."""
    return await brought(ledger, signed(ruling, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/appeal",
    dependencies=[require(*SCOPES[AppealRuling])],
    **answers(DisputeWritten, *A_STEP, disputed.DisputeTooLate),
)
async def appeal_ruling(
    dispute_id: DisputeId,
    appeal: Annotated[AppealRuling, reads(AppealRuling)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A party challenges the ruling, once, within its days."""
    return await brought(ledger, signed(appeal, actor, key, correlation_id))


@router.post(
    "/v1/disputes/{dispute_id}/appeal-decision",
    dependencies=[require(*SCOPES[DecideRulingAppeal])],
    **answers(
        DisputeWritten,
        *A_STEP,
        decided.ReviewerNotIndependent,
        MalformedMoney,
        OtherCurrency,
        disputed.RefundOverOrder,
        disputed.FaultNotAccepted,
        disputed.RefundOutOfPlace,
    ),
)
async def decide_ruling_appeal(
    dispute_id: DisputeId,
    decision: Annotated[DecideRulingAppeal, reads(DecideRulingAppeal)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Another reviewer upholds the appeal or rejects it; nothing comes after that."""
    return await brought(ledger, signed(decision, actor, key, correlation_id))
