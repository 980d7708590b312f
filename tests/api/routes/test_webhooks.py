"""Webhooks over HTTP: added, listed, rotated, replayed, tried, removed; and what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook as Oracle

from tests.api.routes.world import World, world_of
from tests.projections.receiver import Receiver, wait_until


@pytest.fixture
def near(dsn: str) -> Iterator[World]:
    """A server whose operator lets webhooks go to this machine."""
    with world_of(dsn, webhooks_private="allow") as world:
        yield world


def post(world: World, path: str, **body: Any) -> Any:
    answer = world.client.post(f"/v1/webhooks{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_endpoint_is_told_and_its_secret_is_shown_once(near: World) -> None:
    with Receiver() as receiver:
        wanted = {"webhook_id": "shop", "url": f"{receiver.url}/h", "seller_ids": ["s-1"]}
        created = post(near, "", **wanted)
        again = near.client.post("/v1/webhooks", json=wanted)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == {"webhook": created["webhook"], "secret": None}
        standing = near.record("s-1", "v-1").json()["standing"]
        near.record("s-2", "v-1")
        wait_until(lambda: receiver.got)
        (got,) = receiver.got
        told = Oracle(created["secret"]).verify(got.body, got.headers)
        assert told["data"] == standing
        assert told["position"] == standing["position"]
    secret = created["secret"].removeprefix("whsec_")
    for path in ("/v1/webhooks", "/v1/webhooks/shop", "/v1/webhooks/shop/deliveries"):
        assert secret not in near.client.get(path).text


def test_told_otherwise_it_is_refused(near: World) -> None:
    wanted: dict[str, Any] = {"webhook_id": "shop", "url": "http://127.0.0.1:9/", "from": "1"}
    post(near, "", **wanted)
    for field, other in (
        ("url", "http://127.0.0.1:8/"), ("seller_ids", ["s-1"]), ("statuses", ["active"]),
        ("from", "2"),
    ):  # fmt: skip
        answer = near.client.post("/v1/webhooks", json=wanted | {field: other})
        told = answer.json()
        assert (answer.status_code, told["type"], told["field"]) == (
            409, "/problems/told-differently", field,
        )  # fmt: skip


def test_both_secrets_sign_while_they_are_changed_over(near: World) -> None:
    with Receiver() as receiver:
        first = post(near, "", webhook_id="shop", url=receiver.url)["secret"]
        second = post(near, "/shop/secret")
        assert near.get("/v1/webhooks/shop")["previous_secret_until"] is not None
        assert post(near, "/shop/test") == {"delivered": True, "status": 204, "problem": None}
        (got,) = receiver.got
        for secret in (first, second["secret"]):
            assert Oracle(secret).verify(got.body, got.headers)["type"] == "webhook.test"
        third = post(near, "/shop/secret")["secret"]
        post(near, "/shop/test")
        # Asked twice, as after a timeout: what the receiver holds from before still verifies.
        for secret in (first, second["secret"], third):
            assert Oracle(secret).verify(receiver.got[-1].body, receiver.got[-1].headers)


def test_replay_retry_and_removal(near: World) -> None:
    near.record("s-1", "v-1")
    broken = [500]
    with Receiver(lambda _: broken[0]) as receiver:
        post(near, "", webhook_id="shop", url=receiver.url)
        post(near, "/shop/replay", **{"from": "1"})
        wait_until(lambda: near.get("/v1/webhooks/shop/deliveries", state="pending")["deliveries"])
        (waiting, *_) = near.get("/v1/webhooks/shop/deliveries", limit=1)["deliveries"]
        assert (waiting["problem"], waiting["attempts"]) == ("answered 500", 1)
        broken[0] = 200
        retried = post(near, f"/shop/deliveries/{waiting['position']}/retry")
        assert (retried["state"], retried["attempts"]) == ("pending", 0)
        wait_until(lambda: not near.get("/v1/webhooks/shop/deliveries")["deliveries"])
        near.record("s-2", "v-1")
        wait_until(lambda: "s-2" in receiver.got[-1].body.decode())
    assert near.client.delete("/v1/webhooks/shop").json() == {"webhook_id": "shop"}
    for method, path in (
        ("GET", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test"),
        ("GET", "/deliveries"), ("POST", "/deliveries/1/retry"),
    ):  # fmt: skip
        answer = near.client.request(method, f"/v1/webhooks/shop{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-webhook")


def test_lists_page_by_id(near: World) -> None:
    for name in ("c", "a", "b"):
        post(near, "", webhook_id=name, url="http://127.0.0.1:9/")
    first = near.get("/v1/webhooks", limit=2)
    assert ([each["webhook_id"] for each in first["webhooks"]], first["next"]) == (["a", "b"], "b")
    second = near.get("/v1/webhooks", limit=2, after=first["next"])
    assert ([each["webhook_id"] for each in second["webhooks"]], second["next"]) == (["c"], None)


@pytest.mark.parametrize(
    ("wish", "status", "name", "field"),
    [
        ({"url": "http://shop.example/"}, 422, "webhook-url-refused", "url"),
        ({"url": "https://127.0.0.1/"}, 422, "webhook-address-refused", "url"),
        ({"url": "https://169.254.169.254/latest"}, 422, "webhook-address-refused", "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, 422, "webhook-address-refused", "url"),
        ({"url": "https://no-such-host.invalid/"}, 422, "webhook-host-unknown", "url"),
        ({"url": "https://1.1.1.1/", "from": "99999"}, 422, "position-in-future", "from"),
        ({"url": "https://1.1.1.1/", "from": "soon"}, 422, "malformed-body", "from"),
        ({"url": "https://1.1.1.1/", "statuses": ["closed"]}, 422, "malformed-body", "statuses[0]"),
        ({"url": "https://1.1.1.1/", "seller_ids": []}, 422, "malformed-body", "seller_ids"),
        ({"url": "https://1.1.1.1/", "webhook_id": "-"}, 422, "malformed-body", "webhook_id"),
        ({"url": "https://1.1.1.1/", "secret": "mine"}, 422, "malformed-body", "secret"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(
    live: World, wish: dict[str, Any], status: int, name: str, field: str
) -> None:
    answer = live.client.post("/v1/webhooks", json={"webhook_id": "w-1", **wish})
    told = answer.json()
    assert (answer.status_code, told["type"], told["field"]) == (
        status, f"/problems/{name}", field,
    ), told  # fmt: skip
    assert live.get("/v1/webhooks")["webhooks"] == []


def test_unknown_deliveries_and_states_are_refused(near: World) -> None:
    post(near, "", webhook_id="shop", url="http://127.0.0.1:9/")
    answer = near.client.post("/v1/webhooks/shop/deliveries/7/retry")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-delivery")
    for query in ({"state": "lost"}, {"after": "x"}, {"sort": "age"}):
        answer = near.client.get("/v1/webhooks/shop/deliveries", params=query)
        assert (answer.status_code, answer.json()["field"]) == (422, next(iter(query)))
