"""Annul a violation that should not have been recorded."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.forms import KEY, Form, SentForm
from api.console.kindly import console_router
from api.console.pages.seller.about import seller_page
from api.console.pages.seller.acting.who import as_typed, named, who
from api.console.pages.seller.violations import counted
from api.console.rendering import go
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import SellerId, ViolationId

router = console_router(dependencies=[signed_in("facts:write", "cases:decide")])


@router.get("/console/sellers/{seller_id}/violations/{violation_id}/annul")
async def form(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    violation_id: ViolationId,
) -> Response:
    """The form, with what would hold without the violation."""
    return await _form(request, visitor, ask, seller_id, violation_id, {})


@router.post("/console/sellers/{seller_id}/violations/{violation_id}/annul")
async def annul(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    violation_id: ViolationId,
    sent: SentForm,
) -> Response:
    """Annul it, or propose that where the policy demands two people; then show the violation."""
    place = f"/v1/sellers/{seller_id}/violations/{violation_id}/annulment"
    try:
        body = {"reason": sent.get("reason", ""), "annulled_by": named(visitor)}
        written = await ask.send("POST", place, body, key=sent.get(KEY))
    except Refused as refused:
        return await _form(
            request, visitor, ask, seller_id, violation_id, sent, refused.status,
            problem=refused.problem,
        )  # fmt: skip
    done = "annulled" if written["annulment"] == "annulled" else "annulment-proposed"
    return go(request, f"sellers/{seller_id}/violations/{violation_id}", {"done": done})


async def _form(
    request: Request,
    visitor: Visitor,
    ask: Asking,
    seller_id: str,
    violation_id: str,
    sent: Form,
    status: int = 200,
    **shown: Any,
) -> Response:
    found = await ask.get(f"/v1/sellers/{seller_id}/violations/{violation_id}")
    explained, proposed = (
        await asyncio.gather(
            counted(ask, seller_id, violation_id), _proposed(ask, seller_id, violation_id)
        )
        if visitor.may("audit:read")
        else (None, None)
    )
    return await seller_page(
        request,
        "annul.html",
        visitor,
        ask,
        seller_id,
        status,
        found=found,
        explained=explained,
        proposed=proposed,
        sent=as_typed(sent),
        who=who(visitor),
        **shown,
    )


async def _proposed(ask: Asking, seller_id: str, violation_id: str) -> dict[str, Any] | None:
    """The fact by which somebody proposed the annulment already."""
    words = {
        "seller_id": seller_id,
        "violation_id": violation_id,
        "kind": "violation-annulment-proposed",
    }
    facts = (await ask.get("/v1/facts", words))["facts"]
    return facts[0] if facts else None
