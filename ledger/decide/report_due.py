"""What a deadline of a report brings once it has passed in silence."""

from msgspec.structs import replace

from ledger.decide.context import Context
from ledger.decide.report_case import Found, ReportCase, ReportCaseFact
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import fact_id, report_stream
from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.facts.reports import ReportDeadlinePassed
from ledger.reports.report import Deadline, Report
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller


def record_report_due(
    report: Report, seller: Seller, up_to: Instant, at: Instant, rulebook: Rulebook
) -> list[ReportCaseFact]:
    """What the deadline passed by `up_to` brings, recorded at `at`; nothing if none did."""
    passed = next((d for d in report.deadlines() if d.due_at <= up_to), None)
    if passed is None:
        return []
    case = ReportCase(report, seller, Context(at, rulebook))
    if passed.what == "documents":
        return [_passed(case, passed)]
    return _violation(case, passed)


def as_of(report: Report, now: Instant) -> Report:
    """The report as it is at an instant: documents that stayed out hold it up no longer, recorded
    or not. A violation is there once it is recorded, here as in the seller's standing.
    """
    if report.waits != "awaiting-documents" or report.deadlines()[0].due_at > now:
        return report
    return replace(report, waits="awaiting-review", silent=True)


def _violation(case: ReportCase, passed: Deadline) -> list[ReportCaseFact]:
    """No counter-notice came: the violation that was accepted is recorded.

    It is weighed by the edition in force when it was effective, which was known when the reviewer
    accepted it, and it takes an id that is free. Should that edition have been replaced at that
    very instant by one that refuses it, a reviewer looks at it again: nothing may stand still.
    """
    report = case.report
    assert report.held is not None, "only what is held waits for a counter-notice"
    review = report.reviews[-1]
    found = Found(
        report.held.rule,
        report.held.severity,
        report.held.points,
        format_instant(report.held.effective_at),
    )
    try:
        violation, others = case.recorded(found, review.reviewer, review.seal)
    except Refusal:
        return [_passed(case, passed)]
    return [_passed(case, passed, case.violation_id, case.violation), violation, *others]


def _passed(
    case: ReportCase,
    passed: Deadline,
    violation_id: str | None = None,
    violation: str | None = None,
) -> ReportDeadlinePassed:
    stream = report_stream(case.report.report_id)
    return ReportDeadlinePassed(
        recorded_at=case.at,
        actor=LEDGER_ACTOR,
        caused_by=fact_id(stream, case.report.begun_by(passed.what)),
        seller_id=case.report.seller_id,
        what=passed.what,
        effective_at=passed.due_at,
        violation_id=violation_id,
        violation=violation,
    )
