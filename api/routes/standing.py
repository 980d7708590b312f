"""A seller's standing: live from memory, as of any instant, or of many sellers at once."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import require
from api.bodies import reads
from api.dependencies import SellerId
from api.openapi import answers
from api.positions import seen
from api.quick import QuickRoute
from api.representations import Standing, position_text
from api.standings import Standings
from ledger.facts.ids import ExternalId
from ledger.facts.instants import Instant, MalformedInstant, format_instant, parse_instant
from ledger.ledger import Ledger
from ledger.log import KnownAtInFuture
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import NotSettled, NotThereYet

MOST_AT_ONCE: Final = 1_000
_READ: Final = require("standing:read", "audit:read", "cases:decide", sellers_own=True)

router = APIRouter(route_class=QuickRoute, tags=["standing"])
several = APIRouter(tags=["standing"])


class WantedSellers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose standings are wanted."""

    seller_ids: Annotated[tuple[ExternalId, ...], msgspec.Meta(max_length=MOST_AT_ONCE)]


class ManyStandings(msgspec.Struct, frozen=True):
    """Standings in the order asked."""

    standings: tuple[Standing, ...]


class _Sent(Response):
    """Bytes that are ready, with headers that are ready: nothing is encoded again."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        self.raw_headers = headers


@router.get(
    "/v1/sellers/{seller_id}/standing",
    dependencies=[_READ],
    **answers(
        Standing, MalformedInstant, KnownAtInFuture, BeforeFirstPack, NotSettled, NotThereYet
    ),
)
async def standing(
    seller_id: SellerId,
    request: Request,
    as_of: str | None = None,
    known_at: str | None = None,
    min_position: str | None = None,
) -> Response:
    """What the seller may do, and why: its totals, sanctions and freezes.

    Without `as_of` and `known_at`, as of the instant at which it last changed: the bytes and
    their `ETag` stay the same until a fact or `valid_until`. A seller never heard of is clean.
    With either of them, the header `Link` leads to the checkpoint that vouches for the answer.
    """
    standings: Standings = request.app.state.parts.standings
    ledger: Ledger = request.app.state.parts.ledger
    if min_position is not None:
        await seen(ledger, min_position)
    if as_of is not None or known_at is not None:
        of = None if as_of is None else parse_instant(as_of, "as_of")
        at = None if known_at is None else parse_instant(known_at, "known_at")
        body, known = await run_in_threadpool(standings.asked, seller_id, of, at)
        return _sent(ledger, body, _vouched_for_by(known))
    ready = standings.remembered(seller_id)
    if ready is None:
        ready = await run_in_threadpool(standings.live, seller_id)
    return _sent_if_changed(ledger, request, ready.body, ready.etag)


@several.post(
    "/v1/standings",
    dependencies=[require("standing:read", "audit:read")],
    **answers(ManyStandings),
)
async def standings(
    request: Request, wanted: Annotated[WantedSellers, reads(WantedSellers)]
) -> Response:
    """The live standings of up to 1,000 sellers, in the order asked."""
    known: Standings = request.app.state.parts.standings
    ledger: Ledger = request.app.state.parts.ledger
    found = await run_in_threadpool(known.live_of, list(wanted.seller_ids))
    return _sent(ledger, b'{"standings":[%s]}' % b",".join(ready.body for ready in found))


def _sent(ledger: Ledger, body: bytes, *more: tuple[bytes, bytes]) -> Response:
    return _Sent(body, 200, [*_about(body), *_read_up_to(ledger), *more])


def _vouched_for_by(known_at: Instant) -> tuple[bytes, bytes]:
    """Where the checkpoint is that holds what the answer rests on, as soon as it is signed."""
    place = f"/v1/log/checkpoint?known_at={format_instant(known_at)}"
    return b"link", f'<{place}>; rel="related"; title="checkpoint"'.encode()


def _sent_if_changed(ledger: Ledger, request: Request, body: bytes, etag: bytes) -> Response:
    headers = [(b"etag", etag), (b"cache-control", b"private, no-cache"), *_read_up_to(ledger)]
    for name, value in request.scope["headers"]:
        if name == b"if-none-match" and _names(value, etag):
            return _Sent(b"", 304, headers)
    return _Sent(body, 200, [*_about(body), *headers])


def _names(header: bytes, etag: bytes) -> bool:
    """Whether If-None-Match names the answer: weak and strong tags are the same to a reader."""
    given = (tag.strip().removeprefix(b"W/") for tag in header.split(b","))
    return any(tag in (etag, b"*") for tag in given)


def _about(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]


def _read_up_to(ledger: Ledger) -> list[tuple[bytes, bytes]]:
    return [(b"ledger-position", position_text(ledger.memory.head.last_position).encode())]
