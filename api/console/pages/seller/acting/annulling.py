"""Annul a violation that should not have been recorded: foreseen, then confirmed."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.deciding import (
    NOTHING_TYPED,
    WHAT,
    Case,
    Deed,
    Shown,
    decide,
    who_decides,
    why_not,
)
from api.console.forms import Form, SentForm
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS
from api.console.pages.seller.acting.showing import form_page
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
    """The form, with who proposed it already."""
    return await _case(request, visitor, ask, seller_id, violation_id).show(NOTHING_TYPED)


@router.post("/console/sellers/{seller_id}/violations/{violation_id}/annul")
async def annul(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    violation_id: ViolationId,
    sent: SentForm,
) -> Response:
    """What it would bring about; then annul it, or propose that where the policy demands two."""
    case = _case(request, visitor, ask, seller_id, violation_id)
    return await decide(request, visitor, ask, sent | {WHAT: "annul"}, case)


def _annulment(sent: Form, who: str | None) -> dict[str, Any]:
    told = {"reason": sent.get("reason"), "annulled_by": who}
    return {name: value for name, value in told.items() if value}


_DEEDS: Final[Mapping[str, Deed]] = {"annul": Deed("annul-violation", "/annulment", _annulment)}


def _case(
    request: Request, visitor: Visitor, ask: Asking, seller_id: str, violation_id: str
) -> Case:
    about = {"seller_id": seller_id, "violation_id": violation_id}

    async def show(form: Shown) -> Response:
        found = await ask.get(f"/v1/sellers/{seller_id}/violations/{violation_id}")
        standing = found["status"] != "cancelled"
        proposed, barred = await asyncio.gather(
            _proposed(visitor, ask, about), _barred(visitor, ask, about, standing=standing)
        )
        return await form_page(
            request, "annul.html", visitor, ask, seller_id, form,
            found=found, proposed=proposed, barred=barred,
        )  # fmt: skip

    place = f"sellers/{seller_id}/violations/{violation_id}"
    # Who may annul and not read stays here, and is told here.
    then = place if visitor.may(*DETAILS) else f"{place}/annul"
    return Case(then, f"/v1/{place}", about, _DEEDS, show)


async def _proposed(
    visitor: Visitor, ask: Asking, about: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The fact by which somebody proposed the annulment already."""
    if not visitor.may("audit:read"):
        return None
    facts = await ask.get("/v1/facts", {**about, "kind": "violation-annulment-proposed"})
    return facts["facts"][0] if facts["facts"] else None


async def _barred(
    visitor: Visitor, ask: Asking, about: Mapping[str, Any], *, standing: bool
) -> dict[str, Any] | None:
    """Why this visitor may not annul it, said before they try."""
    who = who_decides(visitor)
    if who is None or not standing:
        return None
    return await why_not(
        ask, {"command": "annul-violation", **about, "reason": "?", "annulled_by": who}
    )
