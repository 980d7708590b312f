"""What the ledger can be asked to do: the same words over HTTP, NDJSON and the command line.

A command is kept as it was sent, before defaults: that is what tells a repeat from
another request under the same id. Field limits are checked as a command is read.
"""

from typing import Annotated, TypeAlias

import msgspec

from ledger.facts.ids import ExternalId
from ledger.facts.violations import Severity

Prose = Annotated[str, msgspec.Meta(min_length=1, max_length=5_000)]
"""What a person wrote: up to 5,000 characters. May be personal, so it is kept apart."""
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
"""An opaque reference to evidence kept elsewhere."""
InstantText = Annotated[
    str,
    msgspec.Meta(min_length=10, max_length=40, extra_json_schema={"format": "date-time"}),
]
PointsGiven = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Evidence = Annotated[tuple[Reference, ...], msgspec.Meta(max_length=100)]


class Asked(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """What every command about a seller has."""

    seller_id: ExternalId


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


Command: TypeAlias = RecordViolation | AnnulViolation | WaiveSanction


def actor_of(command: Command) -> tuple[str, str]:
    """The field that names who is behind the command, and whom it names."""
    match command:
        case RecordViolation():
            return "reported_by", command.reported_by
        case AnnulViolation():
            return "annulled_by", command.annulled_by
        case WaiveSanction():
            return "waived_by", command.waived_by
