"""The stream of standing changes, for storefronts that keep copies of standings."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.access import Door
from api.bodies import preferred
from api.dependencies import TheLedger
from api.openapi import answers
from api.positions import position_in
from api.refusals import NotAcceptable, PositionInFuture
from api.representations import Standing
from api.stream import Hub
from ledger.ledger import Ledger
from ledger.store.refusals import Busy, Unavailable

HEARTBEAT_S: Final = 15
STUCK_S: Final = 60.0
"""A reader that takes nothing for so long is let go; it may come back and miss nothing."""
EVENTS: Final = "text/event-stream"

_DOOR: Final = Door(("standing:read", "audit:read"))

router = APIRouter(tags=["standing"])


class _Stream(EventSourceResponse):
    """An answer without end; a reader that left or stands still is no failure of ours."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            return


def _described() -> dict[str, Any]:
    """The route's keywords: events instead of one body."""
    kept = answers(
        Standing,
        PositionInFuture,
        NotAcceptable,
        Busy,
        Unavailable,
        says="Events, until either side ends",
    )
    response = kept["responses"][200]
    shape = response["content"]["application/json"]["schema"]
    response["content"] = {EVENTS: {"schema": {"type": "string", "contentSchema": shape}}}
    return kept


_DESCRIBED: Final = _described()


@router.get("/v1/standings/stream", dependencies=[Depends(_DOOR)], **_DESCRIBED)
async def stream_standings(
    request: Request,
    ledger: TheLedger,
    last_seen: Annotated[
        str | None,
        Header(alias="Last-Event-ID", description="The position last seen; wins over the query"),
    ] = None,
    last_event_id: Annotated[
        str | None,
        Query(description="The same for a first connection: `0` for all; absent, from now on"),
    ] = None,
) -> Response:
    """Server-sent events, one for each change of a seller's standing, lapses and releases
    included.

    `event: standing` has the standing as of the change; its `id` is a position, from which a
    later connection goes on without loss and without doubles. `event: policy` tells that an
    edition was published. A reader that cannot keep up gets `event: too-slow` and the end.
    """
    preferred(request, (EVENTS,))
    field, told = "last_event_id", last_event_id
    if last_seen is not None:
        field, told = "Last-Event-ID", last_seen
    after = ledger.memory.head.last_position
    if told is not None:
        after = await _place(ledger, told, field)
    hub: Hub = request.app.state.parts.hub
    hub.check_room()
    return _Stream(
        hub.read(after, lambda: _DOOR.admit(request)),
        ping=HEARTBEAT_S,
        ping_message_factory=_heartbeat,
        send_timeout=STUCK_S,
        sep="\n",
    )


async def _place(ledger: Ledger, told: str, field: str) -> int:
    """Where to go on; raises `PositionInFuture` for a place that the log has not."""
    place = position_in(told, field)
    if place > ledger.memory.head.last_position:
        # Another process may have told of it before this one has read so far.
        head = await run_in_threadpool(ledger.reader.catch_up)
        if place > head.last_position:
            raise PositionInFuture(place, head.last_position, field)
    return place


def _heartbeat() -> ServerSentEvent:
    return ServerSentEvent(comment="still here", sep="\n")
