"""Days of sellers and products over HTTP: told, corrected, refused, and read again."""

import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from httpx import Response

from tests.api.routes.world import World

DAY: dict[str, Any] = {
    "date": "2026-01-01",
    "orders": 40,
    "incomplete": 3,
    "unsent": 1,
    "reviews": 20,
    "positive_reviews": 18,
    "ratings": {"description": {"sum": 90, "count": 20}},
    "messages_due": 9,
    "replied_24h": 7,
    "replied_72h": 8,
    "carriers": {
        "DHL Express": {"shipped": 30, "on_time": 28},
        "ship_at": {"shipped": 1, "on_time": 0},
    },
}
PRODUCT: dict[str, Any] = {
    "seller_id": "s-1",
    "date": "2026-01-01",
    "sales": 5,
    "reviews": 2,
    "rating_sum": 9,
    "listed_at": "2025-12-24T10:00:00Z",
    "category": "Home & Garden",
    "free_delivery": True,
}


def tell(world: World, body: dict[str, Any] | None = None, **changed: Any) -> Response:
    headers = changed.pop("headers", None)
    told = {**(DAY if body is None else body), **changed}
    return world.client.post("/v1/sellers/s-1/performance", json=told, headers=headers)


def tell_product(world: World, product: str = "p-1", **changed: Any) -> Response:
    return world.client.post(f"/v1/products/{product}/performance", json={**PRODUCT, **changed})


def problem(answer: Response, status: int, name: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["type"] == f"/problems/{name}"
    return told


# -- telling ------------------------------------------------------------------------------


def test_a_day_is_answered_as_it_was_told(sandbox: World) -> None:
    answer = tell(sandbox)
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"performance", "facts", "position"}
    day = told["performance"]
    nothing = {"sum": 0, "count": 0}
    assert day == {
        **DAY,
        "seller_id": "s-1",
        "revision": 1,
        "ratings": {**DAY["ratings"], "communication": nothing, "shipping_speed": nothing},
        "actor": "platform",
        "recorded_at": day["recorded_at"],
        "position": told["position"],
    }
    assert told["facts"] == [
        {"kind": "performance-reported.v1", "fact_id": "performance-s-1,2026-01-01.1"}
    ]


def test_a_product_day_is_answered_as_it_was_told(sandbox: World) -> None:
    told = tell_product(sandbox).json()
    day = told["performance"]
    assert day | PRODUCT == {**day, "listed_at": "2025-12-24T10:00:00Z"}
    assert (day["product_id"], day["revision"], day["listed_at"]) == (
        "p-1", 1, "2025-12-24T10:00:00.000000Z",
    )  # fmt: skip
    assert told["facts"][0]["fact_id"] == "product-p-1,2026-01-01.1"


def test_a_fact_of_a_day_says_everything_and_whose_it_is(sandbox: World) -> None:
    tell(sandbox, {"date": "2026-01-01"}, carriers=DAY["carriers"])
    fact = sandbox.get("/v1/facts/performance-s-1,2026-01-01.1")
    assert (fact["kind"], fact["seller_id"]) == ("performance-reported.v1", "s-1")
    assert fact["data"]["ratings"]["shipping_speed"] == {"sum": 0, "count": 0}
    assert fact["data"]["carriers"] == DAY["carriers"]
    assert fact["data"]["orders"] == 0
    tell_product(sandbox)
    fact = sandbox.get("/v1/facts", kind="product-performance-reported")["facts"][0]
    assert (fact["seller_id"], fact["data"]["product_id"]) == ("s-1", "p-1")


def test_a_repeat_gets_the_same_answer_and_another_content_is_refused(sandbox: World) -> None:
    first = tell(sandbox)
    again = tell(sandbox)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    refused = problem(tell(sandbox, orders=41), 409, "told-differently")
    assert refused["field"] == "orders"
    assert refused["accepted"] == "the same content again, or a higher revision"


def test_a_repeat_after_a_correction_shows_what_was_answered_then(sandbox: World) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = tell(sandbox, headers=key).json()
    tell(sandbox, orders=41, revision=2)
    again = tell(sandbox, headers=key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
    refused = problem(tell(sandbox, revision=3, headers=key), 409, "told-differently")
    assert refused["detail"] == "this idempotency key was told before with another revision"
    refused = tell(sandbox, date="2025-12-31", headers=key)
    assert problem(refused, 409, "told-differently")["field"] == "date"


def test_a_key_of_something_else_is_refused(sandbox: World) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert tell(sandbox, headers=key).status_code == 200
    refused = sandbox.client.post("/v1/products/p-1/performance", json=PRODUCT, headers=key)
    assert problem(refused, 409, "told-differently")["field"] == "command"
    assert sandbox.record("s-1", "v-1", headers={**key}).status_code in {201, 409}


def test_a_correction_needs_a_higher_revision(sandbox: World) -> None:
    tell(sandbox)
    corrected = tell(sandbox, orders=44, revision=3).json()["performance"]
    assert (corrected["orders"], corrected["revision"]) == (44, 3)
    refused = problem(tell(sandbox, orders=45, revision=2), 409, "revision-too-low")
    assert "revision 3" in refused["detail"]
    assert refused["accepted"] == "4 or higher, for counts that differ"


REFUSED = [
    ({"date": "2026-01-02"}, 409, "day-in-future", "date"),
    ({"date": "2019-12-31"}, 409, "before-first-pack", "date"),
    ({"date": "2025-02-29"}, 422, "malformed-date", "date"),
    ({"date": "yesterday"}, 422, "malformed-body", "date"),
    ({"positive_reviews": 21}, 409, "counts-do-not-add-up", "positive_reviews"),
    ({"incomplete": 41}, 409, "counts-do-not-add-up", "incomplete"),
    ({"replied_24h": 9}, 409, "counts-do-not-add-up", "replied_24h"),
    ({"orders": -1}, 422, "malformed-body", "orders"),
    ({"orders": 10**10}, 422, "malformed-body", "orders"),
    ({"orders": "many"}, 422, "malformed-body", "orders"),
    ({"returns": 3}, 422, "malformed-body", "returns"),
    ({"revision": 0}, 422, "malformed-body", "revision"),
    ({"carriers": {"\n": {"shipped": 1, "on_time": 1}}}, 422, "malformed-body", None),
    ({"carriers": {f"c{n}": {"shipped": 1, "on_time": 1} for n in range(101)}}, 422,
     "malformed-body", "carriers"),
    ({"seller_id": "s-2"}, 422, "malformed-body", "seller_id"),
    ({"actor": "not an id"}, 422, "malformed-body", "actor"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "status", "name", "field"), REFUSED)
def test_bad_reports_are_refused_and_change_nothing(
    sandbox: World, changed: dict[str, Any], status: int, name: str, field: str | None
) -> None:
    told = problem(tell(sandbox, **changed), status, name)
    assert told["detail"]
    assert told["accepted"]
    if field is not None:
        assert told["field"] == field
    assert sandbox.get("/v1/sellers/s-1/performance")["days"] == []


def test_a_product_of_another_seller_is_refused_on_any_day(sandbox: World) -> None:
    tell_product(sandbox)
    for date in ("2026-01-01", "2025-12-30"):
        refused = tell_product(sandbox, seller_id="s-2", date=date, listed_at=None)
        told = problem(refused, 409, "product-of-another-seller")
        assert (told["field"], told["accepted"].startswith("s-1")) == ("seller_id", True)
    # `p-1,` is no part of `p-10`, nor of `p-1.2`.
    for other in ("p-10", "p-1.2", "p"):
        assert tell_product(sandbox, other, seller_id="s-2").status_code == 200


def test_bad_products_are_refused(sandbox: World) -> None:
    for changed, status, name in (
        ({"rating_sum": 11}, 409, "counts-do-not-add-up"),
        ({"listed_at": "2026-01-02T00:00:00Z"}, 409, "listed-later"),
        ({"listed_at": "some day last year"}, 422, "malformed-instant"),
        ({"category": " "}, 422, "malformed-body"),
        ({"free_delivery": "yes"}, 422, "malformed-body"),
    ):
        problem(tell_product(sandbox, **changed), status, name)


# -- the batch ----------------------------------------------------------------------------


def lined(**more: Any) -> dict[str, Any]:
    return {"command": "report-performance", "seller_id": "s-1", **DAY, **more}


def of_product(product: str, **more: Any) -> dict[str, Any]:
    told = {"command": "report-product-performance", "product_id": product}
    return {**told, **PRODUCT, **more}


def test_a_batch_takes_days_and_owners_are_known_within_it(sandbox: World) -> None:
    answers = sandbox.batch(
        lined(),
        lined(),
        lined(orders=41),
        lined(revision=2, orders=41),
        lined(date="2026-01-09"),
        of_product("p-1"),
        of_product("p-1", date="2025-12-31", listed_at=None, seller_id="s-2"),
        of_product("p-1", date="2025-12-31"),
        {"command": "report-performance", "seller_id": "s-1"},
    )
    assert [a.get("replayed", a.get("problem", {}).get("type")) for a in answers] == [
        False, True, "/problems/told-differently", False, "/problems/day-in-future",
        False, "/problems/product-of-another-seller", False, "/problems/malformed-body",
    ]  # fmt: skip


def test_the_batch_tells_repeats_after_the_correction_from_a_late_one(sandbox: World) -> None:
    sandbox.batch(lined(), lined(revision=3, orders=41))
    late, first, same = sandbox.batch(lined(revision=2), lined(), lined(revision=3, orders=41))
    assert late["problem"]["type"] == "/problems/revision-too-low"
    assert first["replayed"] is same["replayed"] is True


# -- reading ------------------------------------------------------------------------------


def days(world: World, **query: Any) -> list[tuple[str, int]]:
    told = world.get("/v1/sellers/s-1/performance", **query)["days"]
    return [(day["date"], day["orders"]) for day in told]


@pytest.fixture
def lived(sandbox: World) -> World:
    """Eleven days of s-1, one of them corrected, with neighbours on both sides of its name."""
    dates = [f"2025-12-{n:02d}" for n in range(20, 31)]
    sandbox.batch(
        *(lined(date=date, orders=40 + n) for n, date in enumerate(dates)),
        lined(date="2025-12-25", orders=99, revision=2),
        *(lined(seller_id=other, date="2025-12-25") for other in ("s-10", "s", "s-1.1", "s-0")),
        *(of_product("p-1", date=date, sales=n) for n, date in enumerate(dates[5:])),
    )
    return sandbox


def test_days_are_read_in_order_each_as_it_was_last_told(lived: World) -> None:
    told = days(lived)
    assert [date for date, _ in told] == [f"2025-12-{n:02d}" for n in range(20, 31)]
    assert dict(told)["2025-12-25"] == 99
    assert days(lived, **{"from": "2025-12-25", "to": "2025-12-26"}) == [
        ("2025-12-25", 99), ("2025-12-26", 46),
    ]  # fmt: skip
    assert days(lived, to="2025-12-19") == []
    assert days(lived, **{"from": "2025-12-31"}) == []
    assert lived.get("/v1/sellers/nobody/performance") == {"days": [], "next": None}


def test_days_are_read_page_by_page(lived: World) -> None:
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = lived.get("/v1/sellers/s-1/performance", limit=3, **after)
        found += [day["date"] for day in page["days"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [f"2025-12-{n:02d}" for n in range(20, 31)]
    page = lived.get("/v1/products/p-1/performance", limit=4)
    rest = lived.get("/v1/products/p-1/performance", limit=4, after=page["next"])
    assert [day["sales"] for day in page["days"] + rest["days"]] == list(range(6))
    other = lived.client.get("/v1/sellers/s-10/performance", params={"after": page["next"]})
    assert other.status_code == 422


def test_days_as_known_before_a_correction(lived: World) -> None:
    before = lived.get("/v1/sellers/s-1/performance")["days"][5]["recorded_at"]
    lived.move("2026-01-05T00:00:00Z")
    tell(lived, date="2025-12-25", orders=77, revision=3)
    tell(lived, date="2025-12-31")
    assert dict(days(lived))["2025-12-25"] == 77
    assert dict(days(lived, known_at="2026-01-04T00:00:00Z"))["2025-12-25"] == 99
    assert "2025-12-31" not in dict(days(lived, known_at="2026-01-04T00:00:00Z"))
    assert days(lived, known_at="2025-01-01T00:00:00Z") == []
    assert before
    future = lived.client.get(
        "/v1/sellers/s-1/performance", params={"known_at": "2026-02-01T00:00:00Z"}
    )
    problem(future, 422, "known-at-in-future")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"from": "2025-12-26", "to": "2025-12-25"}, "malformed-parameter"),
        ({"from": "2025-13-01"}, "malformed-date"),
        ({"to": "tomorrow"}, "malformed-date"),
        ({"known_at": "2025-12-26"}, "malformed-instant"),
        ({"form": "2025-12-26"}, "unknown-parameter"),
        ({"after": "x"}, "malformed-parameter"),
        ({"limit": "1001"}, "malformed-parameter"),
    ],
)
def test_bad_questions_are_refused(lived: World, query: dict[str, str], name: str) -> None:
    for address in ("/v1/sellers/s-1/performance", "/v1/products/p-1/performance"):
        problem(lived.client.get(address, params=query), 422, name)


def test_days_are_files_too(lived: World) -> None:
    def file(kind: str) -> Response:
        address = "/v1/sellers/s-1/performance"
        answer = lived.client.get(address, headers={"Accept": kind})
        assert answer.status_code == 200
        return answer

    lines = [json.loads(line) for line in file("application/x-ndjson").text.splitlines()]
    assert lines == lived.get("/v1/sellers/s-1/performance")["days"]
    rows = list(csv.DictReader(io.StringIO(file("text/csv").text)))
    assert [int(row["orders"]) for row in rows] == [line["orders"] for line in lines]
    table: Any = pq.read_table(io.BytesIO(file("application/vnd.apache.parquet").content))
    assert table.column("date").to_pylist() == [line["date"] for line in lines]
    assert json.loads(table.column("carriers").to_pylist()[0]) == DAY["carriers"]


# -- who may ------------------------------------------------------------------------------


def test_the_platform_tells_and_analysts_read(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    address, body = "/v1/sellers/s-1/performance", {"date": "2026-01-02"}
    for name, key in keys.items():
        told = world.client.post(address, json=body, headers=key).status_code
        read = world.client.get(address, headers=key).status_code
        assert told == (200 if name in {"platform", "root"} else 403), name
        assert read == (200 if name in {"analyst", "root"} else 403), name
    day = world.client.get(address, headers=keys["analyst"]).json()["days"][0]
    assert day["actor"] == "platform"
    named = {**body, "actor": "somebody"}
    refused = world.client.post(address, json=named, headers=keys["platform"])
    problem(refused, 403, "actor-mismatch")
