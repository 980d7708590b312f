"""Waive a sanction, though its violations stand: one person proposes, another confirms."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.deciding import NOTHING_TYPED, WHAT, Case, Deed, Shown, decide
from api.console.forms import Form, SentForm
from api.console.kindly import console_router
from api.console.pages.seller.acting.showing import form_page
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
    return await _case(request, visitor, ask, seller_id, sanction_id).show(NOTHING_TYPED)


@router.post("/console/sellers/{seller_id}/sanctions/{sanction_id}/waive")
async def waive(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    seller_id: SellerId,
    sanction_id: SanctionId,
    sent: SentForm,
) -> Response:
    """What it would bring about; then propose the waiver, or confirm it."""
    case = _case(request, visitor, ask, seller_id, sanction_id)
    return await decide(request, visitor, ask, sent | {WHAT: "waive"}, case)


def _waiver(sent: Form, who: str | None) -> dict[str, Any]:
    told = {"reason": sent.get("reason"), "waived_by": who}
    return {name: value for name, value in told.items() if value}


_DEEDS: Final[Mapping[str, Deed]] = {"waive": Deed("waive-sanction", "", _waiver)}


def _case(
    request: Request, visitor: Visitor, ask: Asking, seller_id: str, sanction_id: str
) -> Case:
    async def show(form: Shown) -> Response:
        sanction = await _sanction(ask, seller_id, sanction_id)
        return await form_page(
            request, "waive.html", visitor, ask, seller_id, form, sanction=sanction
        )

    about = {"seller_id": seller_id, "sanction_id": sanction_id}
    route = f"/v1/sellers/{seller_id}/sanctions/{sanction_id}/waiver"
    return Case(f"sellers/{seller_id}/sanctions", route, about, _DEEDS, show)


async def _sanction(ask: Asking, seller_id: str, sanction_id: str) -> dict[str, Any]:
    for sanction in await ask.every("/v1/sanctions", "sanctions", {"seller_id": seller_id}):
        if sanction["sanction_id"] == sanction_id:
            return sanction
    raise UnknownPage(f"seller {seller_id} has no sanction {sanction_id}")
