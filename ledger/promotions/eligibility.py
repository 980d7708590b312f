"""Whether a product may take part in a campaign: every requirement, answered with what is behind
it.

Shares and averages are compared as fractions; what is shown of them is cut after four decimals, so
that nothing unmet ever looks met.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, Literal, NamedTuple, TypeAlias

from ledger.facts.campaigns import Requirements
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import HOUR_US, Instant
from ledger.promotions.penalties import Penalties
from ledger.standing.standing import Standing

RequirementName = Literal[
    "account",
    "penalties",
    "positive-review-rate",
    "reviews",
    "rating",
    "sales",
    "listed-hours",
    "category",
    "free-delivery",
]
Value: TypeAlias = int | float | str | bool | None

_SHOWN: Final = 10_000
"""What is shown of a share or an average is cut to four decimals."""


class Requirement(NamedTuple):
    """One requirement, whether it is met, and by what."""

    requirement: RequirementName
    met: bool
    value: Value
    """None where nothing is known of it."""
    wanted: str
    facts: tuple[str, ...]
    """The addresses of facts behind the value."""


class Reviews(NamedTuple):
    """A store's reviews in the window of its rate."""

    positive: int
    reviews: int
    minimum_sample: int = 1
    """Fewer reviews say nothing."""
    facts: tuple[str, ...] = ()


class Product(NamedTuple):
    """What is known of a product by a date; counts are of the windows that the campaign names."""

    reviews: int = 0
    rating_sum: int = 0
    sales: int = 0
    listed_at: Instant | None = None
    category: str | None = None
    free_delivery: bool | None = None
    reviewed_in: tuple[str, ...] = ()
    """The facts of days with reviews."""
    sold_in: tuple[str, ...] = ()
    """The facts of days with sales."""
    listed_in: tuple[str, ...] = ()
    """The fact that told when it was listed; likewise the next two."""
    category_in: tuple[str, ...] = ()
    delivery_in: tuple[str, ...] = ()


UNKNOWN: Final = Product()
"""A product of which no day was told."""


def of_seller(
    asked: Requirements, standing: Standing, penalties: Penalties | None, store: Reviews
) -> list[Requirement]:
    """What is asked of the seller: its account, its penalties since registration, its store.

    `penalties` None: nothing is registered, so nothing came since.
    """
    found = [_account(standing), _penalties(asked, penalties)]
    if asked.positive_review_rate_min is not None:
        found.append(_rate(asked.positive_review_rate_min, store))
    return found


def of_product(asked: Requirements, product: Product, at: Instant) -> list[Requirement]:
    """What is asked of a product."""
    return list(_of_product(asked, product, at))


def _of_product(asked: Requirements, product: Product, at: Instant) -> Iterator[Requirement]:
    yield Requirement(
        "reviews",
        product.reviews > asked.reviews_min,
        product.reviews,
        f"more than {asked.reviews_min}",
        product.reviewed_in,
    )
    if asked.rating_min is not None:
        yield _rating(asked.rating_min, product)
    if asked.sales_window_days is not None:
        wanted = f"a sale within {asked.sales_window_days} days"
        yield Requirement("sales", product.sales > 0, product.sales, wanted, product.sold_in)
    if asked.listed_hours_min:
        yield _listed(asked.listed_hours_min, product, at)
    if asked.categories:
        wanted = "one of " + ", ".join(asked.categories)
        met = product.category in asked.categories
        yield Requirement("category", met, product.category, wanted, product.category_in)
    if asked.free_delivery:
        free = product.free_delivery
        yield Requirement("free-delivery", bool(free), free, "free delivery", product.delivery_in)


def _account(standing: Standing) -> Requirement:
    barring = [s for s in standing.sanctions if "promotion" in s.bars or s.sanction == "suspension"]
    stream = seller_stream(standing.seller_id)
    return Requirement(
        "account",
        standing.can_promote,
        standing.status,
        "not suspended, and nothing in force that bars promotion",
        tuple(fact_id(stream, sanction.version) for sanction in barring),
    )


def _penalties(asked: Requirements, penalties: Penalties | None) -> Requirement:
    limit = asked.max_points_after_registration
    wanted = "no milestone reached and no strike gained since registration"
    if limit is not None:
        wanted += f", and fewer than {limit} points"
    if penalties is None:
        return Requirement("penalties", True, 0, wanted, ())
    penalty = penalties.against(limit)
    value = penalties.points_given if penalty is None or penalty.why == "points" else penalty.why
    return Requirement("penalties", penalty is None, value, wanted, penalties.facts())


def _rate(least: str, store: Reviews) -> Requirement:
    reviews, enough = store.reviews, max(store.minimum_sample, 1)
    wanted = f"more than {least} of at least {enough} reviews"
    if reviews < enough:
        return Requirement("positive-review-rate", False, None, wanted, store.facts)
    met = Fraction(store.positive, reviews) > Fraction(least)
    value = _cut(store.positive, reviews)
    return Requirement("positive-review-rate", met, value, wanted, store.facts)


def _rating(least: str, product: Product) -> Requirement:
    reviews, rating_sum = product.reviews, product.rating_sum
    met = reviews > 0 and Fraction(rating_sum, reviews) >= Fraction(least)
    value = _cut(rating_sum, reviews)
    return Requirement("rating", met, value, f"{least} or more", product.reviewed_in)


def _listed(hours: int, product: Product, at: Instant) -> Requirement:
    wanted = f"{hours} hours or more"
    if product.listed_at is None:
        return Requirement("listed-hours", False, None, wanted, ())
    listed_us = at - product.listed_at
    met = listed_us >= hours * HOUR_US
    return Requirement("listed-hours", met, listed_us // HOUR_US, wanted, product.listed_in)


def _cut(numerator: int, denominator: int) -> float | None:
    return None if not denominator else numerator * _SHOWN // denominator / _SHOWN
