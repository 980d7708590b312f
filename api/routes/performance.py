"""How sellers and products did, day by day: told by the platform, and read again."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import reads
from api.dependencies import CorrelationId, IdempotencyKey, ProductId, SellerId, TheLedger
from api.lists.answering import TheLists, listed
from api.lists.days import PRODUCTS_DAYS, SELLERS_DAYS, Dates, products_days, sellers_days
from api.lists.paging import ThePage
from api.openapi import answers
from api.performance import (
    PerformanceWritten,
    ProductPerformanceWritten,
    performance_written,
)
from api.refusals import MalformedParameter
from api.writing import SCOPES, handled, respond, signed
from ledger.decide import performance_refusals as performance
from ledger.decide import refusals as decided
from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.facts.dates import MalformedDate, parse_date
from ledger.facts.instants import MalformedInstant, parse_instant
from ledger.ledger import Ledger
from ledger.log import KnownAtInFuture
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import Busy, Importing, NotSettled, Unavailable

router = APIRouter(tags=["performance"])

_A_REPORT: Final = (
    MalformedDate,
    decided.ToldDifferently,
    performance.DayInFuture,
    BeforeFirstPack,
    performance.RevisionTooLow,
    performance.CountsDoNotAddUp,
    Importing,
    Busy,
    Unavailable,
)
_A_LIST: Final = (MalformedDate, MalformedInstant, KnownAtInFuture, NotSettled)
_SAYS: Final = "The day as it was told; a repeat gets the same answer"

FromDate = Annotated[str | None, Query(alias="from", description="The first date wanted")]
ToDate = Annotated[str | None, Query(alias="to", description="The last date wanted")]
KnownAt = Annotated[str | None, Query(description="By what had been told then; absent, now")]


@router.post(
    "/v1/sellers/{seller_id}/performance",
    dependencies=[require(*SCOPES[ReportPerformance])],
    **answers(PerformanceWritten, *_A_REPORT, says=_SAYS),
)
async def report_performance(
    seller_id: SellerId,
    report: Annotated[ReportPerformance, reads(ReportPerformance)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Tell how a seller did on one day, whole; a higher revision tells the day anew."""
    return await _told(report, actor, ledger, key, correlation_id)


@router.post(
    "/v1/products/{product_id}/performance",
    dependencies=[require(*SCOPES[ReportProductPerformance])],
    **answers(
        ProductPerformanceWritten,
        *_A_REPORT,
        performance.ProductOfAnotherSeller,
        performance.ListedLater,
        MalformedInstant,
        says=_SAYS,
    ),
)
async def report_product_performance(
    product_id: ProductId,
    report: Annotated[ReportProductPerformance, reads(ReportProductPerformance)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Tell how a product did on one day, and what it is from that day on."""
    return await _told(report, actor, ledger, key, correlation_id)


async def _told(
    report: PerformanceCommand, actor: Any, ledger: Ledger, key: str | None, thread: str | None
) -> Response:
    told = await handled(ledger, signed(report, actor, key, thread))
    return respond(performance_written(told), told)


@router.get(
    "/v1/sellers/{seller_id}/performance",
    dependencies=[require("audit:read")],
    **listed(SELLERS_DAYS, *_A_LIST),
)
async def sellers_performance(
    request: Request,
    seller_id: SellerId,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    begin: FromDate = None,
    end: ToDate = None,
    known_at: KnownAt = None,
) -> Response:
    """A seller's days in the order of time, each as it was last told."""
    wanted = await run_in_threadpool(_dates, ledger, begin, end, known_at)
    return await lists.answer(request, sellers_days(seller_id, wanted), page)


@router.get(
    "/v1/products/{product_id}/performance",
    dependencies=[require("audit:read")],
    **listed(PRODUCTS_DAYS, *_A_LIST),
)
async def products_performance(
    request: Request,
    product_id: ProductId,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
    begin: FromDate = None,
    end: ToDate = None,
    known_at: KnownAt = None,
) -> Response:
    """A product's days in the order of time, each as it was last told."""
    wanted = await run_in_threadpool(_dates, ledger, begin, end, known_at)
    return await lists.answer(request, products_days(product_id, wanted), page)


def _dates(ledger: Ledger, begin: str | None, end: str | None, known_at: str | None) -> Dates:
    """The days that are wanted. May wait for the log's lock."""
    first = None if begin is None else parse_date(begin, "from")
    last = None if end is None else parse_date(end, "to")
    if first is not None and last is not None and first > last:
        raise MalformedParameter(
            f"from {begin} lies after to {end}", field="from", accepted=f"a date up to {end}"
        )
    at = None if known_at is None else parse_instant(known_at, "known_at")
    if at is not None:
        ledger.check_known_at(at)
    return Dates(begin, end, at)
