"""How a dispute looks to those who ask."""

from typing import Literal

import msgspec

from api.representations import FactNamed, When, facts_named, position_text, when
from ledger.disputes import dispute as known
from ledger.facts.disputes import (
    AppealOutcome,
    AtFault,
    DeadlineMissed,
    DisputeClosed,
    DisputeReason,
    Party,
    SettledWhy,
)
from ledger.facts.instants import format_instant
from ledger.facts.money import Money, money_of
from ledger.ledger import Answer
from ledger.standing.rulebook import Rulebook


class Proposal(msgspec.Struct, frozen=True):
    """How much is given back, and whether the goods go back for it."""

    refund: Money
    returns: bool = msgspec.field(name="return")


class Outcome(msgspec.Struct, frozen=True):
    """How a dispute ended. While its ruling is appealed this stands; afterwards, what came then."""

    refund: Money
    at_fault: AtFault
    by_default: bool
    """Whether somebody's silence brought it."""
    why: SettledWhy
    returned: bool
    """Whether the goods went back."""
    commission_owed: bool
    """Whether the buyer keeps the goods: only then is commission owed."""
    return_paid_by: Party | None
    closed_at: When


class RulingAppeal(msgspec.Struct, frozen=True):
    """The challenge of a ruling: whose, and what came of it."""

    by: Party
    status: Literal["filed", "upheld", "rejected"]


class Ruling(msgspec.Struct, frozen=True):
    """What the platform decided."""

    refund: Money
    returns: bool = msgspec.field(name="return")
    at_fault: AtFault
    reviewer: str
    ruled_at: When
    appeal: RulingAppeal | None


class Deadline(msgspec.Struct, frozen=True):
    """What is waited for, the last instant that is in time, and what silence brings."""

    what: DeadlineMissed
    due_at: When
    default: str


class Dispute(msgspec.Struct, frozen=True):
    """A buyer's claim on one order, with what became of it."""

    dispute_id: str
    order_id: str
    seller_id: str
    buyer_id: str
    reason: DisputeReason
    order_amount: Money
    requested: Proposal
    offer: Proposal | None
    """What the seller proposed instead; nothing at all where it rejected the claim."""
    shipped_at: When
    receipt_confirmed_at: When | None
    opened_at: When
    status: known.DisputeStatus
    outcome: Outcome | None
    ruling: Ruling | None
    deadlines: tuple[Deadline, ...]
    """Those that run now, the earliest first."""
    appealable_until: When | None
    """The last instant to appeal the ruling, where that can be done."""
    policy: str


class DisputeSeen(msgspec.Struct, frozen=True):
    """A dispute as it is now, what has fallen due included; `position` is its newest fact's."""

    dispute: Dispute
    position: str


class DisputeWritten(msgspec.Struct, frozen=True):
    """What a request about a dispute brought, and the dispute right after it."""

    dispute: Dispute
    facts: tuple[FactNamed, ...]
    position: str


def dispute_written(answer: Answer, rulebook: Rulebook) -> DisputeWritten:
    """The answer to a request about a dispute; a repeat shows the same."""
    assert isinstance(answer.case, known.Dispute), "asked about a dispute"
    return DisputeWritten(
        dispute_of(answer.case, rulebook),
        facts_named(answer.facts),
        position_text(answer.position),
    )


def dispute_seen(dispute: known.Dispute, rulebook: Rulebook) -> DisputeSeen:
    """A dispute for who only looks."""
    return DisputeSeen(dispute_of(dispute, rulebook), position_text(dispute.position))


def dispute_of(dispute: known.Dispute, rulebook: Rulebook) -> Dispute:
    """A dispute; the edition it was opened under says what silence brings."""

    def money(units: int) -> Money:
        return money_of(units, dispute.currency)

    offered = dispute.offer_minor
    return Dispute(
        dispute_id=dispute.dispute_id,
        order_id=dispute.order_id,
        seller_id=dispute.seller_id,
        buyer_id=dispute.buyer_id,
        reason=dispute.reason,
        order_amount=money(dispute.order_minor),
        requested=Proposal(money(dispute.asked_minor), dispute.asked_returns),
        offer=None if offered is None else Proposal(money(offered), dispute.offer_returns),
        shipped_at=format_instant(dispute.shipped_at),
        receipt_confirmed_at=when(dispute.receipt_confirmed_at),
        opened_at=format_instant(dispute.opened_at),
        status=dispute.status,
        outcome=None if dispute.closed is None else _outcome(dispute.closed),
        ruling=None if dispute.ruling is None else _ruling(dispute.ruling),
        deadlines=tuple(_deadline(each, dispute, rulebook) for each in dispute.deadlines()),
        appealable_until=when(dispute.appealable_until()),
        policy=dispute.policy,
    )


def _outcome(closed: DisputeClosed) -> Outcome:
    return Outcome(
        refund=money_of(closed.refund_minor, closed.currency),
        at_fault=closed.at_fault,
        by_default=closed.by_default,
        why=closed.why,
        returned=closed.returned,
        commission_owed=closed.commission_owed,
        return_paid_by=closed.return_paid_by,
        closed_at=format_instant(closed.effective_at),
    )


def _ruling(ruling: known.Ruling) -> Ruling:
    settled = ruling.settlement
    appeal = None
    if ruling.appealed_by is not None:
        status: AppealOutcome | Literal["filed"] = ruling.decided or "filed"
        appeal = RulingAppeal(ruling.appealed_by, status)
    return Ruling(
        refund=money_of(settled.refund_minor, settled.currency),
        returns=settled.tracking_until is not None,
        at_fault=settled.at_fault,
        reviewer=ruling.reviewer,
        ruled_at=format_instant(ruling.ruled_at),
        appeal=appeal,
    )


def _deadline(deadline: known.Deadline, dispute: known.Dispute, rulebook: Rulebook) -> Deadline:
    return Deadline(
        deadline.what, format_instant(deadline.until), _default(deadline, dispute, rulebook)
    )


def _default(deadline: known.Deadline, dispute: known.Dispute, rulebook: Rulebook) -> str:
    if deadline.what == "buyer-evidence" and dispute.unanswered("seller") is None:
        return "nothing is refunded"
    if deadline.what != "seller-response":
        return known.DEFAULTS[deadline.what]
    rules = rulebook.edition(dispute.policy).disputes
    assert rules is not None, "none is opened under an edition without them"
    if rules.silence_accepts(dispute.reason):
        return "the buyer's proposal is accepted"
    return "the platform decides"
