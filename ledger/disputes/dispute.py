"""What is known of one dispute after its facts: the state that its decisions read.

A dispute is short, so nothing of it is kept beside its facts but when it is next due.
"""

from typing import Literal, NamedTuple

import msgspec

from ledger.facts.disputes import (
    AppealOutcome,
    DeadlineMissed,
    DisputeClosed,
    DisputeReason,
    Party,
    SettledWhy,
    Settlement,
)
from ledger.facts.instants import Instant, format_instant

Phase = Literal[
    "awaiting-seller",
    "awaiting-buyer",
    "escalated",
    "awaiting-tracking",
    "awaiting-receipt",
    "under-appeal",
    "closed",
]
DisputeStatus = Literal["open", "escalated", "awaiting-return", "closed"]

STATUS: dict[Phase, DisputeStatus] = {
    "awaiting-seller": "open",
    "awaiting-buyer": "open",
    "escalated": "escalated",
    "under-appeal": "escalated",
    "awaiting-tracking": "awaiting-return",
    "awaiting-receipt": "awaiting-return",
    "closed": "closed",
}
"""How the phases look to others."""

DEFAULTS: dict[DeadlineMissed, str] = {
    "seller-response": "the buyer's proposal is accepted, or the platform decides",
    "agreement": "the platform decides",
    "seller-evidence": "the buyer is refunded in full",
    "buyer-evidence": (
        "nothing is refunded, unless the seller is silent too and its time ends no later"
    ),
    "return-tracking": "nothing is refunded",
    "return-receipt": "the return counts as received, and the buyer is refunded",
}
"""What holds once a deadline has passed in silence."""


_EVIDENCE: tuple[tuple[Party, DeadlineMissed], ...] = (
    ("seller", "seller-evidence"),
    ("buyer", "buyer-evidence"),
)


class Said(msgspec.Struct, frozen=True, gc=False):
    """Something that a party gave: a keyed digest of it, and the fact that told it."""

    party: Party
    content: str
    version: int


class Request(msgspec.Struct, frozen=True, gc=False):
    """Evidence that a party was asked for: by when, and the fact that asked."""

    party: Party
    until: Instant
    version: int


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """A reviewer's decision, and until when it can be appealed."""

    version: int
    ruled_at: Instant
    reviewer: str
    settlement: Settlement
    appeal_until: Instant | None
    appealed_by: Party | None = None
    appeal_filed_by: str | None = None
    """Who filed it: the party, or somebody for it."""
    appeal_version: int = 0
    decided_version: int = 0
    """The version of the fact that decided the appeal; 0 while none did."""
    decided: AppealOutcome | None = None


class Deadline(NamedTuple):
    """A deadline that runs: what it is for, and the last instant in time."""

    what: DeadlineMissed
    until: Instant

    @property
    def due_at(self) -> Instant:
        """When its default falls: just after the last instant."""
        return self.until + 1


class Dispute(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A dispute after the first `version` facts of its stream."""

    dispute_id: str
    version: int
    position: int
    recorded_at: Instant
    seller_id: str
    buyer_id: str
    order_id: str
    reason: DisputeReason
    currency: str
    order_minor: int
    asked_minor: int
    """What the buyer asks for."""
    asked_returns: bool
    opened_at: Instant
    shipped_at: Instant
    receipt_confirmed_at: Instant | None
    return_address: bool
    seller_pays_return: bool
    policy: str
    phase: Phase
    answer_until: Instant
    answered_version: int = 0
    """The version of the seller's answer; 0 while there is none."""
    responded_version: int = 0
    """The version of the buyer's answer to it."""
    escalated_version: int = 0
    """The version of the fact by which the buyer called the platform."""
    offer_minor: int | None = None
    offer_returns: bool = False
    agreement_until: Instant | None = None
    requests: tuple[Request, ...] = ()
    """What evidence the platform asked for; of a party, the newest counts."""
    evidence: tuple[Said, ...] = ()
    settlement: Settlement | None = None
    """What was agreed or ruled."""
    settled_version: int = 0
    tracking: Said | None = None
    receipt_until: Instant | None = None
    returned: bool = False
    received_version: int = 0
    ruling: Ruling | None = None
    closed: DisputeClosed | None = None
    """How it ended, if it did; an appeal opens it again."""
    times_closed: int = 0

    @property
    def status(self) -> DisputeStatus:
        """The phase as others see it."""
        return STATUS[self.phase]

    def party(self, named: str) -> Party | None:
        """The party that is named, by its role or its id; a role is no other party's id."""
        if named == "seller" or named == "buyer":
            return named
        if named == self.seller_id:
            return "seller"
        return "buyer" if named == self.buyer_id else None

    def unanswered(self, party: Party) -> Request | None:
        """The platform's newest request to a party, if it has given no evidence since."""
        asked = next((r for r in reversed(self.requests) if r.party == party), None)
        if asked is None or any(
            s.party == party and s.version > asked.version for s in self.evidence
        ):
            return None
        return asked

    def deadlines(self) -> list[Deadline]:
        """What runs now, the earliest first; of two at one instant the seller's comes first."""
        match self.phase:
            case "awaiting-seller":
                return [Deadline("seller-response", self.answer_until)]
            case "awaiting-buyer":
                return _one("agreement", self.agreement_until)
            case "escalated":
                asked = [
                    Deadline(what, request.until)
                    for party, what in _EVIDENCE
                    if (request := self.unanswered(party)) is not None
                ]
                return sorted(asked, key=lambda deadline: deadline.until)
            case "awaiting-tracking":
                assert self.settlement is not None
                return _one("return-tracking", self.settlement.tracking_until)
            case "awaiting-receipt":
                return _one("return-receipt", self.receipt_until)
            case "under-appeal" | "closed":
                return []

    def begun_by(self, what: DeadlineMissed) -> int:
        """The version of the fact with which a deadline that runs began."""
        match what:
            case "seller-response":
                return 1
            case "agreement":
                return self.answered_version
            case "seller-evidence" | "buyer-evidence":
                party = next(party for party, named in _EVIDENCE if named == what)
                return max(r.version for r in self.requests if r.party == party)
            case "return-tracking":
                return self.settled_version
            case "return-receipt":
                sent = 0 if self.tracking is None else self.tracking.version
                return max(sent, self.settled_version)

    def next_due(self) -> Instant | None:
        """When the next default falls; None where none is under way."""
        running = self.deadlines()
        return min((deadline.due_at for deadline in running), default=None)

    def appealable_until(self) -> Instant | None:
        """The last instant to appeal its ruling, or None where that cannot be."""
        if self.ruling is None or self.ruling.appealed_by is not None:
            return None
        return self.ruling.appeal_until


def _one(what: DeadlineMissed, until: Instant | None) -> list[Deadline]:
    return [] if until is None else [Deadline(what, until)]


def where(dispute: Dispute) -> str:
    """Where a dispute stands, to say why a step does not belong there."""
    if dispute.closed is not None and dispute.phase == "closed":
        closed = dispute.closed
        return f"was closed at {format_instant(closed.effective_at)} ({_WHY[closed.why]})"
    running = dispute.deadlines()
    if not running:
        return _WHERE[dispute.phase]
    evidence = ", which waits for evidence" if dispute.phase == "escalated" else ""
    return f"{_WHERE[dispute.phase]}{evidence} until {format_instant(running[0].until)}"


_WHERE: dict[Phase, str] = {
    "awaiting-seller": "waits for the seller's answer",
    "awaiting-buyer": "waits for the buyer's answer to the seller's offer",
    "escalated": "is with the platform",
    "awaiting-tracking": "waits for the tracking number of the return",
    "awaiting-receipt": "waits for the seller to receive the return",
    "under-appeal": "waits for the decision on the appeal of its ruling",
    "closed": "is closed",
}
_WHY: dict[SettledWhy, str] = {
    "accepted": "the seller accepted the claim",
    "seller-silent": "the seller did not answer in time",
    "agreed": "the two agreed",
    "ruled": "a reviewer ruled",
    "no-evidence-from-seller": "the seller gave no evidence in time",
    "no-evidence-from-buyer": "the buyer gave no evidence in time",
    "return-not-sent": "the goods were not sent back in time",
    "appeal-upheld": "the ruling's appeal was upheld",
    "appeal-rejected": "the ruling's appeal was rejected",
}
