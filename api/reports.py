"""How a report looks to those who ask."""

import msgspec

from api.representations import FactNamed, When, facts_named, position_text, when
from ledger.facts.instants import format_instant
from ledger.facts.reports import ReportAbout, ReportDeadlineMissed, Reporter, ReportOutcome
from ledger.facts.violations import Severity
from ledger.ledger import Answer
from ledger.reports import report as known


class Documents(msgspec.Struct, frozen=True):
    """What the seller was asked for, the last time, and whether anything came."""

    requested_at: When
    asked_by: str
    until: When
    given_at: When | None
    """When the seller gave some for the first time since."""
    missed: bool
    """Whether the time passed in silence."""


class Review(msgspec.Struct, frozen=True):
    """A reviewer's decision."""

    outcome: ReportOutcome
    reviewer: str
    reviewed_at: When


class Held(msgspec.Struct, frozen=True):
    """The violation that a reviewer accepted and that waited for the seller's counter-notice."""

    rule: str
    severity: Severity | None
    points: int | None
    """As the reviewer gave them; null: the rule's own."""
    effective_at: When
    until: When
    """The last instant for the counter-notice."""
    countered_at: When | None


class ReportDeadline(msgspec.Struct, frozen=True):
    """What is waited for, the last instant that is in time, and what silence brings."""

    what: ReportDeadlineMissed
    due_at: When
    default: str


class Report(msgspec.Struct, frozen=True):
    """Somebody's complaint, with what became of it."""

    report_id: str
    about: ReportAbout
    seller_id: str
    listing_id: str | None
    buyer_id: str | None
    reported_by: str
    reporter: Reporter
    suspected: str | None
    filed_by: str
    filed_at: When
    status: known.ReportStatus
    outcome: ReportOutcome | None
    """How it ended; null while it waits for something."""
    documents: Documents | None
    held: Held | None
    reviews: tuple[Review, ...]
    """The oldest first: there are two where a counter-notice had the complaint reviewed again."""
    violation_id: str | None
    """Of the violation that it ended as, on the seller's record."""
    closed_at: When | None
    deadlines: tuple[ReportDeadline, ...]
    policy: str


class ReportSeen(msgspec.Struct, frozen=True):
    """A report as it is now, what has fallen due included; `position` is its newest fact's."""

    report: Report
    position: str


class ReportWritten(msgspec.Struct, frozen=True):
    """What a request about a report brought, and the report right after it."""

    report: Report
    facts: tuple[FactNamed, ...]
    position: str


def report_written(answer: Answer) -> ReportWritten:
    """The answer to a request about a report; a repeat shows the same."""
    assert isinstance(answer.case, known.Report), "asked about a report"
    return ReportWritten(
        report_as(answer.case), facts_named(answer.facts), position_text(answer.position)
    )


def report_seen(report: known.Report) -> ReportSeen:
    """A report for who only looks."""
    return ReportSeen(report_as(report), position_text(report.position))


def report_as(report: known.Report) -> Report:
    """A report as others read it."""
    return Report(
        report_id=report.report_id,
        about=report.about,
        seller_id=report.seller_id,
        listing_id=report.listing_id,
        buyer_id=report.buyer_id,
        reported_by=report.reported_by,
        reporter=report.reporter,
        suspected=report.suspected,
        filed_by=report.filed_by,
        filed_at=format_instant(report.filed_at),
        status=report.status,
        outcome=report.outcome,
        documents=_documents(report),
        held=_held(report),
        reviews=tuple(
            Review(each.outcome, each.reviewer, format_instant(each.reviewed_at))
            for each in report.reviews
        ),
        violation_id=report.violation_id,
        closed_at=when(report.closed_at),
        deadlines=tuple(
            ReportDeadline(each.what, format_instant(each.until), known.DEFAULTS[each.what])
            for each in report.deadlines()
        ),
        policy=report.policy,
    )


def _documents(report: known.Report) -> Documents | None:
    request = report.request
    if request is None:
        return None
    since = (given.given_at for given in report.documents if given.version > request.version)
    return Documents(
        requested_at=format_instant(request.asked_at),
        asked_by=request.asked_by,
        until=format_instant(request.until),
        given_at=when(next(since, None)),
        missed=report.silent,
    )


def _held(report: known.Report) -> Held | None:
    held, answer = report.held, report.counter_notice
    if held is None:
        return None
    return Held(
        rule=held.rule,
        severity=held.severity,
        points=held.points,
        effective_at=format_instant(held.effective_at),
        until=format_instant(held.until),
        countered_at=None if answer is None else format_instant(answer.filed_at),
    )
