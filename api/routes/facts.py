"""The log itself: facts in order, one fact, what it came from and brought, a seller's own."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.bodies import answer
from api.dependencies import MinPosition, SellerId, TheLedger
from api.lists.answering import TheLists, listed
from api.lists.asking_facts import TheFacts
from api.lists.facts import CAUSES, FACTS, TIMELINE, FactSort
from api.lists.facts import causes as causes_of
from api.lists.facts import facts as facts_of
from api.lists.facts import timeline as timeline_of
from api.lists.paging import ThePage
from api.openapi import answers
from api.positions import seen
from api.refusals import UnknownFact
from api.representations import FactSeen, fact_seen
from api.sensitive import recorded
from ledger.facts.ids import address_of
from ledger.facts.instants import MalformedInstant, parse_instant
from ledger.ledger import Ledger
from ledger.store.loading import StoredFact
from ledger.store.refusals import NotThereYet
from projections.facts_wanted import FactsWanted

_LONGEST_ID: Final = 200

router = APIRouter(tags=["facts"], dependencies=[require("audit:read")])


@router.get("/v1/facts", dependencies=[recorded("facts")], **listed(FACTS, MalformedInstant))
async def facts(
    request: Request,
    lists: TheLists,
    page: ThePage,
    wanted: TheFacts,
    kind: Annotated[
        list[str] | None, Query(description="With its version, or without for every version")
    ] = None,
    begin: Annotated[
        str | None, Query(alias="from", description="Recorded at this instant or later")
    ] = None,
    end: Annotated[
        str | None, Query(alias="to", description="Recorded before this instant")
    ] = None,
    sort: FactSort = "recorded",
) -> Response:
    """Facts in the order of the log, or the newest first: by kind, by what they say, and by when
    they were recorded.
    """
    first = None if begin is None else parse_instant(begin, "from")
    last = None if end is None else parse_instant(end, "to")
    return await lists.answer(request, facts_of(kind, wanted, first, last, sort), page)


@router.get(
    "/v1/facts/{fact_id}",
    dependencies=[recorded("fact")],
    **answers(FactSeen, UnknownFact, NotThereYet),
)
async def fact(fact_id: str, ledger: TheLedger, min_position: MinPosition = None) -> Response:
    """One fact by its address."""
    return answer(fact_seen(await stored_fact(ledger, fact_id, min_position)))


async def stored_fact(ledger: Ledger, fact_id: str, min_position: str | None = None) -> StoredFact:
    """The fact at an address; raises `UnknownFact`, `NotThereYet`."""
    address = address_of(fact_id) if len(fact_id) <= _LONGEST_ID and fact_id.isascii() else None
    if address is None or not fact_id.isprintable():
        raise UnknownFact
    await seen(ledger, min_position)
    stored = await run_in_threadpool(ledger.reader.fact, *address)
    if stored is None:
        raise UnknownFact
    return stored


@router.get(
    "/v1/facts/{fact_id}/causes", dependencies=[recorded("causes")], **listed(CAUSES, UnknownFact)
)
async def causes(
    request: Request, fact_id: str, ledger: TheLedger, lists: TheLists, page: ThePage
) -> Response:
    """What a fact followed from, nearest first, back to what nothing in the ledger caused."""
    await stored_fact(ledger, fact_id)
    return await lists.answer(request, causes_of(fact_id), page)


@router.get(
    "/v1/facts/{fact_id}/effects", dependencies=[recorded("effects")], **listed(FACTS, UnknownFact)
)
async def effects(
    request: Request, fact_id: str, ledger: TheLedger, lists: TheLists, page: ThePage
) -> Response:
    """What followed from a fact, itself and at once; ask again for what followed from that."""
    await stored_fact(ledger, fact_id)
    return await lists.answer(request, facts_of(wanted=FactsWanted(caused_by=fact_id)), page)


@router.get(
    "/v1/sellers/{seller_id}/timeline", dependencies=[recorded("timeline")], **listed(TIMELINE)
)
async def timeline(
    request: Request, seller_id: SellerId, lists: TheLists, page: ThePage
) -> Response:
    """Everything that stands on the seller's own record, in order."""
    return await lists.answer(request, timeline_of(seller_id), page)
