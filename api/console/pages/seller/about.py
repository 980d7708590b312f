"""What every page about a seller shows: whose it is, how it stands now, and the other pages."""

from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope
from api.console.asking import Asking, Refused, Words
from api.console.pages.seller.moment import moment_of, shortened
from api.console.recorded import of_seller
from api.console.rendering import page
from api.console.visitors import Visitor

STANDING: Final[tuple[Scope, ...]] = ("standing:read", "audit:read", "cases:decide")
DETAILS: Final[tuple[Scope, ...]] = ("audit:read", "cases:decide")


class Tab(NamedTuple):
    """A page of the seller, and who may open it."""

    place: str
    """What follows the seller's own address."""
    name: str
    scopes: tuple[Scope, ...]


TABS: Final = (
    Tab("", "Overview", ("audit:read",)),
    Tab("/why", "Why", ("audit:read",)),
    Tab("/violations", "Violations", DETAILS),
    Tab("/sanctions", "Sanctions and money", DETAILS),
    Tab("/cases", "Cases", DETAILS),
    Tab("/promotion", "Promotion", DETAILS),
    Tab("/reputation", "Service", ("audit:read",)),
    Tab("/timeline", "Timeline", ("audit:read",)),
    Tab("/records", "Records", ("audit:read",)),
)


async def list_or_problem(
    ask: Asking, place: str, words: Words, what: str
) -> tuple[dict[str, Any], Refused | None]:
    """A list, or an empty one with the problem where a filter cannot be read: the page keeps what
    was typed, so that it can be put right.
    """
    try:
        return await ask.get(place, words), None
    except Refused as refused:
        if refused.status != 422:
            raise
        return {what: [], "next": None}, refused


async def seller_page(
    request: Request,
    template: str,
    visitor: Visitor,
    ask: Asking,
    seller_id: str,
    /,
    status: int = 200,
    **shown: Any,
) -> Response:
    """A page about a seller; `live` on it is the standing as it is now. A page that says no
    `moment` is about now, and tells so where its address asks for another.
    """
    live = await ask.get(f"/v1/sellers/{seller_id}/standing") if visitor.may(*STANDING) else None
    return page(
        request,
        f"seller/{template}",
        visitor,
        status,
        **{"problem": None, "moment": moment_of(request.query_params), **shown},
        looks_back="moment" in shown,
        shortened=shortened,
        seller_id=seller_id,
        live=live,
        tabs=[tab for tab in TABS if visitor.may(*tab.scopes)],
        recorded=await of_seller(request, visitor, ask, seller_id),
    )
