"""What the ledger can be asked to do: the same words over HTTP, NDJSON and the command line.

A command is kept as it was sent, before defaults: that is what tells a repeat from
another request under the same id. Those about appeals, disputes and reports have modules of their
own.
"""

from typing import TypeAlias

from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    AppealCommand,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.dispute_commands import (
    AboutDispute,
    DecideRulingAppeal,
    DisputeCommand,
    RuleDispute,
)
from ledger.decide.fields import (
    Asked,
    Evidence,
    InstantText,
    ListingIds,
    PointsGiven,
    Prose,
    SanctionDays,
    ViolationIds,
)
from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.decide.promotion_commands import (
    AboutEnrolment,
    AnnounceCampaign,
    ChangeEnrolment,
    DecideEnrolment,
    EnrolProduct,
    PromotionCommand,
    WithdrawProduct,
)
from ledger.decide.report_commands import AboutReport, ReportCommand, ReviewReport
from ledger.facts.ids import (
    ExternalId,
    campaign_stream,
    dispute_stream,
    enrolment_stream,
    product_day_stream,
    report_stream,
    seller_day_stream,
    seller_stream,
)
from ledger.facts.violations import Severity
from ledger.policy.policy import Barred, SanctionKind


class RecordViolation(
    Asked, frozen=True, kw_only=True, tag_field="command", tag="record-violation"
):
    """A seller broke a rule."""

    violation_id: ExternalId
    rule: ExternalId
    severity: Severity | None = None
    source: ExternalId
    effective_at: InstantText | None = None
    listing_id: ExternalId | None = None
    points: PointsGiven | None = None
    statement: Prose
    evidence: Evidence | None = None
    reported_by: ExternalId


class AnnulViolation(Asked, frozen=True, kw_only=True, tag_field="command", tag="annul-violation"):
    """A violation should not have been recorded: take it back from its beginning."""

    violation_id: ExternalId
    reason: Prose
    annulled_by: ExternalId


class WaiveSanction(Asked, frozen=True, kw_only=True, tag_field="command", tag="waive-sanction"):
    """Let a sanction go, though its violations stand; a second person has to agree."""

    sanction_id: ExternalId
    reason: Prose | None = None
    waived_by: ExternalId


class ImposeSanction(Asked, frozen=True, kw_only=True, tag_field="command", tag="impose-sanction"):
    """A person decides that the seller be sanctioned, whatever the milestones say."""

    sanction_id: ExternalId
    kind: SanctionKind
    reason: Prose
    days: SanctionDays | None = None
    """Absent: without an end of its own; a warning is over as soon as it is given."""
    listing_ids: ListingIds | None = None
    """What it is about; absent: the whole shop."""
    bars: tuple[Barred, ...] | None = None
    """What it forbids; absent: what its kind forbids."""
    because_of: ViolationIds | None = None
    """Violations that the decision rests on; its end does not depend on them."""
    imposed_by: ExternalId


SellerCommand: TypeAlias = (
    RecordViolation | AnnulViolation | WaiveSanction | ImposeSanction | AppealCommand
)
"""What is about one seller, and read from and written to its stream alone."""
CaseCommand: TypeAlias = DisputeCommand | PerformanceCommand | ReportCommand | PromotionCommand
"""What is about a case: written to its stream, and to its seller's what follows there."""
Command: TypeAlias = SellerCommand | CaseCommand


def stream_of(command: Command) -> str:
    """The stream in which a command is answered."""
    if isinstance(command, AboutDispute):
        return dispute_stream(command.dispute_id)
    if isinstance(command, AboutEnrolment):
        return enrolment_stream(command.campaign_id, command.product_id)
    if isinstance(command, AnnounceCampaign):
        return campaign_stream(command.campaign_id)
    if isinstance(command, ReportPerformance):
        return seller_day_stream(command.seller_id, command.date)
    if isinstance(command, ReportProductPerformance):
        return product_day_stream(command.product_id, command.date)
    if isinstance(command, AboutReport):
        return report_stream(command.report_id)
    return seller_stream(command.seller_id)


def actor_of(command: Command) -> tuple[str, str | None]:
    """The field that names who is behind the command, and whom it names."""
    match command:
        case RecordViolation():
            return "reported_by", command.reported_by
        case AnnulViolation():
            return "annulled_by", command.annulled_by
        case WaiveSanction():
            return "waived_by", command.waived_by
        case ImposeSanction():
            return "imposed_by", command.imposed_by
        case FileAppeal():
            return "filed_by", command.filed_by
        case DecideAppeal() | RuleDispute() | DecideRulingAppeal() | ReviewReport():
            return "reviewer", command.reviewer
        case DecideEnrolment():
            return "reviewer", command.reviewer
        case AddAppealEvidence() | WithdrawAppeal():
            return "actor", command.actor
        case AboutDispute() | AboutReport():
            return "actor", command.actor
        case ReportPerformance() | ReportProductPerformance():
            return "actor", command.actor
        case AnnounceCampaign() | EnrolProduct() | WithdrawProduct() | ChangeEnrolment():
            return "actor", command.actor
