"""A report of a day as the fact that it becomes, and what tells it from a fact told before."""

from typing import Final, assert_never

from ledger.decide.performance_commands import (
    PerformanceCommand,
    RatingsTold,
    RatingTold,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.facts.fact import Fact
from ledger.facts.instants import Instant, parse_instant
from ledger.facts.performance import (
    NO_RATINGS,
    NOT_RATED,
    PerformanceReported,
    ProductPerformanceReported,
    Rating,
    Ratings,
    Shipped,
)
from ledger.performance.day import Day, DayFact

PLATFORM: Final = "platform"
"""The actor of a report in which nobody is named: it is the platform that counts."""

RATED: Final = ("description", "communication", "shipping_speed")
_ENVELOPE: Final = frozenset(Fact.__struct_fields__)


def day_fact(command: PerformanceCommand, at: Instant, actor: str = "") -> DayFact:
    """The fact that a report becomes, whether or not it adds up."""
    by = command.actor or actor or PLATFORM
    match command:
        case ReportPerformance():
            return _sellers_day(command, at, by)
        case ReportProductPerformance():
            return _products_day(command, at, by)
        case _:
            assert_never(command)


def told_before(command: PerformanceCommand, day: Day | None) -> int | None:
    """The version of the fact that told this revision of the day, however many came after it; None
    for one that was never told, and for another seller's product.
    """
    if day is None or day.seller_id != command.seller_id or command.revision not in day.revisions:
        return None
    return day.revisions.index(command.revision) + 1


def first_difference(command: PerformanceCommand, fact: DayFact) -> str | None:
    """The first field in which a report says something else than a fact; None if in none.

    A count that is left out says 0, as the fact does.
    """
    asked = day_fact(command, fact.recorded_at)
    if type(asked) is not type(fact):
        return "command"
    for field in fact.__struct_fields__:
        if field not in _ENVELOPE and getattr(asked, field) != getattr(fact, field):
            return field
    return "actor" if command.actor not in (None, fact.actor) else None


def instant_told(command: ReportProductPerformance) -> Instant | None:
    """Since when the product is listed, where that is said; raises `MalformedInstant`."""
    told = command.listed_at
    return None if told is None else parse_instant(told, "listed_at")


def _sellers_day(command: ReportPerformance, at: Instant, actor: str) -> PerformanceReported:
    carriers = command.carriers or {}
    return PerformanceReported(
        recorded_at=at,
        actor=actor,
        seller_id=command.seller_id,
        date=command.date,
        revision=command.revision,
        orders=command.orders,
        incomplete=command.incomplete,
        unsent=command.unsent,
        reviews=command.reviews,
        positive_reviews=command.positive_reviews,
        ratings=_ratings(command.ratings),
        messages_due=command.messages_due,
        replied_24h=command.replied_24h,
        replied_72h=command.replied_72h,
        carriers={name: Shipped(c.shipped, c.on_time) for name, c in carriers.items()},
    )


def _products_day(
    command: ReportProductPerformance, at: Instant, actor: str
) -> ProductPerformanceReported:
    return ProductPerformanceReported(
        recorded_at=at,
        actor=actor,
        product_id=command.product_id,
        seller_id=command.seller_id,
        date=command.date,
        revision=command.revision,
        sales=command.sales,
        reviews=command.reviews,
        rating_sum=command.rating_sum,
        listed_at=instant_told(command),
        category=command.category,
        free_delivery=command.free_delivery,
    )


def _ratings(told: RatingsTold | None) -> Ratings:
    if told is None:
        return NO_RATINGS
    return Ratings(*(_rating(getattr(told, kind)) for kind in RATED))


def _rating(told: RatingTold | None) -> Rating:
    return NOT_RATED if told is None else Rating(told.sum, told.count)
