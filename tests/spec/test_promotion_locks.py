"""Locks of a product in a campaign: at, before and after their instants."""

from typing import Any, Final

import pytest

from ledger.decide.promotion_refusals import EnrolmentWrongState, FieldLocked
from ledger.facts.money import Money
from ledger.promotions.enrolment import LOCKED_AFTER_REVIEW, LOCKED_IN_REVIEW
from tests.spec.described import instant_of
from tests.spec.given import annul, report
from tests.spec.promoted import (
    ENDS,
    STARTS,
    Promoted,
    approved,
    change,
    eur,
    registered,
    rejected,
    taken_back,
)

FIRST: Final = set(LOCKED_IN_REVIEW)
SECOND: Final = set(LOCKED_AFTER_REVIEW)
LAST: Final = instant_of(ENDS) - 1
OUT: Final = approved().also(report("v-1", "explosives", "2026-03-05"))
OTHER: Final[dict[str, Any]] = {
    "category": "knives",
    "unit_of_measure": "pair",
    "sales_unit": "box of 2",
    "colour": "red",
    "ships_from": "ES",
    "price": eur("19.00"),
    "prices_by_country": {"ES": Money("18.00", "EUR")},
    "package_size": "40 cm",
    "shipping_model": "standard",
}


@pytest.mark.parametrize(
    ("story", "locked"),
    [
        (registered(), FIRST),
        (registered().on(STARTS), FIRST),
        (registered().on(LAST), FIRST),
        (registered().on(ENDS), set[str]()),
        (approved(), FIRST | SECOND),
        (approved().on(LAST), FIRST | SECOND),
        (approved().on(ENDS), set[str]()),
        (rejected(), SECOND),
        (rejected().on(LAST), SECOND),
        (rejected().on(ENDS), set[str]()),
        (registered().also(taken_back()), set[str]()),
        (OUT, SECOND),
        (OUT.on(ENDS), set[str]()),
        (OUT.also(annul("v-1", "2026-03-06")), FIRST | SECOND),
    ],
)
def test_what_is_locked_when(story: Promoted, locked: set[str]) -> None:
    assert story.locked == locked


@pytest.mark.parametrize("field", sorted(FIRST - {"discounted_price"}))
def test_a_locked_field_names_its_lock_and_until_when(field: str) -> None:
    asked = change(**{field: OTHER[field]})
    for story in (registered(), approved(), approved().on(LAST)):
        story.when(asked).then_refused(
            FieldLocked, field, says=f"{field} is locked until 2026-04-15T00:00:00.000000Z"
        )


@pytest.mark.parametrize("field", sorted(SECOND))
def test_package_and_shipping_are_locked_from_the_end_of_review(field: str) -> None:
    asked = change(**{field: OTHER[field]})
    registered().when(asked).then("enrolment-changed")
    for story in (approved(), rejected(), rejected().on(LAST)):
        story.when(asked).then_refused(FieldLocked, field, says="2026-04-15T00:00:00.000000Z")
    for story in (approved().on(ENDS), rejected().on(ENDS)):
        story.when(asked).then("enrolment-changed")


@pytest.mark.parametrize("field", sorted(FIRST - {"discounted_price", "price"}))
def test_what_nothing_locks_any_more_may_change(field: str) -> None:
    asked = change(**{field: OTHER[field]})
    for story in (approved().on(ENDS), rejected(), registered().also(taken_back()), OUT):
        story.when(asked).then("enrolment-changed")


def test_the_price_of_what_is_over_is_no_business_of_the_campaign() -> None:
    asked = change(price=eur("19.00"))
    for story in (approved().on(ENDS), rejected(), OUT):
        story.when(asked).then_refused(EnrolmentWrongState, "product_id")


def test_the_same_value_again_touches_no_lock() -> None:
    story = registered()
    story.when(change(price=eur("20"), stock=11)).then("enrolment-changed")


def test_a_lock_comes_before_what_is_taken_back() -> None:
    approved().when(change(colour="red", stock=1)).then_refused(FieldLocked, "colour")


def test_what_was_said_is_kept_and_the_rest_stays() -> None:
    story = registered().also(change(package_size="40 cm")).also(change(shipping_model="fast"))
    said = story.enrolment.attributes
    assert (said.package_size, said.shipping_model) == ("40 cm", "fast")
