"""The list of sellers: searched, filtered, sorted, paged; the address holds all of it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked
from api.console.kindly import console_router
from api.console.rendering import page
from api.console.visitors import CurrentVisitor, signed_in

router = console_router(dependencies=[signed_in("audit:read", "cases:decide")])

_ASKED: Final = (
    "q", "status", "family", "min_points", "max_points", "min_strikes", "sanction", "freeze",
    "can_sell", "can_promote", "can_withdraw", "sort", "page_token",
)  # fmt: skip
"""What the page hands on; the route beneath says what each may be."""
_ROWS: Final = 50


@router.get("/console/sellers")
async def sellers(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """Sellers as they stand now."""
    words = {name: request.query_params.get(name) for name in _ASKED}
    found = await ask.get("/v1/sellers", words | {"limit": _ROWS})
    return page(request, "sellers.html", visitor, found=found, wanted=words)
