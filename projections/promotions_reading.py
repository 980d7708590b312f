"""The lists of campaigns and enrolments, in the order in which they came to be."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.promotions.enrolment import EnrolmentStatus
from ledger.store.sql import queries
from projections.keyset import FIRST, Key, Part, rows_of

SQL: Final = queries("projections", "promotions_reading.sql")
_PLAIN: Final = ("campaign_id", "seller_id", "status")


class EnrolmentsWanted(NamedTuple):
    """Which enrolments: None asks for all."""

    campaign_id: str | None = None
    seller_id: str | None = None
    status: EnrolmentStatus | None = None


def campaigns_read(
    cursor: "Cursor[Any]", ends_after: Instant | None, after: Key | None, at_once: int
) -> Iterator[Any]:
    """Rows behind a position: the columns that `campaigns` names."""
    pieces = [
        "campaigns",
        *(["ends_after"] if ends_after is not None else []),
        "campaigns_in_order",
    ]
    statement = "\n".join(SQL[piece] for piece in pieces)
    part = Part(statement, {"ends_after": ends_after}, after or (FIRST,))
    return rows_of(cursor, [part], at_once)


def enrolments_read(
    cursor: "Cursor[Any]", wanted: EnrolmentsWanted, after: Key | None, at_once: int
) -> Iterator[Any]:
    """Rows behind a position: the columns that `enrolments` names."""
    asked = [name for name in _PLAIN if getattr(wanted, name) is not None]
    statement = "\n".join(SQL[piece] for piece in ("enrolments", *asked, "enrolments_in_order"))
    return rows_of(cursor, [Part(statement, wanted._asdict(), after or (FIRST,))], at_once)
