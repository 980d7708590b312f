"""Reports from their filing to their review: who may complain of whom, and what the seller gives
and says.
"""

from typing import assert_never

from ledger.decide.context import Context
from ledger.decide.dispute_refusals import WrongParty
from ledger.decide.refusals import ToldDifferently
from ledger.decide.report_case import ReportCase, ReportCaseFact
from ledger.decide.report_commands import (
    AddReportDocuments,
    AnswerReport,
    FileReport,
    ReportCommand,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.decide.report_refusals import (
    NoReportRules,
    ReporterNotAccepted,
    ReportOnNobody,
    ReportOnOneself,
    ReportPartOutOfPlace,
    ReportTooLate,
    ReportWrongState,
    UnknownReport,
)
from ledger.decide.report_reviews import REVIEWABLE, demand_independence, review_report
from ledger.facts.reports import (
    ReportCounterNoticed,
    ReportDocumentsGiven,
    ReportDocumentsRequested,
    ReportFiled,
)
from ledger.policy.policy import Policy
from ledger.policy.refusals import UnknownRule
from ledger.reports.report import Report, where
from ledger.standing.seller import Seller

PLATFORM = "platform"
"""The actor of what the platform does, where a request names nobody."""


def decide_report(
    command: ReportCommand, report: Report | None, seller: Seller, context: Context
) -> list[ReportCaseFact]:
    """The facts that follow, the report's own first; raises a `Refusal` (report_refusals.py has the
    order).
    """
    if isinstance(command, FileReport):
        if report is not None:
            raise ToldDifferently(f"report {command.report_id}", "content")
        return [file_report(command, context)]
    if report is None:
        raise UnknownReport(command.report_id)
    case = ReportCase(report, seller, context)
    match command:
        case RequestReportDocuments():
            return request_documents(case)
        case AddReportDocuments():
            return [add_documents(case)]
        case ReviewReport():
            return review_report(command, case)
        case AnswerReport():
            return [answer_report(case)]
        case _:
            assert_never(command)


def file_report(command: FileReport, context: Context) -> ReportFiled:
    """A report that says of whom it complains, made by somebody else."""
    actor = context.actor or command.reported_by
    _demand_somebody(command)
    _demand_somebody_else(command, actor)
    policy = context.rulebook.in_force_now(context.at)
    if command.suspected is not None:
        _demand_rule(command.suspected, policy)
    return ReportFiled(
        recorded_at=context.at,
        actor=actor,
        seller_id=command.seller_id,
        report_id=command.report_id,
        about=command.about,
        listing_id=command.listing_id,
        buyer_id=command.buyer_id,
        reported_by=command.reported_by,
        reporter=command.reporter,
        suspected=command.suspected,
        policy=policy.ref,
        digest=policy.short_digest,
        seal=context.seal,
    )


def _demand_rule(suspected: str, policy: Policy) -> None:
    try:
        policy.rule(suspected)
    except UnknownRule as refusal:
        refusal.field = "suspected"
        raise


def _demand_somebody(command: FileReport) -> None:
    """A listing with its seller, a seller, or a buyer with the seller that reports it."""
    if command.about == "listing" and command.listing_id is None:
        raise ReportOnNobody("listing", "listing_id")
    if command.about == "buyer":
        if command.buyer_id is None:
            raise ReportOnNobody("buyer", "buyer_id")
        if command.suspected is not None:
            why = "a buyer breaks no rule of a seller's"
            raise ReportPartOutOfPlace("suspected", why, "no suspected rule")
    elif command.buyer_id is not None:
        why = f"a report about a {command.about} is about no buyer"
        raise ReportPartOutOfPlace("buyer_id", why, "no buyer_id, or about: buyer")


def _demand_somebody_else(command: FileReport, actor: str) -> None:
    """Nobody reports himself; and who reports a buyer is the seller that dealt with it."""
    if command.about != "buyer":
        for field, who in (("reported_by", command.reported_by), ("actor", actor)):
            if who == command.seller_id:
                raise ReportOnOneself(who, field)
        return
    assert command.buyer_id is not None
    for field, who in (
        ("reported_by", command.reported_by),
        ("actor", actor),
        ("seller_id", command.seller_id),
    ):
        if who == command.buyer_id:
            raise ReportOnOneself(who, field)
    if command.reporter != "seller":
        raise ReporterNotAccepted("reporter", command.reporter, "seller")
    if command.reported_by != command.seller_id:
        accepted = f"{command.seller_id}, which is its seller_id"
        raise ReporterNotAccepted("reported_by", command.reported_by, accepted)


def request_documents(case: ReportCase) -> list[ReportCaseFact]:
    """The seller is asked to prove, for instance, that a product is genuine."""
    report, rules = case.report, case.policy.reports
    if rules is None:
        raise NoReportRules(case.policy.ref)
    if report.waits != "awaiting-review":
        raise ReportWrongState(report.report_id, where(report), REVIEWABLE)
    if report.about == "buyer":
        why = f"is about buyer {report.buyer_id}: its seller reports, and has nothing to prove"
        raise ReportWrongState(report.report_id, why, "a report about a listing or a seller")
    actor = case.context.actor or PLATFORM
    demand_independence(actor, case, "actor")
    requested = ReportDocumentsRequested(
        recorded_at=case.at,
        actor=actor,
        seller_id=report.seller_id,
        until=rules.documents_until(case.at),
        policy=case.policy.ref,
        seal=case.context.seal,
    )
    return [requested, case.awaited("documents", requested.until, actor)]


def add_documents(case: ReportCase) -> ReportDocumentsGiven:
    """The seller gives what it was asked for; more may follow until its time is over or somebody
    has decided.
    """
    report, request = case.report, case.report.request
    if request is None:
        why = where(report) if report.waits is None else "asked for no documents"
        raise ReportWrongState(report.report_id, why, "a report whose seller was asked for some")
    if report.waits in (None, "awaiting-counter-notice"):
        raise ReportWrongState(report.report_id, where(report), "a report not yet decided")
    if case.at > request.until:
        raise ReportTooLate("documents", request.until, case.at)
    return ReportDocumentsGiven(
        recorded_at=case.at,
        actor=_acting_for_seller(case),
        seller_id=report.seller_id,
        content=case.context.content,
        seal=case.context.seal,
    )


def answer_report(case: ReportCase) -> ReportCounterNoticed:
    """The seller's counter-notice: another reviewer looks at the complaint again."""
    report = case.report
    if report.waits != "awaiting-counter-notice":
        if report.held is not None and report.counter_notice is None:
            raise ReportTooLate("a counter-notice", report.held.until, case.at)
        raise ReportWrongState(
            report.report_id, where(report), "a complaint held for its counter-notice"
        )
    return ReportCounterNoticed(
        recorded_at=case.at,
        actor=_acting_for_seller(case),
        seller_id=report.seller_id,
        seal=case.context.seal,
    )


def _acting_for_seller(case: ReportCase) -> str:
    """Who takes a step of the seller's: never who reported it."""
    report = case.report
    actor = case.context.actor or report.seller_id
    if actor == report.reported_by:
        raise WrongParty(actor, "actor", "the seller, or who acts for it")
    return actor
