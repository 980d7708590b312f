"""How days of sellers and products look to those who ask."""

import msgspec

from api.representations import FactNamed, When, facts_named, position_text, when
from ledger.facts.instants import format_instant
from ledger.facts.performance import (
    PerformanceReported,
    ProductPerformanceReported,
    Rating,
    Ratings,
    Shipped,
)
from ledger.ledger import Answer
from ledger.performance.day import Day


class RatingSeen(msgspec.Struct, frozen=True):
    """What a day's ratings of one kind, each from 1 to 5, come to."""

    sum: int
    count: int


class RatingsSeen(msgspec.Struct, frozen=True):
    """The three detailed ratings."""

    description: RatingSeen
    communication: RatingSeen
    shipping_speed: RatingSeen


class ShippedSeen(msgspec.Struct, frozen=True):
    """What one carrier took, and what of that arrived on time."""

    shipped: int
    on_time: int


class PerformanceDay(msgspec.Struct, frozen=True):
    """How a seller did on one day, as it was last told."""

    seller_id: str
    date: str
    revision: int
    orders: int
    incomplete: int
    unsent: int
    reviews: int
    positive_reviews: int
    ratings: RatingsSeen
    messages_due: int
    replied_24h: int
    replied_72h: int
    carriers: dict[str, ShippedSeen]
    actor: str
    recorded_at: When
    position: str


class ProductPerformanceDay(msgspec.Struct, frozen=True):
    """How a product did on one day, as it was last told."""

    product_id: str
    seller_id: str
    date: str
    revision: int
    sales: int
    reviews: int
    rating_sum: int
    listed_at: When | None
    category: str | None
    free_delivery: bool | None
    actor: str
    recorded_at: When
    position: str


class PerformanceWritten(msgspec.Struct, frozen=True):
    """What a report of a seller's day brought."""

    performance: PerformanceDay
    facts: tuple[FactNamed, ...]
    position: str


class ProductPerformanceWritten(msgspec.Struct, frozen=True):
    """What a report of a product's day brought."""

    performance: ProductPerformanceDay
    facts: tuple[FactNamed, ...]
    position: str


def performance_written(answer: Answer) -> PerformanceWritten | ProductPerformanceWritten:
    """The answer to a report of a day; a repeat shows the same."""
    assert isinstance(answer.case, Day), "asked about a day"
    told, named = answer.case.told, facts_named(answer.facts)
    position = position_text(answer.position)
    if isinstance(told, PerformanceReported):
        return PerformanceWritten(sellers_day(told, answer.case.position), named, position)
    return ProductPerformanceWritten(products_day(told, answer.case.position), named, position)


def sellers_day(fact: PerformanceReported, position: int) -> PerformanceDay:
    """A seller's day, from the fact that told it last."""
    return PerformanceDay(
        seller_id=fact.seller_id,
        date=fact.date,
        revision=fact.revision,
        orders=fact.orders,
        incomplete=fact.incomplete,
        unsent=fact.unsent,
        reviews=fact.reviews,
        positive_reviews=fact.positive_reviews,
        ratings=_ratings(fact.ratings),
        messages_due=fact.messages_due,
        replied_24h=fact.replied_24h,
        replied_72h=fact.replied_72h,
        carriers={name: _shipped(taken) for name, taken in fact.carriers.items()},
        actor=fact.actor,
        recorded_at=format_instant(fact.recorded_at),
        position=position_text(position),
    )


def products_day(fact: ProductPerformanceReported, position: int) -> ProductPerformanceDay:
    """A product's day, from the fact that told it last."""
    return ProductPerformanceDay(
        product_id=fact.product_id,
        seller_id=fact.seller_id,
        date=fact.date,
        revision=fact.revision,
        sales=fact.sales,
        reviews=fact.reviews,
        rating_sum=fact.rating_sum,
        listed_at=when(fact.listed_at),
        category=fact.category,
        free_delivery=fact.free_delivery,
        actor=fact.actor,
        recorded_at=format_instant(fact.recorded_at),
        position=position_text(position),
    )


def _ratings(ratings: Ratings) -> RatingsSeen:
    kinds = (ratings.description, ratings.communication, ratings.shipping_speed)
    return RatingsSeen(*map(_rating, kinds))


def _rating(rating: Rating) -> RatingSeen:
    return RatingSeen(rating.sum, rating.count)


def _shipped(taken: Shipped) -> ShippedSeen:
    return ShippedSeen(taken.shipped, taken.on_time)
