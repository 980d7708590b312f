"""Waive a sanction, though its violations stand: one person proposes, another confirms."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.forms import KEY, Form, SentForm, only
from api.console.kindly import console_router
from api.console.pages.seller.about import seller_page
from api.console.pages.seller.acting.who import as_typed, named, who
from api.console.rendering import go
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import SanctionId, SellerId
from api.refusals import UnknownPage

router = console_router(dependencies=[signed_in("cases:decide")])


@router.get("/console/sellers/{seller_id}/sanctions/{sanction_id}/waive")
async def form(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    sanction_id: SanctionId,
) -> Response:
    """The form, with who proposed it already."""
    return await _form(request, visitor, ask, seller_id, sanction_id, {})


@router.post("/console/sellers/{seller_id}/sanctions/{sanction_id}/waive")
async def waive(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    sanction_id: SanctionId,
    sent: SentForm,
) -> Response:
    """Propose the waiver, or confirm it; then show the sanctions."""
    place = f"/v1/sellers/{seller_id}/sanctions/{sanction_id}/waiver"
    try:
        body = only(sent, "reason") | {"waived_by": named(visitor)}
        written = await ask.send("POST", place, body, key=sent.get(KEY))
    except Refused as refused:
        return await _form(
            request, visitor, ask, seller_id, sanction_id, sent, refused.status,
            problem=refused.problem,
        )  # fmt: skip
    done = "waived" if written["waiver"] == "waived" else "waiver-proposed"
    return go(request, f"sellers/{seller_id}/sanctions", {"done": done})


async def _form(
    request: Request,
    visitor: Visitor,
    ask: Asking,
    seller_id: str,
    sanction_id: str,
    sent: Form,
    status: int = 200,
    **shown: Any,
) -> Response:
    found = await ask.get("/v1/sanctions", {"seller_id": seller_id, "limit": 1_000})
    sanction = next((s for s in found["sanctions"] if s["sanction_id"] == sanction_id), None)
    if sanction is None:
        raise UnknownPage(f"seller {seller_id} has no sanction {sanction_id}")
    return await seller_page(
        request,
        "waive.html",
        visitor,
        ask,
        seller_id,
        status,
        sanction=sanction,
        sent=as_typed(sent),
        who=who(visitor),
        **shown,
    )
