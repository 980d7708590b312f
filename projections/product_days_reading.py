"""Products as their days tell, by any date and as known at any instant."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.dates import format_date
from ledger.facts.ids import fact_id, product_day_stream
from ledger.facts.instants import Instant
from ledger.promotions.eligibility import Product
from ledger.store.sql import queries

SQL: Final = queries("projections", "product_days_reading.sql")


class ProductsWanted(NamedTuple):
    """Which windows are asked for: they end with the day `last`, and the first days are in them."""

    last: int
    history_first: int
    """Of reviews and ratings."""
    sales_first: int
    known_at: Instant


class ProductKnown(NamedTuple):
    """A product, and whose it is; nobody's where no day of it was told."""

    seller_id: str | None
    product: Product


def products_read(
    cursor: "Cursor[Any]", product_ids: Sequence[str], wanted: ProductsWanted
) -> Mapping[str, ProductKnown]:
    """What is known of each product."""
    values = {**wanted._asdict(), "product_ids": list(product_ids)}
    rows = cursor.execute(SQL["products"], values, prepare=False).fetchall()
    return {row[0]: _known(row) for row in rows}


def days_behind(
    cursor: "Cursor[Any]", product_id: str, product: Product, wanted: ProductsWanted, most: int
) -> Product:
    """The same product with the facts behind its counts named: of each the newest, so many."""
    values = {**wanted._asdict(), "product_id": product_id}
    rows = cursor.execute(SQL["behind"], values, prepare=False).fetchall()
    reviewed = [(day, version) for day, version, counts, _ in rows if counts]
    sold = [(day, version) for day, version, _, counts in rows if counts]
    return product._replace(
        reviewed_in=_facts(product_id, reviewed[:most]), sold_in=_facts(product_id, sold[:most])
    )


def _known(row: Any) -> ProductKnown:
    (
        product_id, seller_id, reviews, rating_sum, sales,
        listed_at, listed_day, listed_version, category, category_day, category_version,
        free_delivery, delivery_day, delivery_version,
    ) = row  # fmt: skip
    product = Product(
        reviews=reviews,
        rating_sum=rating_sum,
        sales=sales,
        listed_at=listed_at,
        category=category,
        free_delivery=free_delivery,
        listed_in=_facts(product_id, _one(listed_day, listed_version)),
        category_in=_facts(product_id, _one(category_day, category_version)),
        delivery_in=_facts(product_id, _one(delivery_day, delivery_version)),
    )
    return ProductKnown(seller_id, product)


def _one(day: int | None, version: int | None) -> list[tuple[int, int]]:
    return [] if day is None or version is None else [(day, version)]


def _facts(product_id: str, days: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    return tuple(
        fact_id(product_day_stream(product_id, format_date(day)), version) for day, version in days
    )
