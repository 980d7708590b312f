"""The list of what is due."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.dependencies import TheLedger
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.deadlines import DEADLINES, Whom
from api.lists.deadlines import deadlines as deadlines_as
from api.lists.paging import ThePage
from ledger.facts.instants import MalformedInstant
from projections.deadlines_reading import DeadlineKind

router = APIRouter(tags=["deadlines"], dependencies=[require("audit:read", "cases:decide")])


@router.get("/v1/deadlines", **listed(DEADLINES, MalformedInstant))
async def deadlines(
    request: Request,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    due_after: Annotated[
        str | None, Query(description="Due behind this instant; absent: behind the present one")
    ] = None,
    due_before: At = None,
    within_hours: Annotated[
        int | None, Query(ge=0, le=100_000, description="Instead of `due_before`: from now")
    ] = None,
    kind: DeadlineKind | None = None,
    whom: Annotated[Whom | None, Query(alias="for")] = None,
    seller_id: OfSeller = None,
) -> Response:
    """What is due, in due order: what workers will record, and what people have time for."""
    begin, end = instant(due_after, "due_after"), instant(due_before, "due_before")
    asked = deadlines_as(ledger.now, begin, end, kind, whom, seller_id, within_hours)
    return await lists.answer(request, asked, page)
