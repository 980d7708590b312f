"""A seller's reputation over HTTP: counts, the facts behind them, and who may ask."""

from typing import Any

import pytest

from ledger.decide.performance_commands import ShippedTold
from tests.api.routes.world import World
from tests.store.days_told import tell_day, tell_outcome

COUNTS: dict[str, Any] = {"orders": 40, "unsent": 1, "reviews": 12, "positive_reviews": 11}


def metrics(told: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    return {(one["metric"], one["window_days"]): one for one in told["metrics"]}


@pytest.fixture
def world(sandbox: World) -> World:
    sandbox.move("2026-03-01T09:00:00Z")
    tell_day(sandbox.ledger, "s-1", "2026-02-27", **COUNTS)
    tell_outcome(sandbox.ledger, "s-1", "d-1")
    sandbox.move("2026-03-02T09:00:00Z")
    tell_day(sandbox.ledger, "s-1", "2026-02-27", **(COUNTS | {"unsent": 2, "revision": 2}))
    tell_outcome(sandbox.ledger, "s-1", "d-1", at_fault="buyer", revision=2)
    tell_outcome(sandbox.ledger, "s-1", "d-2", "not-as-described")
    return sandbox


def test_every_metric_is_told_with_its_counts(world: World) -> None:
    told = world.get("/v1/sellers/s-1/reputation")
    assert (told["seller_id"], told["policy"]) == ("s-1", "aliexpress@2020-01-01")
    assert (told["as_of"], told["known_at"]) == 2 * ("2026-03-02T09:00:00.000000Z",)
    found = metrics(told)
    assert len(found) == len(told["metrics"]) == 13
    assert found["unsent-rate", 30] == {
        "metric": "unsent-rate", "window_days": 30, "from": "2026-02-01", "to": "2026-03-02",
        "numerator": 2, "denominator": 40, "value": 0.05, "minimum_sample": 30, "level": "weak",
        "weak": "0.03", "suspicious": "0.1", "carrier": None,
    }  # fmt: skip
    assert found["positive-review-rate", 180]["value"] == 0.916667
    assert found["not-received-index", 30]["numerator"] == 0
    assert found["not-as-described-index", 90]["numerator"] == 1
    assert found["rating-description", 180]["level"] == "unknown"
    assert found["rating-description", 180]["value"] is None
    assert told["labels"] == []


def test_what_was_known_is_told_as_it_was_known(world: World) -> None:
    known_at = "2026-03-01T09:00:00.000000Z"
    told = world.get("/v1/sellers/s-1/reputation", known_at=known_at)
    assert (told["as_of"], told["known_at"]) == (known_at, known_at)
    found = metrics(told)
    assert found["unsent-rate", 30]["numerator"] == 1
    assert found["not-received-index", 30]["numerator"] == 1
    assert found["not-as-described-index", 30]["numerator"] == 0
    before = world.get("/v1/sellers/s-1/reputation", as_of="2026-02-26T23:59:59Z")
    assert metrics(before)["unsent-rate", 30]["denominator"] == 0
    assert before["known_at"] == "2026-03-02T09:00:00.000000Z"
    after = world.get("/v1/sellers/s-1/reputation", as_of="2026-03-29T00:00:00Z")
    assert metrics(after)["unsent-rate", 30]["denominator"] == 0
    last = world.get("/v1/sellers/s-1/reputation", as_of="2026-03-28T00:00:00Z")
    assert metrics(last)["unsent-rate", 30]["denominator"] == 40


def test_a_seller_nobody_has_heard_of_has_served_nobody(world: World) -> None:
    told = world.get("/v1/sellers/nobody/reputation")
    assert {one["denominator"] for one in told["metrics"]} == {0}
    assert {one["level"] for one in told["metrics"]} == {"unknown"}


def test_fast_delivery_is_a_label(world: World) -> None:
    carriers = {
        "DHL Express": ShippedTold(shipped=40, on_time=34),
        "UPS": ShippedTold(shipped=29, on_time=29),
    }
    tell_day(world.ledger, "s-2", "2026-03-01", orders=69, carriers=carriers)
    told = world.get("/v1/sellers/s-2/reputation")
    assert told["labels"] == ["fast-delivery"]
    fast = metrics(told)["fast-delivery", 30]
    assert (fast["numerator"], fast["denominator"], fast["carrier"]) == (34, 40, "DHL Express")


def test_the_answer_keeps_its_name_until_something_changes_it(world: World) -> None:
    first = world.client.get("/v1/sellers/s-1/reputation")
    etag = first.headers["ETag"]
    world.record("s-1", "v-1")
    asked = {"If-None-Match": f'"other", {etag}'}
    again = world.client.get("/v1/sellers/s-1/reputation", headers=asked)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    tell_day(world.ledger, "s-1", "2026-03-01", orders=1)
    third = world.client.get("/v1/sellers/s-1/reputation", headers=asked)
    assert third.status_code == 200
    assert third.headers["ETag"] != etag


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"as_of": "yesterday"}, 422, "as_of"),
        ({"known_at": "2027-01-01T00:00:00Z"}, 422, "known_at"),
        ({"as_of": "2019-12-31T00:00:00Z"}, 409, "as_of"),
        ({"asof": "2026-01-01T00:00:00Z"}, 422, "asof"),
    ],
)
def test_what_cannot_be_asked(world: World, query: Any, status: int, field: str) -> None:
    answer = world.client.get("/v1/sellers/s-1/reputation", params=query)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text


def test_the_facts_behind_a_metric(world: World) -> None:
    address = "/v1/sellers/s-1/reputation/not-as-described-index/facts"
    told = world.get(address)
    assert told["next"] is None
    outcome, report = told["facts"]
    assert (outcome["fact_id"], outcome["dispute_id"]) == ("seller-s-1.3", "d-2")
    assert (outcome["numerator"], outcome["denominator"]) == (1, 0)
    assert report["fact_id"] == "performance-s-1,2026-02-27.2"
    assert (report["numerator"], report["denominator"]) == (0, 40)
    fact = world.get(f"/v1/facts/{report['fact_id']}")
    assert (fact["data"]["unsent"], fact["position"]) == (2, report["position"])
    page = world.get(address, limit=1)
    assert page["facts"] == [outcome]
    assert world.get(address, limit=1, after=page["next"]) == {"facts": [report], "next": None}
    known = {"known_at": "2026-03-01T09:00:00Z"}
    unsent = "/v1/sellers/s-1/reputation/unsent-rate/facts"
    (before,) = world.get(unsent, **known)["facts"]
    assert (before["fact_id"], before["numerator"]) == ("performance-s-1,2026-02-27.1", 1)
    received = "/v1/sellers/s-1/reputation/not-received-index/facts"
    assert [one["dispute_id"] for one in world.get(received, **known)["facts"]] == ["d-1", None]
    assert [one["dispute_id"] for one in world.get(received)["facts"]] == [None]


def test_the_facts_add_up_to_the_metric(world: World) -> None:
    told = world.get("/v1/sellers/s-1/reputation")
    for one in told["metrics"]:
        address = f"/v1/sellers/s-1/reputation/{one['metric']}/facts"
        facts = world.get(address, window_days=one["window_days"])["facts"]
        assert sum(fact["numerator"] for fact in facts) == one["numerator"]
        assert sum(fact["denominator"] for fact in facts) == one["denominator"]


def test_a_window_that_the_metric_lacks(world: World) -> None:
    address = "/v1/sellers/s-1/reputation/unsent-rate/facts"
    answer = world.client.get(address, params={"window_days": 31})
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["accepted"]) == ("window_days", "30")
    assert world.client.get("/v1/sellers/s-1/reputation/speed/facts").status_code == 422


def test_the_facts_as_a_file(world: World) -> None:
    address = "/v1/sellers/s-1/reputation/not-as-described-index/facts"
    answer = world.client.get(address, headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 3


def test_storefronts_and_analysts_may_ask_and_a_seller_may_not(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    for name, headers in keys.items():
        for address in (
            "/v1/sellers/s-1/reputation",
            "/v1/sellers/s-1/reputation/unsent-rate/facts",
        ):
            answer = world.client.get(address, headers=headers)
            expected = 200 if name in ("shop", "analyst", "root") else 403
            assert answer.status_code == expected, (name, answer.text)
