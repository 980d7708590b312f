"""Whether the server lives, whether it may be asked, and its numbers for Prometheus."""

import asyncio
from typing import Literal

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from api.access import open_to_all
from api.bodies import answer
from api.metrics import Metrics
from api.openapi import answers
from api.representations import position_text
from api.workers.reports import read_reports
from ledger.ledger import Ledger
from ledger.store.refusals import Unavailable

router = APIRouter(dependencies=[open_to_all()], tags=["health"])


class Health(msgspec.Struct, frozen=True):
    """The state of this server process."""

    status: str


@router.get("/v1/health/live", **answers(Health))
async def live() -> Response:
    """The process runs and answers."""
    return answer(Health("live"))


@router.get("/v1/health/ready", **answers(Health, Unavailable))
async def ready(request: Request) -> Response:
    """Every view has caught up with the log as it was when the server started, and the database
    answers.
    """
    # Not in a thread of those that requests wait for: when all of them wait, this still answers.
    why_not = await asyncio.to_thread(request.app.state.parts.ready)
    if why_not is not None:
        raise Unavailable(why_not)
    return answer(Health("ready"))


class KafkaHealth(msgspec.Struct, frozen=True):
    """How publishing and consuming go, in whichever process they are."""

    status: Literal["none", "working", "waiting"]
    """`none`: nobody publishes or consumes. `waiting`: something keeps one of them."""
    published_to: str
    """Up to this position the log is published."""
    facts_waiting: int
    commands_waiting: int
    rejected_waiting: int
    """Messages that could not be taken and were not sent back yet."""


@router.get("/v1/health/kafka", **answers(KafkaHealth, Unavailable))
async def kafka(request: Request) -> Response:
    """How publishing and consuming go. `ready` does not ask for it: a broker that is away keeps
    nobody from reading or writing here.
    """
    ledger: Ledger = request.app.state.parts.ledger
    return answer(await asyncio.to_thread(_kafka, ledger))


def _kafka(ledger: Ledger) -> KafkaHealth:
    with ledger.reader.cursor() as cursor:
        told = read_reports(cursor)
    fresh = [*told.fresh("publish"), *told.fresh("consume")]
    works = bool(told.fresh("publish")) and not told.errors
    end = ledger.memory.head.last_position
    return KafkaHealth(
        status="none" if not fresh else "working" if works else "waiting",
        published_to=position_text(told.published_to),
        facts_waiting=max(0, end - told.published_to) if "publish" in told.kinds else 0,
        commands_waiting=told.commands_waiting,
        rejected_waiting=told.rejected_waiting,
    )


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """What this process counts, and what the database says of the log if it answers."""
    shown: Metrics = request.app.state.metrics
    return Response(await shown.page(), media_type=CONTENT_TYPE_LATEST)
