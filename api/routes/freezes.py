"""The list of money withheld."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.dependencies import TheLedger, an_id
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.freezes import FREEZES
from api.lists.freezes import freezes as freezes_as
from api.lists.paging import ThePage
from ledger.facts.instants import MalformedInstant
from projections.freezes_reading import FreezeSort, FreezesWanted

router = APIRouter(tags=["freezes"], dependencies=[require("audit:read", "cases:decide")])


@router.get("/v1/freezes", **listed(FREEZES, MalformedInstant))
async def freezes(
    request: Request,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    seller_id: OfSeller = None,
    cause: Annotated[str | None, Query(), an_id("cause")] = None,
    in_force: bool | None = None,
    at: At = None,
    ends_before: At = None,
    sort: FreezeSort = "recorded",
) -> Response:
    """Freezes, those given free included; in force now, or at an instant."""
    wanted = FreezesWanted(seller_id, cause, in_force, instant(ends_before, "ends_before"))
    return await lists.answer(
        request, freezes_as(wanted, ledger.now, instant(at, "at"), sort), page
    )
