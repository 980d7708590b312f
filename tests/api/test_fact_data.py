"""What a fact says, field by field, as others read it."""

import json

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
