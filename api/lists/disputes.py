"""Disputes: a buyer's claim on an order each."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text, when
from ledger.disputes.dispute import DisputeStatus
from ledger.facts.disputes import AtFault, DeadlineMissed, DisputeReason, Party, SettledWhy
from ledger.facts.instants import format_instant
from ledger.facts.money import Money, money_of
from projections.disputes_reading import DisputeSort, DisputesWanted, disputes_read


class DisputeRow(msgspec.Struct, frozen=True):
    """A dispute as it is now: what has fallen due holds, recorded or not."""

    dispute_id: str
    seller_id: str
    buyer_id: str
    order_id: str
    reason: DisputeReason
    status: DisputeStatus
    order_amount: Money
    requested_refund: Money
    requested_return: bool
    offered_refund: Money | None
    """What the seller proposed instead; nothing at all where it rejected the claim."""
    offered_return: bool | None
    refund: Money | None
    """What came of it, once it was closed; while its ruling is appealed this stands."""
    at_fault: AtFault | None
    why: SettledWhy | None
    by_default: bool | None
    """Whether somebody's silence brought it."""
    returned: bool | None
    """Whether the goods went back."""
    commission_owed: bool | None
    """Whether the buyer keeps the goods: only then is commission owed."""
    return_paid_by: Party | None
    opened_at: When
    closed_at: When | None
    due: DeadlineMissed | None
    """What is waited for; of two, the first."""
    due_at: When | None
    """The last instant that is in time for it."""
    appealable_until: When | None
    """The last instant to appeal the ruling, where that can be done."""
    reviewer: str | None
    policy: str
    position: str


DISPUTES: Final = ListOf("disputes", "disputes", DisputeRow, views=("disputes",))


def disputes(wanted: DisputesWanted, sort: DisputeSort = "opened") -> Asked[DisputeRow]:
    """Disputes as they stand, in the order in which they were opened."""

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, DisputeRow]]:
        for told in disputes_read(cursor, wanted, sort, after, at_once):
            yield (told[0],), _row(told)

    return Asked(DISPUTES, rows, {**wanted._asdict(), "sort": sort})


def _row(told: Any) -> DisputeRow:
    (
        position, dispute_id, seller_id, buyer_id, order_id, reason, status, currency, order,
        asked, asked_returns, offer, offer_returns, refund, at_fault, why, by_default, returned,
        opened_at, closed_at, due, due_at, appealable_until, reviewer, policy,
        commission_owed, return_paid_by,
    ) = told  # fmt: skip
    return DisputeRow(
        dispute_id=dispute_id,
        seller_id=seller_id,
        buyer_id=buyer_id,
        order_id=order_id,
        reason=reason,
        status=status,
        order_amount=money_of(order, currency),
        requested_refund=money_of(asked, currency),
        requested_return=asked_returns,
        offered_refund=None if offer is None else money_of(offer, currency),
        offered_return=None if offer is None else offer_returns,
        refund=None if refund is None else money_of(refund, currency),
        at_fault=at_fault,
        why=why,
        by_default=by_default,
        returned=returned,
        commission_owed=commission_owed,
        return_paid_by=return_paid_by,
        opened_at=format_instant(opened_at),
        closed_at=when(closed_at),
        due=due,
        due_at=when(due_at),
        appealable_until=when(appealable_until),
        reviewer=reviewer,
        policy=policy,
        position=position_text(position),
    )
