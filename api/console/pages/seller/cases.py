"""What is or was argued about a seller: appeals, disputes, reports, and what falls due."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS, seller_page
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in(*DETAILS)])

_ROWS = 50


@router.get("/console/sellers/{seller_id}/cases")
async def cases(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """The newest of each; the whole lists are one link away."""
    words = {"seller_id": seller_id, "limit": _ROWS}
    appeals, disputes, reports, deadlines = await asyncio.gather(
        ask.get("/v1/appeals", words | {"sort": "-filed"}),
        ask.get("/v1/disputes", words | {"sort": "-opened"}),
        ask.get("/v1/reports", words | {"sort": "-filed"}),
        ask.get("/v1/deadlines", words),
    )
    return await seller_page(
        request,
        "cases.html",
        visitor,
        ask,
        seller_id,
        appeals=appeals,
        disputes=disputes,
        reports=reports,
        deadlines=deadlines,
    )
