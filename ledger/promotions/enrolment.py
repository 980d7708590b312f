"""What is known of one product's part in one campaign, and what of the product is locked for it."""

from typing import Final, Literal, get_args

import msgspec
from msgspec.structs import asdict, replace

from ledger.facts.campaigns import (
    Attribute,
    Attributes,
    ProductWithdrawn,
    RestoredStatus,
)
from ledger.facts.instants import Instant

EnrolmentStatus = Literal["under-review", "approved", "rejected", "withdrawn"]
Lockable = Literal["price", "discounted_price"] | Attribute

LOCKED_IN_REVIEW: Final[tuple[Lockable, ...]] = (
    "category",
    "unit_of_measure",
    "sales_unit",
    "colour",
    "ships_from",
    "price",
    "discounted_price",
    "prices_by_country",
)
"""From registration until the campaign ends or the product is out of it (004 Q79)."""
LOCKED_AFTER_REVIEW: Final[tuple[Lockable, ...]] = ("package_size", "shipping_model")
"""From the end of review, whatever its result, until the campaign ends (004 Q79)."""
RUNNING: Final[tuple[EnrolmentStatus, ...]] = ("under-review", "approved")
ATTRIBUTES: Final[tuple[Attribute, ...]] = get_args(Attribute)


class Change(msgspec.Struct, frozen=True, gc=False):
    """A request that changed something: the fact that told it, and a keyed digest of it."""

    version: int
    content: str


class Enrolment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An enrolment after the first `version` facts of its stream."""

    campaign_id: str
    product_id: str
    seller_id: str
    version: int
    position: int
    recorded_at: Instant
    registered_at: Instant
    registered_by: str
    since: int
    """The seller's facts up to this version were there before registration."""
    currency: str
    price_minor: int
    discounted_minor: int
    stock: int
    attributes: Attributes
    changes_until: Instant
    starts_at: Instant
    ends_at: Instant
    max_points: int | None
    status: EnrolmentStatus = "under-review"
    reviewer: str | None = None
    reviewed_version: int = 0
    """The version of the fact that ended the review; 0 while none did."""
    before: RestoredStatus | None = None
    """What it was before it was withdrawn."""
    withdrawn: ProductWithdrawn | None = None
    """How it was taken out, if it was and was not restored."""
    withdrawn_version: int = 0
    changes: tuple[Change, ...] = ()

    def next_due(self) -> None:
        """Time alone brings nothing that has to be recorded."""

    @property
    def running(self) -> bool:
        """Whether it takes part, or is about to."""
        return self.status in RUNNING

    @property
    def withdrawn_by_rule(self) -> bool:
        """Whether penalties took it out, and not its seller."""
        return self.withdrawn is not None and self.withdrawn.why != "seller"

    def concerned_until(self) -> Instant | None:
        """Until when penalties of its seller, or their end, may change it; None where they
        cannot any more.
        """
        if self.running:
            return self.ends_at
        return self.starts_at if self.withdrawn_by_rule else None

    def locked_at(self, instant: Instant) -> tuple[Lockable, ...]:
        """What cannot be changed then."""
        return locked(self.status, self.ends_at, instant, reviewed=self.reviewed_version > 0)


def locked(
    status: EnrolmentStatus, ends_at: Instant, at: Instant, *, reviewed: bool
) -> tuple[Lockable, ...]:
    """What of a product is locked at an instant."""
    if at >= ends_at:
        return ()
    first = LOCKED_IN_REVIEW if status in RUNNING else ()
    return first + (LOCKED_AFTER_REVIEW if reviewed else ())


def with_attributes(known: Attributes, changed: Attributes) -> Attributes:
    """What is known of a product once something was said of it anew."""
    said = {name: value for name, value in asdict(changed).items() if value is not None}
    return replace(known, **said)
