"""Money: whole minor units of a currency inside, decimal text outside, never a float.

How many decimals a currency has is data of ISO 4217, taken from the package that follows it.
"""

from typing import Annotated, Final, NamedTuple

import iso4217
import msgspec

from ledger.facts.refusal import Refusal

_DECIMALS: Final[dict[str, int]] = {
    currency.code: currency.exponent
    for currency in iso4217.Currency
    if currency.exponent is not None
}

AmountText = Annotated[
    str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$(?!\n)", max_length=17)
]
CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class MalformedMoney(Refusal):
    """An amount that its currency does not have."""


class OtherCurrency(Refusal):
    """An order is paid in one currency, and so is what is given back of it; a discount is in the
    currency of the price.
    """

    def __init__(self, given: str, currency: str, field: str, of: str = "order") -> None:
        super().__init__(
            f"{given} is not the currency of the {of}",
            field=field,
            accepted=f"an amount in {currency}",
        )


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount as people write it: `{"amount": "12.30", "currency": "EUR"}`."""

    amount: AmountText
    currency: CurrencyCode


class Minor(NamedTuple):
    """An amount as it is reckoned with: cents, pence, yen."""

    units: int
    currency: str


def minor_of(money: Money, field: str) -> Minor:
    """The amount in whole minor units; raises `MalformedMoney`."""
    decimals = _DECIMALS.get(money.currency)
    if decimals is None:
        raise MalformedMoney(
            f"{money.currency} is no currency that money is paid in",
            field=f"{field}.currency",
            accepted="a code of ISO 4217, such as EUR",
        )
    whole, _, part = money.amount.partition(".")
    if len(part) > decimals:
        raise MalformedMoney(
            f"{money.amount} is more exact than {money.currency} is",
            field=f"{field}.amount",
            accepted=f"at most {decimals} decimals" if decimals else "a whole number",
        )
    return Minor(int(whole + part.ljust(decimals, "0")), money.currency)


def decimals_of(currency: str) -> int:
    """How many decimals a currency that amounts were paid in has."""
    return _DECIMALS[currency]


def money_of(units: int, currency: str) -> Money:
    """Minor units as people write them, with every decimal that the currency has."""
    decimals = decimals_of(currency)
    digits = str(units).rjust(decimals + 1, "0")
    if not decimals:
        return Money(digits, currency)
    return Money(f"{digits[:-decimals]}.{digits[-decimals:]}", currency)
