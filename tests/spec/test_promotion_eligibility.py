"""Eligibility: every requirement just met and just missed, with what is behind it."""

from typing import Any

import pytest

from ledger.facts.campaigns import Requirements
from ledger.facts.instants import HOUR_US
from ledger.promotions.eligibility import (
    UNKNOWN,
    Product,
    Requirement,
    Reviews,
    of_product,
    of_seller,
)
from ledger.promotions.penalties import penalties_since
from tests.spec.described import instant_of
from tests.spec.given import LADDER, POLICY, Step, Story, given, impose, report, report_strike

AT = instant_of("2026-03-05")
NOBODY = Reviews(0, 0)
BARE = Requirements()


def answered(found: list[Requirement], name: str) -> Requirement:
    (one,) = [requirement for requirement in found if requirement.requirement == name]
    return one


def product(asked: dict[str, Any], name: str, **known: Any) -> Requirement:
    """How a product answers one requirement."""
    return answered(of_product(Requirements(**asked), Product(**known), AT), name)


def seller(
    story: Story,
    name: str,
    asked: Requirements = BARE,
    since: int | None = 0,
    store: Reviews = NOBODY,
) -> Requirement:
    """How a seller answers one requirement, registered before anything happened."""
    penalties = None
    if since is not None:
        penalties = penalties_since(story.seller, since, AT, story.rulebook)
    return answered(of_seller(asked, story.standing("2026-03-05"), penalties, store), name)


# -- products -----------------------------------------------------------------------------


@pytest.mark.parametrize(("reviews", "met"), [(5, False), (6, True)])
def test_more_reviews_than_asked(reviews: int, met: bool) -> None:
    found = product({"reviews_min": 5}, "reviews", reviews=reviews, reviewed_in=("f.1",))
    assert found == ("reviews", met, reviews, "more than 5", ("f.1",))


@pytest.mark.parametrize(
    ("stars", "reviews", "met", "value"),
    [
        (45, 10, True, 4.5),
        (4_499_999, 1_000_000, False, 4.4999),
        (4_500_001, 1_000_000, True, 4.5),
        (0, 0, False, None),
    ],
)
def test_a_rating_as_asked_or_better(
    stars: int, reviews: int, met: bool, value: float | None
) -> None:
    found = product({"rating_min": "4.5"}, "rating", rating_sum=stars, reviews=reviews)
    assert (found.met, found.value, found.wanted) == (met, value, "4.5 or more")


@pytest.mark.parametrize(("sales", "met"), [(0, False), (1, True)])
def test_a_sale_in_the_window(sales: int, met: bool) -> None:
    found = product({"sales_window_days": 90}, "sales", sales=sales)
    assert (found.met, found.value, found.wanted) == (met, sales, "a sale within 90 days")


@pytest.mark.parametrize(
    ("listed_us", "met", "value"),
    [(24 * HOUR_US, True, 24), (24 * HOUR_US - 1, False, 23), (None, False, None)],
)
def test_listed_for_so_many_hours(listed_us: int | None, met: bool, value: int | None) -> None:
    listed_at = None if listed_us is None else AT - listed_us
    found = product({"listed_hours_min": 24}, "listed-hours", listed_at=listed_at)
    assert (found.met, found.value, found.wanted) == (met, value, "24 hours or more")


@pytest.mark.parametrize(("category", "met"), [("toys", True), ("knives", False), (None, False)])
def test_in_an_admitted_category(category: str | None, met: bool) -> None:
    found = product({"categories": ("toys", "games")}, "category", category=category)
    assert (found.met, found.value, found.wanted) == (met, category, "one of toys, games")


@pytest.mark.parametrize(("free", "met"), [(True, True), (False, False), (None, False)])
def test_delivered_free_where_asked(free: bool | None, met: bool) -> None:
    found = product({"free_delivery": True}, "free-delivery", free_delivery=free)
    assert (found.met, found.value) == (met, free)


def test_what_a_campaign_does_not_ask_is_not_answered() -> None:
    assert [r.requirement for r in of_product(BARE, UNKNOWN, AT)] == ["reviews"]
    everything = Requirements(
        rating_min="4.5",
        sales_window_days=30,
        listed_hours_min=24,
        categories=("toys",),
        free_delivery=True,
    )
    assert [r.requirement for r in of_product(everything, UNKNOWN, AT)] == [
        "reviews",
        "rating",
        "sales",
        "listed-hours",
        "category",
        "free-delivery",
    ]
    assert not any(r.met for r in of_product(everything, UNKNOWN, AT))


# -- the store ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positive", "reviews", "met", "value"),
    [
        (90, 100, False, 0.9),
        (91, 100, True, 0.91),
        (900_001, 1_000_000, True, 0.9),
        (0, 0, False, None),
    ],
)
def test_a_share_above_the_one_asked(
    positive: int, reviews: int, met: bool, value: float | None
) -> None:
    asked = Requirements(positive_review_rate_min="0.9")
    store = Reviews(positive, reviews, facts=("performance-s-1,2026-03-04.1",))
    found = seller(given(POLICY), "positive-review-rate", asked, store=store)
    assert (found.met, found.value, found.wanted) == (
        met,
        value,
        "more than 0.9 of at least 1 reviews",
    )
    assert found.facts == store.facts


# -- the account --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "met", "status"),
    [
        (report("v-1", "weapons", "2026-03-03", 47), True, "active"),
        (report("v-1", "weapons", "2026-03-03", 48), False, "suspended"),
        (impose("h-1", "freeze-of-selling", "2026-03-03", "ana", days=3), False, "restricted"),
        (impose("h-1", "freeze-of-selling", "2026-03-03", "ana", days=2), True, "active"),
        (impose("h-1", "product-removal", "2026-03-03", "ana"), True, "restricted"),
    ],
)
def test_an_account_that_may_promote(step: Step, met: bool, status: str) -> None:
    found = seller(given(POLICY, step), "account")
    assert (found.met, found.value) == (met, status)
    assert bool(found.facts) is not met


# -- penalties since registration ---------------------------------------------------------


@pytest.mark.parametrize(("points", "met"), [(5, True), (6, False)])
def test_fewer_points_than_the_campaigns_limit(points: int, met: bool) -> None:
    story = given(POLICY, report("v-1", "weapons", "2026-03-03", points))
    asked = Requirements(max_points_after_registration=6)
    found = seller(story, "penalties", asked)
    assert (found.met, found.value, found.facts) == (met, points, ("seller-s-1.1",))
    assert found.wanted.endswith("and fewer than 6 points")


def test_points_count_for_nothing_where_no_limit_is_set() -> None:
    story = given(POLICY, report("v-1", "weapons", "2026-03-03", 47))
    assert seller(story, "penalties").met


@pytest.mark.parametrize(
    ("story", "value", "facts"),
    [
        (given(POLICY, report_strike("v-1", "2026-03-03")), "strike", ("seller-s-1.1",)),
        (
            given(LADDER, report("v-1", "weapons", "2026-03-03", 6)),
            "milestone",
            ("seller-s-1.2", "seller-s-1.1"),
        ),
    ],
)
def test_no_milestone_and_no_strike(story: Story, value: str, facts: tuple[str, ...]) -> None:
    found = seller(story, "penalties")
    assert (found.met, found.value, found.facts) == (False, value, facts)


def test_what_was_there_at_registration_is_no_penalty() -> None:
    story = given(POLICY, report_strike("v-1", "2026-03-03"))
    assert seller(story, "penalties", since=1).met
    assert seller(story, "penalties", since=None) == (
        "penalties",
        True,
        0,
        "no milestone reached and no strike gained since registration",
        (),
    )


@pytest.mark.parametrize(("reviews", "met", "value"), [(9, False, None), (10, True, 1.0)])
def test_a_share_of_enough_reviews(reviews: int, met: bool, value: float | None) -> None:
    asked = Requirements(positive_review_rate_min="0.9")
    store = Reviews(reviews, reviews, minimum_sample=10)
    found = seller(given(POLICY), "positive-review-rate", asked, store=store)
    assert (found.met, found.value) == (met, value)
