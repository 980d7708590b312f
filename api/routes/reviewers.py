"""Who decided what: the decisions of a reviewer, of whatever kind."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.dependencies import an_id
from api.lists.answering import TheLists, listed
from api.lists.asking import At, instant
from api.lists.decisions import DECISIONS, DecidedWhat
from api.lists.decisions import decisions as decisions_of
from api.lists.paging import ThePage
from api.sensitive import recorded
from ledger.facts.ids import ID_PATTERN
from ledger.facts.instants import MalformedInstant

router = APIRouter(tags=["facts"], dependencies=[require("audit:read")])

_SHAPE = {"pattern": ID_PATTERN, "minLength": 1, "maxLength": 128}
ReviewerId = Annotated[
    str, Path(description="The reviewer's id", json_schema_extra=_SHAPE), an_id("reviewer_id")
]


@router.get(
    "/v1/reviewers/{reviewer_id}/decisions",
    dependencies=[recorded("decisions")],
    **listed(DECISIONS, MalformedInstant),
)
async def decisions(
    request: Request,
    reviewer_id: ReviewerId,
    lists: TheLists,
    page: ThePage,
    what: DecidedWhat | None = None,
    decided_from: At = None,
    decided_to: At = None,
) -> Response:
    """Appeals, rulings, reports, annulments, waivers, sanctions and enrolments that somebody
    decided, proposed or confirmed.
    """
    begin, end = instant(decided_from, "decided_from"), instant(decided_to, "decided_to")
    return await lists.answer(request, decisions_of(reviewer_id, what, begin, end), page)
