"""What the ledger can be asked to do: the same words over HTTP, NDJSON and the command line.

A command is kept as it was sent, before defaults: that is what tells a repeat from
another request under the same id. Those about appeals and disputes have modules of their own.
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
from ledger.decide.fields import Asked, Evidence, InstantText, PointsGiven, Prose
from ledger.facts.ids import ExternalId
from ledger.facts.violations import Severity


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


SellerCommand: TypeAlias = RecordViolation | AnnulViolation | WaiveSanction | AppealCommand
"""What is about one seller, and read from and written to its stream alone."""
Command: TypeAlias = SellerCommand | DisputeCommand


def actor_of(command: Command) -> tuple[str, str | None]:
    """The field that names who is behind the command, and whom it names."""
    match command:
        case RecordViolation():
            return "reported_by", command.reported_by
        case AnnulViolation():
            return "annulled_by", command.annulled_by
        case WaiveSanction():
            return "waived_by", command.waived_by
        case FileAppeal():
            return "filed_by", command.filed_by
        case DecideAppeal() | RuleDispute() | DecideRulingAppeal():
            return "reviewer", command.reviewer
        case AddAppealEvidence() | WithdrawAppeal():
            return "actor", command.actor
        case AboutDispute():
            return "actor", command.actor
