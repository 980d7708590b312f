"""The lists of cases: appeals and disputes."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.dependencies import TheLedger, an_id
from api.lists.all_appeals import ALL_APPEALS
from api.lists.all_appeals import all_appeals as every_appeal
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.disputes import DISPUTES
from api.lists.disputes import disputes as disputes_as
from api.lists.paging import ThePage
from api.sensitive import recorded
from ledger.disputes.dispute import DisputeStatus
from ledger.facts.disputes import AtFault, DisputeReason
from ledger.facts.instants import MalformedInstant
from ledger.policy.policy import Family
from ledger.standing.appeals import RoundStatus
from projections.appeals_reading import AppealSort, AppealsWanted
from projections.disputes_reading import DisputeSort, DisputesWanted

router = APIRouter(dependencies=[require("audit:read", "cases:decide")])


@router.get(
    "/v1/appeals",
    tags=["appeals"],
    dependencies=[recorded("appeals")],
    **listed(ALL_APPEALS, MalformedInstant),
)
async def all_appeals(
    request: Request,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    status: RoundStatus | None = None,
    seller_id: OfSeller = None,
    family: Family | None = None,
    reviewer: Annotated[str | None, Query(), an_id("reviewer")] = None,
    filed_from: At = None,
    filed_to: At = None,
    independent_of: Annotated[
        str | None,
        Query(description="Only rounds that this person may decide, having had no part in them"),
        an_id("independent_of"),
    ] = None,
    within_hours: Annotated[
        int | None,
        Query(ge=0, le=100_000, description="Only rounds that lapse within so many hours"),
    ] = None,
    sort: AppealSort = "filed",
) -> Response:
    """Rounds of appeals of all sellers; those filed and not decided wait for a reviewer."""
    wanted = AppealsWanted(
        status=status,
        seller_id=seller_id,
        family=family,
        reviewer=reviewer,
        filed_from=instant(filed_from, "filed_from"),
        filed_to=instant(filed_to, "filed_to"),
        independent_of=independent_of,
        within_hours=within_hours,
    )
    return await lists.answer(request, every_appeal(wanted, ledger.now, sort), page)


@router.get(
    "/v1/disputes",
    tags=["disputes"],
    dependencies=[recorded("disputes")],
    **listed(DISPUTES, MalformedInstant),
)
async def disputes(
    request: Request,
    lists: TheLists,
    page: ThePage,
    status: DisputeStatus | None = None,
    seller_id: OfSeller = None,
    buyer_id: Annotated[str | None, Query(), an_id("buyer_id")] = None,
    order_id: Annotated[str | None, Query(), an_id("order_id")] = None,
    reason: DisputeReason | None = None,
    at_fault: AtFault | None = None,
    opened_from: At = None,
    opened_to: At = None,
    sort: DisputeSort = "opened",
) -> Response:
    """Disputes; those that are escalated wait for the platform."""
    wanted = DisputesWanted(
        status=status,
        seller_id=seller_id,
        buyer_id=buyer_id,
        order_id=order_id,
        reason=reason,
        at_fault=at_fault,
        opened_from=instant(opened_from, "opened_from"),
        opened_to=instant(opened_to, "opened_to"),
    )
    return await lists.answer(request, disputes_as(wanted, sort), page)
