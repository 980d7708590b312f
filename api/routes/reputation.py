"""A seller's reputation: its service metrics, and the facts behind each of them."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.bodies import answer
from api.dependencies import MinPosition, SellerId, TheLedger, TheViews
from api.lists.answering import TheLists, listed
from api.lists.asking import instant
from api.lists.paging import ThePage
from api.lists.reputation_facts import REPUTATION_FACTS, reputation_facts
from api.openapi import answers
from api.positions import views_seen
from api.reputation import VIEWS, Reputation, Reputations, etag_of
from api.routes.explanation import AsOf, KnownAt
from ledger.facts.instants import Instant, MalformedInstant
from ledger.ledger import Ledger
from ledger.log import KnownAtInFuture
from ledger.policy.book import BeforeFirstPack
from ledger.policy.service import MetricName
from ledger.store.refusals import NotSettled, NotThereYet, Unavailable

_REFUSED: Final = (MalformedInstant, KnownAtInFuture, BeforeFirstPack, NotSettled)

WindowDays = Annotated[
    int | None, Query(ge=1, le=366, description="One of the metric's windows; absent: the first")
]

router = APIRouter(tags=["reputation"], dependencies=[require("standing:read", "audit:read")])


@router.get(
    "/v1/sellers/{seller_id}/reputation",
    **answers(Reputation, *_REFUSED, NotThereYet, Unavailable),
)
async def reputation(
    seller_id: SellerId,
    request: Request,
    ledger: TheLedger,
    views: TheViews,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    min_position: MinPosition = None,
) -> Response:
    """How the seller serves: each metric in each of its windows, with counts and level.

    A window of N days is the N dates up to and including that of `as_of`. A seller never heard of
    has served nobody: all counts are 0. Without `as_of` and `known_at` the answer has an `ETag`.
    """
    of, known = instant(as_of, "as_of"), instant(known_at, "known_at")
    await run_in_threadpool(_settled, ledger, known)
    await views_seen(ledger, views, VIEWS, min_position)
    found = await run_in_threadpool(Reputations(ledger, views).asked, seller_id, of, known)
    if of is not None or known is not None:
        return answer(found)
    etag = etag_of(found)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in (request.headers.get("If-None-Match") or ""):
        return Response(status_code=304, headers=headers)
    return answer(found, headers=headers)


@router.get(
    "/v1/sellers/{seller_id}/reputation/{metric}/facts",
    **listed(REPUTATION_FACTS, *_REFUSED),
)
async def facts_behind_metric(
    seller_id: SellerId,
    metric: MetricName,
    request: Request,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    window_days: WindowDays = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """The facts behind a metric: disputes that count, then the newest report of each day."""
    of, known = instant(as_of, "as_of"), instant(known_at, "known_at")
    await run_in_threadpool(_settled, ledger, known)
    asked = reputation_facts(ledger, seller_id, metric, window_days, of, known)
    return await lists.answer(request, asked, page)


def _settled(ledger: Ledger, known_at: Instant | None) -> None:
    """What was known by then has to be final."""
    if known_at is not None:
        ledger.check_known_at(known_at)
