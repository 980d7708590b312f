"""Record a violation by hand."""

import secrets
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.forms import KEY, Form, SentForm, only
from api.console.kindly import console_router
from api.console.pages.seller.about import STANDING, seller_page
from api.console.pages.seller.acting.who import as_typed, named, who
from api.console.pages.seller.moment import completed
from api.console.rendering import go
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
    return await _form(request, visitor, ask, seller_id, empty)


@router.post("/console/sellers/{seller_id}/record-violation")
async def record(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId, sent: SentForm
) -> Response:
    """Record it, and go to its page."""
    try:
        body = _report(sent) | {"reported_by": named(visitor)}
        place = f"/v1/sellers/{seller_id}/violations"
        written = await ask.send("POST", place, body, key=sent.get(KEY))
    except Refused as refused:
        return await _form(
            request, visitor, ask, seller_id, sent, refused.status, problem=refused.problem
        )
    made = written["violation"]["violation_id"]
    return go(request, f"sellers/{seller_id}/violations/{made}", {"done": "recorded"})


async def _form(
    request: Request,
    visitor: Visitor,
    ask: Asking,
    seller_id: str,
    sent: Form,
    status: int = 200,
    **shown: Any,
) -> Response:
    return await seller_page(
        request,
        "record.html",
        visitor,
        ask,
        seller_id,
        status,
        sent=as_typed(sent),
        who=who(visitor),
        rules=await _rules(ask, seller_id) if visitor.may(*STANDING) else {},
        **shown,
    )


async def _rules(ask: Asking, seller_id: str) -> dict[str, Any]:
    """The rules in force now, by family, each with its points."""
    standing = await ask.get(f"/v1/sellers/{seller_id}/standing")
    pack = await ask.get(f"/v1/policies/{standing['policy']}")
    families: dict[str, Any] = {}
    for name, rule in sorted(pack["document"]["rules"].items()):
        families.setdefault(rule["family"], {})[name] = rule.get("points")
    return families


def _report(sent: Form) -> dict[str, Any]:
    """The form as the route takes it: what is empty was not said."""
    body: dict[str, Any] = dict(only(sent, *_PLAIN))
    body["effective_at"] = completed(sent.get("effective_at"))
    body["evidence"] = [line for line in sent.get("evidence", "").split() if line] or None
    points = sent.get("points", "")
    if points:
        body["points"] = int(points) if points.isdecimal() else points
    return {name: value for name, value in body.items() if value is not None}
