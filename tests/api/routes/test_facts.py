"""The log as it is read: fact by fact, by kind, by seller, by time."""

from typing import Any

import psycopg
import pytest

from tests.api.routes.world import World


def told(world: World) -> None:
    """A suspension, taken back a month later, and somebody else's violation."""
    world.record("s-1", "v-1", points=48, effective_at="2025-12-01T00:00:00Z")
    world.record("s-2", "v-1", "copyright", severity="general", source="rights-holder")
    world.move("2026-02-01T00:00:00Z")
    world.annul("s-1", "v-1")


def test_a_fact_shows_all_that_it_says(sandbox: World) -> None:
    told(sandbox)
    fact = sandbox.get("/v1/facts/seller-s-1.1")
    seal = fact["data"].pop("seal")
    digest = fact["data"].pop("digest")
    assert (len(seal), len(digest)) == (22, 8)
    assert fact == {
        "fact_id": "seller-s-1.1",
        "position": "3",
        "kind": "violation-recorded.v1",
        "seller_id": "s-1",
        "effective_at": "2025-12-01T00:00:00.000000Z",
        "recorded_at": "2026-01-01T00:00:00.000000Z",
        "actor": "svc",
        "caused_by": None,
        "correlation_id": None,
        "policy": "aliexpress@2020-01-01",
        "data": {
            "violation_id": "v-1",
            "rule": "weapons",
            "family": "prohibited",
            "severity": None,
            "bucket": "points",
            "points": 48,
            "strikes": 0,
            "effective_at": "2025-12-01T00:00:00.000000Z",
            "lapses_at": "2026-12-01T00:00:00.000000Z",
            "local_day": None,
            "daily_cap": None,
            "merge_days": None,
            "appeal_days": 4,
            "source": "platform",
            "listing_id": None,
            "policy": "aliexpress@2020-01-01",
            "judged_by": None,
        },
    }


def test_a_sanction_begins_when_its_fact_says(sandbox: World) -> None:
    told(sandbox)
    sanction = sandbox.get("/v1/facts/seller-s-1.2")
    assert sanction["kind"] == "sanction-imposed.v1"
    assert (
        sanction["effective_at"] == sanction["data"]["starts_at"] == "2026-01-01T00:00:00.000000Z"
    )
    assert sanction["data"]["ends_at"] is None
    assert sanction["data"]["multiple"] == 1
    assert sanction["caused_by"] == "seller-s-1.1"
    lifted = sandbox.get("/v1/facts", kind="sanction-lifted")["facts"][0]
    assert lifted["effective_at"] == lifted["recorded_at"]
    assert lifted["policy"] is None


def positions(world: World, **query: Any) -> list[int]:
    found: list[int] = []
    page = world.get("/v1/facts", **query)
    while True:
        found += [int(fact["position"]) for fact in page["facts"]]
        if page["next"] is None:
            return found
        page = world.get("/v1/facts", **{**query, "after": page["next"]})


def test_facts_are_listed_in_the_order_of_the_log(sandbox: World) -> None:
    told(sandbox)
    everything = list(range(1, 11))
    for limit in (1, 2, 4, 9, 100):
        assert positions(sandbox, limit=limit) == everything
    assert positions(sandbox, kind="violation-recorded") == [3, 6]
    assert positions(sandbox, kind="violation-recorded.v1", seller_id="s-2") == [6]
    assert positions(sandbox, kind=["violation-annulled", "policy-published"]) == [1, 2, 7]
    assert positions(sandbox, seller_id="s-1", limit=2) == [3, 4, 5, 7, 8, 9, 10]
    assert positions(sandbox, seller_id="nobody") == []
    assert positions(sandbox, **{"from": "2026-01-01T00:00:00Z"}) == everything[2:]
    assert positions(sandbox, **{"from": "2026-01-01T00:00:00.000001Z"}) == everything[6:]
    assert positions(sandbox, to="2026-01-01T00:00:00Z") == [1, 2]
    assert positions(sandbox, to="2026-02-01T00:00:00Z", after="4") == [5, 6]
    assert positions(sandbox, to="2000-01-01T00:00:00Z") == []


def test_a_timeline_is_the_sellers_own_facts(sandbox: World) -> None:
    told(sandbox)
    timeline = sandbox.get("/v1/sellers/s-1/timeline")
    assert timeline == sandbox.get("/v1/facts", seller_id="s-1")
    page = sandbox.get("/v1/sellers/s-1/timeline", limit=2)
    rest = sandbox.get("/v1/sellers/s-1/timeline", after=page["next"])
    assert page["facts"] + rest["facts"] == timeline["facts"]
    assert sandbox.get("/v1/sellers/nobody/timeline") == {"facts": [], "next": None}


@pytest.mark.parametrize(
    "fact_id",
    ["seller-s-1.9", "seller-s-1", "x", "seller-s-1.99999999999999999999", "seller-%00.1",
     "seller-s-1.-1", "seller-s-1.%D9%A1", "s" * 300 + ".1"],
)  # fmt: skip
def test_a_fact_that_is_not_there(sandbox: World, fact_id: str) -> None:
    told(sandbox)
    answer = sandbox.client.get(f"/v1/facts/{fact_id}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-fact")


@pytest.mark.parametrize(
    ("query", "name", "field"),
    [
        ({"kind": "violation"}, "malformed-parameter", "kind"),
        ({"kind": "violation-recorded.v2"}, "malformed-parameter", "kind"),
        ({"seller_id": "s 1"}, "malformed-parameter", "seller_id"),
        ({"from": "2026"}, "malformed-instant", "from"),
        ({"to": "2026-01-01"}, "malformed-instant", "to"),
        ({"after": "x"}, "malformed-parameter", "after"),
        ({"limit": "all"}, "malformed-parameter", "limit"),
        ({"begin": "2026-01-01T00:00:00Z"}, "unknown-parameter", "begin"),
        ({"min_position": "x"}, "malformed-parameter", "min_position"),
    ],
)
def test_what_cannot_be_asked_of_the_log(
    sandbox: World, query: dict[str, str], name: str, field: str
) -> None:
    answer = sandbox.client.get("/v1/facts", params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{name}")
    assert answer.json()["field"] == field


def test_a_fact_that_cannot_be_read_is_told_and_others_are_answered(live: World, dsn: str) -> None:
    live.record("s-1", "v-1")
    live.record("s-2", "v-1")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO stored_events "
            "(originator_id, originator_version, topic, state, notification_id) "
            "SELECT 'seller-s-1', 99, 'of-tomorrow.v1', '{}', next_position FROM log_head"
        )
        connection.execute("UPDATE log_head SET next_position = next_position + 1")
    for path in ("/v1/facts", "/v1/sellers/s-1/timeline"):
        answer = live.client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unreadable-fact")
        assert "of-tomorrow" in answer.json()["detail"]
    assert live.get("/v1/facts", limit=2)["facts"]
    assert live.standing("s-2")["buckets"][0]["value"] == 24
    assert live.record("s-2", "v-2").status_code == 201
