"""Files of orders turned into days, by DuckDB in a folder that is gone afterwards.

DuckDB joins and groups what memory does not hold; what it is given was read and checked by
reading.py, so that every mistake has its line.
"""

import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple, TypeAlias

import duckdb

from api.orders.layout import Layout
from api.orders.mistakes import Mistake, Mistakes, quoted
from api.orders.reading import batches
from api.orders.sources import tables_of
from ledger.decide.performance_commands import (
    PerformanceCommand,
    RatingsTold,
    RatingTold,
    ReportPerformance,
    ReportProductPerformance,
    ShippedTold,
)
from ledger.store.sql import queries

SQL: Final = queries("api.orders", "days.sql")
_INTO: Final = {
    "orders": SQL["into_orders"],
    "items": SQL["into_items"],
    "reviews": SQL["into_reviews"],
    "products": SQL["into_products"],
}
MEMORY: Final = "512MB"
THREADS: Final = 2


Watch: TypeAlias = Callable[[int, int | None], None]
"""Told how many rows or days are done, and of how many, if that is known."""


def _nobody(_: int, __: int | None) -> None:
    """Nobody watches."""


class Found(NamedTuple):
    """What the files hold."""

    orders: int
    items: int
    reviews: int
    orders_without_items: int
    """Nobody knows whose they are: they count for no seller."""
    sellers_days: int
    products_days: int


class Days:
    """The days that files come to. Opened by `days_of`."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, layout: Layout, folder: Path, began: float
    ) -> None:
        self._connection = connection
        self.layout = layout
        self.folder = folder
        self.began = began
        """When reading began, by a clock that only measures."""
        self.found = Found(*_asked(connection, "counts")[0])

    def commands(self, at_once: int) -> Iterator[list[PerformanceCommand]]:
        """Every day as a report of revision 1, so many at a time, in the order of time: those of
        sellers, then those of products.
        """
        for rows in self._stretches("sellers_days_in_order", at_once):
            yield [self._sellers_day(row) for row in rows]
        for rows in self._stretches("products_days_in_order", at_once):
            yield [self._products_day(row) for row in rows]

    def _stretches(self, name: str, at_once: int) -> Iterator[list[tuple[Any, ...]]]:
        """All rows of a statement, which DuckDB hands out as they are asked for."""
        cursor = self._connection.cursor()
        cursor.execute(SQL[name])
        while rows := cursor.fetchmany(at_once):
            yield rows

    def _sellers_day(self, row: tuple[Any, ...]) -> ReportPerformance:
        (
            day, seller, orders, incomplete, unsent, reviews, positive,
            d, d_count, c, c_count, s, s_count, names, shipped, on_time,
        ) = row  # fmt: skip
        taken = zip(names or (), shipped or (), on_time or (), strict=True)
        return ReportPerformance(
            seller_id=seller,
            date=day,
            orders=orders,
            incomplete=incomplete,
            unsent=unsent,
            reviews=reviews,
            positive_reviews=positive,
            ratings=RatingsTold(_rating(d, d_count), _rating(c, c_count), _rating(s, s_count)),
            carriers={name: ShippedTold(*counts) for name, *counts in taken},
            actor=self.layout.ids.actor,
        )

    def _products_day(self, row: tuple[Any, ...]) -> ReportProductPerformance:
        day, product_id, seller, sales, reviews, rating_sum, category, free = row
        return ReportProductPerformance(
            product_id=product_id,
            seller_id=seller,
            date=day,
            sales=sales,
            reviews=reviews,
            rating_sum=rating_sum,
            category=category,
            free_delivery=free,
            actor=self.layout.ids.actor,
        )


def _rating(total: int, count: int) -> RatingTold | None:
    return RatingTold(total, count) if count else None


@contextmanager
def days_of(layout: Layout, folder: Path, watch: Watch = _nobody) -> Generator[Days]:
    """The days of a folder's files; raises `FilesRefused` and `NoSuchFiles`."""
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="seller-ledger-orders-") as scratch:
        connection = duckdb.connect(
            str(Path(scratch) / "days.duckdb"),
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "temp_directory": str(Path(scratch) / "spill"),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            connection.execute(SQL["begin"])
            _load(connection, layout, folder, watch)
            _demand_consistency(connection, layout)
            connection.execute(SQL["gather"])
            by_day = layout.shipping.on_time == "promised-day"
            positive_from = 4 if layout.reviews is None else layout.reviews.positive_from
            connection.execute(
                SQL["sellers_days"], {"by_day": by_day, "positive_from": positive_from}
            )
            connection.execute(SQL["products_days"])
            yield Days(connection, layout, folder, began)
        finally:
            connection.close()


def _load(
    connection: duckdb.DuckDBPyConnection, layout: Layout, folder: Path, watch: Watch
) -> None:
    """Every file as a table; raises `FilesRefused` where one has mistakes."""
    mistakes, rows = Mistakes(), 0
    for table in tables_of(layout, folder, mistakes):
        for columns in batches(table.source, mistakes):
            connection.register("told", table.arrow(columns))
            connection.execute(_INTO[table.name])
            connection.unregister("told")
            rows += len(columns[0])
            watch(rows, None)
    mistakes.refuse()


def _demand_consistency(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """What no line alone can show: rows told twice, and rows of orders that are not there."""
    mistakes = Mistakes()
    orders, items, reviews, products = layout.orders, layout.items, layout.reviews, layout.products
    twice = [
        ("orders_told_twice", orders.file, orders.order),
        ("items_told_twice", items.file, items.item),
    ]
    of_none = [("items_of_no_order", items.file, items.order)]
    if reviews is not None:
        twice.append(("reviews_told_twice", reviews.file, reviews.review))
        of_none.append(("reviews_of_no_order", reviews.file, reviews.order))
    if products is not None:
        twice.append(("products_told_twice", products.file, products.product))
    for statement, file, column in twice:
        for line, key, first in _asked(connection, statement):
            found = f"{quoted(key)} stands on line {first} already"
            mistakes.add(Mistake(file, line, column, found, "each of them once"))
    for statement, file, column in of_none:
        for line, key in _asked(connection, statement):
            found = f"{quoted(key)} is no order of {orders.file}"
            mistakes.add(Mistake(file, line, column, found, "an order of that file"))
    for line, product_id, sellers in _asked(connection, "products_of_several"):
        found = f"{quoted(product_id)} is sold by {sellers} sellers"
        accepted = "one seller's, or {seller_id} in ids.product of the layout"
        mistakes.add(Mistake(items.file, line, items.product, found, accepted))
    mistakes.refuse()


def _asked(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    return connection.execute(SQL[name]).fetchall()
