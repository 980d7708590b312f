"""What a request says of a product's price and attributes, and where its enrolment stands."""

from ledger.decide.promotion_commands import ChangeEnrolment, EnrolProduct
from ledger.decide.promotion_refusals import EnrolmentWrongState, PriceNotReduced
from ledger.decide.settling import written
from ledger.facts.campaigns import Attributes, Price
from ledger.facts.instants import format_instant
from ledger.facts.money import Minor, Money, OtherCurrency, minor_of
from ledger.promotions.enrolment import Enrolment


def reduced(price: Money, discounted: Money) -> tuple[Minor, Minor]:
    """Both prices in minor units; refuses two currencies, and what is no reduction."""
    before, after = minor_of(price, "price"), minor_of(discounted, "discounted_price")
    demand_currency(after, before.currency)
    if not 0 < after.units < before.units:
        raise PriceNotReduced(written(*after), written(*before))
    return before, after


def demand_currency(given: Minor, currency: str) -> None:
    """Refuse a discounted price in another currency than the price."""
    if given.currency != currency:
        raise OtherCurrency(given.currency, currency, "discounted_price.currency", "price")


def attributes_of(command: EnrolProduct | ChangeEnrolment) -> Attributes:
    """What the request says of the product; raises `MalformedMoney`."""
    prices = command.prices_by_country
    return Attributes(
        category=command.category,
        unit_of_measure=command.unit_of_measure,
        sales_unit=command.sales_unit,
        colour=command.colour,
        ships_from=command.ships_from,
        prices_by_country=None if prices is None else _by_country(prices),
        package_size=command.package_size,
        shipping_model=command.shipping_model,
    )


def _by_country(prices: dict[str, Money]) -> dict[str, Price]:
    return {
        country: Price(*minor_of(price, f"prices_by_country.{country}"))
        for country, price in sorted(prices.items())
    }


def wrong_state(enrolment: Enrolment, accepted: str) -> EnrolmentWrongState:
    """The refusal of a request that comes at another time of the enrolment."""
    return EnrolmentWrongState(
        enrolment.campaign_id, enrolment.product_id, where(enrolment), accepted
    )


def over(enrolment: Enrolment) -> EnrolmentWrongState:
    """The refusal of what comes once the campaign has ended."""
    return EnrolmentWrongState(
        enrolment.campaign_id,
        enrolment.product_id,
        f"is past its end: the campaign ended at {format_instant(enrolment.ends_at)}",
        f"a request before {format_instant(enrolment.ends_at)}",
    )


def where(enrolment: Enrolment) -> str:
    """Where an enrolment stands, to say why a request does not belong there."""
    match enrolment.status:
        case "under-review":
            return "is under review"
        case "approved":
            return f"was approved by {enrolment.reviewer}"
        case "rejected":
            return f"was rejected by {enrolment.reviewer}"
        case "withdrawn":
            withdrawn = enrolment.withdrawn
            assert withdrawn is not None
            return f"was withdrawn at {format_instant(withdrawn.recorded_at)} " + WHY[withdrawn.why]


WHY = {
    "seller": "by its seller",
    "milestone": "because its seller reached a milestone",
    "strike": "because its seller gained a strike",
    "points": "because its seller was given too many points after registration",
    "sanction": "because its seller was barred from promotions",
}
"""Why a product was withdrawn, in words."""
