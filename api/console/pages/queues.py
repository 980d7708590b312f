"""What waits: appeals, disputes, deadlines, reports and enrolments, each as a list of its own.

A list's filters are its address, so a view is kept or sent by keeping or sending that.
"""

from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.deciding import who_decides
from api.console.kindly import console_router
from api.console.rendering import page
from api.console.times import left
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import TheLedger

router = console_router(dependencies=[signed_in("audit:read", "cases:decide")])

_ROWS: Final = 50
_APPEALS: Final = ("status", "seller_id", "family", "reviewer", "within_hours", "sort")
_DISPUTES: Final = ("status", "reason", "seller_id", "buyer_id", "order_id", "at_fault", "sort")
_DEADLINES: Final = ("kind", "for", "within_hours", "seller_id", "due_after", "due_before")
_REPORTS: Final = ("status", "about", "seller_id", "reporter", "suspected", "reported_by", "sort")


@router.get("/console/appeals")
async def appeals(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger
) -> Response:
    """Rounds of appeals; unless asked otherwise those that wait for a decision."""
    wanted = _wanted(request, _APPEALS, status="filed")
    me, mine = who_decides(visitor), request.query_params.get("mine")
    if mine and me is not None:
        wanted["independent_of"] = me
    found = await _asked(ask, "/v1/appeals", "appeals", wanted)
    return _listed(request, "appeals", visitor, ledger, found, wanted, mine=mine, me=me)


@router.get("/console/disputes")
async def disputes(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger
) -> Response:
    """Disputes; unless asked otherwise those that wait for the platform."""
    wanted = _wanted(request, _DISPUTES, status="escalated")
    found = await _asked(ask, "/v1/disputes", "disputes", wanted)
    return _listed(request, "disputes", visitor, ledger, found, wanted)


@router.get("/console/deadlines")
async def deadlines(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger
) -> Response:
    """What is due, for whom, and what happens by itself then."""
    wanted = _wanted(request, _DEADLINES, **{"for": "person"})
    found = await _asked(ask, "/v1/deadlines", "deadlines", wanted)
    return _listed(request, "deadlines", visitor, ledger, found, wanted)


@router.get("/console/reports")
async def reports(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger
) -> Response:
    """Reports; unless asked otherwise those that wait for a review, the oldest first."""
    wanted = _wanted(request, _REPORTS, status="awaiting-review")
    found = await _asked(ask, "/v1/reports", "reports", wanted)
    return _listed(request, "reports", visitor, ledger, found, wanted)


@router.get("/console/enrolments")
async def enrolments(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger
) -> Response:
    """Products registered for a campaign: the newest, unless another is chosen."""
    campaigns = await ask.every("/v1/campaigns", "campaigns")
    newest = campaigns[-1]["campaign_id"] if campaigns else None
    chosen = request.query_params.get("campaign") or newest
    wanted = _wanted(request, ("status", "seller_id"), status="under-review")
    found: dict[str, Any] = {"enrolments": [], "next": None}
    if chosen is not None:
        place = f"/v1/campaigns/{chosen}/enrolments"
        found = await _asked(ask, place, "enrolments", wanted)
    return _listed(
        request, "enrolments", visitor, ledger, found, wanted, chosen=chosen, campaigns=campaigns
    )


def _wanted(request: Request, names: tuple[str, ...], **first: str) -> dict[str, Any]:
    """The filters of the address; one that it does not name has what most come for."""
    told = {name: request.query_params.get(name, first.get(name)) for name in names}
    return told | {"page_token": request.query_params.get("page_token")}


async def _asked(ask: Asking, path: str, what: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """A page of the list; where a filter was refused none of it, with the problem beside."""
    try:
        return await ask.get(path, wanted | {"limit": _ROWS})
    except Refused as refused:
        if refused.problem["field"] is None:
            raise
        return {what: [], "next": None, "problem": refused.problem, "status": refused.status}


def _listed(
    request: Request,
    what: str,
    visitor: Visitor,
    ledger: TheLedger,
    found: dict[str, Any],
    wanted: dict[str, Any],
    **more: Any,
) -> Response:
    """A page of a list; `filters` are those with which the whole of it is downloaded."""
    filters = {name: value for name, value in wanted.items() if name != "page_token"}
    now = partial(left, now=ledger.now())
    return page(
        request,
        f"{what}.html",
        visitor,
        found.get("status", 200),
        problem=found.get("problem"),
        found=found,
        wanted=wanted,
        filters=filters,
        left=now,
        **more,
    )
