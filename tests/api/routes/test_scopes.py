"""Who may ask what, with keys."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.access import door_of
from api.routes import OPEN, ROUTERS
from tests.api.routes.world import World, report

EVERYBODY = {"shop", "platform", "reviewer", "analyst", "investigator", "publisher", "root"}
READERS = {"shop", "analyst", "root"}
DETAILS = {"platform", "reviewer", "analyst", "root"}
NDJSON = {"Content-Type": "application/x-ndjson"}
FILED = {
    "report_id": "r-1", "about": "seller", "seller_id": "s-9", "reported_by": "b-1",
    "reporter": "buyer", "statement": "s",
}  # fmt: skip

# A route, how it is asked, and whose keys open it; `s-1` is the seller's own key.
TABLE: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("GET", "/v1/sellers/s-1/standing", {}, READERS | {"reviewer", "s-1"}),
    ("GET", "/v1/sellers/s-1/standing/explanation", {}, READERS | {"reviewer", "s-1"}),
    ("GET", "/v1/sellers/s-1/standing/forecast", {}, READERS | {"reviewer", "s-1"}),
    ("GET", "/v1/sellers/s-1/standing/history", {}, READERS | {"reviewer", "s-1"}),
    ("POST", "/v1/standings", {"json": {"seller_ids": ["s-1"]}}, READERS),
    # From behind the log's end nothing can be streamed: who may ask is told so.
    ("GET", "/v1/standings/stream?last_event_id=999", {}, READERS),
    ("POST", "/v1/sellers/s-1/violations", {"json": report("v-9", reported_by="{}")},
     {"platform", "root"}),
    ("GET", "/v1/sellers/s-1/violations", {}, DETAILS | {"s-1"}),
    ("GET", "/v1/sellers/s-1/violations/v-1", {}, DETAILS | {"s-1"}),
    ("POST", "/v1/sellers/s-1/violations/v-1/annulment",
     {"json": {"reason": "r", "annulled_by": "{}"}}, {"platform", "reviewer", "root"}),
    ("GET", "/v1/sellers/s-1/violations/v-1/appeals", {}, DETAILS | {"s-1"}),
    ("POST", "/v1/sellers/s-1/violations/v-1/appeals", {"json": {"reason": "r", "filed_by": "{}"}},
     {"platform", "reviewer", "root"}),
    ("POST", "/v1/sellers/s-1/violations/v-1/appeals/1/evidence", {"json": {"evidence": ["e"]}},
     {"platform", "reviewer", "root"}),
    ("POST", "/v1/sellers/s-1/violations/v-1/appeals/1/decision",
     {"json": {"outcome": "upheld", "reviewer": "{}", "reasons": "r"}}, {"reviewer", "root"}),
    ("POST", "/v1/sellers/s-1/violations/v-1/appeals/1/withdrawal", {},
     {"platform", "reviewer", "root"}),
    ("POST", "/v1/sellers/s-1/sanctions/sanction-2/waiver", {"json": {"reason": "r"}},
     {"reviewer", "root"}),
    ("POST", "/v1/facts:batch", {"content": b"", "headers": NDJSON},
     {"platform", "reviewer", "root"}),
    *(
        ("GET", f"/v1/{case}/story", {}, {"analyst", "reviewer", "root"})
        for case in ("sellers/s-1/violations/v-1", "disputes/d-1", "reports/r-1")
    ),
    ("POST", "/v1/commands:preview", {"json": {"command": "annul-violation", "seller_id": "s-1",
     "violation_id": "v-1", "reason": "r", "annulled_by": "{}"}}, {"platform", "reviewer", "root"}),
    ("GET", "/v1/facts", {}, {"analyst", "root"}),
    ("GET", "/v1/facts/seller-s-1.1", {}, {"analyst", "root"}),
    ("GET", "/v1/facts/seller-s-1.1/causes", {}, {"analyst", "root"}),
    ("GET", "/v1/facts/seller-s-1.1/effects", {}, {"analyst", "root"}),
    ("GET", "/v1/reviewers/ann/decisions", {}, {"analyst", "root"}),
    ("GET", "/v1/sellers/s-1/audit-bundle", {}, {"analyst", "root"}),
    ("GET", "/v1/audit/reads", {}, {"root"}),
    ("GET", "/v1/transparency?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", {},
     {"analyst", "root"}),
    ("GET", "/v1/sellers/s-1/timeline", {}, {"analyst", "root"}),
    *(
        ("GET", f"/v1/{name}", {}, {"analyst", "reviewer", "root"})
        for name in (
            "sellers", "violations", "appeals", "sanctions", "freezes", "disputes", "deadlines",
            "reports", "reporters", "reporters/b-1",
        )
    ),
    ("POST", "/v1/reports", {"json": FILED}, {"platform", "root"}),
    ("GET", "/v1/reports/r-1", {}, {"platform", "reviewer", "analyst", "root"}),
    ("POST", "/v1/reports/r-1/document-request", {}, {"reviewer", "root"}),
    ("POST", "/v1/reports/r-1/documents", {"json": {"evidence": ["e"]}},
     {"platform", "reviewer", "root"}),
    ("POST", "/v1/reports/r-1/review",
     {"json": {"outcome": "dismissed", "reviewer": "{}", "reasons": "r"}}, {"reviewer", "root"}),
    ("POST", "/v1/reports/r-1/counter-notice", {"json": {"statement": "s"}},
     {"platform", "reviewer", "root"}),
    ("GET", "/v1/policies", {}, EVERYBODY),
    ("GET", "/v1/policies/aliexpress", {}, EVERYBODY),
    ("POST", "/v1/policies:check", {"json": {"toml": ""}}, EVERYBODY),
    ("POST", "/v1/policies", {"json": {"toml": ""}}, {"publisher", "root"}),
    ("GET", "/v1/webhooks", {}, {"root"}),
    ("POST", "/v1/webhooks", {"json": {"webhook_id": "w-1", "url": "x"}}, {"root"}),
    ("GET", "/v1/webhooks/w-1", {}, {"root"}),
    ("DELETE", "/v1/webhooks/w-1", {}, {"root"}),
    ("POST", "/v1/webhooks/w-1/secret", {}, {"root"}),
    ("POST", "/v1/webhooks/w-1/replay", {"json": {"from": "1"}}, {"root"}),
    ("GET", "/v1/webhooks/w-1/deliveries", {}, {"root"}),
    ("POST", "/v1/webhooks/w-1/deliveries/1/retry", {}, {"root"}),
    ("POST", "/v1/webhooks/w-1/test", {}, {"root"}),
    ("GET", "/v1/facts/seller-s-1.1/leaf", {}, {"analyst", "root"}),
    ("GET", "/v1/facts/seller-s-1.1/proof", {}, {"analyst", "root"}),
    ("GET", "/v1/log/consistency?from=1", {}, {"analyst", "root"}),
    ("GET", "/v1/log/verification", {}, {"analyst", "root"}),
    ("GET", "/v1/log/tile/entries/000.p/1", {}, {"analyst", "root"}),
    ("POST", "/v1/log/cosignatures", {"json": {"size": 1, "signatures": ["x"]}}, {"root"}),
    ("POST", "/v1/what-if", {"json": {}}, {"investigator", "root"}),
    ("DELETE", "/v1/what-if/00000000000", {}, {"investigator", "root"}),
    *(
        ("GET", f"/v1/what-if{path}", {}, {"investigator", "analyst", "root"})
        for path in (
            "", "/00000000000", *(
                f"/00000000000/{what}" for what in ("result", "report", "sellers", "sellers/s-1")
            ),
        )
    ),
    ("GET", "/v1/test-clock", {}, {"root"}),
    ("PUT", "/v1/test-clock", {"json": {"now": "2026-01-01T00:00:00Z"}}, {"root"}),
]  # fmt: skip


def ask(world: World, method: str, address: str, given: dict[str, Any], key: Any, who: str) -> Any:
    body = given.get("json")
    if body is not None:
        body = {k: who if v == "{}" else v for k, v in body.items()}
    headers = {**given.get("headers", {}), **key}
    return world.client.request(
        method, address, json=body, content=given.get("content"), headers=headers
    )


def test_every_route_opens_to_the_keys_that_it_names_and_to_no_others(locked: Any) -> None:
    world, keys = locked
    report_of = report("v-1", points=48, reported_by="platform")
    recorded = world.client.post(
        "/v1/sellers/s-1/violations", json=report_of, headers=keys["platform"]
    )
    assert recorded.status_code == 201
    for method, address, given, opens in TABLE:
        assert ask(world, method, address, given, {}, "x").status_code == 401
        for who in sorted(keys, key=lambda name: name in opens):
            answer = ask(world, method, address, given, keys[who], who)
            told = (method, address, who, answer.status_code, answer.text)
            if who in opens:
                assert answer.status_code not in (401, 403), told
            else:
                assert answer.status_code == 403, told


def test_a_sellers_key_sees_only_its_own(locked: Any) -> None:
    world, keys = locked
    for page in ("standing", "violations", "violations/v-1"):
        answer = world.client.get(f"/v1/sellers/s-2/{page}", headers=keys["s-1"])
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/other-seller")


def test_nobody_signs_for_somebody_else(locked: Any) -> None:
    world, keys = locked
    for address, body in (
        ("violations", report("v-1", reported_by="somebody")),
        ("violations/v-1/annulment", {"reason": "r", "annulled_by": "somebody"}),
        ("sanctions/sanction-2/waiver", {"reason": "r", "waived_by": "somebody"}),
        ("sanctions/sanction-2/waiver", {"reason": "r", "confirmed_by": "somebody"}),
    ):
        answer = world.client.post(f"/v1/sellers/s-1/{address}", json=body, headers=keys["root"])
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/actor-mismatch")
    pack = {"toml": "", "published_by": "somebody"}
    answer = world.client.post("/v1/policies", json=pack, headers=keys["publisher"])
    assert answer.json()["type"] == "/problems/actor-mismatch"


def test_a_waiver_is_signed_by_the_key(locked: Any) -> None:
    world, keys = locked
    body = report("v-1", points=48, reported_by="platform")
    world.client.post("/v1/sellers/s-1/violations", json=body, headers=keys["platform"])
    address = "/v1/sellers/s-1/sanctions/sanction-2/waiver"
    first = world.client.post(address, json={"reason": "r"}, headers=keys["reviewer"])
    assert first.json()["waiver"] == "proposed"
    second = world.client.post(address, json={}, headers=keys["root"])
    assert second.json()["waiver"] == "waived"


@pytest.mark.parametrize("route", [route for router in ROUTERS for route in router.routes])
def test_every_route_has_a_door(route: Any) -> None:
    door = door_of(route)
    assert door is not None
    assert door.scopes


def test_what_everybody_may_see_is_named_here() -> None:
    paths = {
        route.path for router in OPEN for route in router.routes if isinstance(route, APIRoute)
    }
    assert paths == {
        "/v1/log/checkpoint", "/v1/log/key", "/v1/log/keys", "/v1/log/tile/{path:path}"
    }  # fmt: skip
    for router in OPEN:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert (door := door_of(route)) is not None
            assert not door.scopes and route.methods == {"GET"}
