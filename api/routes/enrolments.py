"""Enrolments: a product's part in a campaign, step by step, and reading it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import (
    CampaignId,
    CorrelationId,
    IdempotencyKey,
    MinPosition,
    ProductId,
    TheLedger,
)
from api.openapi import answers
from api.positions import seen
from api.promotions import EnrolmentSeen, EnrolmentWritten, enrolment_seen
from api.promotions_writing import A_STEP, brought
from api.writing import SCOPES, signed
from ledger.decide import promotion_refusals as promoted
from ledger.decide import refusals as decided
from ledger.decide.promotion_commands import (
    ChangeEnrolment,
    DecideEnrolment,
    EnrolProduct,
    WithdrawProduct,
)
from ledger.facts.money import MalformedMoney, OtherCurrency
from ledger.store.refusals import Busy, Importing, NotThereYet, Unavailable

router = APIRouter(tags=["promotions"])

_ENROLMENT = "/v1/campaigns/{campaign_id}/enrolments/{product_id}"


@router.post(
    "/v1/campaigns/{campaign_id}/enrolments",
    dependencies=[require(*SCOPES[EnrolProduct])],
    **answers(
        EnrolmentWritten,
        promoted.UnknownCampaign,
        decided.ToldDifferently,
        promoted.RegistrationNotOpen,
        promoted.PromotionBarred,
        promoted.CategoryNotAdmitted,
        promoted.PriceNotReduced,
        MalformedMoney,
        OtherCurrency,
        Importing,
        Busy,
        Unavailable,
        status=201,
        says="The enrolment as it was registered; a repeat gets the same answer",
    ),
)
async def enrol_product(
    campaign_id: CampaignId,
    product: Annotated[EnrolProduct, reads(EnrolProduct)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A seller registers a product, with its prices and the stock that it sets aside."""
    return await brought(ledger, signed(product, actor, key, correlation_id), 201)


@router.get(
    _ENROLMENT,
    dependencies=[require("standing:read", "audit:read", "facts:write", "cases:decide")],
    **answers(EnrolmentSeen, promoted.UnknownEnrolment, NotThereYet),
)
async def enrolment(
    campaign_id: CampaignId,
    product_id: ProductId,
    ledger: TheLedger,
    min_position: MinPosition = None,
) -> Response:
    """One enrolment as it is now, with what is locked."""
    await seen(ledger, min_position)
    found = await run_in_threadpool(ledger.enrolment, campaign_id, product_id)
    if found is None:
        raise promoted.UnknownEnrolment(campaign_id, product_id)
    return answer(enrolment_seen(found, ledger.now()))


@router.patch(
    _ENROLMENT,
    dependencies=[require(*SCOPES[ChangeEnrolment])],
    **answers(
        EnrolmentWritten,
        *A_STEP,
        promoted.FieldLocked,
        promoted.ChangesOver,
        promoted.StockTakenBack,
        promoted.DiscountTakenBack,
        promoted.NothingToChange,
        MalformedMoney,
        OtherCurrency,
    ),
)
async def change_enrolment(
    campaign_id: CampaignId,
    product_id: ProductId,
    changed: Annotated[ChangeEnrolment, reads(ChangeEnrolment)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The seller sets more aside, lowers the discounted price, or changes what is not locked."""
    return await brought(ledger, signed(changed, actor, key, correlation_id))


@router.post(
    f"{_ENROLMENT}/decision",
    dependencies=[require(*SCOPES[DecideEnrolment])],
    **answers(EnrolmentWritten, *A_STEP, decided.ReviewerNotIndependent),
)
async def decide_enrolment(
    campaign_id: CampaignId,
    product_id: ProductId,
    decision: Annotated[DecideEnrolment, reads(DecideEnrolment)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A reviewer, who did not register the product, lets it take part or does not."""
    return await brought(ledger, signed(decision, actor, key, correlation_id))


@router.post(
    f"{_ENROLMENT}/withdrawal",
    dependencies=[require(*SCOPES[WithdrawProduct])],
    **answers(EnrolmentWritten, *A_STEP),
)
async def withdraw_product(
    campaign_id: CampaignId,
    product_id: ProductId,
    taken_back: Annotated[WithdrawProduct, reads(WithdrawProduct, optional=True)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The seller takes its product back, which it may while that is under review."""
    return await brought(ledger, signed(taken_back, actor, key, correlation_id))
