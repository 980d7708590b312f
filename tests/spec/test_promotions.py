"""Promotions: campaigns as they are announced, every request in every state, and who may ask."""

from decimal import Decimal
from typing import Any, Final

import pytest

from ledger.decide.campaigns import announce_campaign, same_campaign
from ledger.decide.context import Context
from ledger.decide.promotion_commands import EnrolmentCommand
from ledger.decide.promotion_refusals import (
    CategoryNotAdmitted,
    ChangesOver,
    DiscountTakenBack,
    EnrolmentWrongState,
    NoPromotionRules,
    NothingToChange,
    PriceNotReduced,
    PromotionBarred,
    RegistrationNotOpen,
    RequirementOutOfRange,
    StockTakenBack,
    UnknownCampaign,
    UnknownEnrolment,
    WindowsOutOfOrder,
)
from ledger.decide.refusals import ReviewerNotIndependent, ToldDifferently
from ledger.facts.campaigns import Requirements
from ledger.facts.instants import MalformedInstant
from ledger.facts.money import MalformedMoney, Money, OtherCurrency
from ledger.facts.refusal import Refusal
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.shipped import load_pack
from tests.spec.described import instant_of
from tests.spec.given import POLICY, annul, given, impose, report
from tests.spec.promoted import (
    CHANGES_UNTIL,
    CLOSES,
    ENDS,
    OPENS,
    Promoted,
    announced,
    announced_fact,
    announcement,
    approved,
    change,
    decision,
    eur,
    registered,
    registration,
    rejected,
    taken_back,
)

# -- announcing ---------------------------------------------------------------------------


def test_what_a_campaign_leaves_open_the_pack_says() -> None:
    assert announced_fact().requirements == Requirements(
        reviews_min=5, rating_min="4.5", listed_hours_min=24
    )
    assert announced_fact().given == ()
    assert announced_fact().changes_until == instant_of(CHANGES_UNTIL)
    assert announced_fact().history_days == 180


def test_what_it_says_holds() -> None:
    fact = announced_fact(
        reviews_min=0,
        rating_min=Decimal("4.70"),
        listed_hours_min=48,
        sales_window_days=90,
        categories=("toys", "games", "toys"),
        free_delivery=True,
        positive_review_rate_min=Decimal("0.9"),
        max_points_after_registration=6,
    )
    assert fact.requirements == Requirements(
        reviews_min=0,
        rating_min="4.7",
        listed_hours_min=48,
        sales_window_days=90,
        categories=("toys", "games"),
        free_delivery=True,
        positive_review_rate_min="0.9",
        max_points_after_registration=6,
    )
    assert set(fact.given) == set(Requirements.__struct_fields__)


@pytest.mark.parametrize(
    ("told", "kept"), [("0.95", "0.95"), ("95", "0.95"), ("1", "1"), ("100", "1"), ("0", "0")]
)
def test_a_share_may_be_told_as_a_percentage(told: str, kept: str) -> None:
    fact = announced_fact(positive_review_rate_min=Decimal(told))
    assert fact.requirements.positive_review_rate_min == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("positive_review_rate_min", "-0.1"),
        ("positive_review_rate_min", "100.1"),
        ("positive_review_rate_min", "0.12345"),
        ("positive_review_rate_min", "NaN"),
        ("rating_min", "0.9"),
        ("rating_min", "5.1"),
        ("rating_min", "1E+400"),
        ("rating_min", "4.12345"),
    ],
)
def test_a_requirement_that_says_nothing_is_refused(field: str, value: str) -> None:
    with pytest.raises(RequirementOutOfRange) as refused:
        announced_fact(**{field: Decimal(value)})
    assert refused.value.field == f"requirements.{field}"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"registration_closes": f"{OPENS}T00:00:00Z"}, "registration_closes"),
        ({"starts": "2026-03-30T23:59:59.999999Z"}, "starts"),
        ({"ends": "2026-04-01T00:00:00Z"}, "ends"),
    ],
)
def test_windows_are_in_order(changed: dict[str, str], field: str) -> None:
    with pytest.raises(WindowsOutOfOrder) as refused:
        announced_fact(**changed)
    assert refused.value.field == field
    assert "an instant" in (refused.value.accepted or "")


def test_a_campaign_may_start_as_registration_closes() -> None:
    assert announced_fact(starts=f"{CLOSES}T00:00:00Z").starts_at == instant_of(CLOSES)


def test_an_instant_without_a_zone_is_none() -> None:
    with pytest.raises(MalformedInstant) as refused:
        announced_fact(ends="2026-04-15T00:00:00")
    assert refused.value.field == "ends"


def test_a_pack_without_promotions_announces_nothing() -> None:
    data = read(load_pack("aliexpress"))
    del data["promotions"]
    with pytest.raises(NoPromotionRules):
        announced_fact(policy_from(data))


def test_a_campaign_is_announced_once() -> None:
    campaign = announced().campaign
    context = Context(instant_of("2026-02-21"), given(POLICY).rulebook)
    with pytest.raises(ToldDifferently):
        announce_campaign(announcement(), campaign, None, context)


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({}, {"name": "Summer sale"}, "name"),
        ({}, {"ends": "2026-04-16T00:00:00Z"}, "ends"),
        ({}, {"reviews_min": 5}, "requirements.reviews_min"),
        ({"reviews_min": 5}, {}, "requirements.reviews_min"),
        ({"categories": ("toys",)}, {"categories": ("games",)}, "requirements.categories"),
    ],
)
def test_another_announcement_under_its_id_differs(
    first: dict[str, Any], second: dict[str, Any], field: str
) -> None:
    told = announced_fact(**first)
    same_campaign(announcement(**first), told)
    with pytest.raises(ToldDifferently) as refused:
        same_campaign(announcement(**second), told)
    assert refused.value.field == field


def test_the_same_in_other_digits_is_the_same() -> None:
    told = announced_fact(rating_min=Decimal("4.50"), positive_review_rate_min=Decimal(90))
    again = announcement(
        rating_min=Decimal("4.5"),
        positive_review_rate_min=Decimal("0.9"),
        ends="2026-04-15T02:00:00+02:00",
    )
    same_campaign(again, told)


# -- every request in every state ---------------------------------------------------------

OUT: Final = approved().also(report("v-1", "explosives", "2026-03-05"))
STATES: Final[dict[str, Promoted]] = {
    "nothing": announced(),
    "under review": registered(),
    "approved": approved(),
    "rejected": rejected(),
    "taken back": registered().also(taken_back()),
    "taken out": OUT,
    "restored": OUT.also(annul("v-1", "2026-03-06")),
    "past its end": approved().on(ENDS),
}
REQUESTS: Final[dict[str, EnrolmentCommand]] = {
    "register": registration(),
    "approve": decision("approved", "bo"),
    "reject": decision("rejected", "bo"),
    "take back": taken_back(),
    "more stock": change(stock=11),
    "larger discount": change(discounted_price=eur("14.00")),
    "another colour": change(colour="red"),
    "another package": change(package_size="40 cm"),
}
GOES: Final[dict[tuple[str, str], str]] = {
    ("nothing", "register"): "product-enrolled",
    ("under review", "approve"): "enrolment-approved",
    ("under review", "reject"): "enrolment-rejected",
    ("under review", "take back"): "product-withdrawn",
    ("under review", "more stock"): "enrolment-changed",
    ("under review", "larger discount"): "enrolment-changed",
    ("under review", "another package"): "enrolment-changed",
    ("approved", "more stock"): "enrolment-changed",
    ("approved", "larger discount"): "enrolment-changed",
    ("restored", "more stock"): "enrolment-changed",
    ("restored", "larger discount"): "enrolment-changed",
    ("rejected", "another colour"): "enrolment-changed",
    ("taken back", "another colour"): "enrolment-changed",
    ("taken back", "another package"): "enrolment-changed",
    ("taken out", "another colour"): "enrolment-changed",
    ("past its end", "another colour"): "enrolment-changed",
    ("past its end", "another package"): "enrolment-changed",
}
"""What each request brings in each state; whatever is not here is refused."""


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("state", STATES)
def test_each_request_in_each_state(state: str, request_: str) -> None:
    answered = STATES[state].when(REQUESTS[request_])
    goes = GOES.get((state, request_))
    if goes is not None:
        answered.then(goes)
        return
    assert answered.refusal is not None, (state, request_)
    assert answered.refusal.accepted or isinstance(answered.refusal, UnknownEnrolment)


def test_a_restored_product_is_what_it_was() -> None:
    restored = STATES["restored"].enrolment
    assert (restored.status, restored.reviewer) == ("approved", "ana")


def test_what_nobody_announced_or_registered() -> None:
    unknown = Promoted(instant_of("2026-03-02"), given(POLICY))
    unknown.when(registration()).then_refused(UnknownCampaign, "campaign_id")
    announced().when(decision()).then_refused(UnknownEnrolment, "product_id")


def test_a_product_is_registered_once() -> None:
    rejected().when(registration()).then_refused(ToldDifferently)


# -- registering --------------------------------------------------------------------------


@pytest.mark.parametrize("on", [OPENS, CLOSES])
def test_registration_is_open_from_its_first_instant_to_its_last(on: str) -> None:
    announced().when(registration(), on).then("product-enrolled")


@pytest.mark.parametrize(
    "instant", [instant_of(OPENS) - 1, instant_of(CLOSES) + 1, instant_of(ENDS)]
)
def test_it_is_not_open_around_that(instant: int) -> None:
    refused = announced().when(registration(), instant)
    refused.then_refused(RegistrationNotOpen, "campaign_id", "2026-03-31T00:00:00.000000Z")


@pytest.mark.parametrize(
    ("prices", "why", "field"),
    [
        (("20.00", "20.00"), PriceNotReduced, "discounted_price.amount"),
        (("20.00", "20.01"), PriceNotReduced, "discounted_price.amount"),
        (("20.00", "0"), PriceNotReduced, "discounted_price.amount"),
        (("20.005", "15.00"), MalformedMoney, "price.amount"),
        (("20.00", "1.005"), MalformedMoney, "discounted_price.amount"),
    ],
)
def test_a_promotion_is_a_lower_price(
    prices: tuple[str, str], why: type[Refusal], field: str
) -> None:
    asked = registration(price=eur(prices[0]), discounted_price=eur(prices[1]))
    announced().when(asked).then_refused(why, field)


def test_a_discount_is_in_the_currency_of_the_price() -> None:
    asked = registration(discounted_price=Money("15.00", "USD"))
    announced().when(asked).then_refused(OtherCurrency, "discounted_price.currency", "EUR")


def test_prices_by_country_are_money_too() -> None:
    asked = registration(prices_by_country={"ES": Money("1.5", "JPY")})
    announced().when(asked).then_refused(MalformedMoney, "prices_by_country.ES.amount")


def test_a_suspended_seller_registers_nothing() -> None:
    suspended = announced(POLICY, report("v-1", "explosives", "2026-02-25"))
    suspended.when(registration()).then_refused(PromotionBarred, "seller_id", says="sanction-")


def test_nor_one_barred_from_promotion_until_that_ends() -> None:
    barring = impose("f-1", "freeze-of-selling", "2026-02-28", "ana", days=3)
    barred = announced(POLICY, barring)
    barred.when(registration(), "2026-03-02").then_refused(
        PromotionBarred, says="until 2026-03-03T00:00:00.000000Z"
    )
    barred.when(registration(), "2026-03-03").then("product-enrolled")


def test_a_warning_bars_nothing() -> None:
    warned = announced(POLICY, impose("w-1", "warning", "2026-02-28", "ana"))
    warned.when(registration()).then("product-enrolled")


def test_a_category_has_to_be_admitted_where_it_is_told() -> None:
    campaign = announced(categories=("toys", "games"))
    campaign.when(registration()).then("product-enrolled")
    campaign.when(registration(category="toys")).then("product-enrolled")
    campaign.when(registration(category="knives")).then_refused(
        CategoryNotAdmitted, "category", "one of toys, games"
    )


# -- reviewing ----------------------------------------------------------------------------


def test_who_registered_does_not_review_nor_does_the_seller() -> None:
    by_agent = announced().when(registration(), actor="ana").story
    by_agent.when(decision(reviewer="ana")).then_refused(ReviewerNotIndependent, "reviewer")
    by_agent.when(decision(reviewer="s-1")).then_refused(ReviewerNotIndependent, "reviewer")
    by_agent.when(decision(reviewer="bo")).then("enrolment-approved")


def test_a_seller_takes_back_only_what_is_under_review() -> None:
    approved().when(taken_back()).then_refused(
        EnrolmentWrongState, accepts="one under review", says="was approved by ana"
    )


# -- changing -----------------------------------------------------------------------------


def test_committed_stock_is_added_to_and_never_taken_back() -> None:
    story = approved()
    story.when(change(stock=9)).then_refused(StockTakenBack, "stock", "10 or more")
    story.when(change(stock=10)).then_refused(NothingToChange)
    assert story.also(change(stock=11)).enrolment.stock == 11


def test_stock_may_be_added_until_the_campaign_ends() -> None:
    approved().when(change(stock=11), instant_of(ENDS) - 1).then("enrolment-changed")
    approved().when(change(stock=11), ENDS).then_refused(EnrolmentWrongState, says="ended at")


def test_a_discount_only_grows() -> None:
    story = approved()
    dearer = change(discounted_price=eur("15.01"))
    story.when(dearer).then_refused(DiscountTakenBack, "discounted_price.amount", "15.00 EUR")
    story.when(change(discounted_price=eur("0"))).then_refused(DiscountTakenBack)
    story.when(change(discounted_price=Money("9", "USD"))).then_refused(OtherCurrency)
    assert story.also(change(discounted_price=eur("14.99"))).enrolment.discounted_minor == 1499


def test_it_grows_until_a_day_before_registration_closes() -> None:
    cheaper = change(discounted_price=eur("14.00"))
    approved().when(cheaper, CHANGES_UNTIL).then("enrolment-changed")
    approved().when(cheaper, instant_of(CHANGES_UNTIL) + 1).then_refused(
        ChangesOver, "discounted_price", "more stock", "2026-03-30T00:00:00.000000Z"
    )


def test_a_fact_holds_what_changes_and_no_more() -> None:
    answered = approved().when(change(stock=12, discounted_price=eur("15.00")))
    answered.then("enrolment-changed")
    (fact,) = answered.facts
    assert getattr(fact, "discounted_minor", 0) is None
