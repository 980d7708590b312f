"""Erasing a seller's texts, what would be erased, and the legal holds that forbid it."""

from typing import Annotated, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import (
    CorrelationId,
    HoldId,
    IdempotencyKey,
    MinPosition,
    SellerId,
    TheLedger,
)
from api.erasure import (
    Erasable,
    ErasureWritten,
    LegalHoldWritten,
    erasable,
    erasure_written,
    legal_hold_written,
)
from api.lists.answering import TheLists, listed
from api.lists.legal_holds import LEGAL_HOLDS, legal_holds_on
from api.lists.paging import ThePage
from api.openapi import answers
from api.positions import seen
from api.sensitive import recorded
from api.writing import SCOPES, handled, respond, signed
from ledger.decide import erasure_refusals as erasing
from ledger.decide import refusals as decided
from ledger.decide.erasure_commands import EraseSeller, LiftLegalHold, PlaceLegalHold
from ledger.store.refusals import Busy, Importing, NotThereYet, Unavailable

router = APIRouter(tags=["erasure"])

_ALWAYS: Final = (decided.ToldDifferently, Importing, Busy, Unavailable)
"""Why any of these may be refused."""


@router.get(
    "/v1/sellers/{seller_id}/erasure",
    dependencies=[require("admin", "audit:read")],
    **answers(Erasable, erasing.UnknownSeller, NotThereYet),
)
async def what_would_be_erased(
    seller_id: SellerId, ledger: TheLedger, min_position: MinPosition = None
) -> Response:
    """What an erasure would erase now, and what stands against it; nothing is erased."""
    await seen(ledger, min_position)
    seller, kept = await run_in_threadpool(ledger.kept, seller_id)
    return answer(erasable(seller, kept))


@router.post(
    "/v1/sellers/{seller_id}/erasure",
    dependencies=[require(*SCOPES[EraseSeller])],
    **answers(ErasureWritten, erasing.UnknownSeller, erasing.ErasureHeld, *_ALWAYS),
)
async def erase_seller(
    seller_id: SellerId,
    wish: Annotated[EraseSeller, reads(EraseSeller)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Erase every text that was told of the seller, with the key of their seals. No fact, no point
    and no standing changes. Asked again by the same person on the same ground, while nothing more
    was told, it answers the same.
    """
    brought = await handled(ledger, signed(wish, actor, key, correlation_id))
    return respond(erasure_written(brought), brought)


@router.get(
    "/v1/sellers/{seller_id}/legal-holds",
    dependencies=[require("admin", "audit:read"), recorded("legal-holds")],
    **listed(LEGAL_HOLDS),
)
async def legal_holds(
    request: Request, seller_id: SellerId, lists: TheLists, page: ThePage
) -> Response:
    """Legal holds on the seller's texts, those lifted included."""
    return await lists.answer(request, legal_holds_on(seller_id), page)


@router.post(
    "/v1/sellers/{seller_id}/legal-holds",
    dependencies=[require(*SCOPES[PlaceLegalHold])],
    **answers(LegalHoldWritten, erasing.UnknownSeller, *_ALWAYS),
)
async def place_legal_hold(
    seller_id: SellerId,
    wish: Annotated[PlaceLegalHold, reads(PlaceLegalHold)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Demand that the seller's texts be kept until this is lifted."""
    brought = await handled(ledger, signed(wish, actor, key, correlation_id))
    now = await run_in_threadpool(ledger.reader.seller, seller_id)
    return respond(legal_hold_written(wish.hold_id, "placed", brought, now), brought)


@router.post(
    "/v1/sellers/{seller_id}/legal-holds/{hold_id}/lifting",
    dependencies=[require(*SCOPES[LiftLegalHold])],
    **answers(LegalHoldWritten, erasing.UnknownLegalHold, *_ALWAYS),
)
async def lift_legal_hold(
    seller_id: SellerId,
    hold_id: HoldId,
    wish: Annotated[LiftLegalHold, reads(LiftLegalHold)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Lift a legal hold: the seller's texts may be erased again, unless others stand."""
    brought = await handled(ledger, signed(wish, actor, key, correlation_id))
    now = await run_in_threadpool(ledger.reader.seller, seller_id)
    return respond(legal_hold_written(wish.hold_id, "lifted", brought, now), brought)
