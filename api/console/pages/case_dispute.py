"""One dispute: what each side said and brought, and what the platform does with it."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.deciding import (
    NOTHING_TYPED,
    Case,
    Deed,
    Shown,
    barred,
    case_page,
    decide,
    given,
)
from api.console.forms import Form, SentForm
from api.console.kindly import console_router
from api.console.recorded import of_story
from api.console.times import left
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import DisputeId, TheLedger

router = console_router()
_PAGE: Final = "/console/disputes/{dispute_id}"


def _refund(form: Form) -> dict[str, str] | None:
    if not form.get("refund"):
        return None
    return {"amount": form["refund"].replace(",", "."), "currency": form.get("currency", "")}


def _ruling(form: Form, who: str | None) -> dict[str, Any]:
    told = given(
        refund=_refund(form),
        at_fault=form.get("at_fault"),
        reasons=form.get("reasons"),
        reviewer=who,
    )
    return told | {"return": form.get("return") == "yes"}


def _appeal_decision(form: Form, who: str | None) -> dict[str, Any]:
    return given(
        outcome=form.get("outcome"),
        refund=_refund(form),
        at_fault=form.get("at_fault"),
        reasons=form.get("reasons"),
        reviewer=who,
    )


def _evidence_request(form: Form, who: str | None) -> dict[str, Any]:
    parties = {"both": ["seller", "buyer"]}.get(form.get("from", ""), [form.get("from", "")])
    return given(actor=who) | {"from": parties}


_DEEDS: Final[Mapping[str, Deed]] = {
    "ruling": Deed("rule-dispute", "/ruling", _ruling),
    "appeal-decision": Deed("decide-ruling-appeal", "/appeal-decision", _appeal_decision),
    "evidence-request": Deed("request-dispute-evidence", "/evidence-request", _evidence_request),
}


@router.get(_PAGE, dependencies=[signed_in("audit:read", "cases:decide")])
async def dispute(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger, dispute_id: DisputeId
) -> Response:
    """The dispute as it stands, with the forms for what the platform may do now."""
    return await _case(request, visitor, ask, ledger, dispute_id).show(NOTHING_TYPED)


@router.post(_PAGE, dependencies=[signed_in("cases:decide")])
async def decide_dispute(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    ledger: TheLedger,
    form: SentForm,
    dispute_id: DisputeId,
) -> Response:
    """A ruling, a request or a decision on an appeal: foreseen first and then done."""
    case = _case(request, visitor, ask, ledger, dispute_id)
    return await decide(request, visitor, ask, form, case)


def _case(
    request: Request, visitor: Visitor, ask: Asking, ledger: TheLedger, dispute_id: str
) -> Case:
    route, about = f"/v1/disputes/{dispute_id}", {"dispute_id": dispute_id}

    async def show(shown: Shown) -> Response:
        found, story = await gather(ask.get(route), ask.get(f"{route}/story"))
        told = found["dispute"]
        standing, why_not = await gather(
            ask.get(f"/v1/sellers/{told['seller_id']}/standing"),
            barred(visitor, ask, _waited_for(told)),
        )
        return case_page(
            request,
            "case_dispute.html",
            visitor,
            shown,
            dispute=told,
            may=_may_be_done(told),
            may_be_asked=_not_asked_yet(story["facts"]),
            story=story["facts"],
            standing=standing,
            barred=why_not,
            left=partial(left, now=ledger.now()),
            recorded=await of_story(request, visitor, ask, story["facts"]),
        )

    return Case(f"disputes/{quote(dispute_id, '')}", route, about, _DEEDS, show)


def _may_be_done(dispute: Mapping[str, Any]) -> tuple[str, ...]:
    """What waits for the platform, as far as the state tells; the ledger has the last word."""
    ruling = dispute["ruling"]
    if ruling is not None and ruling["appeal"] is not None:
        return ("appeal-decision",) if ruling["appeal"]["status"] == "filed" else ()
    return ("ruling", "evidence-request") if dispute["status"] == "escalated" else ()


def _not_asked_yet(story: Sequence[Mapping[str, Any]]) -> list[str]:
    """The parties that the platform has not asked for evidence."""
    requests = [each for each in story if each["kind"].startswith("dispute-evidence-requested.")]
    asked = {party for request in requests for party in request["data"]["parties"]}
    return [party for party in ("seller", "buyer") if party not in asked]


def _waited_for(dispute: Mapping[str, Any]) -> dict[str, Any] | None:
    """A decision that the dispute waits for, to ask who may take it; None where none is due."""
    about = {"dispute_id": dispute["dispute_id"]}
    match _may_be_done(dispute):
        case ("ruling", *_):
            refund = {**dispute["order_amount"], "amount": "0"}
            return {"command": "rule-dispute", **about, "refund": refund, "at_fault": "neither"}
        case ("appeal-decision",):
            return {"command": "decide-ruling-appeal", **about, "outcome": "rejected"}
        case _:
            return None
