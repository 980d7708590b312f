"""A seller's part in campaigns: its enrolments, and whether it may enrol."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Refused
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS, seller_page
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in(*DETAILS)])

_ROWS = 50


@router.get("/console/sellers/{seller_id}/promotion")
async def promotion(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """Enrolments with their state, and for a chosen campaign each requirement with its facts."""
    query = request.query_params
    campaign, product = query.get("campaign"), query.get("product")
    status, token = query.get("status"), query.get("page_token")
    enrolments, campaigns = await asyncio.gather(
        ask.get(
            f"/v1/sellers/{seller_id}/enrolments",
            {"status": status, "page_token": token, "limit": _ROWS},
        ),
        ask.every("/v1/campaigns", "campaigns"),
    )
    eligibility = refused = None
    if campaign and visitor.may("audit:read"):
        place = f"/v1/sellers/{seller_id}/promotion-eligibility"
        try:
            eligibility = await ask.get(place, {"campaign": campaign, "product": product})
        except Refused as problem:
            refused = problem
    return await seller_page(
        request,
        "promotion.html",
        visitor,
        ask,
        seller_id,
        200 if refused is None else refused.status,
        problem=None if refused is None else refused.problem,
        enrolments=enrolments,
        campaigns=campaigns,
        eligibility=eligibility,
        campaign=campaign,
        product=product,
    )
