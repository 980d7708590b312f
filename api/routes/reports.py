"""Reports of listings, sellers and buyers: filing, documents, review, the counter-notice."""

from typing import Annotated, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import CorrelationId, IdempotencyKey, MinPosition, ReportId, TheLedger
from api.openapi import answers
from api.positions import seen
from api.reports import ReportSeen, ReportWritten, report_seen, report_written
from api.writing import SCOPES, handled, respond, signed
from ledger.decide import dispute_refusals as disputed
from ledger.decide import refusals as decided
from ledger.decide import report_refusals as reported
from ledger.decide.report_commands import (
    AddReportDocuments,
    AnswerReport,
    FileReport,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.facts.instants import MalformedInstant
from ledger.ledger import Ledger
from ledger.policy import refusals as policy
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import Busy, Importing, NotThereYet, Unavailable
from ledger.taking.requests import Request

router = APIRouter(tags=["reports"])

A_STEP: Final = (
    reported.UnknownReport,
    decided.ToldDifferently,
    reported.ReportWrongState,
    Importing,
    Busy,
    Unavailable,
)
"""Why any step of a report may be refused."""


async def _brought(ledger: Ledger, request: Request, status: int = 200) -> Response:
    told = await handled(ledger, request)
    return respond(report_written(told), told, status)


@router.post(
    "/v1/reports",
    dependencies=[require(*SCOPES[FileReport])],
    **answers(
        ReportWritten,
        decided.ToldDifferently,
        reported.ReportOnNobody,
        reported.ReportPartOutOfPlace,
        reported.ReportOnOneself,
        reported.ReporterNotAccepted,
        policy.UnknownRule,
        BeforeFirstPack,
        Importing,
        Busy,
        Unavailable,
        status=201,
        says="The report as it was filed; a repeat gets the same answer",
    ),
)
async def file_report(
    complaint: Annotated[FileReport, reads(FileReport)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A buyer, a seller or a rights holder reports a listing or a seller; a seller, a buyer."""
    return await _brought(ledger, signed(complaint, actor, key, correlation_id), 201)


@router.get(
    "/v1/reports/{report_id}",
    dependencies=[require("audit:read", "facts:write", "cases:decide")],
    **answers(ReportSeen, reported.UnknownReport, NotThereYet),
)
async def report(
    report_id: ReportId, ledger: TheLedger, min_position: MinPosition = None
) -> Response:
    """One report as it is now: documents that stayed out hold it up no longer."""
    await seen(ledger, min_position)
    found = await run_in_threadpool(ledger.report, report_id)
    if found is None:
        raise reported.UnknownReport(report_id)
    return answer(report_seen(found))


@router.post(
    "/v1/reports/{report_id}/document-request",
    dependencies=[require(*SCOPES[RequestReportDocuments])],
    **answers(ReportWritten, *A_STEP, reported.NoReportRules, decided.ReviewerNotIndependent),
)
async def request_report_documents(
    report_id: ReportId,
    wish: Annotated[RequestReportDocuments, reads(RequestReportDocuments, optional=True)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The platform asks the seller for documents; they, or silence, go to review."""
    return await _brought(ledger, signed(wish, actor, key, correlation_id))


@router.post(
    "/v1/reports/{report_id}/documents",
    dependencies=[require(*SCOPES[AddReportDocuments])],
    **answers(ReportWritten, *A_STEP, reported.ReportTooLate, disputed.WrongParty),
)
async def add_report_documents(
    report_id: ReportId,
    given: Annotated[AddReportDocuments, reads(AddReportDocuments)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The seller gives the documents that it was asked for."""
    return await _brought(ledger, signed(given, actor, key, correlation_id))


@router.post(
    "/v1/reports/{report_id}/review",
    dependencies=[require(*SCOPES[ReviewReport])],
    **answers(
        ReportWritten,
        *A_STEP,
        decided.ReviewerNotIndependent,
        reported.OutcomeNotAccepted,
        reported.ReportPartOutOfPlace,
        reported.RuleMissing,
        MalformedInstant,
        decided.EffectiveInFuture,
        BeforeFirstPack,
        policy.UnknownRule,
        policy.SeverityRequired,
        policy.SeverityNotAccepted,
        policy.PointsOutOfRange,
        policy.StrikesTakeNoPoints,
    ),
)
async def review_report(
    report_id: ReportId,
    review: Annotated[ReviewReport, reads(ReviewReport)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """A reviewer who had no part in it finds a violation, finds nothing, or upholds a report about
    a buyer.
    """
    return await _brought(ledger, signed(review, actor, key, correlation_id))


@router.post(
    "/v1/reports/{report_id}/counter-notice",
    dependencies=[require(*SCOPES[AnswerReport])],
    **answers(ReportWritten, *A_STEP, reported.ReportTooLate, disputed.WrongParty),
)
async def answer_report(
    report_id: ReportId,
    reply: Annotated[AnswerReport, reads(AnswerReport)],
    actor: CurrentActor,
    ledger: TheLedger,
    key: IdempotencyKey = None,
    correlation_id: CorrelationId = None,
) -> Response:
    """The seller answers a rights holder's complaint that is held for it: another reviewer looks
    at it again.
    """
    return await _brought(ledger, signed(reply, actor, key, correlation_id))
