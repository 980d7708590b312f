"""Two facts of every kind about days, as in examples.py."""

from typing import Any, Final

from ledger.facts.fact import Fact
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.performance import (
    PerformanceReported,
    ProductPerformanceReported,
    Rating,
    Ratings,
    Shipped,
)

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
ALL: Final[dict[str, Any]] = {
    "recorded_at": AT,
    "actor": "counting-service",
    "caused_by": "performance-s-1,2026-02-28.1",
    "correlation_id": "nightly-2026-03-01",
}
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "platform"}

COMPLETE: Final[dict[str, Fact]] = {
    "performance-reported.v1": PerformanceReported(
        **ALL,
        seller_id="s-1",
        date="2026-02-28",
        revision=2,
        orders=40,
        incomplete=3,
        unsent=1,
        reviews=20,
        positive_reviews=18,
        ratings=Ratings(Rating(90, 20), Rating(80, 20), Rating(12, 4)),
        messages_due=9,
        replied_24h=7,
        replied_72h=8,
        carriers={"DHL Express": Shipped(30, 28), "Post": Shipped(4)},
    ),
    "product-performance-reported.v1": ProductPerformanceReported(
        **ALL,
        product_id="s-1:p-9",
        seller_id="s-1",
        date="2026-02-28",
        revision=2,
        sales=7,
        reviews=3,
        rating_sum=13,
        listed_at=AT - 90 * DAY_US,
        category="Home & Garden",
        free_delivery=True,
    ),
}

MINIMAL: Final[dict[str, Fact]] = {
    "performance-reported.v1": PerformanceReported(**LEAST, seller_id="s-1", date="2026-02-28"),
    "product-performance-reported.v1": ProductPerformanceReported(
        **LEAST, product_id="p-9", seller_id="s-1", date="2026-02-28"
    ),
}
