"""Facts about how a seller and its products did on one day, and about what follows from it.

A day is told whole: a later revision replaces what an earlier one said of it. Counts are of the
day itself; windows over days are what ledger/service makes of them.
"""

from typing import Final

import msgspec

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant


class Rating(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What a day's ratings of one kind, each from 1 to 5, come to."""

    sum: int = 0
    count: int = 0


class Shipped(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """What one carrier took of a day's orders, and what of that arrived on time."""

    shipped: int = 0
    on_time: int = 0


NOT_RATED: Final = Rating()


class Ratings(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """The three detailed ratings."""

    description: Rating = NOT_RATED
    communication: Rating = NOT_RATED
    shipping_speed: Rating = NOT_RATED


NO_RATINGS: Final = Ratings()


class PerformanceReported(Fact, frozen=True, kw_only=True):
    """One day of one seller, in whole counts."""

    seller_id: str
    date: str
    """`2026-11-22`, in the marketplace's own calendar."""
    revision: int = 1
    orders: int = 0
    incomplete: int = 0
    """Orders that were paid and not completed, whoever it was."""
    unsent: int = 0
    reviews: int = 0
    positive_reviews: int = 0
    ratings: Ratings = NO_RATINGS
    messages_due: int = 0
    replied_24h: int = 0
    replied_72h: int = 0
    carriers: dict[str, Shipped] = msgspec.field(default_factory=dict)


class ProductPerformanceReported(Fact, frozen=True, kw_only=True):
    """One day of one product; what it says of the product itself holds from that day on."""

    product_id: str
    seller_id: str
    date: str
    revision: int = 1
    sales: int = 0
    reviews: int = 0
    rating_sum: int = 0
    """Of as many ratings from 1 to 5 as there were reviews."""
    listed_at: Instant | None = None
    category: str | None = None
    free_delivery: bool | None = None


class ServiceMetricBreached(Fact, frozen=True, kw_only=True):
    """A service metric reached a threshold at which its pack acts; on the seller's stream."""

    metric: str
    level: str
    window_days: int
    first_date: str
    last_date: str
    """The window that was judged, both dates included."""
    numerator: int
    denominator: int
    threshold: str
    """The threshold reached, as the pack writes it."""
    cases: tuple[str, ...] = ()
    """The facts behind the numerator, newest first, the first hundred."""
    policy: str
