"""The stories of violations, disputes and reports: what was said in them, and what came of it."""

from collections.abc import Callable

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import require
from api.dependencies import DisputeId, MinPosition, ReportId, SellerId, TheLedger, ViolationId
from api.lists.sending import Counted
from api.openapi import answers
from api.positions import seen
from api.sensitive import recorded
from api.stories import Story, story_of, story_of_violation
from ledger.decide.dispute_refusals import UnknownDispute
from ledger.decide.refusals import UnknownViolation
from ledger.decide.report_refusals import UnknownReport
from ledger.facts.ids import dispute_stream, report_stream
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.store.loading import StoredFact
from ledger.store.refusals import NotThereYet

router = APIRouter(dependencies=[require("audit:read", "cases:decide")])


@router.get(
    "/v1/sellers/{seller_id}/violations/{violation_id}/story",
    tags=["violations"],
    dependencies=[recorded("violation-texts")],
    **answers(Story, UnknownViolation, NotThereYet),
)
async def violation_story(
    seller_id: SellerId,
    violation_id: ViolationId,
    ledger: TheLedger,
    min_position: MinPosition = None,
) -> Response:
    """A violation from its recording on: what it set off, its appeals, what became of it, and what
    was said with each.
    """
    await seen(ledger, min_position)

    def facts() -> list[StoredFact]:
        return story_of_violation(ledger, seller_id, violation_id)

    return await _answer(ledger, facts, UnknownViolation(seller_id, violation_id))


@router.get(
    "/v1/disputes/{dispute_id}/story",
    tags=["disputes"],
    dependencies=[recorded("dispute-texts")],
    **answers(Story, UnknownDispute, NotThereYet),
)
async def dispute_story(
    dispute_id: DisputeId, ledger: TheLedger, min_position: MinPosition = None
) -> Response:
    """A dispute from its opening on, with what each side said and brought."""
    await seen(ledger, min_position)

    def facts() -> list[StoredFact]:
        return ledger.reader.stream(dispute_stream(dispute_id))

    return await _answer(ledger, facts, UnknownDispute(dispute_id))


@router.get(
    "/v1/reports/{report_id}/story",
    tags=["reports"],
    dependencies=[recorded("report-texts")],
    **answers(Story, UnknownReport, NotThereYet),
)
async def report_story(
    report_id: ReportId, ledger: TheLedger, min_position: MinPosition = None
) -> Response:
    """A report from its filing on, with what was said and brought."""
    await seen(ledger, min_position)

    def facts() -> list[StoredFact]:
        return ledger.reader.stream(report_stream(report_id))

    return await _answer(ledger, facts, UnknownReport(report_id))


async def _answer(
    ledger: Ledger, facts: Callable[[], list[StoredFact]], missing: Refusal
) -> Response:
    def read() -> Story:
        found = facts()
        if not found:
            raise missing
        return story_of(ledger, found)

    story = await run_in_threadpool(read)
    body = msgspec.json.encode(story)
    words = any(fact.said is not None for fact in story.facts)
    return Counted(body, len(story.facts), {}, "application/json", words=words)
