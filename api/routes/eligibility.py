"""Promotion eligibility: of one product with all that is behind it, or of a thousand at once."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import require
from api.bodies import answer, reads
from api.dependencies import MinPosition, SellerId, TheLedger, TheViews, an_id
from api.eligibility import (
    VIEWS,
    Asked,
    Eligibilities,
    Eligibility,
    EligibilityWanted,
    ManyEligibilities,
    asked_of,
)
from api.lists.asking import instant
from api.openapi import answers
from api.positions import views_seen
from api.routes.explanation import AsOf, KnownAt
from ledger.decide.performance_refusals import ProductOfAnotherSeller
from ledger.decide.promotion_refusals import UnknownCampaign
from ledger.facts.instants import MalformedInstant
from ledger.log import KnownAtInFuture
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import NotSettled, NotThereYet, Unavailable

router = APIRouter(
    tags=["promotions"], dependencies=[require("standing:read", "audit:read", "cases:decide")]
)


@router.get(
    "/v1/sellers/{seller_id}/promotion-eligibility",
    **answers(
        Eligibility,
        UnknownCampaign,
        ProductOfAnotherSeller,
        MalformedInstant,
        KnownAtInFuture,
        BeforeFirstPack,
        NotSettled,
        NotThereYet,
        Unavailable,
    ),
)
async def promotion_eligibility(
    seller_id: SellerId,
    ledger: TheLedger,
    views: TheViews,
    campaign: Annotated[str, Query(description="The campaign's id"), an_id("campaign")],
    product: Annotated[
        str | None,
        Query(description="The product's id; absent: what is asked of the seller alone"),
        an_id("product"),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    min_position: MinPosition = None,
) -> Response:
    """Whether a seller's product may take part in a campaign: every requirement that is asked, with
    the value, what is wanted and the facts behind it. As of any instant, as known at any.
    """
    of, known = instant(as_of, "as_of"), instant(known_at, "known_at")
    if known is not None:
        await run_in_threadpool(ledger.check_known_at, known)
    await views_seen(ledger, views, VIEWS, min_position)
    asked = [Asked(product, seller_id)]
    found = await run_in_threadpool(
        Eligibilities(ledger, views).answers, campaign, asked, of, known
    )
    return answer(found[0])


@router.post(
    "/v1/promotion-eligibility",
    **answers(
        ManyEligibilities,
        UnknownCampaign,
        ProductOfAnotherSeller,
        BeforeFirstPack,
        NotThereYet,
        Unavailable,
    ),
)
async def promotion_eligibilities(
    wanted: Annotated[EligibilityWanted, reads(EligibilityWanted)],
    ledger: TheLedger,
    views: TheViews,
) -> Response:
    """Whether up to 1,000 products may take part in a campaign now, in the order asked."""
    await views_seen(ledger, views, VIEWS)
    asked = asked_of(wanted)
    found = await run_in_threadpool(Eligibilities(ledger, views).answers, wanted.campaign, asked)
    return answer(ManyEligibilities(found))
