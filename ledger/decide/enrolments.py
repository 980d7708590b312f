"""A product's part in a campaign, as its seller and the reviewers ask for it."""

from typing import assert_never

from ledger.decide.context import Context
from ledger.decide.enrolment_changes import change_enrolment
from ledger.decide.performance_refusals import ProductOfAnotherSeller
from ledger.decide.promotion_commands import (
    ChangeEnrolment,
    DecideEnrolment,
    EnrolmentCommand,
    EnrolProduct,
    WithdrawProduct,
)
from ledger.decide.promotion_refusals import (
    CategoryNotAdmitted,
    PromotionBarred,
    RegistrationNotOpen,
    UnknownCampaign,
    UnknownEnrolment,
)
from ledger.decide.promotion_terms import attributes_of, over, reduced, wrong_state
from ledger.decide.refusals import ReviewerNotIndependent, ToldDifferently
from ledger.facts.campaigns import (
    EnrolmentApproved,
    EnrolmentRejected,
    ProductEnrolled,
    ProductWithdrawn,
)
from ledger.facts.ids import campaign_stream, product_days
from ledger.facts.instants import Instant
from ledger.facts.kinds import EnrolmentsOwnFact
from ledger.facts.performance import ProductPerformanceReported
from ledger.performance.day import Day
from ledger.promotions.campaign import Campaign
from ledger.promotions.enrolment import Enrolment
from ledger.standing.seller import Seller


def decide_enrolment(
    command: EnrolmentCommand, enrolment: Enrolment | None, seller: Seller, context: Context
) -> list[EnrolmentsOwnFact]:
    """The facts that follow; raises a `Refusal` (promotion_refusals.py has the order)."""
    if isinstance(command, EnrolProduct):
        if enrolment is not None:
            raise ToldDifferently(f"the enrolment of product {command.product_id}", "content")
        return [_enrolled(command, seller, context)]
    if enrolment is None:
        raise UnknownEnrolment(command.campaign_id, command.product_id)
    match command:
        case DecideEnrolment():
            return [_decided(command, enrolment, context)]
        case WithdrawProduct():
            return [_taken_back(enrolment, context)]
        case ChangeEnrolment():
            return [change_enrolment(command, enrolment, context)]
        case _:
            assert_never(command)


def _enrolled(command: EnrolProduct, seller: Seller, context: Context) -> ProductEnrolled:
    at = context.at
    campaign = context.beside.get(campaign_stream(command.campaign_id))
    if not isinstance(campaign, Campaign):
        raise UnknownCampaign(command.campaign_id)
    if not campaign.registers_at(at):
        raise RegistrationNotOpen(
            campaign.campaign_id, campaign.registration_opens, campaign.registration_closes, at
        )
    _demand_unbarred(seller, at)
    told = _newest_day(command, context)
    if told is not None and told.seller_id != command.seller_id:
        raise ProductOfAnotherSeller(command.product_id, told.seller_id, command.seller_id)
    admitted = campaign.requirements.categories
    category = command.category or (told and told.category)
    if admitted and category is not None and category not in admitted:
        raise CategoryNotAdmitted(category, campaign.campaign_id, admitted)
    price, discounted = reduced(command.price, command.discounted_price)
    return ProductEnrolled(
        recorded_at=at,
        actor=context.actor or command.seller_id,
        seller_id=command.seller_id,
        campaign_id=command.campaign_id,
        product_id=command.product_id,
        currency=price.currency,
        price_minor=price.units,
        discounted_minor=discounted.units,
        stock=command.stock,
        attributes=attributes_of(command),
        seller_version=seller.version,
        changes_until=campaign.changes_until,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        max_points=campaign.requirements.max_points_after_registration,
        seal=context.seal,
    )


def beside_enrolment(command: EnrolmentCommand) -> tuple[str, ...]:
    """What a registration looks at: the campaign, and the product's newest day, which says whose it
    is. Later the enrolment itself says what it needs.
    """
    if not isinstance(command, EnrolProduct):
        return ()
    return campaign_stream(command.campaign_id), product_days(command.product_id)


def _newest_day(command: EnrolProduct, context: Context) -> ProductPerformanceReported | None:
    """What the product's newest day told: whose it is, and maybe its category."""
    newest = context.beside.get(product_days(command.product_id))
    told = newest.told if isinstance(newest, Day) else None
    return told if isinstance(told, ProductPerformanceReported) else None


def _demand_unbarred(seller: Seller, at: Instant) -> None:
    """The account: not suspended, and nothing in force that bars promotion."""
    barring = [
        s
        for s in seller.sanctions
        if s.in_force_at(at) and ("promotion" in s.bars or s.sanction == "suspension")
    ]
    if barring:
        ends = [s.until() for s in barring]
        known = [until for until in ends if until is not None]
        until = max(known) if len(known) == len(ends) else None
        raise PromotionBarred(seller.seller_id, [s.sanction_id for s in barring], until)


def _decided(
    command: DecideEnrolment, enrolment: Enrolment, context: Context
) -> EnrolmentApproved | EnrolmentRejected:
    if enrolment.status != "under-review":
        raise wrong_state(enrolment, "one under review")
    if context.at >= enrolment.ends_at:
        raise over(enrolment)
    if command.reviewer == enrolment.registered_by:
        raise ReviewerNotIndependent(command.reviewer, "registered the product")
    if command.reviewer == enrolment.seller_id:
        raise ReviewerNotIndependent(command.reviewer, "is the seller")
    shape = EnrolmentApproved if command.outcome == "approved" else EnrolmentRejected
    return shape(
        recorded_at=context.at,
        actor=command.reviewer,
        seller_id=enrolment.seller_id,
        campaign_id=enrolment.campaign_id,
        product_id=enrolment.product_id,
        seal=context.seal,
    )


def _taken_back(enrolment: Enrolment, context: Context) -> ProductWithdrawn:
    if enrolment.status != "under-review":
        raise wrong_state(enrolment, "one under review")
    if context.at >= enrolment.ends_at:
        raise over(enrolment)
    return ProductWithdrawn(
        recorded_at=context.at,
        actor=context.actor or enrolment.seller_id,
        seller_id=enrolment.seller_id,
        campaign_id=enrolment.campaign_id,
        product_id=enrolment.product_id,
        why="seller",
        seal=context.seal,
    )
