"""How each fact changes what is known of a report. Nothing is decided here."""

from typing import assert_never

from msgspec.structs import replace

from ledger.facts.kinds import ReportsOwnFact
from ledger.facts.reports import (
    ReportCounterNoticed,
    ReportDeadlinePassed,
    ReportDismissed,
    ReportDocumentsGiven,
    ReportDocumentsRequested,
    ReportFiled,
    ReportReviewed,
)
from ledger.reports.report import CounterNotice, DocumentsRequest, Given, Report, Review


def filed(fact: ReportFiled, position: int = 0) -> Report:
    """The report as its first fact leaves it."""
    return Report(
        report_id=fact.report_id,
        version=1,
        position=position,
        recorded_at=fact.recorded_at,
        seller_id=fact.seller_id,
        about=fact.about,
        listing_id=fact.listing_id,
        buyer_id=fact.buyer_id,
        reported_by=fact.reported_by,
        reporter=fact.reporter,
        suspected=fact.suspected,
        filed_by=fact.actor,
        filed_at=fact.recorded_at,
        policy=fact.policy,
    )


def evolve_report(report: Report | None, fact: ReportsOwnFact, position: int = 0) -> Report:
    """The report once `fact`, at `position` in the log, is known as well."""
    if isinstance(fact, ReportFiled):
        return filed(fact, position)
    assert report is not None, "a report begins with its filing"
    version, at = report.version + 1, fact.recorded_at
    after = replace(report, version=version, position=position, recorded_at=at)
    match fact:
        case ReportDocumentsRequested():
            request = DocumentsRequest(version, fact.until, fact.actor, at)
            return replace(after, request=request, silent=False, waits="awaiting-documents")
        case ReportDocumentsGiven():
            given = Given(fact.content, version, at, fact.actor)
            return replace(after, documents=(*after.documents, given), waits="awaiting-review")
        case ReportReviewed():
            return _reviewed(after, fact)
        case ReportCounterNoticed():
            answer = CounterNotice(version, fact.actor, at)
            return replace(after, counter_notice=answer, waits="awaiting-review")
        case ReportDeadlinePassed():
            if fact.what == "documents":
                return replace(after, silent=True, waits="awaiting-review")
            if fact.violation_id is None:
                return replace(after, waits="awaiting-review")
            return replace(
                after,
                waits=None,
                violation_id=fact.violation_id,
                violation=fact.violation,
                closed_at=fact.effective_at,
            )
        case ReportDismissed():
            review = Review(version, fact.actor, at, fact.content, "dismissed", fact.seal)
            reviews = (*after.reviews, review)
            return replace(after, reviews=reviews, waits=None, closed_at=at)
        case _:
            assert_never(fact)


def _reviewed(after: Report, fact: ReportReviewed) -> Report:
    """Found true: that is its end, unless the seller may answer first."""
    at = fact.recorded_at
    review = Review(after.version, fact.actor, at, fact.content, fact.outcome, fact.seal)
    after = replace(after, reviews=(*after.reviews, review))
    if fact.held is not None:
        return replace(after, held=fact.held, waits="awaiting-counter-notice")
    return replace(
        after,
        waits=None,
        violation_id=fact.violation_id,
        violation=fact.violation,
        closed_at=at,
    )
