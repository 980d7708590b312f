"""Writing through the clerk: who may send which command, and the answer once it is durable."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import bodies, representations
from api.access import Actor, Scope
from api.bringing import brought
from api.refusals import WrongScope
from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.commands import (
    AnnulViolation,
    Command,
    ImposeSanction,
    RecordViolation,
    WaiveSanction,
    actor_of,
)
from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    AppealRuling,
    DecideRulingAppeal,
    EscalateDispute,
    OpenDispute,
    ReceiveReturn,
    RequestDisputeEvidence,
    RuleDispute,
    TrackReturn,
)
from ledger.decide.performance_commands import ReportPerformance, ReportProductPerformance
from ledger.decide.promotion_commands import (
    AnnounceCampaign,
    ChangeEnrolment,
    DecideEnrolment,
    EnrolProduct,
    WithdrawProduct,
)
from ledger.decide.report_commands import (
    AddReportDocuments,
    AnswerReport,
    FileReport,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.facts.ids import seller_stream
from ledger.facts.violations import ViolationRecorded
from ledger.ledger import Answer, Ledger
from ledger.standing.standing import standing
from ledger.store.keeping import Told
from ledger.taking.requests import Outcome, Request

SCOPES: Final[dict[type[Command], tuple[Scope, ...]]] = {
    RecordViolation: ("facts:write",),
    AnnulViolation: ("facts:write", "cases:decide"),
    WaiveSanction: ("cases:decide",),
    ImposeSanction: ("cases:decide",),
    FileAppeal: ("facts:write", "cases:decide"),
    AddAppealEvidence: ("facts:write", "cases:decide"),
    DecideAppeal: ("cases:decide",),
    WithdrawAppeal: ("facts:write", "cases:decide"),
    OpenDispute: ("facts:write",),
    AnswerDispute: ("facts:write",),
    AnswerOffer: ("facts:write",),
    EscalateDispute: ("facts:write",),
    RequestDisputeEvidence: ("cases:decide",),
    AddDisputeEvidence: ("facts:write", "cases:decide"),
    TrackReturn: ("facts:write",),
    ReceiveReturn: ("facts:write",),
    RuleDispute: ("cases:decide",),
    AppealRuling: ("facts:write", "cases:decide"),
    DecideRulingAppeal: ("cases:decide",),
    ReportPerformance: ("facts:write",),
    ReportProductPerformance: ("facts:write",),
    AnnounceCampaign: ("facts:write", "cases:decide"),
    EnrolProduct: ("facts:write",),
    DecideEnrolment: ("cases:decide",),
    WithdrawProduct: ("facts:write",),
    ChangeEnrolment: ("facts:write",),
    FileReport: ("facts:write",),
    RequestReportDocuments: ("cases:decide",),
    AddReportDocuments: ("facts:write", "cases:decide"),
    ReviewReport: ("cases:decide",),
    AnswerReport: ("facts:write", "cases:decide"),
}
"""Who may send which command, alone or as a line of a batch."""


class Written(msgspec.Struct, frozen=True):
    """What a request about a violation brought."""

    violation: representations.Violation
    standing: representations.Standing
    facts: tuple[representations.FactNamed, ...]
    position: str


def signed(
    command: Command, actor: Actor, key: str | None = None, correlation_id: str | None = None
) -> Request:
    """The command as this actor's request; raises `WrongScope` or `ActorMismatch`."""
    scopes = SCOPES[type(command)]
    if not actor.may(*scopes):
        raise WrongScope(" or ".join(scopes))
    field, named = actor_of(command)
    if named is not None:
        actor.answers_for(field, named)
    return Request(command, named or actor.subject or "", key, correlation_id)


async def handled(ledger: Ledger, request: Request) -> Answer:
    """The answer to one request, once its facts are durable; raises its refusal."""
    (outcome,) = await outcomes_of(ledger, [request])
    if isinstance(outcome, Told):
        return await run_in_threadpool(ledger.answer, request.command, outcome)
    return ledger.answer(request.command, outcome)


async def outcomes_of(ledger: Ledger, requests: Sequence[Request]) -> list[Outcome]:
    """What became of requests that are written together, in order.

    Raises `Unavailable` where that is not known within a quarter of a minute.
    """
    return await brought(ledger.clerk.submit(requests))


def standing_after(ledger: Ledger, answer: Answer) -> representations.Standing:
    """The standing right after an answer's facts, as known with them: a repeat shows the same."""
    at = answer.seller.recorded_at
    found = standing(answer.seller, ledger.rulebook, at, at)
    return representations.standing_of(found, ledger.rulebook.book)


def written(ledger: Ledger, violation_id: str, answer: Answer) -> Written:
    """The answer to a request about a violation. May ask the database."""
    fact = answer.facts[0].fact
    if not isinstance(fact, ViolationRecorded):
        fact = recorded_before(ledger, violation_id, answer)
    at = answer.seller.recorded_at
    return Written(
        violation=representations.violation_of(answer.seller, fact, at),
        standing=standing_after(ledger, answer),
        facts=representations.facts_named(answer.facts),
        position=representations.position_text(answer.position),
    )


def respond(told: Any, answer: Answer, status: int = 200) -> Response:
    """`told` as the answer; a repeat says that it is one."""
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else None
    return bodies.answer(told, status, headers)


def recorded_before(ledger: Ledger, violation_id: str, answer: Answer) -> ViolationRecorded:
    """The fact of a violation that a later request was about. Asks the database."""
    violation = answer.seller.violation(violation_id)
    assert violation is not None
    stored = ledger.reader.fact(seller_stream(answer.seller.seller_id), violation.version)
    assert stored is not None
    assert isinstance(stored.fact, ViolationRecorded)
    return stored.fact
