"""Steps of an enrolment: the answer once they are durable, and why any of them may be refused."""

from typing import Final

from starlette.responses import Response

from api.promotions import enrolment_written
from api.writing import handled, respond
from ledger.decide import promotion_refusals as promoted
from ledger.decide import refusals as decided
from ledger.ledger import Ledger
from ledger.store.refusals import Busy, Importing, Unavailable
from ledger.taking.requests import Request

A_STEP: Final = (
    promoted.UnknownEnrolment,
    decided.ToldDifferently,
    promoted.EnrolmentWrongState,
    Importing,
    Busy,
    Unavailable,
)
"""Why any step of an enrolment may be refused."""


async def brought(ledger: Ledger, request: Request, status: int = 200) -> Response:
    """What a request about an enrolment brought, as the answer."""
    told = await handled(ledger, request)
    return respond(enrolment_written(told), told, status)
