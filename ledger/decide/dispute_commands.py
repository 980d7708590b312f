"""What can be asked about disputes.

Requests about one party may name it by its role or by its id. Where a request names nobody as its
actor, that is the key's subject, else the party itself.
"""

from typing import Annotated, Literal

import msgspec

from ledger.decide.fields import (
    AboutCase,
    Evidence,
    EvidenceGiven,
    InstantText,
    Prose,
    Reference,
)
from ledger.facts.disputes import AtFault, DisputeReason, Party
from ledger.facts.ids import ExternalId
from ledger.facts.money import Money

Parties = Annotated[tuple[Party, ...], msgspec.Meta(min_length=1, max_length=2)]


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much is given back, and whether the goods go back for it."""

    refund: Money
    returns: bool = msgspec.field(default=False, name="return")


class AboutDispute(AboutCase, frozen=True, kw_only=True):
    """What every command about a dispute has."""

    dispute_id: ExternalId


class OpenDispute(AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="open-dispute"):
    """A buyer asks for its money back."""

    order_id: ExternalId
    seller_id: ExternalId
    buyer_id: ExternalId
    reason: DisputeReason
    order_amount: Money
    shipped_at: InstantText
    receipt_confirmed_at: InstantText | None = None
    requested: Proposal
    return_address_on_file: bool = True
    """Whether the seller has an address to which goods go back."""
    seller_pays_return: bool = False
    """Whether the seller's terms say so, for a withdrawal."""
    statement: Prose | None = None
    evidence: Evidence | None = None
    actor: ExternalId | None = None


class AnswerDispute(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="answer-dispute"
):
    """The seller accepts the claim, proposes something else, or rejects it."""

    answer: Literal["accept", "counter", "reject"]
    offer: Proposal | None = None
    evidence: Evidence | None = None
    actor: ExternalId | None = None


class AnswerOffer(AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="answer-offer"):
    """The buyer accepts or refuses what the seller proposed."""

    answer: Literal["accept", "refuse"]
    actor: ExternalId | None = None


class EscalateDispute(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="escalate-dispute"
):
    """The buyer calls the platform."""

    by: ExternalId
    actor: ExternalId | None = None


class RequestDisputeEvidence(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="request-dispute-evidence"
):
    """The platform asks one party, or both, for evidence."""

    parties: Parties = msgspec.field(name="from")
    actor: ExternalId | None = None


class AddDisputeEvidence(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="add-dispute-evidence"
):
    """A party gives evidence."""

    by: ExternalId
    evidence: EvidenceGiven
    actor: ExternalId | None = None


class TrackReturn(AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="track-return"):
    """The buyer has sent the goods back."""

    tracking_number: Reference
    actor: ExternalId | None = None


class ReceiveReturn(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="receive-return"
):
    """The seller has its goods back, or refunds without waiting for them."""

    actor: ExternalId | None = None


class RuleDispute(AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="rule-dispute"):
    """A reviewer decides the dispute."""

    refund: Money
    returns: bool = msgspec.field(default=False, name="return")
    at_fault: AtFault
    reviewer: ExternalId
    reasons: Prose


class AppealRuling(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="appeal-ruling"
):
    """A party challenges the ruling."""

    by: ExternalId
    reasons: Prose
    evidence: Evidence | None = None
    actor: ExternalId | None = None


class DecideRulingAppeal(
    AboutDispute, frozen=True, kw_only=True, tag_field="command", tag="decide-ruling-appeal"
):
    """Another reviewer decides on the ruling."""

    outcome: Literal["upheld", "rejected"]
    refund: Money | None = None
    """What is refunded instead; absent, an upheld appeal gives its party all that it asked for."""
    at_fault: AtFault | None = None
    reviewer: ExternalId
    reasons: Prose


DisputeCommand = (
    OpenDispute
    | AnswerDispute
    | AnswerOffer
    | EscalateDispute
    | RequestDisputeEvidence
    | AddDisputeEvidence
    | TrackReturn
    | ReceiveReturn
    | RuleDispute
    | AppealRuling
    | DecideRulingAppeal
)
