"""Money: whole minor units inside, decimal text outside, never anything in between."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.money import MalformedMoney, Money, OtherCurrency, minor_of, money_of


@pytest.mark.parametrize(
    ("amount", "currency", "units", "written"),
    [
        ("12.30", "EUR", 1230, "12.30"),
        ("12.3", "EUR", 1230, "12.30"),
        ("12", "EUR", 1200, "12.00"),
        ("0", "EUR", 0, "0.00"),
        ("0.01", "EUR", 1, "0.01"),
        ("999999999999.99", "EUR", 99_999_999_999_999, "999999999999.99"),
        ("1200", "JPY", 1200, "1200"),
        ("0", "JPY", 0, "0"),
        ("1.234", "BHD", 1234, "1.234"),
        ("1.2", "BHD", 1200, "1.200"),
        ("0.001", "BHD", 1, "0.001"),
    ],
)
def test_amounts_are_whole_minor_units(
    amount: str, currency: str, units: int, written: str
) -> None:
    assert minor_of(Money(amount, currency), "refund") == (units, currency)
    assert money_of(units, currency) == Money(written, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "field", "accepted"),
    [
        ("1.234", "EUR", "refund.amount", "at most 2 decimals"),
        ("1.0", "JPY", "refund.amount", "a whole number"),
        ("1.2345", "BHD", "refund.amount", "at most 3 decimals"),
        ("1", "ZZZ", "refund.currency", "ISO 4217"),
        ("1", "XAU", "refund.currency", "ISO 4217"),
    ],
)
def test_amounts_that_a_currency_does_not_have(
    amount: str, currency: str, field: str, accepted: str
) -> None:
    with pytest.raises(MalformedMoney) as refused:
        minor_of(Money(amount, currency), "refund")
    assert refused.value.field == field
    assert accepted in (refused.value.accepted or "")


@pytest.mark.parametrize(
    "written",
    [
        b'{"amount": 12.3, "currency": "EUR"}',
        b'{"amount": 12, "currency": "EUR"}',
        b'{"amount": "-1", "currency": "EUR"}',
        b'{"amount": "+1", "currency": "EUR"}',
        b'{"amount": "1e3", "currency": "EUR"}',
        b'{"amount": "01", "currency": "EUR"}',
        b'{"amount": "1.", "currency": "EUR"}',
        b'{"amount": ".5", "currency": "EUR"}',
        b'{"amount": "1,50", "currency": "EUR"}',
        b'{"amount": " 1", "currency": "EUR"}',
        b'{"amount": "1\\n", "currency": "EUR"}',
        b'{"amount": "", "currency": "EUR"}',
        b'{"amount": "1000000000000", "currency": "EUR"}',
        b'{"amount": "\\u0661", "currency": "EUR"}',
        b'{"amount": "1", "currency": "eur"}',
        b'{"amount": "1", "currency": "EURO"}',
        b'{"amount": "1", "currency": "EUR\\n"}',
        b'{"amount": "1"}',
        b'{"amount": "1", "currency": "EUR", "cents": 0}',
    ],
)
def test_what_is_not_written_as_money_is_not_read(written: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(written, type=Money)


@given(st.integers(0, 10**14), st.sampled_from(["EUR", "JPY", "BHD", "USD", "CLF"]))
def test_there_and_back_nothing_is_lost(units: int, currency: str) -> None:
    written = money_of(units, currency)
    if len(written.amount.partition(".")[0]) <= 12:
        read = msgspec.json.decode(msgspec.json.encode(written), type=Money)
        assert minor_of(read, "refund") == (units, currency)


def test_another_currency_is_told_with_the_right_one() -> None:
    refused = OtherCurrency("USD", "EUR", "refund.currency")
    assert (refused.field, refused.accepted) == ("refund.currency", "an amount in EUR")
