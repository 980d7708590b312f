"""Why a standing is what it is, and what time alone will change about it."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer
from api.dependencies import Limit, MinPosition, SellerId, TheTree, an_id
from api.explanations import Explanation, Forecast, StandingHistory
from api.openapi import answers
from api.positions import seen
from api.sensitive import recorded
from api.standings import Standings
from ledger.facts.instants import Instant, MalformedInstant, parse_instant
from ledger.log import KnownAtInFuture
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import NotSettled, NotThereYet

_READ: Final = require("standing:read", "audit:read", "cases:decide", sellers_own=True)
_REFUSED: Final = (MalformedInstant, KnownAtInFuture, BeforeFirstPack, NotSettled, NotThereYet)

AsOf = Annotated[
    str | None, Query(description="The instant asked about; absent, the live standing's")
]
KnownAt = Annotated[str | None, Query(description="By what had been recorded then; absent, now")]

Only = Annotated[
    str | None, Query(description="Ask about this violation alone"), an_id("violation_id")
]

_FROM: Final = "Where it begins; absent, with the first rules"
_TO: Final = "Where it ends, which may lie ahead; absent, at `known_at` or now"

router = APIRouter(tags=["standing"], dependencies=[_READ])


@router.get(
    "/v1/sellers/{seller_id}/standing/explanation",
    dependencies=[recorded("explanation")],
    **answers(Explanation, *_REFUSED),
)
async def explanation(
    seller_id: SellerId,
    request: Request,
    actor: CurrentActor,
    tree: TheTree,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    violation_id: Only = None,
    min_position: MinPosition = None,
) -> Response:
    """For every total the violations behind it; for every sanction what would lift it.

    Each violation is told with what would hold without it. `checkpoint` is the first that was
    signed for every fact on which the standing rests.

    With `violation_id` that violation alone is told, and whether it would lift a sanction by
    itself; of the others nothing is said, and `complete` is false unless no other could lift it.
    """
    standings: Standings = request.app.state.parts.standings
    of, at = _instants(as_of, known_at)
    await seen(request.app.state.parts.ledger, min_position)
    names_people = actor.seller_id is None
    return answer(
        await run_in_threadpool(
            standings.explained,
            seller_id,
            of,
            at,
            tree,
            names_people=names_people,
            only=violation_id,
        )
    )


@router.get("/v1/sellers/{seller_id}/standing/forecast", **answers(Forecast, *_REFUSED))
async def forecast(
    seller_id: SellerId,
    request: Request,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    limit: Limit = 100,
    min_position: MinPosition = None,
) -> Response:
    """The standing's future changes, if nothing more happens."""
    standings: Standings = request.app.state.parts.standings
    of, at = _instants(as_of, known_at)
    await seen(request.app.state.parts.ledger, min_position)
    return answer(await run_in_threadpool(standings.foretold, seller_id, of, at, limit))


@router.get("/v1/sellers/{seller_id}/standing/history", **answers(StandingHistory, *_REFUSED))
async def history(
    seller_id: SellerId,
    request: Request,
    from_: Annotated[str | None, Query(alias="from", description=_FROM)] = None,
    to: Annotated[str | None, Query(description=_TO)] = None,
    known_at: KnownAt = None,
    limit: Limit = 100,
    min_position: MinPosition = None,
) -> Response:
    """The instants at which the standing changed, what happened there, and the standing after each.

    All of it by what was known at one instant: at each of them, and between, it is what
    `/standing?as_of=` answers with the same `known_at`. Where more follow than `limit`, pass
    `next` on as `from`.
    """
    standings: Standings = request.app.state.parts.standings
    span = (
        None if from_ is None else parse_instant(from_, "from"),
        None if to is None else parse_instant(to, "to"),
    )
    at = None if known_at is None else parse_instant(known_at, "known_at")
    await seen(request.app.state.parts.ledger, min_position)
    return answer(await run_in_threadpool(standings.history, seller_id, *span, at, limit))


def _instants(as_of: str | None, known_at: str | None) -> tuple[Instant | None, Instant | None]:
    return (
        None if as_of is None else parse_instant(as_of, "as_of"),
        None if known_at is None else parse_instant(known_at, "known_at"),
    )
