"""How campaigns and enrolments look to those who ask."""

from typing import cast

import msgspec

from api.representations import FactNamed, When, facts_named, position_text
from ledger.decide.promotion_terms import WHY
from ledger.facts.campaigns import Attributes, Requirements, WithdrawnWhy
from ledger.facts.instants import Instant, format_instant
from ledger.facts.money import Money, money_of
from ledger.ledger import Answer
from ledger.promotions import campaign as announced
from ledger.promotions import enrolment as registered
from ledger.promotions.enrolment import EnrolmentStatus, Lockable


class Asked(msgspec.Struct, frozen=True):
    """What a campaign asks of those who take part; null and empty: it does not ask that."""

    positive_review_rate_min: float | None
    """The store's share of positive reviews has to be above this."""
    reviews_min: int
    """A product needs more reviews than this."""
    rating_min: float | None
    """A product needs this average rating or a better one."""
    sales_window_days: int | None
    listed_hours_min: int
    categories: tuple[str, ...]
    free_delivery: bool
    max_points_after_registration: int | None
    """So many points after registration take a seller's products out."""


class Campaign(msgspec.Struct, frozen=True):
    """A campaign, with the pack's word where its announcement said nothing."""

    campaign_id: str
    name: str
    registration_opens: When
    registration_closes: When
    """The last instant to register."""
    starts: When
    ends: When
    """The first instant at which it no longer runs."""
    changes_until: When
    """The last instant at which a discount may grow."""
    requirements: Asked
    announced_by: str
    announced_at: When
    policy: str


class CampaignSeen(msgspec.Struct, frozen=True):
    """A campaign; `position` is where it was announced."""

    campaign: Campaign
    position: str


class CampaignWritten(msgspec.Struct, frozen=True):
    """What an announcement brought."""

    campaign: Campaign
    facts: tuple[FactNamed, ...]
    position: str


class Withdrawn(msgspec.Struct, frozen=True):
    """Why a product takes no part any more."""

    why: WithdrawnWhy
    says: str
    """The same in words."""
    fact_id: str | None
    """The sanction's or the violation's fact; null where the seller took the product back."""
    violation_ids: tuple[str, ...]
    points: int | None
    """How many points since registration, where they were too many."""
    at: When


class Enrolment(msgspec.Struct, frozen=True):
    """A product's part in a campaign."""

    campaign_id: str
    product_id: str
    seller_id: str
    status: EnrolmentStatus
    locked: tuple[Lockable, ...]
    """What of the product cannot be changed; of the discounted price, that it only falls."""
    withdrawn_because: Withdrawn | None
    price: Money
    discounted_price: Money
    stock: int
    """Units set aside for the campaign."""
    category: str | None
    unit_of_measure: str | None
    sales_unit: str | None
    colour: str | None
    ships_from: str | None
    prices_by_country: dict[str, Money] | None
    package_size: str | None
    shipping_model: str | None
    registered_at: When
    reviewer: str | None
    changes_until: When
    """The last instant at which the discount may grow."""
    starts: When
    ends: When


class EnrolmentSeen(msgspec.Struct, frozen=True):
    """An enrolment as it is now; `position` is its newest fact's."""

    enrolment: Enrolment
    position: str


class EnrolmentWritten(msgspec.Struct, frozen=True):
    """What a request about an enrolment brought, and the enrolment right after it."""

    enrolment: Enrolment
    facts: tuple[FactNamed, ...]
    position: str


def campaign_written(answer: Answer) -> CampaignWritten:
    """The answer to an announcement; a repeat shows the same."""
    case = cast(announced.Campaign, answer.case)
    return CampaignWritten(
        campaign_of(case), facts_named(answer.facts), position_text(answer.position)
    )


def campaign_seen(campaign: announced.Campaign) -> CampaignSeen:
    """A campaign for who only looks."""
    return CampaignSeen(campaign_of(campaign), position_text(campaign.position))


def enrolment_written(answer: Answer) -> EnrolmentWritten:
    """The answer to a request about an enrolment; a repeat shows the same."""
    case = cast(registered.Enrolment, answer.case)
    return EnrolmentWritten(
        enrolment_of(case, case.recorded_at),
        facts_named(answer.facts),
        position_text(answer.position),
    )


def enrolment_seen(enrolment: registered.Enrolment, at: Instant) -> EnrolmentSeen:
    """An enrolment for who only looks, with its locks at an instant."""
    return EnrolmentSeen(enrolment_of(enrolment, at), position_text(enrolment.position))


def campaign_of(campaign: announced.Campaign) -> Campaign:
    """A campaign as it was announced."""
    return Campaign(
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        registration_opens=format_instant(campaign.registration_opens),
        registration_closes=format_instant(campaign.registration_closes),
        starts=format_instant(campaign.starts_at),
        ends=format_instant(campaign.ends_at),
        changes_until=format_instant(campaign.changes_until),
        requirements=asked_of(campaign.requirements),
        announced_by=campaign.announced_by,
        announced_at=format_instant(campaign.recorded_at),
        policy=campaign.policy,
    )


def asked_of(asked: Requirements) -> Asked:
    """What a campaign asks, shares and ratings as numbers."""
    rate, rating = asked.positive_review_rate_min, asked.rating_min
    return Asked(
        positive_review_rate_min=None if rate is None else float(rate),
        reviews_min=asked.reviews_min,
        rating_min=None if rating is None else float(rating),
        sales_window_days=asked.sales_window_days,
        listed_hours_min=asked.listed_hours_min,
        categories=asked.categories,
        free_delivery=asked.free_delivery,
        max_points_after_registration=asked.max_points_after_registration,
    )


def enrolment_of(enrolment: registered.Enrolment, at: Instant) -> Enrolment:
    """An enrolment with what is locked at an instant."""
    said = enrolment.attributes
    return Enrolment(
        campaign_id=enrolment.campaign_id,
        product_id=enrolment.product_id,
        seller_id=enrolment.seller_id,
        status=enrolment.status,
        locked=enrolment.locked_at(at),
        withdrawn_because=_withdrawn(enrolment),
        price=money_of(enrolment.price_minor, enrolment.currency),
        discounted_price=money_of(enrolment.discounted_minor, enrolment.currency),
        stock=enrolment.stock,
        category=said.category,
        unit_of_measure=said.unit_of_measure,
        sales_unit=said.sales_unit,
        colour=said.colour,
        ships_from=said.ships_from,
        prices_by_country=_by_country(said),
        package_size=said.package_size,
        shipping_model=said.shipping_model,
        registered_at=format_instant(enrolment.registered_at),
        reviewer=enrolment.reviewer,
        changes_until=format_instant(enrolment.changes_until),
        starts=format_instant(enrolment.starts_at),
        ends=format_instant(enrolment.ends_at),
    )


def _by_country(said: Attributes) -> dict[str, Money] | None:
    if said.prices_by_country is None:
        return None
    prices = said.prices_by_country.items()
    return {country: money_of(price.units, price.currency) for country, price in prices}


def _withdrawn(enrolment: registered.Enrolment) -> Withdrawn | None:
    fact = enrolment.withdrawn
    if fact is None:
        return None
    return Withdrawn(
        why=fact.why,
        says=f"withdrawn {WHY[fact.why]}",
        fact_id=fact.caused_by,
        violation_ids=fact.because_of,
        points=fact.points,
        at=format_instant(fact.recorded_at),
    )
