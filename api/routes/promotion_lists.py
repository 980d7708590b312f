"""The lists of campaigns, and of the products that take part in them."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.dependencies import CampaignId, SellerId, TheLedger
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.paging import ThePage
from api.lists.promotions import CAMPAIGNS, ENROLMENTS
from api.lists.promotions import campaigns as campaigns_as
from api.lists.promotions import enrolments as enrolments_as
from ledger.facts.instants import MalformedInstant
from ledger.promotions.enrolment import EnrolmentStatus
from projections.promotions_reading import EnrolmentsWanted

router = APIRouter(
    tags=["promotions"],
    dependencies=[require("standing:read", "audit:read", "facts:write", "cases:decide")],
)


@router.get("/v1/campaigns", **listed(CAMPAIGNS, MalformedInstant))
async def campaigns(
    request: Request, lists: TheLists, page: ThePage, ends_after: At = None
) -> Response:
    """Campaigns, in the order in which they were announced."""
    asked = campaigns_as(instant(ends_after, "ends_after"))
    return await lists.answer(request, asked, page)


@router.get("/v1/campaigns/{campaign_id}/enrolments", **listed(ENROLMENTS))
async def enrolments(
    request: Request,
    campaign_id: CampaignId,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    seller_id: OfSeller = None,
    status: EnrolmentStatus | None = None,
) -> Response:
    """The products registered for a campaign; those under review wait for a reviewer."""
    wanted = EnrolmentsWanted(campaign_id, seller_id, status)
    return await lists.answer(request, enrolments_as(wanted, ledger.now), page)


@router.get("/v1/sellers/{seller_id}/enrolments", **listed(ENROLMENTS))
async def enrolments_of_seller(
    request: Request,
    seller_id: SellerId,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    status: EnrolmentStatus | None = None,
) -> Response:
    """A seller's products in campaigns."""
    wanted = EnrolmentsWanted(seller_id=seller_id, status=status)
    return await lists.answer(request, enrolments_as(wanted, ledger.now), page)
