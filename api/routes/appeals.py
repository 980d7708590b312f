"""Appeals: a seller's challenge of one violation, round after round."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter
from starlette import requests
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import representations
from api.access import Actor, CurrentActor, require
from api.bodies import reads
from api.dependencies import (
    AppealRound,
    CorrelationId,
    IdempotencyKey,
    SellerId,
    TheLedger,
    ViolationId,
)
from api.lists.answering import TheLists, listed
from api.lists.appeals import APPEALS, appeals_against
from api.lists.paging import ThePage
from api.openapi import answers
from api.sensitive import recorded
from api.writing import (
    SCOPES,
    handled,
    recorded_before,
    respond,
    signed,
    standing_after,
)
from ledger.decide import refusals as decided
from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    AppealCommand,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.ledger import Answer, Ledger
from ledger.policy.refusals import NoAppealWindow
from ledger.store.refusals import Busy, Importing, Unavailable

_OTHERS: Final = ("audit:read", "facts:write", "cases:decide")
_ALWAYS: Final = (
    decided.UnknownViolation,
    decided.AppealClosed,
    decided.ToldDifferently,
    Importing,
    Busy,
    Unavailable,
)
"""Why any step of an appeal may be refused."""

router = APIRouter(tags=["appeals"])


class AppealAnswer(msgspec.Struct, frozen=True):
    """The round that a request was about, and what that changed."""

    appeal: representations.Appeal
    violation: representations.Violation
    standing: representations.Standing
    facts: tuple[representations.FactNamed, ...]
    position: str


@router.post(
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals",
    dependencies=[require(*SCOPES[FileAppeal])],
    **answers(
        AppealAnswer,
        decided.AlreadyAnnulled,
        decided.AppealTooLate,
        decided.AppealOutOfRounds,
        decided.BrandVerificationMissing,
        NoAppealWindow,
        *_ALWAYS,
        status=201,
        says="The round that was filed; a repeat while it is open gets the same answer",
    ),
)
async def file_appeal(
    seller_id: SellerId,
    violation_id: ViolationId,
    filing: Annotated[FileAppeal, reads(FileAppeal)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Challenge a violation for the seller: the first time, or once more after a rejection."""
    return await _told(ledger, filing, actor, key, correlation_id, 201)


@router.post(
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals/{round:round}/evidence",
    dependencies=[require(*SCOPES[AddAppealEvidence])],
    **answers(
        AppealAnswer,
        decided.UnknownAppeal,
        decided.AppealTooLate,
        decided.AppealEvidenceWithFiling,
        *_ALWAYS,
    ),
)
async def add_appeal_evidence(
    seller_id: SellerId,
    violation_id: ViolationId,
    round_: AppealRound,
    evidence: Annotated[AddAppealEvidence, reads(AddAppealEvidence)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Bring evidence for an open round; after the first, it no longer lapses."""
    return await _told(ledger, evidence, actor, key, correlation_id)


@router.post(
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals/{round:round}/decision",
    dependencies=[require(*SCOPES[DecideAppeal])],
    **answers(AppealAnswer, decided.UnknownAppeal, decided.ReviewerNotIndependent, *_ALWAYS),
)
async def decide_appeal(
    seller_id: SellerId,
    violation_id: ViolationId,
    round_: AppealRound,
    decision: Annotated[DecideAppeal, reads(DecideAppeal)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Uphold a round, and the violation never was; or reject it."""
    return await _told(ledger, decision, actor, key, correlation_id)


@router.post(
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals/{round:round}/withdrawal",
    dependencies=[require(*SCOPES[WithdrawAppeal])],
    **answers(AppealAnswer, decided.UnknownAppeal, *_ALWAYS),
)
async def withdraw_appeal(
    seller_id: SellerId,
    violation_id: ViolationId,
    round_: AppealRound,
    withdrawal: Annotated[WithdrawAppeal, reads(WithdrawAppeal, optional=True)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """Take an open round back for the seller; no round comes after it."""
    return await _told(ledger, withdrawal, actor, key, correlation_id)


@router.get(
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals",
    dependencies=[require("standing:read", *_OTHERS, sellers_own=True), recorded("appeal-texts")],
    **listed(APPEALS, decided.UnknownViolation),
)
async def appeals(
    request: requests.Request,
    seller_id: SellerId,
    violation_id: ViolationId,
    actor: CurrentActor,
    ledger: TheLedger,
    lists: TheLists,
    page: ThePage,
) -> Response:
    """Every round against a violation. The seller's own key sees no names and no house notes."""
    actor.keep_storefronts_out(*_OTHERS)
    own = actor.seller_id is not None
    asked = appeals_against(seller_id, violation_id, ledger.now, sellers_own=own)
    return await lists.answer(request, asked, page)


async def _told(
    ledger: Ledger,
    command: AppealCommand,
    actor: Actor,
    key: str | None,
    correlation_id: str | None,
    status: int = 200,
) -> Response:
    brought = await handled(ledger, signed(command, actor, key, correlation_id))
    return await run_in_threadpool(_answer, ledger, command.violation_id, brought, status)


def _answer(ledger: Ledger, violation_id: str, brought: Answer, status: int) -> Response:
    """As of the instant at which it was recorded: a repeat is told the same."""
    seller = brought.seller
    appeal = seller.appeal(violation_id)
    assert appeal is not None
    fact = recorded_before(ledger, violation_id, brought)
    told = AppealAnswer(
        appeal=representations.appeal_of(appeal.newest, seller.recorded_at),
        violation=representations.violation_of(seller, fact, seller.recorded_at),
        standing=standing_after(ledger, brought),
        facts=representations.facts_named(brought.facts),
        position=representations.position_text(brought.position),
    )
    return respond(told, brought, status)
