"""A report with its seller, and the violation that it may come to."""

from typing import NamedTuple

from msgspec.structs import replace

from ledger.decide.commands import RecordViolation
from ledger.decide.context import Context
from ledger.decide.violations import record_violation
from ledger.facts.ids import fact_id, report_stream, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import ReportsOwnFact, SellerFact
from ledger.facts.reports import ReportAnswerAwaited, ReportDeadlineMissed
from ledger.facts.violations import Severity, ViolationRecorded
from ledger.policy.policy import Policy
from ledger.reports.report import Report
from ledger.standing.seller import Seller

ReportCaseFact = ReportsOwnFact | SellerFact
"""What a decision about a report gives: its own facts, then those on its seller."""


class Found(NamedTuple):
    """The violation that a reviewer found, as it is given to the decision that records one."""

    rule: str
    severity: Severity | None
    points: int | None
    effective_at: str | None
    """Absent: the instant of the decision."""


class ReportCase(NamedTuple):
    """A report with its seller, and when a decision about it is recorded."""

    report: Report
    seller: Seller
    context: Context

    @property
    def at(self) -> Instant:
        """When the decision is recorded."""
        return self.context.at

    @property
    def policy(self) -> Policy:
        """The edition in force now: it gives the windows that begin now."""
        return self.context.rulebook.in_force_now(self.at)

    @property
    def cause(self) -> str:
        """The address of the fact that the decision begins with."""
        return fact_id(report_stream(self.report.report_id), self.report.version + 1)

    @property
    def violation(self) -> str:
        """The address of the violation, where the decision records one."""
        return fact_id(seller_stream(self.seller.seller_id), self.seller.version + 1)

    @property
    def violation_id(self) -> str:
        """What it will be called: after the report, and numbered where somebody else had the name
        before.
        """
        named = f"report-{self.report.report_id}"
        number, free = 1, named
        while self.seller.violation(free) is not None:
            number += 1
            free = f"{named}-{number}"
        return free

    def awaited(
        self, what: ReportDeadlineMissed, until: Instant, actor: str, rule: str | None = None
    ) -> ReportAnswerAwaited:
        """What the seller is told: what is waited for, and until when."""
        return ReportAnswerAwaited(
            recorded_at=self.at,
            actor=actor,
            caused_by=self.cause,
            report_id=self.report.report_id,
            what=what,
            listing_id=self.report.listing_id,
            rule=rule,
            until=until,
            policy=self.policy.ref,
        )

    def recorded(
        self, found: Found, reviewer: str, seal: str
    ) -> tuple[ViolationRecorded, list[SellerFact]]:
        """The violation as recording it by hand would give it, caused by the report, and what it
        sets off; raises what that would be refused for.
        """
        report = self.report
        command = RecordViolation(
            seller_id=report.seller_id,
            violation_id=self.violation_id,
            rule=found.rule,
            severity=found.severity,
            source="rights-holder" if report.reporter == "rights-holder" else "platform",
            effective_at=found.effective_at,
            listing_id=report.listing_id,
            points=found.points,
            # The reviewer's words are kept with the review; the violation carries their seal.
            statement="",
            reported_by=reviewer,
        )
        first, *others = record_violation(command, self.seller, replace(self.context, seal=seal))
        assert isinstance(first, ViolationRecorded), "a recording begins with the violation"
        return replace(first, caused_by=self.cause), others
