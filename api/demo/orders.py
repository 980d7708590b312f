"""Files of orders in Olist's layout, made up: for tests, and to try an import without a download.

Sellers, products, prices and dates are drawn by chance and nobody's.
"""

import csv
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

_INSTANT: Final = "%Y-%m-%d %H:%M:%S"
_FIRST: Final = datetime.fromisoformat("2026-01-01 00:00:00")
_CATEGORIES: Final = ("cama_mesa_banho", "beleza_saude", "esporte_lazer", "brinquedos", "")
_ORDERS: Final = (
    "order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_approved_at",
    "order_delivered_carrier_date", "order_delivered_customer_date",
    "order_estimated_delivery_date",
)  # fmt: skip
_ITEMS: Final = (
    "order_id", "order_item_id", "product_id", "seller_id", "shipping_limit_date", "price",
    "freight_value",
)  # fmt: skip
_REVIEWS: Final = (
    "review_id", "order_id", "review_score", "review_comment_title", "review_comment_message",
    "review_creation_date", "review_answer_timestamp",
)  # fmt: skip
_WORDS: Final = ("", "Chegou antes do prazo.", "Produto errado,\nquero trocar", 'Tudo "ok"')


def make_files(
    folder: Path, orders: int, *, sellers: int = 50, days: int = 90, seed: int = 1,
    first: datetime = _FIRST,
) -> None:  # fmt: skip
    """Write four files with so many orders into `folder`: in the same way for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = Random(seed)
    made = [_Order(draw, number, sellers, first, days) for number in range(orders)]
    _write(folder / "olist_orders_dataset.csv", _ORDERS, (order.row() for order in made))
    _write(folder / "olist_order_items_dataset.csv", _ITEMS,
           (row for order in made for row in order.items))  # fmt: skip
    _write(folder / "olist_order_reviews_dataset.csv", _REVIEWS,
           (row for order in made for row in order.reviews))  # fmt: skip
    products = [[f"{number:032x}", draw.choice(_CATEGORIES)] for number in range(sellers * 4)]
    _write(folder / "olist_products_dataset.csv", ("product_id", "product_category_name"), products)


def main() -> None:
    """`python -m api.demo.orders FOLDER COUNT`."""
    folder, count = sys.argv[1:]
    make_files(Path(folder), int(count))


class _Order:
    """One order, from its purchase to its review."""

    def __init__(self, draw: Random, number: int, sellers: int, first: datetime, days: int) -> None:
        self.order_id = f"{number + (1 << 96):032x}"
        self.purchased = first + timedelta(seconds=draw.randrange(days * 86_400))
        self.status = draw.choices(
            ("delivered", "shipped", "canceled", "unavailable", "created"), (94, 2, 2, 1, 1)
        )[0]
        paid = self.status != "created"
        sent = self.status in {"delivered", "shipped"}
        self.paid = self.purchased + timedelta(minutes=draw.randrange(5, 900)) if paid else None
        self.sent = self.purchased + timedelta(hours=draw.randrange(20, 120)) if sent else None
        promised = self.purchased + timedelta(days=draw.randrange(8, 30))
        self.promised = promised.replace(hour=0, minute=0, second=0)
        self.brought: datetime | None = None
        if self.status == "delivered" and self.sent is not None:
            self.brought = self.sent + timedelta(hours=draw.randrange(24, 500))
        self.items = self._items(draw, sellers)
        self.reviews = self._reviews(draw, number)

    def row(self) -> list[str]:
        """As the file of orders has it."""
        instants = (self.purchased, self.paid, self.sent, self.brought, self.promised)
        return [self.order_id, f"c-{self.order_id}", self.status, *map(_text, instants)]

    def _items(self, draw: Random, sellers: int) -> list[list[str]]:
        # An order that could not be had at all has no items in these files.
        pieces = 0 if self.status == "unavailable" else draw.choices((1, 2, 3), (88, 9, 3))[0]
        limit = _text(self.purchased + timedelta(days=6))
        items: list[list[str]] = []
        for piece in range(1, pieces + 1):
            product = draw.randrange(sellers * 4)
            # Some products are sold by two sellers.
            seller = (product + (draw.random() < 0.1)) % sellers
            freight = "0.00" if product % 5 == 0 else f"{draw.randrange(500, 4000) / 100:.2f}"
            price = f"{draw.randrange(900, 30_000) / 100:.2f}"
            ids = [self.order_id, str(piece), f"{product:032x}", f"{seller:032x}"]
            items.append([*ids, limit, price, freight])
        return items

    def _reviews(self, draw: Random, number: int) -> list[list[str]]:
        if draw.random() < 0.02:
            return []
        written = (self.brought or self.promised) + timedelta(days=1)
        day = written.replace(hour=0, minute=0, second=0, microsecond=0)
        score = draw.choices((1, 2, 3, 4, 5), (11, 3, 8, 19, 59))[0]
        answered = _text(written + timedelta(hours=draw.randrange(1, 90)))
        words = draw.choice(_WORDS)
        ids = [f"{number + (1 << 80):032x}", self.order_id]
        return [[*ids, str(score), "", words, _text(day), answered]]


def _text(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:{_INSTANT}}"


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
