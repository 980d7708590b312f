"""The sandbox clock, by which an integrator lives a year in a second."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import require
from api.bodies import answer, reads
from api.dependencies import TheLedger, TheViews
from api.openapi import answers
from api.positions import views_settled
from api.refusals import MalformedBody, NoTestClock
from api.representations import When, position_text
from ledger.decide.commands import InstantText
from ledger.facts.instants import MalformedInstant, format_instant, parse_instant
from ledger.ledger import Ledger
from ledger.store.refusals import Busy, ClockBackwards, Unavailable

LAST_YEAR: Final = "9000-01-01T00:00:00Z"
_LAST: Final = parse_instant(LAST_YEAR)

router = APIRouter(tags=["test clock"], dependencies=[require("admin")])


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the sandbox clock is wanted."""

    now: InstantText


class Stands(msgspec.Struct, frozen=True):
    """Where the sandbox clock stands, and how far the log goes."""

    now: When
    position: str


@router.get("/v1/test-clock", **answers(Stands, NoTestClock))
async def clock(ledger: TheLedger) -> Response:
    """Where the sandbox clock stands."""
    return answer(_stands(ledger))


@router.put(
    "/v1/test-clock",
    **answers(Stands, NoTestClock, MalformedInstant, ClockBackwards, Busy, Unavailable),
)
async def move_clock(
    ledger: TheLedger, views: TheViews, move: Annotated[Move, reads(Move)]
) -> Response:
    """Move the sandbox clock forwards; everything due by then is recorded, and in every view,
    before the answer.
    """
    _stands(ledger)
    now = parse_instant(move.now, "now")
    if now > _LAST:
        # What lapses later than a calendar can say could never be shown.
        raise MalformedBody("now lies too far ahead", field="now", accepted=f"up to {LAST_YEAR}")
    await run_in_threadpool(ledger.move_clock, now)
    await views_settled(ledger, views, views.names)
    return answer(_stands(ledger))


def _stands(ledger: Ledger) -> Stands:
    if ledger.clock.kind != "test":
        raise NoTestClock
    return Stands(format_instant(ledger.now()), position_text(ledger.memory.head.last_position))
