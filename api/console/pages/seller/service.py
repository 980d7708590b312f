"""How well a seller serves: every metric with its level, and the facts behind each."""

from typing import Any, Final

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

_ROWS: Final = 100
_WORST: Final = ("suspicious", "weak", "good", "unknown")


@router.get("/console/sellers/{seller_id}/reputation")
async def service(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """The metrics, each with what it counted; worst first."""
    moment = moment_of(request.query_params)
    try:
        found = await ask.get(f"/v1/sellers/{seller_id}/reputation", moment.words)
    except Refused as refused:
        if not misread(refused):
            raise
        return go(request, f"sellers/{seller_id}", moment.words)
    found["metrics"].sort(key=_how_bad)
    return await seller_page(
        request, "service.html", visitor, ask, seller_id, found=found, moment=moment
    )


@router.get("/console/sellers/{seller_id}/reputation/{metric}")
async def facts_behind(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId, metric: str
) -> Response:
    """The facts that a metric rests on, with what each adds."""
    query = request.query_params
    moment = moment_of(query)
    words: dict[str, Any] = {
        **moment.words,
        "window_days": query.get("window_days"),
        "page_token": query.get("page_token"),
        "limit": _ROWS,
    }
    found = await ask.get(f"/v1/sellers/{seller_id}/reputation/{metric}/facts", words)
    return await seller_page(
        request,
        "service_facts.html",
        visitor,
        ask,
        seller_id,
        found=found,
        moment=moment,
        metric=metric,
        window_days=query.get("window_days"),
    )


def _how_bad(metric: dict[str, Any]) -> int:
    return _WORST.index(metric["level"])
