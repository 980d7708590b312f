"""How a report ends: a reviewer who had no part in it finds a violation, finds nothing, or sides
with a seller against a buyer.
"""

from ledger.decide.refusals import ReviewerNotIndependent
from ledger.decide.report_case import Found, ReportCase, ReportCaseFact
from ledger.decide.report_commands import ReviewReport
from ledger.decide.report_refusals import (
    OutcomeNotAccepted,
    ReportPartOutOfPlace,
    ReportWrongState,
    RuleMissing,
)
from ledger.decide.violations import INTELLECTUAL_PROPERTY
from ledger.facts.instants import Instant
from ledger.facts.reports import Accepted, ReportDismissed, ReportReviewed
from ledger.policy.refusals import NoAppealWindow
from ledger.reports.report import where

REVIEWABLE = "a report that waits for its review"
"""What a review, or a request for documents before it, may be about."""
_OUTCOMES = {
    "listing": ("violation", "dismissed"),
    "seller": ("violation", "dismissed"),
    "buyer": ("upheld", "dismissed"),
}
_OF_A_VIOLATION = ("rule", "severity", "points", "effective_at")


def review_report(command: ReviewReport, case: ReportCase) -> list[ReportCaseFact]:
    """The reviewer's decision on a report that nobody else's silence has to be waited for."""
    report = case.report
    if report.waits != "awaiting-review":
        raise ReportWrongState(report.report_id, where(report), REVIEWABLE)
    demand_independence(command.reviewer, case)
    accepted = _OUTCOMES[report.about]
    if command.outcome not in accepted:
        raise OutcomeNotAccepted(report.about, command.outcome, " or ".join(accepted))
    if command.outcome == "violation":
        return _found(command, case)
    for field in _OF_A_VIOLATION:
        if getattr(command, field) is not None:
            why = f"a report that ends as {command.outcome} comes to no violation"
            raise ReportPartOutOfPlace(field, why, f"no {field}, or the outcome violation")
    if command.outcome == "upheld":
        return [_reviewed(command, case)]
    return [
        ReportDismissed(
            recorded_at=case.at,
            actor=command.reviewer,
            seller_id=report.seller_id,
            content=case.context.content,
            seal=case.context.seal,
        )
    ]


def demand_independence(reviewer: str, case: ReportCase, field: str = "reviewer") -> None:
    """Who filed the report, is a side of it or spoke for one has no part in deciding it; nor has
    who accepted the complaint in deciding on the counter-notice.
    """
    report = case.report
    parts = {
        report.reported_by: "made the report",
        report.filed_by: "filed the report",
        report.seller_id: "is the seller",
        report.buyer_id: "is the buyer",
    }
    parts |= {given.given_by: "gave the seller's documents" for given in report.documents}
    if report.counter_notice is not None:
        parts[report.counter_notice.filed_by] = "filed the counter-notice"
        parts[report.reviews[-1].reviewer] = "accepted the complaint"
    if reviewer in parts:
        raise ReviewerNotIndependent(reviewer, parts[reviewer], field)


def _found(command: ReviewReport, case: ReportCase) -> list[ReportCaseFact]:
    """A violation, recorded at once; or held for the seller's counter-notice, and then it is one
    that could be recorded now.
    """
    rule = command.rule or case.report.suspected
    if rule is None:
        raise RuleMissing(case.report.report_id)
    found = Found(rule, command.severity, command.points, command.effective_at)
    violation, others = case.recorded(found, command.reviewer, case.context.seal)
    until = _held_until(violation.family, case)
    if until is None:
        return [_reviewed(command, case, violated=True), violation, *others]
    held = Accepted(
        rule=rule,
        severity=command.severity,
        points=command.points,
        effective_at=violation.effective_at,
        until=until,
    )
    awaited = case.awaited("counter-notice", until, command.reviewer, rule)
    return [_reviewed(command, case, held), awaited]


def _held_until(family: str, case: ReportCase) -> Instant | None:
    """The last instant for a counter-notice, where the pack waits for one: once."""
    report, policy = case.report, case.policy
    if not policy.hold_for_counter_notice or report.reporter != "rights-holder":
        return None
    if report.held is not None or family != INTELLECTUAL_PROPERTY:
        return None
    try:
        return policy.appeal_window(INTELLECTUAL_PROPERTY, "rights-holder").first_until(case.at)
    except NoAppealWindow:
        return None


def _reviewed(
    command: ReviewReport,
    case: ReportCase,
    held: Accepted | None = None,
    *,
    violated: bool = False,
) -> ReportReviewed:
    return ReportReviewed(
        recorded_at=case.at,
        actor=command.reviewer,
        seller_id=case.report.seller_id,
        outcome="upheld" if command.outcome == "upheld" else "violation",
        held=held,
        violation_id=case.violation_id if violated else None,
        violation=case.violation if violated else None,
        policy=case.policy.ref,
        content=case.context.content,
        seal=case.context.seal,
    )
