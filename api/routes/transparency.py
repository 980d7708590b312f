"""The numbers that transparency reports ask for."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.lists.answering import TheLists, listed
from api.lists.asking import At, instant
from api.lists.paging import ThePage
from api.lists.transparency import TRANSPARENCY
from api.lists.transparency import transparency as transparency_of
from ledger.facts.instants import MalformedInstant, parse_instant

router = APIRouter(tags=["audit"], dependencies=[require("audit:read")])


@router.get("/v1/transparency", **listed(TRANSPARENCY, MalformedInstant))
async def transparency(
    request: Request,
    lists: TheLists,
    page: ThePage,
    begin: Annotated[str, Query(alias="from", description="Recorded at this instant or later")],
    end: Annotated[str, Query(alias="to", description="Recorded before this instant")],
    known_at: At = None,
) -> Response:
    """Complaints, notices, violations, sanctions and freezes of a span, counted by what they were
    about and how they ended, with median times.
    """
    span = parse_instant(begin, "from"), parse_instant(end, "to")
    return await lists.answer(request, transparency_of(*span, instant(known_at, "known_at")), page)
