"""The days of a seller, and those of a product: each as it was last told."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.performance import PerformanceDay, ProductPerformanceDay, products_day, sellers_day
from ledger.facts.ids import product_day_stream, product_days, seller_day_stream, seller_days
from ledger.facts.instants import Instant
from ledger.facts.performance import PerformanceReported, ProductPerformanceReported
from ledger.store.loading import StoredFact
from ledger.store.reader import last_position_before, log_end
from ledger.store.sql import queries

SQL: Final = queries("api.lists", "days.sql")
SELLERS_DAYS: Final = ListOf("performance", "days", PerformanceDay)
PRODUCTS_DAYS: Final = ListOf("product-performance", "days", ProductPerformanceDay)

_LAST_DATE: Final = "9999-99-99"
Row = TypeVar("Row", bound=msgspec.Struct)


class Dates(NamedTuple):
    """Which days are wanted, both included, and by what had been told then; None: all, now."""

    begin: str | None = None
    end: str | None = None
    known_at: Instant | None = None


def sellers_days(seller_id: str, wanted: Dates) -> Asked[PerformanceDay]:
    """A seller's days, in the order of time."""

    def row(stored: StoredFact) -> PerformanceDay:
        assert isinstance(stored.fact, PerformanceReported)
        return sellers_day(stored.fact, stored.position)

    def stream(date: str) -> str:
        return seller_day_stream(seller_id, date)

    asked = {"seller_id": seller_id, **wanted._asdict()}
    return Asked(SELLERS_DAYS, _rows(seller_days(seller_id), stream, wanted, row), asked)


def products_days(product_id: str, wanted: Dates) -> Asked[ProductPerformanceDay]:
    """A product's days, in the order of time."""

    def row(stored: StoredFact) -> ProductPerformanceDay:
        assert isinstance(stored.fact, ProductPerformanceReported)
        return products_day(stored.fact, stored.position)

    def stream(date: str) -> str:
        return product_day_stream(product_id, date)

    asked = {"product_id": product_id, **wanted._asdict()}
    return Asked(PRODUCTS_DAYS, _rows(product_days(product_id), stream, wanted, row), asked)


def _rows(
    group: str, stream: Callable[[str], str], wanted: Dates, row: Callable[[StoredFact], Row]
) -> Callable[[Cursor[Any], Key | None, int], Iterator[tuple[Key, Row]]]:
    def rows(cursor: "Cursor[Any]", after: Key | None, at_once: int) -> Iterator[tuple[Key, Row]]:
        known_at = wanted.known_at
        to = log_end(cursor) if known_at is None else last_position_before(cursor, known_at + 1)
        first = group if wanted.begin is None else stream(wanted.begin)
        place = "" if after is None else stream(str(after[0]))
        asked = {"first": first, "last": stream(wanted.end or _LAST_DATE)}
        while True:
            found = cursor.execute(
                SQL["days"], {**asked, "after": place, "to": to, "limit": at_once}
            ).fetchall()
            for stored in map(StoredFact.of, found):
                yield (stored.stream.removeprefix(group),), row(stored)
            if len(found) < at_once:
                return
            place = found[-1][0]

    return rows
