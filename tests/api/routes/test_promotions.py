"""Promotions over HTTP: the roads, every refusal, repeats, what penalties do, and who may ask."""

from typing import Any

import pytest

from tests.api.routes.promoting import DECISION, Promotion, campaign, eur, product, refused
from tests.api.routes.world import World, line

IN_REVIEW = [
    "category",
    "unit_of_measure",
    "sales_unit",
    "colour",
    "ships_from",
    "price",
    "discounted_price",
    "prices_by_country",
]
AFTER_REVIEW = ["package_size", "shipping_model"]

# -- the roads ----------------------------------------------------------------------------


def test_a_campaign_tells_what_it_asks(sandbox: World) -> None:
    body = campaign(
        positive_review_rate_min=90, rating_min=4.7, categories=["toys"], sales_window_days=30
    )
    answer = sandbox.client.post("/v1/campaigns", json=body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["campaign"] == {
        "campaign_id": "winter",
        "name": "Winter sale",
        "registration_opens": "2026-01-01T00:00:00.000000Z",
        "registration_closes": "2026-01-31T00:00:00.000000Z",
        "starts": "2026-02-01T00:00:00.000000Z",
        "ends": "2026-02-15T00:00:00.000000Z",
        "changes_until": "2026-01-30T00:00:00.000000Z",
        "requirements": {
            "positive_review_rate_min": 0.9,
            "reviews_min": 5,
            "rating_min": 4.7,
            "sales_window_days": 30,
            "listed_hours_min": 24,
            "categories": ["toys"],
            "free_delivery": False,
            "max_points_after_registration": None,
        },
        "announced_by": "platform",
        "announced_at": "2026-01-01T00:00:00.000000Z",
        "policy": "aliexpress@2020-01-01",
    }
    assert told["facts"] == [{"kind": "campaign-announced.v1", "fact_id": "campaign-winter.1"}]
    seen = sandbox.get("/v1/campaigns/winter", min_position=told["position"])
    assert seen == {"campaign": told["campaign"], "position": told["position"]}


def test_an_enrolment_from_registration_to_the_end(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    answer = promotion.enrol(
        colour="red", package_size="30 cm", prices_by_country={"ES": eur("18.5")}
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    enrolment = told["enrolment"]
    assert enrolment == {
        "campaign_id": "winter",
        "product_id": "p-1",
        "seller_id": "s-1",
        "status": "under-review",
        "locked": IN_REVIEW,
        "withdrawn_because": None,
        "price": eur("20.00"),
        "discounted_price": eur("15.00"),
        "stock": 10,
        "category": None,
        "unit_of_measure": None,
        "sales_unit": None,
        "colour": "red",
        "ships_from": None,
        "prices_by_country": {"ES": eur("18.50")},
        "package_size": "30 cm",
        "shipping_model": None,
        "registered_at": "2026-01-01T00:00:00.000000Z",
        "reviewer": None,
        "changes_until": "2026-01-30T00:00:00.000000Z",
        "starts": "2026-02-01T00:00:00.000000Z",
        "ends": "2026-02-15T00:00:00.000000Z",
    }
    fact_id = "enrolment-winter,p-1.1"
    assert told["facts"] == [{"kind": "product-enrolled.v1", "fact_id": fact_id}]
    assert promotion.then("", {"package_size": "40 cm"})["package_size"] == "40 cm"
    approved = promotion.then("decision", DECISION)
    assert (approved["status"], approved["reviewer"]) == ("approved", "ana")
    assert approved["locked"] == IN_REVIEW + AFTER_REVIEW
    assert promotion.then("", {"stock": 12})["stock"] == 12
    cheaper = promotion.then("", {"discounted_price": eur("14.00")})
    assert cheaper["discounted_price"] == eur("14.00")
    assert promotion.now("2026-02-14T23:59:59.999999Z")["locked"] == IN_REVIEW + AFTER_REVIEW
    assert promotion.now("2026-02-15T00:00:00Z")["locked"] == []
    fact = sandbox.get(f"/v1/facts/{fact_id}")
    assert fact["seller_id"] == "s-1"
    assert (fact["data"]["campaign_id"], fact["data"]["product_id"]) == ("winter", "p-1")


def test_a_seller_takes_its_product_back(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    promotion.enrolled()
    told = promotion.then("withdrawal")
    assert (told["status"], told["locked"]) == ("withdrawn", [])
    assert told["withdrawn_because"] == {
        "why": "seller",
        "says": "withdrawn by its seller",
        "fact_id": None,
        "violation_ids": [],
        "points": None,
        "at": "2026-01-01T00:00:00.000000Z",
    }


# -- what penalties do --------------------------------------------------------------------


def test_a_milestone_takes_everything_out_and_overturned_lets_it_back(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    for name in ("p-1", "p-2", "p-3"):
        promotion.enrolled(name)
    promotion.then("decision", DECISION)
    promotion.then("decision", {**DECISION, "outcome": "rejected"}, "p-2")
    recorded = sandbox.record("s-1", "v-1", "explosives")
    assert [f["kind"] for f in recorded.json()["facts"]] == [
        "violation-recorded.v1",
        "sanction-imposed.v1",
        "funds-frozen.v1",
    ]
    out = promotion.now()
    assert (out["status"], out["locked"]) == ("withdrawn", AFTER_REVIEW)
    because = out["withdrawn_because"]
    assert (because["why"], because["fact_id"]) == ("milestone", "seller-s-1.2")
    assert because["violation_ids"] == ["v-1"]
    assert "milestone" in because["says"]
    assert [promotion.now(product=p)["status"] for p in ("p-2", "p-3")] == ["rejected", "withdrawn"]
    rows = sandbox.get("/v1/campaigns/winter/enrolments", status="withdrawn")["enrolments"]
    assert [row["product_id"] for row in rows] == ["p-1", "p-3"]
    again = sandbox.record("s-1", "v-1", "explosives")
    assert again.content == recorded.content
    assert sandbox.annul("s-1", "v-1").status_code == 200
    assert [promotion.now(product=p)["status"] for p in ("p-1", "p-2", "p-3")] == [
        "approved",
        "rejected",
        "under-review",
    ]
    assert promotion.now()["withdrawn_because"] is None


def test_points_after_registration_in_one_batch(sandbox: World) -> None:
    promotion = Promotion(sandbox, max_points_after_registration=6)
    sandbox.record("s-1", "v-0", points=5)
    promotion.enrolled()
    told = sandbox.batch(line("s-1", "v-1", points=3), line("s-1", "v-2", points=3))
    assert len(told) == 2
    because = promotion.now()["withdrawn_because"]
    assert (because["why"], because["points"]) == ("points", 6)
    assert (because["fact_id"], because["violation_ids"]) == ("seller-s-1.3", ["v-1", "v-2"])


def test_registered_and_withdrawn_in_one_transaction(sandbox: World) -> None:
    Promotion(sandbox)
    enrol = {"command": "enrol-product", "campaign_id": "winter", **product()}
    told = sandbox.batch(enrol, line("s-1", "v-1", rule="trademark", severity="serious"))
    assert len(told) == 2
    seen = sandbox.get("/v1/campaigns/winter/enrolments/p-1")["enrolment"]
    assert (seen["status"], seen["withdrawn_because"]["why"]) == ("withdrawn", "strike")


def test_the_record_reaches_products_of_its_seller_alone(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    promotion.enrolled("p-1")
    promotion.enrolled("p-2", seller_id="s-2")
    sandbox.record("s-1", "v-1", "explosives")
    assert promotion.now(product="p-2")["status"] == "under-review"


def test_a_suspended_seller_registers_nothing(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    sandbox.record("s-1", "v-1", "explosives")
    assert refused(promotion.enrol()) == (409, "promotion-barred", "seller_id")


# -- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "status", "name", "field"),
    [
        ({"registration_closes": "2026-01-01T00:00:00Z"}, 409, "windows-out-of-order",
         "registration_closes"),
        ({"starts": "2026-01-30T00:00:00Z"}, 409, "windows-out-of-order", "starts"),
        ({"ends": "2026-02-01T00:00:00Z"}, 409, "windows-out-of-order", "ends"),
        ({"ends": "soon, surely"}, 422, "malformed-instant", "ends"),
        ({"requirements": {"rating_min": 6}}, 422, "requirement-out-of-range",
         "requirements.rating_min"),
        ({"requirements": {"positive_review_rate_min": "NaN"}}, 422, "requirement-out-of-range",
         "requirements.positive_review_rate_min"),
        ({"requirements": {"sales_window_days": 60}}, 422, "malformed-body",
         "requirements.sales_window_days"),
        ({"requirements": {"reviews": 5}}, 422, "malformed-body", None),
        ({"name": ""}, 422, "malformed-body", "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_announced(
    sandbox: World, changed: dict[str, Any], status: int, name: str, field: str | None
) -> None:
    found = refused(sandbox.client.post("/v1/campaigns", json=campaign() | changed))
    assert found[:2] == (status, name)
    assert field is None or found[2] == field


@pytest.mark.parametrize(
    ("changed", "status", "name", "field"),
    [
        ({"discounted_price": eur("20.00")}, 409, "price-not-reduced", "discounted_price.amount"),
        ({"discounted_price": {"amount": "15.00", "currency": "USD"}}, 409, "other-currency",
         "discounted_price.currency"),
        ({"price": eur("20.001")}, 422, "malformed-money", "price.amount"),
        ({"category": "knives"}, 409, "category-not-admitted", "category"),
        ({"stock": 0}, 422, "malformed-body", "stock"),
        ({"campaign_id": "spring"}, 422, "malformed-body", "campaign_id"),
        ({"prices_by_country": {"Spain": eur("1.00")}}, 422, "malformed-body", None),
    ],
)  # fmt: skip
def test_what_cannot_be_registered(
    sandbox: World, changed: dict[str, Any], status: int, name: str, field: str | None
) -> None:
    promotion = Promotion(sandbox, categories=["toys"])
    found = refused(promotion.enrol(**changed))
    assert found[:2] == (status, name)
    assert field is None or found[2] == field


def test_registration_outside_of_its_window(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    sandbox.move("2026-01-31T00:00:00Z")
    promotion.enrolled()
    sandbox.move("2026-01-31T00:00:00.000001Z")
    assert refused(promotion.enrol("p-2")) == (409, "registration-not-open", "campaign_id")


def test_what_nobody_announced_or_registered(sandbox: World) -> None:
    address = "/v1/campaigns/winter"
    client = sandbox.client
    assert refused(client.get(address)) == (404, "unknown-campaign", "campaign_id")
    enrol = client.post(f"{address}/enrolments", json=product())
    assert refused(enrol) == (404, "unknown-campaign", "campaign_id")
    promotion = Promotion(sandbox)
    unknown = (404, "unknown-enrolment", "product_id")
    assert refused(client.get(f"{address}/enrolments/p-1")) == unknown
    assert refused(promotion.step("decision", DECISION)) == unknown
    assert refused(promotion.step("withdrawal")) == unknown
    assert refused(promotion.step("", {"stock": 11})) == unknown


def test_what_cannot_change(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    promotion.enrolled()
    assert refused(promotion.step("", {"colour": "blue"})) == (409, "field-locked", "colour")
    assert refused(promotion.step("", {"stock": 9})) == (409, "stock-taken-back", "stock")
    dearer = promotion.step("", {"discounted_price": eur("15.01")})
    assert refused(dearer) == (409, "discount-taken-back", "discounted_price.amount")
    assert refused(promotion.step("", {"stock": 10}))[1] == "nothing-to-change"
    assert refused(promotion.step("", {}))[1] == "nothing-to-change"
    own = {**DECISION, "reviewer": "s-1"}
    assert refused(promotion.step("decision", own))[1] == "reviewer-not-independent"
    promotion.then("decision", DECISION)
    assert refused(promotion.step("withdrawal"))[1] == "enrolment-wrong-state"
    locked = promotion.step("", {"shipping_model": "fast"}).json()
    assert locked["field"] == "shipping_model"
    assert "until 2026-02-15T00:00:00.000000Z" in locked["detail"]
    sandbox.move("2026-01-30T00:00:00.000001Z")
    late = promotion.step("", {"discounted_price": eur("14.00")})
    assert refused(late) == (409, "changes-over", "discounted_price")


# -- repeats ------------------------------------------------------------------------------


def test_everything_told_twice_is_one(sandbox: World) -> None:
    promotion = Promotion(sandbox, rating_min=4.5)
    again = sandbox.client.post("/v1/campaigns", json=campaign(rating_min=4.5))
    assert (again.status_code, again.content) == (201, promotion.announced.content)
    assert again.headers["idempotency-replayed"] == "true"
    other = sandbox.client.post("/v1/campaigns", json=campaign(rating_min=4.6))
    assert refused(other) == (409, "told-differently", "requirements.rating_min")
    first = promotion.enrol()
    again = promotion.enrol()
    assert (again.status_code, again.content) == (201, first.content)
    assert refused(promotion.enrol(stock=11)) == (409, "told-differently", "stock")
    steps = [
        ("", {"stock": 11}),
        ("", {"package_size": "40 cm"}),
        ("decision", DECISION),
        ("", {"stock": 12, "discounted_price": eur("12.00")}),
    ]
    firsts = [(step, body, promotion.step(step, body)) for step, body in steps]
    for step, body, told in firsts:
        assert told.status_code == 200, told.text
        again = promotion.step(step, body)
        assert (again.status_code, again.content) == (200, told.content), (step, body)
        assert again.headers["idempotency-replayed"] == "true"
    differs = promotion.step("decision", {**DECISION, "reasons": "Another."})
    assert refused(differs) == (409, "told-differently", "reasons")


def test_a_key_tells_steps_apart(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    headers = {"Idempotency-Key": "k-1"}
    client, address = sandbox.client, "/v1/campaigns/winter/enrolments"
    first = client.post(address, json=product(actor="svc"), headers=headers)
    again = client.post(address, json=product(actor="svc"), headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    other = client.post(address, json=product("p-2", actor="svc"), headers=headers)
    assert refused(other) == (409, "told-differently", "product_id")
    change = {"stock": 11, "actor": "svc"}
    taken = client.patch(f"{address}/p-1", json=change, headers=headers)
    assert refused(taken) == (409, "told-differently", "command")
    announced = campaign("spring") | {"actor": "svc"}
    spring = client.post("/v1/campaigns", json=announced, headers=headers)
    assert refused(spring) == (409, "told-differently", "command")
    assert promotion.now()["stock"] == 10


def test_a_batch_takes_every_step(sandbox: World) -> None:
    here = {"campaign_id": "winter", "product_id": "p-1"}
    lines: list[dict[str, Any]] = [
        {"command": "announce-campaign", **campaign()},
        {"command": "enrol-product", **here, **product()},
        {"command": "change-enrolment", **here, "stock": 11},
        {"command": "decide-enrolment", **here, **DECISION},
        {"command": "withdraw-product", **here},
        {"command": "enrol-product", "campaign_id": "winter", **product("p-2")},
        {"command": "withdraw-product", "campaign_id": "winter", "product_id": "p-2"},
    ]
    told = sandbox.batch(*lines)
    assert ["position" in answer for answer in told] == [True] * 4 + [False] + [True] * 2
    again = sandbox.batch(*lines)[:4]
    assert [answer["position"] for answer in again] == [answer["position"] for answer in told[:4]]
    assert all(answer["replayed"] for answer in again)


# -- lists --------------------------------------------------------------------------------


def test_lists_of_campaigns_and_enrolments(sandbox: World) -> None:
    promotion = Promotion(sandbox)
    sandbox.client.post("/v1/campaigns", json=campaign("winter-2"))
    for number in range(5):
        promotion.enrolled(f"p-{number}", seller_id=f"s-{number % 2}")
    promotion.then("decision", DECISION, "p-2")
    first = sandbox.get("/v1/campaigns", limit=1)
    assert [row["campaign_id"] for row in first["campaigns"]] == ["winter"]
    second = sandbox.get("/v1/campaigns", limit=1, after=first["next"])
    assert [row["campaign_id"] for row in second["campaigns"]] == ["winter-2"]
    assert second["next"] is None
    assert first["campaigns"][0]["requirements"]["reviews_min"] == 5
    assert sandbox.get("/v1/campaigns", ends_after="2026-02-15T00:00:00Z")["campaigns"] == []
    page = sandbox.get("/v1/campaigns/winter/enrolments", limit=2)
    names = [row["product_id"] for row in page["enrolments"]]
    page = sandbox.get("/v1/campaigns/winter/enrolments", limit=3, after=page["next"])
    names += [row["product_id"] for row in page["enrolments"]]
    assert names == [f"p-{number}" for number in range(5)]
    own = sandbox.get("/v1/sellers/s-0/enrolments", status="approved")["enrolments"]
    assert [(row["product_id"], row["status"]) for row in own] == [("p-2", "approved")]
    seen = promotion.now(product="p-2")
    assert {name: own[0][name] for name in ("locked", "price", "stock", "ends")} == {
        name: seen[name] for name in ("locked", "price", "stock", "ends")
    }
    for kind in ("text/csv", "application/x-ndjson", "application/vnd.apache.parquet"):
        for address in ("/v1/campaigns", "/v1/campaigns/winter/enrolments"):
            answer = sandbox.client.get(address, headers={"Accept": kind})
            assert (answer.status_code, len(answer.content) > 0) == (200, True)


# -- who may ------------------------------------------------------------------------------


def test_each_step_opens_to_its_keys_alone(locked: Any) -> None:
    world, keys = locked
    live = campaign() | {
        "registration_opens": "2020-02-01T00:00:00Z",
        "registration_closes": "2120-01-01T00:00:00Z",
        "starts": "2120-01-01T00:00:00Z",
        "ends": "2121-01-01T00:00:00Z",
    }
    address = "/v1/campaigns/winter/enrolments"
    steps: list[tuple[str, str, dict[str, Any], set[str]]] = [
        ("POST", "/v1/campaigns", live, {"platform", "reviewer", "root"}),
        ("POST", address, product(), {"platform", "root"}),
        ("PATCH", f"{address}/p-1", {"stock": 11}, {"platform", "root"}),
        ("POST", f"{address}/p-1/decision", DECISION, {"reviewer", "root"}),
        ("POST", f"{address}/p-1/withdrawal", {}, {"platform", "root"}),
        ("GET", address, {}, {"shop", "platform", "reviewer", "analyst", "root"}),
        ("GET", f"{address}/p-1", {}, {"shop", "platform", "reviewer", "analyst", "root"}),
        ("GET", "/v1/campaigns/winter", {}, {"shop", "platform", "reviewer", "analyst", "root"}),
    ]
    for method, path, body, may in steps:
        for name, headers in keys.items():
            sent = {} if method == "GET" else {"json": body}
            answer = world.client.request(method, path, headers=headers, **sent)
            refused_for = {403} if name not in may else {200, 201, 403, 404, 409}
            assert answer.status_code in refused_for, (method, path, name, answer.text)
            if name in may and answer.status_code == 403:
                assert answer.json()["type"] == "/problems/actor-mismatch"
