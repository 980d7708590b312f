"""A seller's sanctions and freezes of money, in force and over."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS, seller_page
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in(*DETAILS)])

_ROWS = 200


@router.get("/console/sellers/{seller_id}/sanctions")
async def sanctions(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """Every sanction and every freeze, the newest first, with what became of it."""
    words = {"seller_id": seller_id, "limit": _ROWS, "sort": "-recorded"}
    found, freezes = await asyncio.gather(
        ask.get("/v1/sanctions", words), ask.get("/v1/freezes", words)
    )
    return await seller_page(
        request, "sanctions.html", visitor, ask, seller_id, found=found, freezes=freezes
    )
