"""Notices: what a seller must be told, and what it has read."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import Actor, CurrentActor, Scope, require
from api.bodies import answer, reads
from api.dependencies import After, Limit, MinPosition, SellerId, TheLedger
from api.notices import Notice, Notices, mark_read, mark_read_up_to, notices_of
from api.openapi import answers
from api.positions import position_in, seen
from api.refusals import UnknownNotice, WrongScope
from ledger.facts.ids import ExternalId
from ledger.store.refusals import NotThereYet, Unavailable

_READERS: Final[tuple[Scope, ...]] = ("audit:read", "facts:write", "cases:decide")
_MARKERS: Final[tuple[Scope, ...]] = ("facts:write",)
# A seller's own key has no scope but standing:read; storefronts, which have it too, are kept out.
_READ: Final = require("standing:read", *_READERS, sellers_own=True)
_MARK: Final = require("standing:read", *_MARKERS, sellers_own=True)

router = APIRouter(tags=["notices"])


class ReadUpTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything up to here was read."""

    seller_id: ExternalId
    up_to: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}$(?!\n)")]
    """The `position` of a notice."""


class Unread(msgspec.Struct, frozen=True):
    """How many notices are unread still."""

    unread: int


@router.get(
    "/v1/sellers/{seller_id}/notices",
    dependencies=[_READ],
    **answers(Notices, NotThereYet, Unavailable),
)
async def notices(
    seller_id: SellerId,
    actor: CurrentActor,
    ledger: TheLedger,
    unread: Annotated[bool, Query(description="Only those that were not read")] = False,
    limit: Limit = 100,
    after: After = None,
    min_position: MinPosition = None,
) -> Response:
    """What the seller must be told, in plain sentences, in the order in which it was recorded."""
    _keep_storefronts_out(actor, _READERS)
    place = 0 if after is None else position_in(after, "after")
    await seen(ledger, min_position)

    def read() -> Notices:
        return notices_of(ledger, seller_id, place, limit, unread=unread)

    return answer(await run_in_threadpool(read))


@router.post(
    "/v1/sellers/{seller_id}/notices/{notice_id}/read",
    dependencies=[_MARK],
    **answers(Notice, UnknownNotice, Unavailable),
)
async def read_one(
    seller_id: SellerId, notice_id: str, actor: CurrentActor, ledger: TheLedger
) -> Response:
    """Note that the seller read a notice. Told again, the first time stands."""
    _keep_storefronts_out(actor, _MARKERS)
    return answer(await run_in_threadpool(mark_read, ledger, seller_id, notice_id))


@router.post(
    "/v1/sellers/{seller_id}/notices/read",
    dependencies=[_MARK],
    **answers(Unread, Unavailable),
)
async def read_up_to(
    seller_id: SellerId,
    wish: Annotated[ReadUpTo, reads(ReadUpTo)],
    actor: CurrentActor,
    ledger: TheLedger,
) -> Response:
    """Note that the seller read every notice up to a position; those later stay unread."""
    _keep_storefronts_out(actor, _MARKERS)
    place = int(wish.up_to)
    return answer(Unread(await run_in_threadpool(mark_read_up_to, ledger, seller_id, place)))


def _keep_storefronts_out(actor: Actor, scopes: tuple[Scope, ...]) -> None:
    """With `standing:read` alone only a seller itself has notices: its own."""
    if actor.seller_id is None and not actor.may(*scopes):
        raise WrongScope(" or ".join(scopes))
