"""A seller's facts in the order of the log: what was told, by whom, and what it followed from."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked
from api.console.kindly import console_router
from api.console.pages.seller.about import list_or_problem, seller_page
from api.console.pages.seller.moment import completed
from api.console.visitors import CurrentVisitor, signed_in
from api.dependencies import SellerId

router = console_router(dependencies=[signed_in("audit:read")])

_ROWS: Final = 100
GROUPS: Final = {
    "penalties": (
        "violation-recorded", "violation-annulled", "violation-annulment-proposed",
        "violation-cancelled", "violation-expired", "sanction-proposed", "sanction-imposed",
        "sanction-lifted", "sanction-ended", "sanction-waiver-proposed", "sanction-waived",
        "sanction-found-in-error", "second-person-confirmed", "funds-frozen", "funds-released",
    ),
    "appeals": (
        "appeal-filed", "appeal-evidence-added", "appeal-upheld", "appeal-rejected",
        "appeal-lapsed", "appeal-withdrawn",
    ),
    "disputes": (
        "dispute-opened", "dispute-answered", "dispute-escalated", "dispute-evidence-requested",
        "dispute-evidence-added", "dispute-deadline-passed", "dispute-return-tracked",
        "dispute-return-received", "dispute-ruled", "dispute-closed", "dispute-ruling-appealed",
        "dispute-appeal-decided", "dispute-outcome-recorded",
    ),
    "reports": (
        "report-filed", "report-documents-requested", "report-documents-given",
        "report-answer-awaited", "report-deadline-passed", "report-counter-noticed",
        "report-reviewed", "report-dismissed",
    ),
    "promotion": (
        "product-enrolled", "enrolment-changed", "enrolment-approved", "enrolment-rejected",
        "product-withdrawn", "product-restored",
    ),
    "days": ("performance-reported", "product-performance-reported", "service-metric-breached"),
    "texts-and-holds": (
        "payload-erased", "legal-hold-placed", "legal-hold-lifted", "sensitive-record-read",
    ),
}  # fmt: skip


@router.get("/console/sellers/{seller_id}/timeline")
async def timeline(
    request: Request, visitor: CurrentVisitor, ask: Asked, seller_id: SellerId
) -> Response:
    """The seller's own record, or by kind and time all that the log holds about it."""
    query = request.query_params
    wanted = {name: query.get(name, "") for name in ("of", "kind", "from", "to")}
    words: dict[str, Any] = {"after": query.get("after"), "limit": _ROWS}
    if any(wanted.values()):
        place = "facts"
        asked: dict[str, Any] = {
            "seller_id": seller_id,
            "kind": [wanted["kind"]] if wanted["kind"] else list(GROUPS.get(wanted["of"], ())),
            "from": completed(wanted["from"]),
            "to": completed(wanted["to"]),
        }
    else:
        place, asked = f"sellers/{seller_id}/timeline", {}
    found, refused = await list_or_problem(ask, f"/v1/{place}", words | asked, "facts")
    return await seller_page(
        request,
        "timeline.html",
        visitor,
        ask,
        seller_id,
        found=found,
        wanted=wanted,
        groups=GROUPS,
        place=place,
        asked=asked,
        status=200 if refused is None else refused.status,
        problem=None if refused is None else refused.problem,
    )
