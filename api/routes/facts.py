"""The log itself: facts in order, one fact, and a seller's own."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import require
from api.bodies import answer
from api.dependencies import After, Limit, MinPosition, SellerId, TheLedger, an_id
from api.openapi import answers
from api.positions import position_in, seen
from api.refusals import MalformedParameter, UnknownFact
from api.representations import FactSeen, fact_seen, position_text
from ledger.facts.ids import address_of, seller_stream
from ledger.facts.instants import MalformedInstant, parse_instant
from ledger.facts.kinds import KINDS
from ledger.ledger import Ledger
from ledger.store.refusals import NotThereYet, Unavailable

_LONGEST_ID: Final = 200

router = APIRouter(tags=["facts"], dependencies=[require("audit:read")])


class Facts(msgspec.Struct, frozen=True):
    """One page, in the order of the log."""

    facts: tuple[FactSeen, ...]
    next: str | None


@router.get(
    "/v1/facts",
    **answers(Facts, MalformedInstant, NotThereYet, Unavailable),
)
async def facts(
    ledger: TheLedger,
    kind: Annotated[
        list[str] | None, Query(description="With its version, or without for every version")
    ] = None,
    seller_id: Annotated[str | None, Query(), an_id("seller_id")] = None,
    begin: Annotated[
        str | None, Query(alias="from", description="Recorded at this instant or later")
    ] = None,
    end: Annotated[
        str | None, Query(alias="to", description="Recorded before this instant")
    ] = None,
    after: After = None,
    limit: Limit = 100,
    min_position: MinPosition = None,
) -> Response:
    """Facts in the order of the log, by kind, seller and the time they were recorded."""
    kinds = _kinds(kind)
    first = None if begin is None else parse_instant(begin, "from")
    last = None if end is None else parse_instant(end, "to")
    place = 0 if after is None else position_in(after, "after")
    await seen(ledger, min_position)

    def read() -> Facts:
        nonlocal place
        if first is not None:
            place = max(place, ledger.reader.last_position_before(first))
        reader = ledger.reader
        to = reader.head().last_position if last is None else reader.last_position_before(last)
        return _page(ledger, place, to, limit, kinds, seller_id)

    return answer(await run_in_threadpool(read))


@router.get("/v1/facts/{fact_id}", **answers(FactSeen, UnknownFact, NotThereYet))
async def fact(fact_id: str, ledger: TheLedger, min_position: MinPosition = None) -> Response:
    """One fact by its address."""
    address = address_of(fact_id) if len(fact_id) <= _LONGEST_ID and fact_id.isascii() else None
    if address is None or not fact_id.isprintable():
        raise UnknownFact
    await seen(ledger, min_position)
    stored = await run_in_threadpool(ledger.reader.fact, *address)
    if stored is None:
        raise UnknownFact
    return answer(fact_seen(stored))


@router.get("/v1/sellers/{seller_id}/timeline", **answers(Facts, NotThereYet))
async def timeline(
    seller_id: SellerId,
    ledger: TheLedger,
    after: After = None,
    limit: Limit = 100,
    min_position: MinPosition = None,
) -> Response:
    """Everything that the ledger recorded of the seller, in order."""
    place = 0 if after is None else position_in(after, "after")
    await seen(ledger, min_position)

    def read() -> Facts:
        to = ledger.reader.head().last_position
        return _page(ledger, place, to, limit, None, seller_id)

    return answer(await run_in_threadpool(read))


def _page(
    ledger: Ledger, after: int, to: int, limit: int, kinds: list[str] | None, seller_id: str | None
) -> Facts:
    stream = None if seller_id is None else seller_stream(seller_id)
    stored = ledger.reader.facts(after, limit + 1, to=to, kinds=kinds, stream=stream)
    page = stored[:limit]
    more = position_text(page[-1].position) if len(stored) > limit else None
    return Facts(tuple(map(fact_seen, page)), more)


def _kinds(asked: list[str] | None) -> list[str] | None:
    known = {*KINDS, *(name.partition(".")[0] for name in KINDS)}
    for kind in asked or ():
        if kind not in known:
            names = sorted(name for name in known if "." not in name)
            raise MalformedParameter(
                f"no kind of fact is called {kind[:80]!r}", field="kind", accepted=", ".join(names)
            )
    return asked
