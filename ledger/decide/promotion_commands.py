"""What can be asked about campaigns and the products that take part in them.

Where a request names nobody as its actor, that is the key's subject, else the seller itself; of a
campaign, the platform.
"""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from ledger.decide.fields import AboutCase, CategoryName, InstantText, Prose
from ledger.facts.ids import ExternalId
from ledger.facts.money import Money

_NUMBER = msgspec.Meta(extra_json_schema={"type": ["number", "string"], "format": "decimal"})
Share = Annotated[Decimal, _NUMBER]
"""A share such as 0.95; above 1 it is read as a percentage, so that 95 is the same."""
Stars = Annotated[Decimal, _NUMBER]
"""An average rating, from 1 to 5."""
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Units = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Categories = Annotated[tuple[CategoryName, ...], msgspec.Meta(min_length=1, max_length=1_000)]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)")]
PricesByCountry = Annotated[dict[Country, Money], msgspec.Meta(max_length=300)]


class RequirementsAsked(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a campaign asks of those who take part; absent, what the pack says, if it says it."""

    positive_review_rate_min: Share | None = None
    """The store's share of positive reviews has to be above this."""
    reviews_min: Count | None = None
    """A product needs more reviews than this."""
    rating_min: Stars | None = None
    """A product needs this average rating or a better one."""
    sales_window_days: Literal[30, 90, 180] | None = None
    """A product has to have been sold within so many days."""
    listed_hours_min: Count | None = None
    """A product has to have been listed for so many hours."""
    categories: Categories | None = None
    """A product has to be in one of these."""
    free_delivery: bool | None = None
    """Whether products have to be delivered free of charge."""
    max_points_after_registration: Units | None = None
    """So many points after registration take a seller's products out."""


NOTHING_ASKED = RequirementsAsked()


class AboutCampaign(AboutCase, frozen=True, kw_only=True):
    """What every command about a campaign has."""

    campaign_id: ExternalId


class AnnounceCampaign(
    AboutCampaign, frozen=True, kw_only=True, tag_field="command", tag="announce-campaign"
):
    """The platform announces a campaign."""

    name: Label
    registration_opens: InstantText
    registration_closes: InstantText
    """The last instant to register."""
    starts: InstantText
    ends: InstantText
    """The first instant at which it no longer runs."""
    requirements: RequirementsAsked = NOTHING_ASKED
    actor: ExternalId | None = None


class AboutEnrolment(AboutCampaign, frozen=True, kw_only=True):
    """What every command about a product's part in a campaign has."""

    product_id: ExternalId


class EnrolProduct(
    AboutEnrolment, frozen=True, kw_only=True, tag_field="command", tag="enrol-product"
):
    """A seller registers a product."""

    seller_id: ExternalId
    price: Money
    discounted_price: Money
    stock: Units
    """Units set aside for the campaign."""
    category: CategoryName | None = None
    unit_of_measure: Label | None = None
    sales_unit: Label | None = None
    colour: Label | None = None
    ships_from: Label | None = None
    prices_by_country: PricesByCountry | None = None
    package_size: Label | None = None
    shipping_model: Label | None = None
    actor: ExternalId | None = None


class DecideEnrolment(
    AboutEnrolment, frozen=True, kw_only=True, tag_field="command", tag="decide-enrolment"
):
    """A reviewer lets the product take part, or does not."""

    outcome: Literal["approved", "rejected"]
    reviewer: ExternalId
    reasons: Prose


class WithdrawProduct(
    AboutEnrolment, frozen=True, kw_only=True, tag_field="command", tag="withdraw-product"
):
    """The seller takes its product back, which it may while that is under review."""

    actor: ExternalId | None = None


class ChangeEnrolment(
    AboutEnrolment, frozen=True, kw_only=True, tag_field="command", tag="change-enrolment"
):
    """The seller sets more aside, lowers the discounted price, or changes what is not locked."""

    stock: Units | None = None
    """All that is set aside from now on: never less than before."""
    price: Money | None = None
    discounted_price: Money | None = None
    category: CategoryName | None = None
    unit_of_measure: Label | None = None
    sales_unit: Label | None = None
    colour: Label | None = None
    ships_from: Label | None = None
    prices_by_country: PricesByCountry | None = None
    package_size: Label | None = None
    shipping_model: Label | None = None
    actor: ExternalId | None = None


EnrolmentCommand = EnrolProduct | DecideEnrolment | WithdrawProduct | ChangeEnrolment
PromotionCommand = AnnounceCampaign | EnrolmentCommand
