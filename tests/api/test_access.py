"""Who may do what: deny by default, and a door before every route."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api.access import SCOPES, Actor, door_of
from api.app import create_app
from ledger.store.refusals import Unavailable
from tests.api.conftest import FixedKeys, SmallParts, quick_router, small_router

OPEN = {
    "/v1/health/live",
    "/v1/health/ready",
    "/v1/health/kafka",
    "/v1/openapi.json",
    "/v1/docs",
    "/v1/docs/{file}",
    "/metrics",
    "/console",
    "/console/keys",
    "/console/openid",
    "/console/sign-in",
    "/console/sign-in-openid",
    "/console/signed-out",
    "/console/static/{file:path}",
    "/console/theme",
}
REPORT = {
    "violation_id": "v-1",
    "rule": "trademark",
    "source": "platform",
    "statement": "A copied logo.",
    "reported_by": "platform",
}


def test_every_route_has_a_door_and_only_the_known_ones_are_open(app: FastAPI) -> None:
    for route in app.routes:
        assert isinstance(route, APIRoute), route
        door = door_of(route)
        assert door is not None, route.path
        assert SCOPES.issuperset(door.scopes)
        assert bool(door.scopes) != (route.path in OPEN), route.path


def shown(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Basic c2xfYWRtaW4="}, 401),
        ({"Authorization": "Bearer"}, 401),
        (shown("sl_nobody"), 401),
        (shown("sl_platform"), 403),
        (shown("sl_shop"), 200),
        (shown("sl_admin"), 200),
        (shown("sl_seller"), 200),
        ({"authorization": "bearer sl_admin"}, 200),
    ],
)
@pytest.mark.parametrize("address", ["/v1/sellers/s-1/standing", "/v1/quick/s-1"])
def test_a_key_opens_what_its_scopes_name(
    stranger: TestClient, address: str, headers: dict[str, str], status: int
) -> None:
    answer = stranger.get(address, headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("address", ["/v1/sellers/s-2/standing", "/v1/quick/s-2"])
def test_a_sellers_key_opens_that_seller_only(stranger: TestClient, address: str) -> None:
    answer = stranger.get(address, headers=shown("sl_seller"))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/other-seller")


def test_nobody_speaks_for_somebody_else(stranger: TestClient) -> None:
    address = "/v1/sellers/s-1/violations"
    own = stranger.post(address, json=REPORT, headers=shown("sl_platform"))
    assert (own.status_code, own.json()["by"]) == (201, "platform")
    other = stranger.post(
        address, json=REPORT | {"reported_by": "root"}, headers=shown("sl_platform")
    )
    assert (other.status_code, other.json()["type"]) == (403, "/problems/actor-mismatch")


def test_without_keys_the_names_in_the_body_are_the_actors(open_client: TestClient) -> None:
    answer = open_client.post("/v1/sellers/s-1/violations", json=REPORT | {"reported_by": "ann"})
    assert (answer.status_code, answer.json()["by"]) == (201, "ann")


def test_who_has_no_key_learns_nothing_of_parameters(stranger: TestClient) -> None:
    assert stranger.get("/v1/sellers/s-1/standing?nonsense=1").status_code == 401


def test_an_unknown_parameter_is_refused_with_the_known_ones(client: TestClient) -> None:
    answer = client.get("/v1/sellers/s-1/standing?limt=1")
    assert answer.status_code == 422
    assert answer.json()["field"] == "limt"
    assert answer.json()["accepted"] == "limit"
    assert client.get("/v1/health/live?x=1").json()["accepted"] == "no query parameters"


def test_a_parameter_told_twice_is_refused_and_not_half_heeded(client: TestClient) -> None:
    answer = client.get("/v1/sellers/s-1/standing?limit=1&limit=2")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed-parameter")
    assert answer.json()["field"] == "limit"
    assert answer.json()["accepted"] == "one value"


class KeysOutOfReach(FixedKeys):
    """Nobody can be asked; one key was seen lately."""

    def remembered(self, key: str) -> Actor | None:
        return None

    def actor(self, key: str) -> Actor:
        raise Unavailable("the keys cannot be read now")

    def believed(self, key: str) -> Actor | None:
        return super().believed(key) if key == "sl_admin" else None


def test_a_key_is_believed_for_reading_alone_while_nobody_can_be_asked() -> None:
    app = create_app(SmallParts(KeysOutOfReach()), [quick_router(), small_router()])
    with TestClient(app, headers=shown("sl_admin")) as client:
        assert client.get("/v1/sellers/s-1/standing").status_code == 200
        assert client.get("/v1/quick/s-1").status_code == 200
        assert client.get("/v1/quick/s-1", headers=shown("sl_shop")).status_code == 503
        refused = client.post("/v1/sellers/s-1/violations", json=REPORT)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
