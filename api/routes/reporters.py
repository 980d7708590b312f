"""The queue of reports, and the record of those who made them."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.bodies import answer
from api.dependencies import MinPosition, ReporterId, TheLedger, TheViews, an_id
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.paging import ThePage
from api.lists.reports import REPORTERS, REPORTS, ReporterRow, never_reported, reporter_row
from api.lists.reports import reporters as reporters_as
from api.lists.reports import reports as reports_as
from api.openapi import answers
from api.positions import views_seen
from ledger.facts.instants import MalformedInstant
from ledger.facts.reports import ReportAbout, Reporter
from ledger.reports.report import ReportStatus
from ledger.store.refusals import NotThereYet, Unavailable
from projections.reports_reading import (
    ReporterSort,
    ReportSort,
    ReportsWanted,
    reporter_read,
)
from projections.views import Views

router = APIRouter(tags=["reports"], dependencies=[require("audit:read", "cases:decide")])


@router.get("/v1/reports", **listed(REPORTS, MalformedInstant))
async def reports(
    request: Request,
    lists: TheLists,
    page: ThePage,
    status: ReportStatus | None = None,
    about: ReportAbout | None = None,
    seller_id: OfSeller = None,
    reporter: Reporter | None = None,
    suspected: Annotated[str | None, Query(), an_id("suspected")] = None,
    reported_by: Annotated[str | None, Query(), an_id("reported_by")] = None,
    filed_from: At = None,
    filed_to: At = None,
    sort: ReportSort = "filed",
) -> Response:
    """Reports, the oldest first; those awaiting review wait for a reviewer."""
    wanted = ReportsWanted(
        status=status,
        about=about,
        seller_id=seller_id,
        reporter=reporter,
        suspected=suspected,
        reported_by=reported_by,
        filed_from=instant(filed_from, "filed_from"),
        filed_to=instant(filed_to, "filed_to"),
    )
    return await lists.answer(request, reports_as(wanted, sort), page)


@router.get("/v1/reporters", **listed(REPORTERS))
async def reporters(
    request: Request, lists: TheLists, page: ThePage, sort: ReporterSort = "-share"
) -> Response:
    """All who reported, by what came of it: those mostly unfounded first."""
    return await lists.answer(request, reporters_as(sort), page)


@router.get("/v1/reporters/{reporter_id}", **answers(ReporterRow, NotThereYet, Unavailable))
async def reporter(
    reporter_id: ReporterId,
    ledger: TheLedger,
    views: TheViews,
    min_position: MinPosition = None,
) -> Response:
    """What came of one reporter's reports; who never reported has a record of nothing."""
    await views_seen(ledger, views, REPORTERS.views, min_position)
    return answer(await run_in_threadpool(_record, views, reporter_id))


def _record(views: Views, reporter_id: str) -> ReporterRow:
    with views.snapshot(REPORTERS.views) as snapshot:
        told = reporter_read(snapshot.cursor, reporter_id)
    return never_reported(reporter_id) if told is None else reporter_row(told[1:])
