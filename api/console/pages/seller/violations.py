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
_FACTS: Final = 200
_WITH_EFFECTS: Final = ("violation-recorded", "violation-annulled", "violation-cancelled")


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
    found, explained = await asyncio.gather(
        ask.get(f"/v1/sellers/{seller_id}/violations/{violation_id}"),
        counted(ask, seller_id, violation_id) if visitor.may("audit:read") else _nothing(),
    )
    rounds, facts = await asyncio.gather(
        _rounds(ask, seller_id, violation_id) if found["appeal"] else _none(),
        _facts(ask, seller_id, violation_id) if visitor.may("audit:read") else _none(),
    )
    return await seller_page(
        request,
        "violation.html",
        visitor,
        ask,
        seller_id,
        found=found,
        explained=explained,
        rounds=rounds,
        facts=facts,
    )


async def counted(ask: Asking, seller_id: str, violation_id: str) -> dict[str, Any] | None:
    """What the violation counts now, by which rule, and what would hold without it; None for one
    that counts nothing.
    """
    told = await ask.get(f"/v1/sellers/{seller_id}/standing/explanation")
    every = (v for bucket in told["buckets"] for v in bucket["violations"])
    return next((v for v in every if v["violation_id"] == violation_id), None)


async def _rounds(ask: Asking, seller_id: str, violation_id: str) -> list[dict[str, Any]]:
    place = f"/v1/sellers/{seller_id}/violations/{violation_id}/appeals"
    return (await ask.get(place))["appeals"]


async def _facts(ask: Asking, seller_id: str, violation_id: str) -> list[dict[str, Any]]:
    """What names the violation, and what followed from its being recorded or taken back."""
    words = {"seller_id": seller_id, "violation_id": violation_id, "limit": _FACTS}
    naming = (await ask.get("/v1/facts", words))["facts"]
    begun = [fact["fact_id"] for fact in naming if fact["kind"].startswith(_WITH_EFFECTS)]
    followed = await asyncio.gather(
        *(ask.get(f"/v1/facts/{fact_id}/effects", {"limit": _FACTS}) for fact_id in begun)
    )
    every = [*naming, *(fact for answer in followed for fact in answer["facts"])]
    return sorted({f["fact_id"]: f for f in every}.values(), key=_recorded)


def _recorded(fact: dict[str, Any]) -> str:
    return fact["recorded_at"]


async def _none() -> list[dict[str, Any]]:
    return []


async def _nothing() -> None:
    return None
