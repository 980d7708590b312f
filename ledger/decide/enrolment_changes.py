"""What of an enrolment may change: more stock, a larger discount, and what no lock holds."""

from msgspec.structs import asdict

from ledger.decide.context import Context
from ledger.decide.promotion_commands import ChangeEnrolment
from ledger.decide.promotion_refusals import (
    ChangesOver,
    DiscountTakenBack,
    FieldLocked,
    NothingToChange,
    StockTakenBack,
)
from ledger.decide.promotion_terms import attributes_of, demand_currency, over, wrong_state
from ledger.decide.settling import written
from ledger.facts.campaigns import Attributes, EnrolmentChanged
from ledger.facts.instants import Instant
from ledger.facts.money import minor_of
from ledger.promotions.enrolment import LOCKED_IN_REVIEW, Enrolment

RUNNING = "an enrolment under review or approved"


def change_enrolment(
    command: ChangeEnrolment, enrolment: Enrolment, context: Context
) -> EnrolmentChanged:
    """What changes by a request, and no more; refuses a lock first, then what is taken back."""
    at = context.at
    attributes = changed_attributes(attributes_of(command), enrolment)
    _demand_unlocked(command, attributes, enrolment, at)
    stock = None if command.stock == enrolment.stock else command.stock
    discounted_minor = _discounted(command, enrolment, at)
    if stock is not None:
        _demand_running(enrolment, at)
        if stock < enrolment.stock:
            raise StockTakenBack(stock, enrolment.stock)
    if stock is None and discounted_minor is None and attributes == Attributes():
        raise NothingToChange(enrolment.product_id)
    return EnrolmentChanged(
        recorded_at=at,
        actor=context.actor or enrolment.seller_id,
        seller_id=enrolment.seller_id,
        campaign_id=enrolment.campaign_id,
        product_id=enrolment.product_id,
        stock=stock,
        currency=None if discounted_minor is None else enrolment.currency,
        discounted_minor=discounted_minor,
        attributes=attributes,
        content=context.content,
        seal=context.seal,
    )


def changed_attributes(said: Attributes, enrolment: Enrolment) -> Attributes:
    """What of the attributes is another than what is known."""
    known = asdict(enrolment.attributes)
    return Attributes(
        **{
            name: value
            for name, value in asdict(said).items()
            if value is not None and value != known[name]
        }
    )


def _demand_unlocked(
    command: ChangeEnrolment, attributes: Attributes, enrolment: Enrolment, at: Instant
) -> None:
    changed = [name for name, value in asdict(attributes).items() if value is not None]
    if command.price is not None:
        given = minor_of(command.price, "price")
        if given != (enrolment.price_minor, enrolment.currency):
            changed.insert(0, "price")
    for name in changed:
        if name in enrolment.locked_at(at):
            in_review = name in LOCKED_IN_REVIEW
            raise FieldLocked(
                name,
                enrolment.ends_at,
                ", or until the product is out of it" if in_review else "",
                "more stock, a lower discounted price, or a field that is not locked",
            )
    if "price" in changed:
        # Nothing locks the price of what is over, and nothing is sold at it either.
        _demand_running(enrolment, at)


def _discounted(command: ChangeEnrolment, enrolment: Enrolment, at: Instant) -> int | None:
    """The lower price that is asked for; None where it stays."""
    if command.discounted_price is None:
        return None
    given = minor_of(command.discounted_price, "discounted_price")
    demand_currency(given, enrolment.currency)
    if given.units == enrolment.discounted_minor:
        return None
    _demand_running(enrolment, at)
    if at > enrolment.changes_until:
        raise ChangesOver(enrolment.changes_until, at)
    if not 0 < given.units < enrolment.discounted_minor:
        offered = written(enrolment.discounted_minor, enrolment.currency)
        raise DiscountTakenBack(written(*given), offered)
    return given.units


def _demand_running(enrolment: Enrolment, at: Instant) -> None:
    if not enrolment.running:
        raise wrong_state(enrolment, RUNNING)
    if at >= enrolment.ends_at:
        raise over(enrolment)
