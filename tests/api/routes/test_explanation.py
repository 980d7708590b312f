"""Why a standing is what it is, and what time will change."""

from typing import Any

from tests.api.routes.world import World


def test_every_point_and_every_sanction_is_explained(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.record("s-1", "v-2")
    told = sandbox.get("/v1/sellers/s-1/standing/explanation")
    assert told["standing"] == sandbox.standing("s-1")
    points = told["buckets"][0]
    assert (points["bucket"], points["value"], points["limit"]) == ("points", 48, 48)
    first = points["violations"][0]
    assert (first["violation_id"], first["rule"], first["policy"]) == (
        "v-1",
        "weapons",
        "aliexpress@2020-01-01",
    )
    assert (first["given"], first["counted"]) == (24, 24)
    assert first["lapses_at"] == "2027-01-01T00:00:00.000000Z"
    assert first["without"] == {"value": 24, "status": "active", "lifted": ["sanction-3"]}
    (sanction,) = told["sanctions"]
    assert (sanction["from"], sanction["until"]) == ("2026-01-01T00:00:00.000000Z", None)
    assert [cause["violation_id"] for cause in sanction["causes"]] == ["v-1", "v-2"]
    assert sanction["lifted_by"]["alone"] == ["v-1", "v-2"]
    assert sanction["lifted_by"]["waiver_takes_two"] is True


def test_an_explanation_of_then_stays_as_it_was(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    then = {"known_at": "2026-01-01T00:00:00Z"}
    address = "/v1/sellers/s-1/standing/explanation"
    sandbox.move("2026-02-01T00:00:00Z")
    before = sandbox.get(address, **then)
    sandbox.annul("s-1", "v-1")
    assert sandbox.get(address, **then) == before
    assert sandbox.get(address)["not_counted"] == {"cancelled": 1, "expired": 0, "later": 0}


def test_a_forecast_tells_what_time_will_change(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", points=48)
    told = sandbox.get("/v1/sellers/s-1/standing/forecast")
    assert told["standing"] == sandbox.standing("s-1")
    assert [
        (change["at"], [h["what"] for h in change["happenings"]]) for change in told["changes"]
    ] == [
        ("2026-06-30T00:00:00.000000Z", ["funds-released"]),
        ("2027-01-01T00:00:00.000000Z", ["violation-lapses"]),
    ]
    assert told["complete"] is True
    for change in told["changes"]:
        shown = change["standing"]
        assert shown == sandbox.standing("s-1", as_of=change["at"], known_at=shown["known_at"])
    cut = sandbox.get("/v1/sellers/s-1/standing/forecast", limit=1)
    assert (len(cut["changes"]), cut["complete"]) == (1, False)


def test_a_clean_seller_has_nothing_to_explain(sandbox: World) -> None:
    told = sandbox.get("/v1/sellers/nobody/standing/explanation")
    assert [bucket["violations"] for bucket in told["buckets"]] == [[], []]
    assert sandbox.get("/v1/sellers/nobody/standing/forecast")["changes"] == []


def test_a_seller_is_not_told_who_would_waive(locked: Any) -> None:
    world, keys = locked
    world.client.headers = keys["root"]
    world.record("s-1", "v-1", points=48, reported_by="root")
    world.waive("s-1", "sanction-2", reason="r")
    address = "/v1/sellers/s-1/standing/explanation"
    for who, named in (("analyst", "root"), ("s-1", None)):
        told = world.client.get(address, headers=keys[who]).json()
        assert told["sanctions"][0]["lifted_by"]["proposed_by"] == named
