"""Why a seller stands as it does: every point and every sanction, down to rule and reference."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Refused
from api.console.kindly import console_router
from api.console.pages.seller.about import seller_page
from api.console.pages.seller.moment import misread, moment_of
from api.console.rendering import go
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in("audit:read")])

_CHANGES = 50


@router.get("/console/sellers/{seller_id}/why")
async def why(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """The explanation as a tree, and what time alone will change."""
    moment = moment_of(request.query_params)
    place = f"/v1/sellers/{seller_id}/standing"
    try:
        explanation, forecast, begun = await asyncio.gather(
            ask.get(f"{place}/explanation", moment.words),
            ask.get(f"{place}/forecast", moment.words | {"limit": _CHANGES}),
            ask.get(f"{place}/history", {"limit": 1}),
        )
    except Refused as refused:
        if not misread(refused):
            raise
        return go(request, f"sellers/{seller_id}", moment.words)
    rules = {v["violation_id"]: v for b in explanation["buckets"] for v in b["violations"]}
    return await seller_page(
        request,
        "why.html",
        visitor,
        ask,
        seller_id,
        moment=moment,
        standing=explanation["standing"],
        explanation=explanation,
        forecast=forecast,
        rules=rules,
        now=begun["to"],
    )
