"""What a command would bring about, before anybody tells it."""

from typing import Annotated, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads_command
from api.dependencies import TheLedger
from api.openapi import answers
from api.previews import Foreseen, foreseen
from api.refusals import ActorMismatch
from api.writing import signed
from ledger.decide import refusals as decided
from ledger.decide.commands import Command
from ledger.policy.refusals import UnknownRule
from ledger.store.refusals import Importing, Unavailable

router = APIRouter(tags=["violations"])

_AMONG_OTHERS: Final = (
    decided.UnknownViolation,
    UnknownRule,
    decided.ReviewerNotIndependent,
    decided.ToldDifferently,
    ActorMismatch,
    Importing,
    Unavailable,
)
"""Why it may be refused, besides all that the command itself may be refused for."""


@router.post(
    "/v1/commands:preview",
    dependencies=[require("facts:write", "cases:decide")],
    **answers(Foreseen, *_AMONG_OTHERS, says="What it would bring about; nothing is written"),
)
async def preview_command(
    command: Annotated[Command, reads_command()], actor: CurrentActor, ledger: TheLedger
) -> Response:
    """What one command, as a line of `/v1/facts:batch`, would bring about if it were told now: the
    standing before and after and the facts between, or the problem that it would get. Nothing is
    written, and nobody who writes waits.
    """
    wish = signed(command, actor)
    found = await run_in_threadpool(ledger.preview, wish.command, wish.actor)
    return answer(foreseen(found))
