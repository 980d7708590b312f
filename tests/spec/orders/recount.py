"""The days of a folder in Olist's layout, counted the slow and obvious way: row by row."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
    ShippedTold,
)
from tests.spec.orders.small import ITEMS_FILE, ORDERS_FILE, PRODUCTS_FILE, REVIEWS_FILE

Row = dict[str, str]
CARRIER = "all-carriers"


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recounted(folder: Path) -> list[PerformanceCommand]:
    orders = {row["order_id"]: row for row in rows(folder / ORDERS_FILE)}
    items: dict[str, list[Row]] = defaultdict(list)
    for row in rows(folder / ITEMS_FILE):
        items[row["order_id"]].append(row)
    last = max((o["order_purchase_timestamp"][:10] for o in orders.values()), default="")
    sellers: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    products: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for order in orders.values():
        if order["order_status"] == "created":
            continue
        day = order["order_purchase_timestamp"][:10]
        broken = order["order_status"] in {"canceled", "unavailable"}
        broken = broken and bool(order["order_approved_at"])
        sent = order["order_delivered_carrier_date"]
        came = order["order_delivered_customer_date"][:10]
        due = order["order_estimated_delivery_date"][:10]
        for seller in {item["seller_id"] for item in items[order["order_id"]]}:
            told = sellers[seller, day]
            told["orders"] += 1
            told["incomplete"] += broken
            told["unsent"] += broken and not sent
            if sent and (came or due < last):
                told["shipped"] += 1
                told["on_time"] += bool(came) and came <= due
        for item in items[order["order_id"]]:
            if not broken:
                sold = products[item["seller_id"], item["product_id"], day]
                sold["sales"] += 1
                sold["charged"] += float(item["freight_value"]) > 0
    for review in rows(folder / REVIEWS_FILE):
        order = orders[review["order_id"]]
        if order["order_status"] == "created":
            continue
        day, stars = review["review_creation_date"][:10], int(review["review_score"])
        for seller in {item["seller_id"] for item in items[order["order_id"]]}:
            sellers[seller, day]["reviews"] += 1
            sellers[seller, day]["positive_reviews"] += stars >= 4
        for key in {(i["seller_id"], i["product_id"]) for i in items[order["order_id"]]}:
            products[*key, day]["reviews"] += 1
            products[*key, day]["rating_sum"] += stars
    kinds = {
        row["product_id"]: row["product_category_name"] for row in rows(folder / PRODUCTS_FILE)
    }
    return [
        *(_seller(seller, day, told) for (seller, day), told in sellers.items()),
        *(
            _product(seller, product, day, told, kinds.get(product) or None)
            for (seller, product, day), told in products.items()
        ),
    ]


def _seller(seller: str, day: str, told: dict[str, Any]) -> ReportPerformance:
    shipped, on_time = told.pop("shipped", 0), told.pop("on_time", 0)
    carriers = {CARRIER: ShippedTold(shipped, on_time)} if shipped else None
    return ReportPerformance(
        seller_id=seller, date=day, carriers=carriers, actor="orders-import", **told
    )


def _product(
    seller: str, product: str, day: str, told: dict[str, Any], category: str | None
) -> ReportProductPerformance:
    charged = told.pop("charged", 0)
    return ReportProductPerformance(
        product_id=f"{seller}:{product}",
        seller_id=seller,
        date=day,
        category=category,
        free_delivery=None if not told.get("sales") else charged == 0,
        actor="orders-import",
        **told,
    )
