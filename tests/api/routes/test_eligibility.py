"""Promotion eligibility over HTTP: every requirement met and missed, of one product and of many."""

from typing import Any

import pytest

from tests.api.routes.promoting import Promotion, campaign, eur, refused
from tests.api.routes.world import World

ASKED: dict[str, Any] = {
    "positive_review_rate_min": 0.9,
    "sales_window_days": 30,
    "categories": ["toys"],
    "free_delivery": True,
    "max_points_after_registration": 6,
}


def day(world: World, date: str = "2026-01-10", product: str = "p-1", **told: Any) -> None:
    """A product's day; the rest of what makes it eligible is told too."""
    whole = {
        "seller_id": "s-1",
        "date": date,
        "sales": 3,
        "reviews": 6,
        "rating_sum": 27,
        "listed_at": "2026-01-01T00:00:00Z",
        "category": "toys",
        "free_delivery": True,
    }
    body = {name: value for name, value in (whole | told).items() if value is not None}
    answer = world.client.post(f"/v1/products/{product}/performance", json=body)
    assert answer.status_code in (200, 201), answer.text


def store(world: World, date: str = "2026-01-10", **told: Any) -> None:
    body = {"date": date, "reviews": 100, "positive_reviews": 91} | told
    answer = world.client.post("/v1/sellers/s-1/performance", json=body)
    assert answer.status_code in (200, 201), answer.text


def asked(world: World, **query: str) -> Any:
    address = "/v1/sellers/s-1/promotion-eligibility"
    return world.get(address, **({"campaign": "winter", "product": "p-1"} | query))


def unmet(told: Any) -> list[str]:
    assert told["eligible"] is all(one["met"] for one in told["requirements"])
    return [one["requirement"] for one in told["requirements"] if not one["met"]]


@pytest.fixture
def eligible(sandbox: World) -> World:
    """A campaign, and a product that meets all that it asks."""
    Promotion(sandbox, **ASKED)
    sandbox.move("2026-01-10T12:00:00Z")
    day(sandbox)
    store(sandbox)
    return sandbox


def test_every_requirement_with_what_is_behind_it(eligible: World) -> None:
    told = asked(eligible)
    assert told == {
        "campaign_id": "winter",
        "seller_id": "s-1",
        "product_id": "p-1",
        "eligible": True,
        "requirements": told["requirements"],
        "enrolment": None,
        "as_of": "2026-01-10T12:00:00.000000Z",
        "known_at": "2026-01-10T12:00:00.000000Z",
    }
    behind = ["product-p-1,2026-01-10.1"]
    assert [tuple(one.values()) for one in told["requirements"]] == [
        ("account", True, "active", "not suspended, and nothing in force that bars promotion", []),
        (
            "penalties",
            True,
            0,
            "no milestone reached and no strike gained since registration, and fewer than 6 points",
            [],
        ),
        (
            "positive-review-rate",
            True,
            0.91,
            "more than 0.9 of at least 10 reviews",
            ["performance-s-1,2026-01-10.1"],
        ),
        ("reviews", True, 6, "more than 5", behind),
        ("rating", True, 4.5, "4.5 or more", behind),
        ("sales", True, 3, "a sale within 30 days", behind),
        ("listed-hours", True, 228, "24 hours or more", behind),
        ("category", True, "toys", "one of toys", behind),
        ("free-delivery", True, True, "free delivery", behind),
    ]


@pytest.mark.parametrize(
    ("told", "missed"),
    [
        ({"reviews": 5, "rating_sum": 25}, ["reviews"]),
        ({"rating_sum": 26}, ["rating"]),
        ({"sales": 0}, ["sales"]),
        ({"listed_at": "2026-01-09T12:00:00.000001Z"}, ["listed-hours"]),
        ({"listed_at": None}, ["listed-hours"]),
        ({"category": "knives"}, ["category"]),
        ({"free_delivery": False}, ["free-delivery"]),
        ({"free_delivery": None}, ["free-delivery"]),
    ],
)
def test_a_product_that_just_misses(
    sandbox: World, told: dict[str, Any], missed: list[str]
) -> None:
    Promotion(sandbox, **ASKED)
    sandbox.move("2026-01-10T12:00:00Z")
    store(sandbox)
    day(sandbox, **told)
    assert unmet(asked(sandbox)) == missed


def test_a_store_that_just_misses(eligible: World) -> None:
    store(eligible, positive_reviews=90, revision=2)
    assert unmet(asked(eligible)) == ["positive-review-rate"]
    store(eligible, reviews=9, positive_reviews=9, revision=3)
    assert unmet(asked(eligible)) == ["positive-review-rate"]
    assert unmet(asked(eligible, product="p-9"))[:1] == ["positive-review-rate"]


def test_without_a_product_the_seller_alone(eligible: World) -> None:
    address = "/v1/sellers/s-1/promotion-eligibility"
    told = eligible.get(address, campaign="winter")
    assert (told["product_id"], told["eligible"]) == (None, True)
    assert [one["requirement"] for one in told["requirements"]] == [
        "account",
        "penalties",
        "positive-review-rate",
    ]


def test_the_last_dates_of_the_windows(eligible: World) -> None:
    eligible.move("2026-02-08T23:00:00Z")
    assert unmet(asked(eligible)) == []
    eligible.move("2026-02-09T00:00:00Z")
    assert unmet(asked(eligible)) == ["sales"]
    eligible.move("2026-07-08T23:00:00Z")
    assert unmet(asked(eligible)) == ["sales"]
    eligible.move("2026-07-09T00:00:00Z")
    assert unmet(asked(eligible)) == ["positive-review-rate", "reviews", "rating", "sales"]


def test_penalties_after_registration(eligible: World) -> None:
    enrolment = eligible.client.post(
        "/v1/campaigns/winter/enrolments",
        json={
            "product_id": "p-1",
            "seller_id": "s-1",
            "price": eur("20.00"),
            "discounted_price": eur("15.00"),
            "stock": 1,
        },
    )
    assert enrolment.status_code == 201, enrolment.text
    eligible.record("s-1", "v-1", points=5)
    told = asked(eligible)
    assert (unmet(told), told["enrolment"]) == ([], "under-review")
    eligible.record("s-1", "v-2", points=1)
    told = asked(eligible)
    assert (unmet(told), told["enrolment"]) == (["penalties"], "withdrawn")
    found = told["requirements"][1]
    assert (found["value"], found["facts"]) == (6, ["seller-s-1.1", "seller-s-1.2"])
    eligible.record("s-1", "v-3", "explosives")
    told = asked(eligible)
    assert unmet(told) == ["account", "penalties"]
    assert [told["requirements"][n]["value"] for n in (0, 1)] == ["suspended", "milestone"]


def test_as_of_then_and_as_known_then(eligible: World) -> None:
    before = asked(eligible)
    eligible.move("2026-01-12T00:00:00Z")
    day(eligible, reviews=5, rating_sum=25, revision=2)
    assert unmet(asked(eligible)) == ["reviews"]
    then = {"as_of": "2026-01-10T12:00:00Z", "known_at": "2026-01-10T12:00:00Z"}
    assert asked(eligible, **then) == before
    assert unmet(asked(eligible, as_of=then["as_of"])) == ["reviews"]
    early = {"as_of": "2026-01-09T23:00:00Z", "known_at": "2026-01-12T00:00:00Z"}
    assert unmet(asked(eligible, **early)) == [
        "positive-review-rate",
        "reviews",
        "rating",
        "sales",
        "listed-hours",
        "category",
        "free-delivery",
    ]
    unannounced = {"campaign": "winter", "known_at": "2025-12-31T00:00:00Z"}
    answer = eligible.client.get("/v1/sellers/s-1/promotion-eligibility", params=unannounced)
    assert refused(answer) == (404, "unknown-campaign", "campaign")


def test_what_is_said_of_a_product_holds_until_something_else_is(eligible: World) -> None:
    eligible.move("2026-01-20T00:00:00Z")
    day(eligible, "2026-01-20", listed_at=None, category=None, free_delivery=None, reviews=0,
        rating_sum=0)  # fmt: skip
    told = asked(eligible)
    assert unmet(told) == []
    facts = {one["requirement"]: one["facts"] for one in told["requirements"]}
    assert facts["category"] == ["product-p-1,2026-01-10.1"]
    assert facts["sales"] == ["product-p-1,2026-01-20.1", "product-p-1,2026-01-10.1"]


def test_of_many_at_once(eligible: World) -> None:
    day(eligible, product="p-2", sales=0)
    day(eligible, product="p-3", seller_id="s-2")
    body: dict[str, Any] = {
        "campaign": "winter",
        "products": ["p-2", {"product_id": "p-1", "seller_id": "s-1"}, "p-3", "p-9", "p-2"],
    }
    answer = eligible.client.post("/v1/promotion-eligibility", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()["eligibilities"]
    assert [(one["product_id"], one["seller_id"], one["eligible"]) for one in found] == [
        ("p-2", "s-1", False),
        ("p-1", "s-1", True),
        ("p-3", "s-2", False),
        ("p-9", None, False),
        ("p-2", "s-1", False),
    ]
    assert unmet(found[0]) == ["sales"]
    assert unmet(found[2]) == ["positive-review-rate"]
    single = asked(eligible)["requirements"]
    assert [{**one, "facts": []} for one in found[1]["requirements"]] == [
        {**one, "facts": []} for one in single
    ]


def test_refusals(eligible: World) -> None:
    client, address = eligible.client, "/v1/sellers/s-1/promotion-eligibility"
    unknown = client.get(address, params={"campaign": "summer"})
    assert refused(unknown) == (404, "unknown-campaign", "campaign")
    assert client.get(address).status_code == 422
    other = client.get(
        "/v1/sellers/s-2/promotion-eligibility", params={"campaign": "winter", "product": "p-1"}
    )
    assert refused(other) == (409, "product-of-another-seller", "seller_id")
    many = {"campaign": "winter", "seller_id": "s-2", "products": ["p-1"]}
    assert refused(client.post("/v1/promotion-eligibility", json=many))[0] == 409
    for products in ([], ["p"] * 1001, [{"seller_id": "s-1"}], ["not an id"]):
        body = {"campaign": "winter", "products": products}
        assert client.post("/v1/promotion-eligibility", json=body).status_code == 422
    later = {"campaign": "winter", "known_at": "2027-01-01T00:00:00Z"}
    assert refused(client.get(address, params=later))[1] == "known-at-in-future"


def test_anothers_product_and_a_known_category_are_refused_at_registration(
    eligible: World,
) -> None:
    enrol: dict[str, Any] = {
        "product_id": "p-1",
        "seller_id": "s-2",
        "price": eur("20.00"),
        "discounted_price": eur("15.00"),
        "stock": 1,
    }
    address = "/v1/campaigns/winter/enrolments"
    answer = eligible.client.post(address, json=enrol)
    assert refused(answer) == (409, "product-of-another-seller", "seller_id")
    day(eligible, product="p-2", category="knives")
    answer = eligible.client.post(address, json=enrol | {"product_id": "p-2", "seller_id": "s-1"})
    assert refused(answer) == (409, "category-not-admitted", "category")


def test_who_may_ask(locked: Any) -> None:
    world, keys = locked
    root = keys["root"]
    assert world.client.post("/v1/campaigns", json=campaign(), headers=root).status_code == 201
    one = "/v1/sellers/s-1/promotion-eligibility?campaign=winter"
    many = {"campaign": "winter", "products": ["p-1"]}
    for name, headers in keys.items():
        may = name in ("shop", "analyst", "reviewer", "root")
        assert (world.client.get(one, headers=headers).status_code == 200) is may, name
        answer = world.client.post("/v1/promotion-eligibility", json=many, headers=headers)
        assert (answer.status_code == 200) is may, name
