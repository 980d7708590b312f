"""What can be asked about reports.

Where a request names nobody as its actor, that is the key's subject, else the one whose step it is:
the reporter, the seller, or the platform.
"""

from typing import Annotated

import msgspec

from ledger.decide.fields import (
    AboutCase,
    Evidence,
    EvidenceGiven,
    InstantText,
    PointsGiven,
    Prose,
)
from ledger.facts.ids import ID_PATTERN, ExternalId
from ledger.facts.reports import ReportAbout, Reporter, ReportOutcome
from ledger.facts.violations import Severity

ReportId = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, min_length=1, max_length=112)]
"""Shorter than other ids: a violation that it leads to is named after it."""


class AboutReport(AboutCase, frozen=True, kw_only=True):
    """What every command about a report has."""

    report_id: ReportId


class FileReport(AboutReport, frozen=True, kw_only=True, tag_field="command", tag="file-report"):
    """Somebody complains of a listing, a seller or a buyer."""

    about: ReportAbout
    seller_id: ExternalId
    """The seller that is reported; for a report about a buyer, the seller that reports."""
    listing_id: ExternalId | None = None
    buyer_id: ExternalId | None = None
    reported_by: ExternalId
    reporter: Reporter
    suspected: ExternalId | None = None
    """The rule that the reporter believes broken."""
    statement: Prose
    evidence: Evidence | None = None
    actor: ExternalId | None = None


class RequestReportDocuments(
    AboutReport, frozen=True, kw_only=True, tag_field="command", tag="request-report-documents"
):
    """The platform asks the seller for documents."""

    statement: Prose | None = None
    """What is asked for."""
    actor: ExternalId | None = None


class AddReportDocuments(
    AboutReport, frozen=True, kw_only=True, tag_field="command", tag="add-report-documents"
):
    """The seller gives the documents it was asked for."""

    evidence: EvidenceGiven
    statement: Prose | None = None
    actor: ExternalId | None = None


class ReviewReport(
    AboutReport, frozen=True, kw_only=True, tag_field="command", tag="review-report"
):
    """A reviewer finds a violation, finds nothing, or sides against a buyer."""

    outcome: ReportOutcome
    rule: ExternalId | None = None
    """Absent, with a violation: the rule that the reporter suspected."""
    severity: Severity | None = None
    points: PointsGiven | None = None
    effective_at: InstantText | None = None
    """Absent, with a violation: the instant of the review."""
    reviewer: ExternalId
    reasons: Prose


class AnswerReport(
    AboutReport, frozen=True, kw_only=True, tag_field="command", tag="answer-report"
):
    """The seller's counter-notice against a complaint that was accepted and is held for it."""

    statement: Prose
    evidence: Evidence | None = None
    actor: ExternalId | None = None


ReportCommand = (
    FileReport | RequestReportDocuments | AddReportDocuments | ReviewReport | AnswerReport
)
