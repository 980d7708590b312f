"""What is kept of a seller: texts, legal holds, erasures, and the bundle for an auditor."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.kindly import console_router
from api.console.pages.seller.about import seller_page
from api.console.pages.seller.moment import completed
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in("audit:read")])


@router.get("/console/sellers/{seller_id}/records")
async def records(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """Texts, holds and erasures; nothing here changes any of them."""
    kept, holds = await asyncio.gather(
        kept_of(ask, seller_id), ask.get(f"/v1/sellers/{seller_id}/legal-holds")
    )
    return await seller_page(
        request,
        "records.html",
        visitor,
        ask,
        seller_id,
        words_kept=kept,
        holds=holds["legal_holds"],
    )


@router.get("/console/sellers/{seller_id}/audit-bundle")
async def bundle(request: Request, ask: Asked, seller_id: SellerId) -> Response:
    """The bundle as a download, handed on as the ledger makes it."""
    query = request.query_params
    words = {
        "at": [at for each in query.getlist("at") if (at := completed(each))],
        "known_at": completed(query.get("known_at")),
        "texts": query.get("texts"),
    }
    return ask.passing(f"/v1/sellers/{seller_id}/audit-bundle", words)


async def kept_of(ask: Asking, seller_id: str) -> dict[str, Any] | None:
    """What an erasure would find; None for a seller of whom nothing was ever told."""
    try:
        return await ask.get(f"/v1/sellers/{seller_id}/erasure")
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
