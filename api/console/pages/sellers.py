"""The list of sellers: searched, filtered, sorted, paged; the address holds all of it."""

import asyncio
from typing import Any, Final, get_args

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.kindly import console_router
from api.console.pages.seller.ladders import near_limit
from api.console.rendering import page
from api.console.views import choices, tidied, view_of, with_its_address
from api.console.visitors import CurrentVisitor, signed_in
from ledger.policy.policy import Family, SanctionKind

router = console_router(dependencies=[signed_in("audit:read", "cases:decide")])

_ROWS: Final = 50
_LABELS: Final = {
    "q": "id begins with",
    "status": "status",
    "family": "violations of",
    "min_points": "points from",
    "max_points": "points to",
    "min_strikes": "strikes from",
    "sanction": "sanction in force",
    "freeze": "money withheld for",
    "can_sell": "may sell",
    "can_promote": "may promote",
    "can_withdraw": "may withdraw",
    "appeals_open": "appeals open",
}
_MORE: Final = (
    "family", "min_strikes", "sanction", "freeze", "can_sell", "can_promote", "can_withdraw",
)  # fmt: skip
"""Filters that stand behind a click, unless one of them is in force."""
_SUSPENDED: Final = ("Suspended now", {"status": "suspended", "sort": "-changed"})
_READY: Final = (
    ("Money frozen", {"can_withdraw": "false", "sort": "-points"}),
    ("Appeals open", {"appeals_open": "true", "sort": "-points"}),
    ("Changes soon", {"sort": "next_change"}),
)
_ORDERS: Final = [
    ("-points", "most points first"),
    ("points", "fewest points first"),
    ("-strikes", "most strikes first"),
    ("strikes", "fewest strikes first"),
    ("-changed", "last changed first"),
    ("changed", "longest unchanged first"),
    ("next_change", "next change first"),
    ("-next_change", "farthest change first"),
    ("-seller_id", "by id, Z to A"),
]


@router.get("/console/sellers")
async def sellers(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """Sellers as they stand now."""
    if (tidy := tidied(request)) is not None:
        return tidy
    view = view_of(request, "seller_id")
    (found, problem), near = await asyncio.gather(
        view.asked(ask, "/v1/sellers", _ROWS), _near_the_limit(ask)
    )
    answer = page(
        request,
        "sellers.html",
        visitor,
        200 if problem is None else problem["status"],
        view=view,
        found=found,
        problem=problem,
        chips=view.chips(_LABELS),
        ready=(_SUSPENDED, *near, *_READY),
        more=any(view.get(name) for name in _MORE),
        orders=_ORDERS,
        per_page=_ROWS,
        statuses=choices(("active", "restricted", "suspended")),
        families=choices(get_args(Family)),
        sanctions=choices(get_args(SanctionKind)),
    )
    return with_its_address(request, view, answer)


async def _near_the_limit(ask: Asking) -> list[tuple[str, dict[str, str]]]:
    """Sellers whom little more suspends, by the policy that decides now; none without a limit."""
    editions = await ask.every("/v1/policies", "policies")
    deciding = next((each["pack"] for each in editions if each["decides"]), None)
    if deciding is None:
        return []
    document: dict[str, Any] = (await ask.get(f"/v1/policies/{deciding}"))["document"]
    least, most = near_limit(document, "points") or (None, None)
    if least is None:
        return []
    words = {"min_points": f"{least}", "max_points": f"{most}", "sort": "-points"}
    return [("Near the limit", words)]
