"""What can be told of a day: how a seller did, and how a product did.

A day is told whole: a count that is left out is 0. A correction tells it again with a higher
revision; without one the revision is 1.
"""

from typing import Annotated, Final, TypeAlias

import msgspec

from ledger.decide.fields import NAME_PATTERN, AboutCase, CategoryName, InstantText
from ledger.facts.dates import DateText
from ledger.facts.ids import ExternalId

MOST_COUNTED: Final = 1_000_000_000
MOST_STARS: Final = 5
MOST_CARRIERS: Final = 100

Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_COUNTED)]
Sum = Annotated[int, msgspec.Meta(ge=0, le=MOST_COUNTED * MOST_STARS)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
CarrierName = Annotated[str, msgspec.Meta(pattern=NAME_PATTERN, min_length=1, max_length=64)]


class RatingTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the day's ratings of one kind, each from 1 to 5, come to."""

    sum: Sum
    count: Count


class RatingsTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The three detailed ratings, as far as there were any."""

    description: RatingTold | None = None
    communication: RatingTold | None = None
    shipping_speed: RatingTold | None = None


class ShippedTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one carrier took, and what of that arrived on time."""

    shipped: Count
    on_time: Count


Carriers = Annotated[dict[CarrierName, ShippedTold], msgspec.Meta(max_length=MOST_CARRIERS)]


class ReportPerformance(
    AboutCase, frozen=True, kw_only=True, tag_field="command", tag="report-performance"
):
    """How a seller did on one day."""

    seller_id: ExternalId
    date: DateText
    orders: Count = 0
    incomplete: Count = 0
    unsent: Count = 0
    reviews: Count = 0
    positive_reviews: Count = 0
    ratings: RatingsTold | None = None
    messages_due: Count = 0
    replied_24h: Count = 0
    replied_72h: Count = 0
    carriers: Carriers | None = None
    revision: Revision = 1
    actor: ExternalId | None = None


class ReportProductPerformance(
    AboutCase, frozen=True, kw_only=True, tag_field="command", tag="report-product-performance"
):
    """How a product did on one day, and what the product is from that day on."""

    product_id: ExternalId
    seller_id: ExternalId
    date: DateText
    sales: Count = 0
    reviews: Count = 0
    rating_sum: Sum = 0
    listed_at: InstantText | None = None
    category: CategoryName | None = None
    free_delivery: bool | None = None
    revision: Revision = 1
    actor: ExternalId | None = None


PerformanceCommand: TypeAlias = ReportPerformance | ReportProductPerformance
