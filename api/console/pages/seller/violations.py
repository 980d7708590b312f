"""A seller's violations, and everything about one of them."""

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS, list_or_problem, seller_page
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId, ViolationId

router = console_router(dependencies=[signed_in(*DETAILS)])

_ASKED: Final = ("status", "family", "rule", "appealable", "sort", "page_token")
_ROWS: Final = 50


@router.get("/console/sellers/{seller_id}/violations")
async def violations(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """The violations, newest first, with what each counts and whether it can be appealed."""
    wanted = {name: request.query_params.get(name) for name in _ASKED}
    words: dict[str, Any] = {"sort": "-recorded"} | {n: v for n, v in wanted.items() if v}
    words |= {"seller_id": seller_id, "limit": _ROWS}
    found, refused = await list_or_problem(ask, "/v1/violations", words, "violations")
    return await seller_page(
        request,
        "violations.html",
        visitor,
        ask,
        seller_id,
        200 if refused is None else refused.status,
        found=found,
        wanted=wanted,
        problem=None if refused is None else refused.problem,
    )


@router.get("/console/sellers/{seller_id}/violations/{violation_id}")
async def violation(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    violation_id: ViolationId,
) -> Response:
    """One violation: what it counts and why, its appeal round by round, what followed from it."""
    place = f"/v1/sellers/{seller_id}/violations/{violation_id}"
    found, story, explained = await asyncio.gather(
        ask.get(place),
        ask.get(f"{place}/story"),
        _counted(ask, seller_id, violation_id) if visitor.may("audit:read") else _nothing(),
    )
    return await seller_page(
        request,
        "violation.html",
        visitor,
        ask,
        seller_id,
        found=found,
        explained=explained,
        story=story["facts"],
    )


async def _counted(ask: Asking, seller_id: str, violation_id: str) -> dict[str, Any] | None:
    """What the violation counts now, by which rule, and what would hold without it; None for one
    that counts nothing.
    """
    place = f"/v1/sellers/{seller_id}/standing/explanation"
    told = await ask.get(place, {"violation_id": violation_id})
    every = (v for bucket in told["buckets"] for v in bucket["violations"])
    return next((v for v in every if v["violation_id"] == violation_id), None)


async def _nothing() -> None:
    return None
