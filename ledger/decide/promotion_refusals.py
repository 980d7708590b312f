"""Why a request about a promotion is not taken. When several hold, the first of this order is told:

1. `ToldDifferently`: the campaign, the enrolment or the step was told before with other content.
2. What the request names does not exist: `UnknownCampaign`, `UnknownEnrolment`.
3. Malformed instants and money; then `WindowsOutOfOrder`, `RequirementOutOfRange`.
4. The policy or the state forbids it: `NoPromotionRules`, `RegistrationNotOpen`,
   `EnrolmentWrongState`, `FieldLocked`, `ChangesOver`.
5. Who asks: `PromotionBarred`, `ProductOfAnotherSeller`,
   `ReviewerNotIndependent`.
6. What it asks for: `CategoryNotAdmitted`, `OtherCurrency`, `PriceNotReduced`, `StockTakenBack`,
   `DiscountTakenBack`, `NothingToChange`.
"""

from collections.abc import Sequence

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal


class UnknownCampaign(Refusal):
    """Nobody announced such a campaign."""

    def __init__(self, campaign_id: str, field: str = "campaign_id") -> None:
        super().__init__(f"there is no campaign {campaign_id}", field=field)


class UnknownEnrolment(Refusal):
    """Nobody registered the product for this campaign."""

    def __init__(self, campaign_id: str, product_id: str) -> None:
        super().__init__(
            f"product {product_id} was not registered for campaign {campaign_id}",
            field="product_id",
        )


class NoPromotionRules(Refusal):
    """The pack in force says nothing of promotions."""

    def __init__(self, policy: str) -> None:
        super().__init__(
            f"{policy} has no table [promotions], so no campaign can be announced under it",
            accepted="a policy pack with the table [promotions]",
        )


class WindowsOutOfOrder(Refusal):
    """Registration opens, then closes; the campaign starts, then ends."""

    def __init__(
        self, field: str, given: Instant, after: str, least: Instant, strict: bool
    ) -> None:
        when = "after" if strict else "at or after"
        super().__init__(
            f"{field} {format_instant(given)} is not {when} {after} {format_instant(least)}",
            field=field,
            accepted=f"an instant {when} {format_instant(least)}",
        )


class RequirementOutOfRange(Refusal):
    """A requirement that cannot be met, or that says nothing."""

    def __init__(self, field: str, given: str, accepted: str) -> None:
        super().__init__(
            f"{given} is no value for {field}",
            field=f"requirements.{field}",
            accepted=accepted,
        )


class RegistrationNotOpen(Refusal):
    """Products are registered within a campaign's window, and at no other time."""

    def __init__(self, campaign_id: str, opens: Instant, closes: Instant, at: Instant) -> None:
        window = f"from {format_instant(opens)} to {format_instant(closes)}"
        super().__init__(
            f"campaign {campaign_id} takes registrations {window}; it is {format_instant(at)}",
            field="campaign_id",
            accepted=f"a registration {window}",
        )


class EnrolmentWrongState(Refusal):
    """The enrolment is not in the state that this request needs."""

    def __init__(self, campaign_id: str, product_id: str, why: str, accepted: str) -> None:
        super().__init__(
            f"product {product_id} in campaign {campaign_id} {why}",
            field="product_id",
            accepted=accepted,
        )


class FieldLocked(Refusal):
    """What a campaign relies on stays as it was registered."""

    def __init__(self, field: str, until: Instant, or_earlier: str, accepted: str) -> None:
        super().__init__(
            f"{field} is locked until {format_instant(until)}, when the campaign ends{or_earlier}",
            field=field,
            accepted=accepted,
        )


class ChangesOver(Refusal):
    """Discounts grow until shortly before registration closes."""

    def __init__(self, until: Instant, at: Instant) -> None:
        super().__init__(
            f"the discount could grow until {format_instant(until)}; it is {format_instant(at)}",
            field="discounted_price",
            accepted="more stock, which can be set aside until the campaign ends",
        )


class PromotionBarred(Refusal):
    """Who is suspended, or barred from promotion, registers nothing."""

    def __init__(self, seller_id: str, sanctions: Sequence[str], until: Instant | None) -> None:
        ends = "without an end of its own" if until is None else f"until {format_instant(until)}"
        super().__init__(
            f"seller {seller_id} may not take part in promotions, {ends}: " + ", ".join(sanctions),
            field="seller_id",
            accepted="a seller with nothing in force that bars promotion",
        )


class CategoryNotAdmitted(Refusal):
    """A campaign is open to some categories only."""

    def __init__(self, category: str, campaign_id: str, admitted: Sequence[str]) -> None:
        shown = ", ".join(admitted[:20]) + (" …" if len(admitted) > 20 else "")
        super().__init__(
            f"campaign {campaign_id} admits no products of the category {category}",
            field="category",
            accepted=f"one of {shown}",
        )


class PriceNotReduced(Refusal):
    """A promotion is a lower price."""

    def __init__(self, discounted: str, price: str) -> None:
        super().__init__(
            f"the discounted price {discounted} is no reduction of {price}",
            field="discounted_price.amount",
            accepted=f"more than nothing and less than {price}",
        )


class StockTakenBack(Refusal):
    """Units set aside for a campaign stay there."""

    def __init__(self, given: int, committed: int) -> None:
        super().__init__(
            f"{committed} units are set aside, and {given} would take some of them back",
            field="stock",
            accepted=f"{committed} or more",
        )


class DiscountTakenBack(Refusal):
    """A discount that was offered only grows."""

    def __init__(self, given: str, offered: str) -> None:
        super().__init__(
            f"the product was offered at {offered}, and {given} would be dearer",
            field="discounted_price.amount",
            accepted=f"more than nothing and at most {offered}",
        )


class NothingToChange(Refusal):
    """A change changes something."""

    def __init__(self, product_id: str) -> None:
        super().__init__(
            f"the enrolment of product {product_id} says all of that already",
            accepted="more stock, a lower discounted price, or a field that is not locked",
        )
