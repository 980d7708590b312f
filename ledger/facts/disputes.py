"""Facts about disputes: a buyer's claim on one order, from opening to ruling.

A dispute has a stream of its own. Its facts carry their deadlines as decided: each names the last
instant that is still in time. Amounts are whole minor units of the order's currency.
"""

from typing import Literal

import msgspec

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant

DisputeReason = Literal["not-received", "not-as-described", "withdrawal"]
Party = Literal["seller", "buyer"]
AtFault = Literal["seller", "buyer", "neither"]
DisputeAnswer = Literal["accept", "counter", "reject", "refuse"]
AppealOutcome = Literal["upheld", "rejected"]
EscalatedWhy = Literal["asked", "refused", "not-agreed", "seller-silent"]
DeadlineMissed = Literal[
    "seller-response",
    "agreement",
    "seller-evidence",
    "buyer-evidence",
    "return-tracking",
    "return-receipt",
]
SettledWhy = Literal[
    "accepted",
    "seller-silent",
    "agreed",
    "ruled",
    "no-evidence-from-seller",
    "no-evidence-from-buyer",
    "return-not-sent",
    "appeal-upheld",
    "appeal-rejected",
]


class Settlement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a dispute comes down to, with who was at fault and why it came so."""

    currency: str
    refund_minor: int
    at_fault: AtFault
    why: SettledWhy
    by_default: bool = False
    """Whether somebody's silence brought it."""
    tracking_until: Instant | None = None
    """Where goods go back first: the last instant for the tracking number of the return."""
    receipt_until: Instant | None = None
    """Where they are on their way already: the last instant for the seller to confirm."""


class DisputeFact(Fact, frozen=True, kw_only=True):
    """What every fact of a dispute has: the seller whose standing its outcome feeds."""

    seller_id: str = msgspec.field(name="seller")


class DisputeOpened(DisputeFact, frozen=True, kw_only=True):
    """A buyer asked for its money back."""

    dispute_id: str
    order_id: str
    buyer_id: str
    reason: DisputeReason
    currency: str
    order_minor: int
    refund_minor: int
    """What the buyer asks for."""
    returns: bool = False
    """Whether the buyer offers to send the goods back."""
    shipped_at: Instant
    receipt_confirmed_at: Instant | None = None
    return_address: bool = True
    """Whether the seller has an address on file to which goods go back."""
    seller_pays_return: bool = False
    """Whether the seller's terms say so; else who withdraws pays."""
    answer_until: Instant
    policy: str
    digest: str
    seal: str | None = None
    """Seals the request as it was sent, with the buyer's words and evidence."""


class DisputeAnswered(DisputeFact, frozen=True, kw_only=True):
    """The seller answered the claim, or the buyer the seller's proposal."""

    party: Party
    answer: DisputeAnswer
    currency: str
    offer_minor: int | None = None
    """What the seller proposes instead; 0 where it rejects."""
    offer_returns: bool = False
    agreement_until: Instant | None = None
    """The last instant at which the two may still agree without the platform; absent where it has
    passed.
    """
    settlement: Settlement | None = None
    """What they agreed upon, if they did."""
    seal: str | None = None
    """Seals the answer as it was sent, with evidence that came with it."""


class DisputeEscalated(DisputeFact, frozen=True, kw_only=True):
    """The two did not agree, and the platform decides."""

    why: EscalatedWhy
    seal: str | None = None
    """Seals the request as it was sent, where somebody asked for it."""


class DisputeEvidenceRequested(DisputeFact, frozen=True, kw_only=True):
    """The platform asked for evidence; silence decides against whoever keeps it."""

    parties: tuple[Party, ...]
    until: Instant
    """The last instant for it."""
    seal: str
    """Seals the request as it was sent."""


class DisputeEvidenceAdded(DisputeFact, frozen=True, kw_only=True):
    """A party gave evidence."""

    party: Party
    content: str
    """A keyed digest of the references, by which the same evidence is known again."""
    seal: str


class DisputeDeadlinePassed(DisputeFact, frozen=True, kw_only=True):
    """A deadline of the dispute was missed, and what the rules say to that holds."""

    what: DeadlineMissed
    effective_at: Instant
    settlement: Settlement | None = None
    """What that settles; absent where the platform decides now."""


class DisputeReturnTracked(DisputeFact, frozen=True, kw_only=True):
    """The buyer sent the goods back."""

    receipt_until: Instant
    """The last instant for the seller to confirm; silence confirms."""
    content: str
    """A keyed digest of the tracking number, by which it is known again."""
    seal: str
    """Seals the tracking number."""


class DisputeReturnReceived(DisputeFact, frozen=True, kw_only=True):
    """The seller has its goods back, or refunds without waiting for them."""

    seal: str
    """Seals the request as it was sent."""


class DisputeRuled(DisputeFact, frozen=True, kw_only=True):
    """A reviewer decided the dispute."""

    settlement: Settlement
    appeal_until: Instant | None = None
    """The last instant to appeal the ruling."""
    seal: str
    """Seals the reasons."""


class DisputeRulingAppealed(DisputeFact, frozen=True, kw_only=True):
    """A party challenged the ruling."""

    party: Party
    seal: str
    """Seals the reasons and the evidence."""


class DisputeAppealDecided(DisputeFact, frozen=True, kw_only=True):
    """Another reviewer upheld or rejected the appeal; nothing comes after it."""

    outcome: AppealOutcome
    settlement: Settlement
    seal: str
    """Seals the reasons."""


class DisputeClosed(DisputeFact, frozen=True, kw_only=True):
    """The dispute is over; its outcome stands on the seller's record already."""

    currency: str
    refund_minor: int
    at_fault: AtFault
    why: SettledWhy
    by_default: bool = False
    returned: bool = False
    """Whether the goods went back."""
    return_paid_by: Party | None = None
    """Who bears the cost of that; null where nothing went back."""
    commission_owed: bool
    """Whether the buyer keeps the goods: only then is commission owed."""
    outcome: str
    """The fact of the seller's that records it."""
    effective_at: Instant


class DisputeOutcomeRecorded(Fact, frozen=True, kw_only=True):
    """A dispute of the seller's came to an end, or its appeal gave it another one."""

    dispute_id: str
    order_id: str
    reason: DisputeReason
    currency: str
    order_minor: int
    refund_minor: int
    at_fault: AtFault
    why: SettledWhy
    by_default: bool = False
    returned: bool = False
    return_paid_by: Party | None = None
    commission_owed: bool
    """Whether the buyer keeps the goods: only then is commission owed."""
    revision: int = 1
    """The second time that a dispute closes, its outcome takes the place of the first."""
    effective_at: Instant
    local_day: int | None = None
    """The pack's calendar day of `effective_at`, where that is not the day in UTC."""
