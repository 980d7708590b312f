"""Steps of a dispute: the answer once they are durable, and why any of them may be refused."""

from typing import Final

from starlette.responses import Response

from api.disputes import dispute_written
from api.writing import handled, respond
from ledger.decide import dispute_refusals as disputed
from ledger.decide import refusals as decided
from ledger.ledger import Ledger
from ledger.store.refusals import Busy, Importing, Unavailable
from ledger.taking.requests import Request

A_STEP: Final = (
    disputed.UnknownDispute,
    decided.ToldDifferently,
    disputed.DisputeWrongState,
    disputed.WrongParty,
    Importing,
    Busy,
    Unavailable,
)
"""Why any step of a dispute may be refused."""


async def brought(ledger: Ledger, request: Request, status: int = 200) -> Response:
    """What a request about a dispute brought, as the answer."""
    told = await handled(ledger, request)
    return respond(dispute_written(told, ledger.rulebook), told, status)
