"""The list of disputes: those of a party or an order, those with the platform, those decided."""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.disputes.dispute import DisputeStatus
from ledger.facts.disputes import AtFault, DisputeReason
from ledger.facts.instants import Instant
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, Part, last_before, rows_of

SQL: Final = queries("projections", "disputes_reading.sql")
_TOLD: Final = ("disputes", "opened_at")

DisputeSort: TypeAlias = Literal["opened", "-opened"]


class DisputesWanted(NamedTuple):
    """Which disputes: None asks for all. A `from` includes its instant, a `to` does not."""

    status: DisputeStatus | None = None
    seller_id: str | None = None
    buyer_id: str | None = None
    order_id: str | None = None
    reason: DisputeReason | None = None
    at_fault: AtFault | None = None
    opened_from: Instant | None = None
    opened_to: Instant | None = None


_PLAIN: Final = ("status", "seller_id", "buyer_id", "order_id", "reason", "at_fault")


def disputes_read(
    cursor: "Cursor[Any]",
    wanted: DisputesWanted,
    sort: DisputeSort,
    after: Key | None,
    at_once: int,
) -> Iterator[Any]:
    """Rows behind a position: the columns that `rows` names."""
    down = sort == "-opened"
    begin, end = wanted.opened_from, wanted.opened_to
    values = {
        **wanted._asdict(),
        "above": FIRST if begin is None else last_before(cursor, *_TOLD, begin),
        "up_to": LAST if end is None else last_before(cursor, *_TOLD, end),
    }
    pieces = ["rows", "between", *(name for name in _PLAIN if getattr(wanted, name) is not None)]
    pieces.append("by_opened_down" if down else "by_opened")
    statement = "\n".join(SQL[piece] for piece in pieces)
    return rows_of(cursor, [Part(statement, values, after or (LAST if down else FIRST,))], at_once)
