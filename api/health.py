"""Whether the server lives, whether it may be asked, and its numbers for Prometheus."""

import asyncio

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from api.access import open_to_all
from api.bodies import answer
from api.metrics import Metrics
from api.openapi import answers
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


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """What this process counts, and what the database says of the log if it answers."""
    shown: Metrics = request.app.state.metrics
    return Response(await shown.page(), media_type=CONTENT_TYPE_LATEST)
