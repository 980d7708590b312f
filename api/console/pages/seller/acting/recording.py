"""Record a violation by hand: filled in, foreseen, confirmed."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking
from api.console.deciding import WHAT, Case, Deed, Shown, decide
from api.console.forms import Form, SentForm, only, whole_number
from api.console.kindly import console_router
from api.console.pages.seller.about import DETAILS, STANDING
from api.console.pages.seller.acting.showing import form_page
from api.console.pages.seller.moment import completed
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in("facts:write")])

_PLAIN: Final = ("violation_id", "rule", "severity", "source", "listing_id", "statement")


@router.get("/console/sellers/{seller_id}/record-violation")
async def form(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """The form, with a file number that nobody has used."""
    empty = {"violation_id": f"console-{secrets.token_hex(5)}", "source": "inspection"}
    return await _case(request, visitor, ask, seller_id, empty).show(Shown(empty))


@router.post("/console/sellers/{seller_id}/record-violation")
async def record(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId, sent: SentForm
) -> Response:
    """What recording it would bring about; then record it, and go to its page."""
    case = _case(request, visitor, ask, seller_id, sent)
    return await decide(request, visitor, ask, sent | {WHAT: "record"}, case)


def _report(sent: Form, who: str | None) -> dict[str, Any]:
    """The form as the route takes it: what is empty was not said."""
    body: dict[str, Any] = dict(only(sent, *_PLAIN))
    body["effective_at"] = completed(sent.get("effective_at"))
    body["evidence"] = sent.get("evidence", "").split() or None
    body["reported_by"] = who
    body["points"] = whole_number(sent.get("points"))
    return {name: value for name, value in body.items() if value is not None}


_DEEDS: Final[Mapping[str, Deed]] = {"record": Deed("record-violation", "/violations", _report)}


def _case(request: Request, visitor: Visitor, ask: Asking, seller_id: str, sent: Form) -> Case:
    async def show(shown: Shown) -> Response:
        rules = await _rules(ask, seller_id) if visitor.may(*STANDING) else {}
        return await form_page(request, "record.html", visitor, ask, seller_id, shown, rules=rules)

    # Who may record and not read stays here, and is told here.
    read = visitor.may(*DETAILS)
    what = f"violations/{sent.get('violation_id', '')}" if read else "record-violation"
    return Case(
        f"sellers/{seller_id}/{what}",
        f"/v1/sellers/{seller_id}",
        {"seller_id": seller_id},
        _DEEDS,
        show,
    )


async def _rules(ask: Asking, seller_id: str) -> dict[str, Any]:
    """The rules in force now, by family, each with its points."""
    standing = await ask.get(f"/v1/sellers/{seller_id}/standing")
    pack = await ask.get(f"/v1/policies/{standing['policy']}")
    families: dict[str, Any] = {}
    for name, rule in sorted(pack["document"]["rules"].items()):
        families.setdefault(rule["family"], {})[name] = rule.get("points")
    return families
