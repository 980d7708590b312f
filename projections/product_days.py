"""What was told of products' days, as known over time: the table `product_days`.

A row is one report of one day, from its recording until a correction's. Each follows from the
day's own stream, so a correction changes one row however old it is; windows are summed when they
are asked for, over at most the days that they have.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Any, Final, cast

from psycopg import Cursor

from ledger.facts.dates import parse_date
from ledger.facts.performance import ProductPerformanceReported
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection
from projections.service_history import FOREVER

SQL: Final = queries("projections", "product_days.sql")


class ProductDays(Projection):
    """Products' days as they were known from one instant to another."""

    name = "product-days"
    version = "1"
    tables = ("product_days",)
    by_stream = True

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write the days that the batch tells of."""
        told = _told(batch)
        begun = {stored.stream: stored.version for stored in reversed(told)}
        later = {stream: version for stream, version in begun.items() if version > 1}
        if later:
            wanted = (list(later), list(later.values()))
            rows = cursor.execute(SQL["facts_before"], wanted, binary=True).fetchall()
            before = [StoredFact.of(row) for row in rows]
            days = [_day(stored) for stored in before if stored.version == 1]
            cursor.execute(SQL["remove"], [list(column) for column in zip(*days, strict=True)])
            told = [*before, *told]
        _add(cursor, told)

    def fill(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write whole streams of which there is no row yet."""
        _add(cursor, _told(batch))


def _told(batch: Batch) -> list[StoredFact]:
    return [s for s in batch.facts if isinstance(s.fact, ProductPerformanceReported)]


def _day(stored: StoredFact) -> tuple[str, int]:
    fact = cast(ProductPerformanceReported, stored.fact)
    return fact.product_id, parse_date(fact.date)


def _add(cursor: Cursor[Any], told: Iterable[StoredFact]) -> None:
    rows = list(_rows(sorted(told, key=lambda stored: (stored.stream, stored.version))))
    if rows:
        copy_rows(cursor, SQL["add"], rows)


def _rows(told: Iterable[StoredFact]) -> Iterator[tuple[Any, ...]]:
    for _, own in groupby(told, key=lambda stored: stored.stream):
        for stored, following in pairwise([*own, None]):
            assert stored is not None
            fact = cast(ProductPerformanceReported, stored.fact)
            until = FOREVER if following is None else following.fact.recorded_at
            # Of two reports in one transaction nobody ever knew the first alone.
            if fact.recorded_at < until:
                yield _row(stored, fact, until)


def _row(stored: StoredFact, fact: ProductPerformanceReported, known_until: int) -> tuple[Any, ...]:
    return (
        fact.recorded_at,
        known_until,
        fact.listed_at,
        fact.sales,
        fact.reviews,
        fact.rating_sum,
        parse_date(fact.date),
        stored.version,
        fact.free_delivery,
        fact.product_id,
        fact.seller_id,
        fact.category,
    )
