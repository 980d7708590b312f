"""The days of the demonstration: how sellers and products did, told in the night after each."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from api.demo.cases import Line
from ledger.facts.instants import DAY_US, HOUR_US, SECOND_US, Instant, format_instant


class Service(NamedTuple):
    """How well a shop serves: shares of what a day brings."""

    orders: int
    failed: float
    unsent: float
    positive: float
    answered: float
    on_time: float


GOOD: Final = Service(20, 0.01, 0.0, 0.97, 0.95, 0.96)
MIDDLING: Final = Service(12, 0.06, 0.02, 0.9, 0.8, 0.86)
BAD: Final = Service(9, 0.3, 0.2, 0.7, 0.4, 0.6)


class Days:
    """One seller's days, counted back from the end of history."""

    def __init__(self, seed: int, number: int, until: Instant) -> None:
        self._seller_id = f"s-{number}"
        self._number = number
        self._draw = random.Random(f"{seed}/{number}/days")
        self._until = until
        self._midnight = datetime.fromtimestamp(until // SECOND_US, UTC)

    def of_seller(self, most: int, served: Service) -> Iterator[Line]:
        """Each of the last days, told in the night after it; one of ten is corrected later."""
        for back in range(most, 1, -1):
            told = self._day(back, served)
            at = self._until - (back - 1) * DAY_US + 2 * HOUR_US
            yield at, told
            if back > 6 and self._draw.random() < 0.1:
                found = {"orders": told["orders"] + 1, "revision": 2}
                yield at + 4 * DAY_US, {**told, **found}

    def _day(self, back: int, served: Service) -> dict[str, Any]:
        orders = self._draw.randint(served.orders // 2, served.orders * 2)
        reviews = self._draw.randint(0, orders)
        asked = self._draw.randint(0, orders // 2)
        answered = self._part(asked, served.answered)
        shipped = orders - self._part(orders, served.unsent)
        return {
            "command": "report-performance",
            "seller_id": self._seller_id,
            "date": self._date(back),
            "orders": orders,
            "incomplete": self._part(orders, served.failed),
            "unsent": orders - shipped,
            "reviews": reviews,
            "positive_reviews": self._part(reviews, served.positive),
            "ratings": {
                kind: {"sum": reviews + 4 * self._part(reviews, served.positive), "count": reviews}
                for kind in ("description", "communication", "shipping_speed")
            },
            "messages_due": asked,
            "replied_24h": self._part(answered, 0.8),
            "replied_72h": answered,
            "carriers": {
                "Postal Express": {
                    "shipped": shipped,
                    "on_time": self._part(shipped, served.on_time),
                }
            },
        }

    def of_product(self, product: str, most: int, served: Service, category: str) -> Iterator[Line]:
        """Every third day of one product."""
        listed = format_instant(self._until - (most + 5) * DAY_US)
        for back in range(most, 1, -3):
            reviews = self._draw.randint(0, 4)
            told = {
                "command": "report-product-performance",
                "product_id": product,
                "seller_id": self._seller_id,
                "date": self._date(back),
                "sales": self._draw.randint(reviews, reviews + 6),
                "reviews": reviews,
                "rating_sum": reviews + 4 * self._part(reviews, served.positive),
                "listed_at": listed,
                "category": category,
                "free_delivery": served is not BAD,
            }
            yield self._until - (back - 1) * DAY_US + 3 * HOUR_US, told

    def _part(self, whole: int, share: float) -> int:
        """About this share of a whole number."""
        return sum(self._draw.random() < share for _ in range(whole))

    def _date(self, back: int) -> str:
        return (self._midnight - timedelta(days=back)).date().isoformat()
