"""Reports of days: which are taken, which are repeats, and why others are refused."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.decide.performance_commands import (
    RatingsTold,
    RatingTold,
    ReportPerformance,
    ReportProductPerformance,
    ShippedTold,
)
from ledger.decide.performance_refusals import (
    CountsDoNotAddUp,
    DayBeforeFirstPack,
    DayInFuture,
    ListedLater,
    ProductOfAnotherSeller,
    RevisionTooLow,
)
from ledger.decide.refusals import ToldDifferently
from ledger.facts.dates import MalformedDate, format_date, parse_date
from ledger.facts.instants import MalformedInstant
from ledger.facts.performance import Rating, Ratings, Shipped
from tests.spec.given import pack
from tests.spec.told import product_day, seller_day, told_of

FIVE = {"reviews": 5}


def rated(total: int, count: int, kind: str = "description") -> dict[str, Any]:
    return {"ratings": RatingsTold(**{kind: RatingTold(total, count)})}


def carried(shipped: int, on_time: int) -> dict[str, Any]:
    return {"carriers": {"DHL": ShippedTold(shipped, on_time)}}


# -- what is taken ------------------------------------------------------------------------


def test_a_day_is_kept_as_it_was_told() -> None:
    fact = (
        told_of()
        .when(
            seller_day(
                orders=40,
                incomplete=3,
                unsent=1,
                reviews=20,
                positive_reviews=18,
                ratings=RatingsTold(RatingTold(90, 20), shipping_speed=RatingTold(12, 4)),
                messages_due=9,
                replied_24h=7,
                replied_72h=8,
                carriers={"DHL Express": ShippedTold(30, 28)},
            )
        )
        .is_told(orders=40, revision=1, actor="platform", carriers={"DHL Express": Shipped(30, 28)})
    )
    assert getattr(fact, "ratings") == Ratings(Rating(90, 20), Rating(), Rating(12, 4))  # noqa: B009


def test_a_day_of_which_nothing_is_told_is_a_day_of_nothing() -> None:
    told_of().when(seller_day()).is_told(orders=0, reviews=0, ratings=Ratings(), carriers={})
    told_of().when(product_day()).is_told(sales=0, listed_at=None, free_delivery=None)


def test_who_is_named_in_the_body_tells_it_else_who_asks_else_the_platform() -> None:
    told_of().when(seller_day(actor="shop-7"), actor="key-1").is_told(actor="shop-7")
    told_of().when(seller_day(), actor="key-1").is_told(actor="key-1")
    told_of().when(seller_day()).is_told(actor="platform")


# -- counts that add up, and those that just miss -----------------------------------------

MET_AND_MISSED = [
    ({"orders": 4, "incomplete": 4}, {"orders": 4, "incomplete": 5}, "incomplete", "0 to 4"),
    ({"orders": 4, "unsent": 4}, {"orders": 4, "unsent": 5}, "unsent", "0 to 4"),
    (
        {**FIVE, "positive_reviews": 5},
        {**FIVE, "positive_reviews": 6},
        "positive_reviews",
        "0 to 5",
    ),
    (rated(4, 4), rated(3, 4), "ratings.description.sum", "4 to 20"),
    (rated(20, 4), rated(21, 4), "ratings.description.sum", "4 to 20"),
    (
        rated(5, 1, "communication"),
        rated(6, 1, "communication"),
        "ratings.communication.sum",
        "1 to 5",
    ),
    (
        rated(10, 2, "shipping_speed"),
        rated(1, 2, "shipping_speed"),
        "ratings.shipping_speed.sum",
        "2 to 10",
    ),
    (
        {"messages_due": 6, "replied_72h": 6},
        {"messages_due": 6, "replied_72h": 7},
        "replied_72h",
        "0 to 6",
    ),
    (
        {"messages_due": 6, "replied_72h": 4, "replied_24h": 4},
        {"messages_due": 6, "replied_72h": 4, "replied_24h": 5},
        "replied_24h",
        "0 to 4",
    ),
    (carried(9, 9), carried(9, 10), "carriers.DHL.on_time", "0 to 9"),
]


@pytest.mark.parametrize(("met", "missed", "field", "accepted"), MET_AND_MISSED)
def test_a_part_is_no_more_than_its_whole(
    met: dict[str, Any], missed: dict[str, Any], field: str, accepted: str
) -> None:
    told_of().when(seller_day(**met)).is_told()
    told_of().when(seller_day(**missed)).is_refused(
        CountsDoNotAddUp, field, f"a whole number from {accepted}"
    )


@pytest.mark.parametrize("total", [3, 15])
def test_a_product_gets_one_to_five_stars_a_review(total: int) -> None:
    told_of().when(product_day(reviews=3, rating_sum=total)).is_told(rating_sum=total)


@pytest.mark.parametrize("total", [2, 16])
def test_no_other_sum_can_come_of_its_reviews(total: int) -> None:
    told_of().when(product_day(reviews=3, rating_sum=total)).is_refused(
        CountsDoNotAddUp, "rating_sum", "a whole number from 3 to 15"
    )


def test_where_there_are_no_ratings_the_sum_is_nought() -> None:
    told_of().when(seller_day(**rated(1, 0))).is_refused(
        CountsDoNotAddUp, "ratings.description.sum", "0"
    )


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_day_is_taken_exactly_if_every_part_fits(whole: int, part: int, part_of_it: int) -> None:
    told = told_of().when(seller_day(messages_due=whole, replied_72h=part, replied_24h=part_of_it))
    assert (told.refusal is None) == (part_of_it <= part <= whole)


# -- when ---------------------------------------------------------------------------------


def test_a_day_that_has_begun_is_told_and_tomorrow_is_not() -> None:
    told_of().when(seller_day("2026-03-10"), at="2026-03-10T00:00:00Z").is_told()
    told_of().when(seller_day("2026-03-10"), at="2026-03-09T23:59:59.999999Z").is_refused(
        DayInFuture, "date", "a date up to 2026-03-09"
    )


def test_a_day_begins_in_the_zone_of_the_pack() -> None:
    policy = pack(patch={"zone": "Asia/Shanghai"})
    told_of(policy=policy).when(seller_day("2026-03-10"), at="2026-03-09T16:00:00Z").is_told()
    told_of(policy=policy).when(seller_day("2026-03-10"), at="2026-03-09T15:59:59Z").is_refused(
        DayInFuture, "date", "a date up to 2026-03-09"
    )


def test_there_are_no_days_before_the_first_rules() -> None:
    told_of().when(seller_day("2020-01-01")).is_told()
    told_of().when(seller_day("2019-12-31")).is_refused(
        DayBeforeFirstPack, "date", "2020-01-01 or later"
    )
    told_of().when(product_day("2019-12-31")).is_refused(
        DayBeforeFirstPack, "date", "2020-01-01 or later"
    )


@pytest.mark.parametrize("date", ["2026-02-29", "2026-13-01", "2026-00-10", "2026-06-31"])
def test_a_date_that_no_calendar_has_is_refused(date: str) -> None:
    told_of().when(seller_day(date)).is_refused(MalformedDate, "date")


def test_a_leap_day_is_a_day() -> None:
    told_of().when(seller_day("2024-02-29")).is_told(date="2024-02-29")


def test_a_product_was_listed_by_then() -> None:
    told_of().when(product_day("2026-03-09", listed_at="2026-03-09T23:59:59.999999Z")).is_told()
    told_of().when(product_day("2026-03-09", listed_at="2026-03-10T00:00:00Z")).is_refused(
        ListedLater, "listed_at", "an instant up to 2026-03-09 in UTC"
    )
    told_of().when(product_day(listed_at="2026-03-10T12:00:00Z")).is_told()
    told_of().when(product_day(listed_at="2026-03-10T12:00:00.000001Z")).is_refused(
        ListedLater, "listed_at", "an instant up to 2026-03-10T12:00:00.000000Z"
    )
    told_of().when(product_day(listed_at="yesterday at noon")).is_refused(
        MalformedInstant, "listed_at"
    )


# -- corrections --------------------------------------------------------------------------


def test_a_higher_revision_tells_the_day_anew() -> None:
    story = told_of(seller_day(orders=10))
    story.when(seller_day(orders=9, revision=2)).is_told(orders=9, revision=2)
    story.when(seller_day(orders=9, revision=40)).is_told(revision=40)


def test_the_same_revision_is_a_repeat_or_told_differently() -> None:
    story = told_of(seller_day(orders=10, **rated(8, 2)))
    story.when(seller_day(orders=10, **rated(8, 2))).is_a_repeat()
    story.when(seller_day(orders=10, revision=1, unsent=0, **rated(8, 2))).is_a_repeat()
    story.when(seller_day(orders=11, **rated(8, 2))).is_refused(ToldDifferently, "orders")
    story.when(seller_day(orders=10, **rated(9, 2))).is_refused(ToldDifferently, "ratings")
    story.when(seller_day(orders=10, actor="eve", **rated(8, 2))).is_refused(
        ToldDifferently, "actor"
    )


def test_a_lower_revision_comes_too_late_unless_it_was_told_in_time() -> None:
    story = told_of(seller_day(orders=10), seller_day(orders=9, revision=3))
    story.when(seller_day(orders=9, revision=2)).is_refused(
        RevisionTooLow, "revision", "4 or higher, for counts that differ"
    )
    story.when(seller_day(orders=10)).is_a_repeat()
    story.when(seller_day(orders=11)).is_refused(ToldDifferently, "orders")
    story.when(seller_day(orders=9, revision=3)).is_a_repeat()


def test_a_product_stays_with_the_seller_for_whom_it_was_told() -> None:
    story = told_of(product_day(sales=1))
    story.when(product_day(sales=1)).is_a_repeat()
    for told in (product_day(seller_id="s-2"), product_day(seller_id="s-2", revision=2)):
        story.when(told).is_refused(ProductOfAnotherSeller, "seller_id")
    # Another day of it, of which nothing was told yet.
    story._replace(day=None).when(product_day("2026-03-09", seller_id="s-2")).is_refused(
        ProductOfAnotherSeller, "seller_id"
    )


def test_the_date_is_looked_at_before_the_revision_and_that_before_the_counts() -> None:
    bad = {"orders": 1, "incomplete": 2}
    story = told_of(seller_day("2026-03-10", revision=2))
    story.when(seller_day("2026-03-11", **bad)).is_refused(DayInFuture, "date")
    story.when(seller_day(revision=1, **bad)).is_refused(RevisionTooLow, "revision")
    story.when(seller_day(revision=3, **bad)).is_refused(CountsDoNotAddUp, "incomplete")


# -- shapes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"date": "2026-3-10"},
        {"date": "20260310"},
        {"date": "2026-03-10\n"},
        {"date": "2026-03-10", "orders": -1},
        {"date": "2026-03-10", "orders": 1_000_000_001},
        {"date": "2026-03-10", "orders": 1.5},
        {"date": "2026-03-10", "revision": 0},
        {"date": "2026-03-10", "ratings": {"description": {"sum": 3}}},
        {"date": "2026-03-10", "ratings": {"mood": {"sum": 3, "count": 1}}},
        {"date": "2026-03-10", "carriers": {"": {"shipped": 1, "on_time": 1}}},
        {"date": "2026-03-10", "carriers": {" DHL": {"shipped": 1, "on_time": 1}}},
        {"date": "2026-03-10", "carriers": {"D\nHL": {"shipped": 1, "on_time": 1}}},
        {"date": "2026-03-10", "carriers": {"D" * 65: {"shipped": 1, "on_time": 1}}},
        {
            "date": "2026-03-10",
            "carriers": {f"c{n}": {"shipped": 1, "on_time": 1} for n in range(101)},
        },
        {},
    ],
)
def test_what_is_no_report_is_not_read(body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"command": "report-performance", "seller_id": "s-1", **body},
                        ReportPerformance)  # fmt: skip


def test_as_many_carriers_as_are_allowed_are_read() -> None:
    told = {f"carrier {n}": {"shipped": 1, "on_time": 1} for n in range(100)}
    body = {
        "command": "report-performance",
        "seller_id": "s-1",
        "date": "2026-03-10",
        "carriers": told,
    }
    assert len(msgspec.convert(body, ReportPerformance).carriers or {}) == 100


@pytest.mark.parametrize("category", ["", " a", "a ", "a\tb", "x" * 129])
def test_a_category_is_a_name(category: str) -> None:
    body = {
        "command": "report-product-performance",
        "product_id": "p-1",
        "seller_id": "s-1",
        "date": "2026-03-10",
        "category": category,
    }
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, ReportProductPerformance)


# -- dates --------------------------------------------------------------------------------


@given(st.dates())
def test_a_date_is_read_back_as_it_was_written(day: Any) -> None:
    assert format_date(parse_date(day.isoformat())) == day.isoformat()


@pytest.mark.parametrize("text", ["", "2026-W10-2", "20260310", "2026-03-10T00", "\uff12026-03-10"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(MalformedDate):
        parse_date(text)
