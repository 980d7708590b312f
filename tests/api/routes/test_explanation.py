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


def test_one_violation_is_asked_about_alone(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.record("s-1", "v-2")
    address = "/v1/sellers/s-1/standing/explanation"
    whole, alone = sandbox.get(address), sandbox.get(address, violation_id="v-2")
    assert alone["buckets"][0]["violations"] == whole["buckets"][0]["violations"][1:]
    assert alone["standing"] == whole["standing"]
    assert alone["sanctions"][0]["lifted_by"]["alone"] == ["v-2"]
    assert alone["sanctions"][0]["lifted_by"]["complete"] is False
    nothing = sandbox.get(address, violation_id="nothing")
    assert [bucket["violations"] for bucket in nothing["buckets"]] == [[], []]
    refused = sandbox.client.get(f"{address}?violation_id=%00")
    assert (refused.status_code, refused.json()["field"]) == (422, "violation_id")


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


def test_a_history_is_the_standing_at_each_of_its_instants(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.move("2026-02-01T00:00:00Z")
    sandbox.record("s-1", "v-2", effective_at="2026-01-15T00:00:00Z")
    sandbox.move("2026-03-01T00:00:00Z")
    address = "/v1/sellers/s-1/standing/history"
    told = sandbox.get(address, to="2028-01-01T00:00:00Z")
    assert told["standing"]["as_of"] == "2020-01-01T00:00:00.000000Z"
    assert [(c["at"][:10], [h["what"] for h in c["happenings"]]) for c in told["changes"]] == [
        ("2026-01-01", ["violation-counts"]),
        ("2026-01-15", ["violation-counts"]),
        ("2026-02-01", ["sanction-begins", "funds-frozen"]),
        ("2026-07-31", ["funds-released"]),
        ("2027-01-01", ["violation-lapses"]),
        ("2027-01-15", ["violation-lapses"]),
    ]
    for change in told["changes"]:
        shown = change["standing"]
        assert shown == sandbox.standing("s-1", as_of=change["at"], known_at=shown["known_at"])
    # Before the second was known nobody was suspended: only what was recorded by then is told.
    then = sandbox.get(address, known_at="2026-01-31T00:00:00Z")
    assert [c["at"][:10] for c in then["changes"]] == ["2026-01-01"]
    assert then["to"] == "2026-01-31T00:00:00.000000Z"


def test_a_long_history_is_told_in_pages(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", points=48)
    address = "/v1/sellers/s-1/standing/history"
    end = "2028-01-01T00:00:00Z"
    whole = sandbox.get(address, to=end)["changes"]
    first = sandbox.get(address, to=end, limit=1)
    rest = sandbox.get(address, to=end, **{"from": first["next"]})
    assert [*first["changes"], *rest["changes"]] == whole
    assert rest["standing"] == first["changes"][-1]["standing"]
    assert rest["next"] is None


def test_a_history_before_the_first_rules_is_refused_by_its_name(sandbox: World) -> None:
    address = "/v1/sellers/s-1/standing/history"
    for name, problem in (("from", "before-first-pack"), ("known_at", "before-first-pack")):
        answer = sandbox.client.get(address, params={name: "2019-01-01T00:00:00Z"})
        assert answer.json()["type"] == f"/problems/{problem}"
        assert answer.json()["field"] == name
    ahead = sandbox.client.get(address, params={"known_at": "2027-01-01T00:00:00Z"})
    assert ahead.json()["type"] == "/problems/known-at-in-future"
    assert sandbox.get("/v1/sellers/nobody/standing/history")["changes"] == []


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
