"""One report: what the reporter says, what the seller brought, and the review."""

from asyncio import gather
from collections.abc import Mapping
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
from api.console.forms import Form, SentForm, whole_number
from api.console.kindly import console_router
from api.console.recorded import of_story
from api.console.times import left
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.dependencies import ReportId, TheLedger

router = console_router()
_PAGE: Final = "/console/reports/{report_id}"


def _review(form: Form, who: str | None) -> dict[str, Any]:
    told = given(outcome=form.get("outcome"), reasons=form.get("reasons"), reviewer=who)
    if form.get("outcome") == "violation":
        told |= given(
            rule=form.get("rule"),
            severity=form.get("severity"),
            points=whole_number(form.get("points")),
        )
    return told


def _document_request(form: Form, who: str | None) -> dict[str, Any]:
    return given(statement=form.get("statement"), actor=who)


_DEEDS: Final[Mapping[str, Deed]] = {
    "review": Deed("review-report", "/review", _review),
    "document-request": Deed("request-report-documents", "/document-request", _document_request),
}


@router.get(_PAGE, dependencies=[signed_in("audit:read", "cases:decide")])
async def report(
    request: Request, visitor: CurrentVisitor, ask: Asked, ledger: TheLedger, report_id: ReportId
) -> Response:
    """The report as it stands, with the form for its review."""
    return await _case(request, visitor, ask, ledger, report_id).show(NOTHING_TYPED)


@router.post(_PAGE, dependencies=[signed_in("cases:decide")])
async def review_report(
    request: Request,
    visitor: CurrentVisitor,
    ask: Asked,
    ledger: TheLedger,
    form: SentForm,
    report_id: ReportId,
) -> Response:
    """A review, or a request for documents: foreseen first and then done."""
    case = _case(request, visitor, ask, ledger, report_id)
    return await decide(request, visitor, ask, form, case)


def _case(
    request: Request, visitor: Visitor, ask: Asking, ledger: TheLedger, report_id: str
) -> Case:
    route, about = f"/v1/reports/{report_id}", {"report_id": report_id}

    async def show(shown: Shown) -> Response:
        found, story = await gather(ask.get(route), ask.get(f"{route}/story"))
        told = found["report"]
        review = {"command": "review-report", **about, "outcome": "dismissed"}
        standing, why_not, reporter = await gather(
            ask.get(f"/v1/sellers/{told['seller_id']}/standing"),
            barred(visitor, ask, review if told["status"] == "awaiting-review" else None),
            ask.get(f"/v1/reporters/{told['reported_by']}"),
        )
        return case_page(
            request,
            "case_report.html",
            visitor,
            shown,
            report=told,
            reporter=reporter,
            story=story["facts"],
            standing=standing,
            barred=why_not,
            left=partial(left, now=ledger.now()),
            recorded=await of_story(request, visitor, ask, story["facts"]),
        )

    return Case(f"reports/{quote(report_id, '')}", route, about, _DEEDS, show)
