"""What a fact says, field by field, as others read it."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from msgspec.structs import replace

from api.fact_data import data_of
from tests.spec.facts.examples import COMPLETE, MINIMAL


@pytest.mark.parametrize("kind", COMPLETE)
def test_every_fact_can_be_told(kind: str) -> None:
    for fact in (COMPLETE[kind], MINIMAL[kind]):
        json.dumps(data_of(fact))


def test_a_changed_price_is_told_with_its_currency() -> None:
    changed = COMPLETE["enrolment-changed.v1"]
    assert data_of(changed)["discounted"] == {"amount": "14.00", "currency": "EUR"}
    assert data_of(MINIMAL["enrolment-changed.v1"])["discounted"] is None


def test_a_changed_price_without_its_currency_is_told_as_it_was_recorded() -> None:
    early = data_of(replace(COMPLETE["enrolment-changed.v1"], currency=None))
    assert early["discounted_minor"] == 1400


def numbers_in(told: Any) -> Iterator[int]:
    match told:
        case dict():
            yield from (n for each in cast(dict[str, Any], told).values() for n in numbers_in(each))
        case list() | tuple():
            yield from (n for each in cast(list[Any], told) for n in numbers_in(each))
        case int():
            yield told
        case _:
            pass


@pytest.mark.parametrize("kind", COMPLETE)
def test_no_instant_is_told_as_a_number(kind: str) -> None:
    spans = {"error_us"}
    told = {name: each for name, each in data_of(COMPLETE[kind]).items() if name not in spans}
    assert not [number for number in numbers_in(told) if number > 10**14]


def test_prices_by_country_are_told_with_their_currency() -> None:
    attributes = data_of(COMPLETE["product-enrolled.v1"])["attributes"]
    assert attributes["prices_by_country"] == {"ES": {"amount": "18.00", "currency": "EUR"}}
