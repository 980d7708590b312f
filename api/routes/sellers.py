"""The list of sellers."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.dependencies import an_id
from api.lists.answering import TheLists, listed
from api.lists.asking import Count
from api.lists.paging import ThePage
from api.lists.sellers import SELLERS
from api.lists.sellers import sellers as sellers_as
from ledger.policy.policy import Family, SanctionKind
from projections.sellers_reading import SellerSort, SellerStatus, SellersWanted

router = APIRouter(tags=["sellers"], dependencies=[require("audit:read", "cases:decide")])


@router.get("/v1/sellers", **listed(SELLERS))
async def sellers(
    request: Request,
    lists: TheLists,
    page: ThePage,
    status: SellerStatus | None = None,
    family: Annotated[
        Family | None, Query(description="With a current violation of this family")
    ] = None,
    min_points: Count = None,
    max_points: Count = None,
    min_strikes: Count = None,
    sanction: Annotated[
        SanctionKind | None, Query(description="With a sanction of this kind in force")
    ] = None,
    freeze: Annotated[
        str | None, Query(description="With money withheld for this cause"), an_id("freeze")
    ] = None,
    can_sell: bool | None = None,
    can_promote: bool | None = None,
    can_withdraw: bool | None = None,
    appeals_open: Annotated[
        bool | None, Query(description="Whether an appeal waits for a decision")
    ] = None,
    q: Annotated[str | None, Query(description="How the seller's id begins"), an_id("q")] = None,
    sort: SellerSort = "seller_id",
) -> Response:
    """Sellers as they stand: with what counts now, and what is in force."""
    wanted = SellersWanted(
        status=status,
        family=family,
        min_points=min_points,
        max_points=max_points,
        min_strikes=min_strikes,
        sanction=sanction,
        freeze=freeze,
        can_sell=can_sell,
        can_promote=can_promote,
        can_withdraw=can_withdraw,
        appeals_open=appeals_open,
        q=q,
    )
    return await lists.answer(request, sellers_as(wanted, sort), page)
