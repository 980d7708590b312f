"""Two facts of every kind about promotions, as in examples.py."""

from typing import Any, Final

from ledger.facts.campaigns import (
    Attributes,
    CampaignAnnounced,
    EnrolmentApproved,
    EnrolmentChanged,
    EnrolmentRejected,
    Price,
    ProductEnrolled,
    ProductRestored,
    ProductWithdrawn,
    Requirements,
)
from ledger.facts.fact import Fact
from ledger.facts.instants import DAY_US, parse_instant

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
SEAL: Final = "m0Wx3kV5Yy2uQ9dJc8bT1A"
CONTENT: Final = "Zk1tqS8w0aRr5NnXvYpL2g"
TOLD: Final[dict[str, Any]] = {
    "recorded_at": AT,
    "actor": "desk-7",
    "caused_by": "seller-s-1.12",
    "correlation_id": "case-2026-0042",
}
WHERE: Final[dict[str, Any]] = {"seller_id": "s-1", "campaign_id": "spring", "product_id": "p-9"}
ALL: Final = TOLD | WHERE
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "ledger"} | WHERE
WINDOWS: Final[dict[str, Any]] = {
    "registration_opens": AT,
    "registration_closes": AT + 20 * DAY_US,
    "changes_until": AT + 19 * DAY_US,
    "starts_at": AT + 30 * DAY_US,
    "ends_at": AT + 40 * DAY_US,
}
CAMPAIGN: Final[dict[str, Any]] = WINDOWS | {
    "campaign_id": "spring",
    "name": "Spring sale",
    "history_days": 180,
    "policy": "aliexpress@2020-01-01",
    "digest": "1a2b3c4d",
}
ENROLLED: Final[dict[str, Any]] = {
    "currency": "EUR",
    "price_minor": 2000,
    "discounted_minor": 1500,
    "stock": 10,
    "seller_version": 12,
    "changes_until": AT + 19 * DAY_US,
    "starts_at": AT + 30 * DAY_US,
    "ends_at": AT + 40 * DAY_US,
}
SAID: Final = Attributes(
    category="toys",
    unit_of_measure="piece",
    sales_unit="box of 2",
    colour="red",
    ships_from="ES",
    prices_by_country={"ES": Price(1800, "EUR")},
    package_size="40 cm",
    shipping_model="standard",
)

COMPLETE: Final[dict[str, Fact]] = {
    "campaign-announced.v1": CampaignAnnounced(
        **TOLD,
        **CAMPAIGN,
        requirements=Requirements(
            reviews_min=5,
            rating_min="4.5",
            listed_hours_min=24,
            sales_window_days=90,
            categories=("toys",),
            free_delivery=True,
            positive_review_rate_min="0.9",
            max_points_after_registration=6,
        ),
        given=("reviews_min", "categories"),
    ),
    "product-enrolled.v1": ProductEnrolled(
        **ALL, **ENROLLED, attributes=SAID, max_points=6, seal=SEAL
    ),
    "enrolment-approved.v1": EnrolmentApproved(**ALL, seal=SEAL),
    "enrolment-rejected.v1": EnrolmentRejected(**ALL, seal=SEAL),
    "enrolment-changed.v1": EnrolmentChanged(
        **ALL,
        stock=12,
        currency="EUR",
        discounted_minor=1400,
        attributes=SAID,
        content=CONTENT,
        seal=SEAL,
    ),
    "product-withdrawn.v1": ProductWithdrawn(
        **ALL, why="points", because_of=("v-17", "v-18"), points=8, seal=SEAL
    ),
    "product-restored.v1": ProductRestored(**ALL, status="approved"),
}

MINIMAL: Final[dict[str, Fact]] = {
    "campaign-announced.v1": CampaignAnnounced(
        recorded_at=AT, actor="platform", **CAMPAIGN, requirements=Requirements()
    ),
    "product-enrolled.v1": ProductEnrolled(**LEAST, **ENROLLED, seal=SEAL),
    "enrolment-approved.v1": EnrolmentApproved(**LEAST, seal=SEAL),
    "enrolment-rejected.v1": EnrolmentRejected(**LEAST, seal=SEAL),
    "enrolment-changed.v1": EnrolmentChanged(**LEAST, content=CONTENT, seal=SEAL),
    "product-withdrawn.v1": ProductWithdrawn(**LEAST, why="milestone"),
    "product-restored.v1": ProductRestored(**LEAST, status="under-review"),
}
