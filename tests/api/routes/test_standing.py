"""Standings over HTTP: one, many, then and now."""

import time
from typing import Any

import pytest

from tests.api.routes.world import World, world_of


def test_a_seller_nobody_has_heard_of_is_clean(live: World) -> None:
    found = live.standing("nobody")
    published = live.get("/v1/policies")["policies"]
    position = next(p["position"] for p in published if p["policy"] == "aliexpress@2020-01-01")
    assert found == {
        "seller_id": "nobody",
        "as_of": "2020-01-01T00:00:00.000000Z",
        "known_at": "2020-01-01T00:00:00.000000Z",
        "position": position,
        "policy": "aliexpress@2020-01-01",
        "status": "active",
        "can_sell": True,
        "can_promote": True,
        "can_withdraw": True,
        "buckets": [
            {"bucket": "points", "value": 0, "limit": 48, "to_next_milestone": 48,
             "next_milestone": "suspension"},
            {"bucket": "strikes", "value": 0, "limit": 3, "to_next_milestone": 3,
             "next_milestone": "suspension"},
        ],
        "sanctions": [],
        "freezes": [],
        "next_change_at": None,
        "valid_until": None,
    }  # fmt: skip


def test_a_suspension_is_shown_with_its_sanction_and_its_freeze(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    brought = sandbox.record("s-1", "v-2").json()
    found = sandbox.standing("s-1")
    assert found == brought["standing"]
    assert (found["status"], found["can_sell"], found["can_withdraw"]) == (
        "suspended",
        False,
        False,
    )
    assert found["sanctions"] == [
        {
            "sanction_id": "sanction-3",
            "kind": "suspension",
            "milestone": "points-48",
            "from": "2026-01-01T00:00:00.000000Z",
            "until": None,
            "because_of": ["v-2"],
        }
    ]
    assert found["freezes"] == [
        {
            "freeze_id": "freeze-4",
            "cause": "suspension",
            "from": "2026-01-01T00:00:00.000000Z",
            "until": "2026-06-30T00:00:00.000000Z",
        }
    ]
    assert found["valid_until"] == found["next_change_at"] == "2026-06-30T00:00:00.000000Z"
    assert found["position"] == brought["position"]


def test_the_answer_keeps_its_bytes_until_something_happens(sandbox: World) -> None:
    address = "/v1/sellers/s-1/standing"
    sandbox.record("s-1", "v-1")
    first = sandbox.client.get(address)
    tag = {"If-None-Match": first.headers["etag"]}
    sandbox.record("s-2", "v-1")
    sandbox.move("2026-12-31T23:59:59.999999Z")
    second = sandbox.client.get(address, headers=tag)
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert int(second.headers["ledger-position"]) > int(first.headers["ledger-position"])
    assert sandbox.client.get(address).content == first.content
    sandbox.move("2027-01-01T00:00:00Z")
    lapsed = sandbox.client.get(address, headers=tag)
    assert lapsed.status_code == 200
    assert lapsed.json()["buckets"][0]["value"] == 0
    tag = {"If-None-Match": f'W/"other", {lapsed.headers["etag"]}'}
    assert sandbox.client.get(address, headers=tag).status_code == 304
    sandbox.record("s-1", "v-2")
    assert sandbox.client.get(address, headers=tag).status_code == 200


def test_a_lapse_is_true_at_its_instant_whether_recorded_or_not(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    ahead = sandbox.standing("s-1", as_of="2026-12-31T23:59:59.999999Z")
    lapsed = sandbox.standing("s-1", as_of="2027-01-01T00:00:00Z")
    assert (ahead["buckets"][0]["value"], lapsed["buckets"][0]["value"]) == (24, 0)


def test_asked_again_with_what_it_shows_it_answers_the_same_for_ever(sandbox: World) -> None:
    told: list[Any] = []

    def ask() -> None:
        for seller in ("s-1", "s-2", "nobody"):
            shown = sandbox.standing(seller)
            told.append(shown)
            told.append(sandbox.standing(seller, as_of="2025-12-01T00:00:00Z",
                                         known_at=sandbox.get("/v1/test-clock")["now"]))  # fmt: skip  # noqa: E501

    ask()
    for day, change in enumerate(
        (
            lambda: sandbox.record("s-1", "v-1"),
            lambda: sandbox.record("s-1", "v-2", effective_at="2025-11-30T00:00:00Z"),
            lambda: sandbox.record("s-2", "v-3", "explosives"),
            lambda: sandbox.annul("s-1", "v-1"),
            lambda: sandbox.record("nobody", "v-4", effective_at="2025-11-01T00:00:00Z"),
            lambda: sandbox.annul("s-2", "v-3"),
        ),
        start=2,
    ):
        sandbox.move(f"2026-01-{day:02}T00:00:00Z")
        assert change().status_code in (200, 201)
        ask()
    sandbox.move("2028-01-01T00:00:00Z")
    ask()
    for shown in told:
        assert shown == sandbox.standing(
            shown["seller_id"], as_of=shown["as_of"], known_at=shown["known_at"]
        )


def test_on_the_system_clock_too(live: World) -> None:
    told: list[Any] = []
    for violation in ("v-1", "v-2", "v-3"):
        live.record("s-1", violation)
        told.append(live.standing("s-1"))
    live.annul("s-1", "v-2")
    for shown in told:
        assert shown == live.standing("s-1", as_of=shown["as_of"], known_at=shown["known_at"])
    assert [shown["status"] for shown in told] == ["active", "suspended", "suspended"]


@pytest.mark.parametrize(
    ("query", "status", "name", "field"),
    [
        ({"as_of": "yesterday"}, 422, "malformed-instant", "as_of"),
        ({"known_at": "2026-01-01T00:00:00"}, 422, "malformed-instant", "known_at"),
        ({"as_of": "9999-12-31T23:59:59-23:00"}, 422, "malformed-instant", "as_of"),
        ({"as_of": "2019-12-31T23:59:59.999999Z"}, 409, "before-first-pack", "as_of"),
        ({"known_at": "2019-12-31T23:59:59Z"}, 409, "before-first-pack", "known_at"),
        ({"known_at": "9000-01-01T00:00:00Z"}, 422, "known-at-in-future", "known_at"),
        ({"asof": "2026-01-01T00:00:00Z"}, 422, "unknown-parameter", "asof"),
        ({"min_position": "far"}, 422, "malformed-parameter", "min_position"),
    ],
)
def test_what_cannot_be_asked(
    live: World, query: dict[str, str], status: int, name: str, field: str
) -> None:
    answer = live.client.get("/v1/sellers/s-1/standing", params=query)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{name}")
    assert problem["field"] == field


def test_the_future_may_be_asked_about(live: World) -> None:
    live.record("s-1", "v-1")
    assert live.standing("s-1", as_of="9000-01-01T00:00:00Z")["buckets"][0]["value"] == 0


def test_a_position_that_was_not_reached_is_waited_for_a_while(live: World) -> None:
    position = live.record("s-1", "v-1").json()["position"]
    assert live.standing("s-1", min_position=position)["position"] == position
    began = time.monotonic()
    answer = live.client.get("/v1/sellers/s-1/standing", params={"min_position": "999"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-there-yet")
    assert "retry-after" in answer.headers
    assert time.monotonic() - began < 4


def test_what_another_server_wrote_is_seen_here(dsn: str) -> None:
    with world_of(dsn) as one, world_of(dsn) as other:
        assert other.standing("s-1")["buckets"][0]["value"] == 0
        position = one.record("s-1", "v-1").json()["position"]
        found = other.standing("s-1", min_position=position)
        assert found == one.standing("s-1")


def test_many_standings_come_in_the_order_asked(live: World) -> None:
    live.record("s-1", "v-1")
    wanted = ["nobody", "s-1", "s-1"]
    answer = live.client.post("/v1/standings", json={"seller_ids": wanted})
    assert answer.json() == {"standings": [live.standing(seller) for seller in wanted]}
    assert live.client.post("/v1/standings", json={"seller_ids": []}).json() == {"standings": []}


def test_too_many_standings_are_too_many(live: World) -> None:
    wanted = {"seller_ids": [f"s-{n}" for n in range(1001)]}
    answer = live.client.post("/v1/standings", json=wanted)
    assert (answer.status_code, answer.json()["field"]) == (422, "seller_ids")
    assert answer.json()["accepted"] == "a list of up to 1,000"
