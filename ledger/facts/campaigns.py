"""Facts about promotions: a campaign that was announced, and products that take part in it.

A campaign has a stream of its own, and so has each product's part in it. What a campaign asks and
when it runs is copied into the enrolment, so that nothing announced later changes it.
"""

from typing import Final, Literal

import msgspec

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant

Attribute = Literal[
    "category",
    "unit_of_measure",
    "sales_unit",
    "colour",
    "ships_from",
    "prices_by_country",
    "package_size",
    "shipping_model",
]
"""What of a product may be locked beside its prices."""
WithdrawnWhy = Literal["seller", "milestone", "strike", "points", "sanction"]
RestoredStatus = Literal["under-review", "approved"]


class Requirements(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a campaign asks of those who take part, as decided; absent: it does not ask that."""

    reviews_min: int = 0
    """A product has more reviews than this."""
    rating_min: str | None = None
    """Its average rating is this or better."""
    listed_hours_min: int = 0
    """It has been listed for so many hours."""
    sales_window_days: int | None = None
    """It was sold within so many days."""
    categories: tuple[str, ...] = ()
    """It is in one of these; none: in any."""
    free_delivery: bool = False
    """It is delivered free of charge."""
    positive_review_rate_min: str | None = None
    """The store's share of positive reviews is above this: `0.9`."""
    max_points_after_registration: int | None = None
    """So many points after registration take a product out."""


class CampaignAnnounced(Fact, frozen=True, kw_only=True):
    """A campaign was announced: when it runs, and what it asks."""

    campaign_id: str
    name: str
    registration_opens: Instant
    registration_closes: Instant
    """The last instant to register."""
    starts_at: Instant
    ends_at: Instant
    """The first instant at which it no longer runs."""
    changes_until: Instant
    """The last instant at which a discount may grow."""
    requirements: Requirements
    given: tuple[str, ...] = ()
    """Which of them the request gave; the others are the pack's."""
    history_days: int
    """How long reviews and ratings count."""
    policy: str
    digest: str


class Price(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An amount in whole minor units."""

    units: int
    currency: str


class Attributes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was said of a product; absent: nothing."""

    category: str | None = None
    unit_of_measure: str | None = None
    sales_unit: str | None = None
    colour: str | None = None
    ships_from: str | None = None
    prices_by_country: dict[str, Price] | None = None
    package_size: str | None = None
    shipping_model: str | None = None


NOTHING_SAID: Final = Attributes()


class EnrolmentFact(Fact, frozen=True, kw_only=True):
    """What every fact of an enrolment has: whose product takes part, and where."""

    seller_id: str = msgspec.field(name="seller")
    campaign_id: str = msgspec.field(name="campaign")
    product_id: str = msgspec.field(name="product")


class ProductEnrolled(EnrolmentFact, frozen=True, kw_only=True):
    """A seller registered a product for a campaign."""

    currency: str
    price_minor: int
    discounted_minor: int
    stock: int
    """Units set aside for the campaign."""
    attributes: Attributes = NOTHING_SAID
    seller_version: int
    """How many facts the seller's record had: what stands behind them came after registration."""
    changes_until: Instant
    starts_at: Instant
    ends_at: Instant
    max_points: int | None = None
    """So many points after registration take it out; absent, none do."""
    seal: str
    """Seals the request as it was sent."""


class EnrolmentApproved(EnrolmentFact, frozen=True, kw_only=True):
    """A reviewer let the product take part."""

    seal: str
    """Seals the reasons."""


class EnrolmentRejected(EnrolmentFact, frozen=True, kw_only=True):
    """A reviewer did not let the product take part."""

    seal: str
    """Seals the reasons."""


class EnrolmentChanged(EnrolmentFact, frozen=True, kw_only=True):
    """The seller set more aside, lowered the discounted price, or changed what is not locked.

    What is absent stayed as it was.
    """

    stock: int | None = None
    currency: str | None = None
    """That of the discounted price, where it changed."""
    discounted_minor: int | None = None
    attributes: Attributes = NOTHING_SAID
    content: str
    """A keyed digest of the request: the same again changes nothing."""
    seal: str
    """Seals the request as it was sent."""


class ProductWithdrawn(EnrolmentFact, frozen=True, kw_only=True):
    """The product takes no part any more: its seller took it back, or penalties took it out.

    `caused_by` names the penalty: the fact of a sanction, or of a violation.
    """

    why: WithdrawnWhy
    because_of: tuple[str, ...] = ()
    """The violations behind it."""
    points: int | None = None
    """Points since registration, where they were too many."""
    seal: str | None = None
    """Seals the request as it was sent, where the seller asked."""


class ProductRestored(EnrolmentFact, frozen=True, kw_only=True):
    """The penalty that took the product out was overturned: it takes part as before."""

    status: RestoredStatus
