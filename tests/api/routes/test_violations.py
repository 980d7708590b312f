"""Recording violations, taking them back, and reading them."""

from typing import Any

import pytest

from tests.api.routes.world import World, report


def test_a_violation_is_answered_with_everything_that_followed(sandbox: World) -> None:
    answer = sandbox.record("s-1", "v-1", listing_id="l-1", evidence=["photo:1"])
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    brought = answer.json()
    assert brought["violation"] == {
        "violation_id": "v-1",
        "seller_id": "s-1",
        "rule": "weapons",
        "family": "prohibited",
        "severity": None,
        "bucket": "points",
        "points": 24,
        "strikes": 0,
        "points_original": 24,
        "effective_at": "2026-01-01T00:00:00.000000Z",
        "recorded_at": "2026-01-01T00:00:00.000000Z",
        "lapses_at": "2027-01-01T00:00:00.000000Z",
        "status": "current",
        "appealable_until": "2026-01-05T00:00:00.000000Z",
        "appeal": None,
        "policy": "aliexpress@2020-01-01",
        "source": "platform",
        "listing_id": "l-1",
    }
    assert brought["standing"]["buckets"][0]["value"] == 24
    assert brought["facts"] == [{"kind": "violation-recorded.v1", "fact_id": "seller-s-1.1"}]
    assert sandbox.get("/v1/facts/seller-s-1.1")["position"] == brought["position"]


def test_the_third_serious_infringement_suspends(sandbox: World) -> None:
    for n in (1, 2, 3):
        answer = sandbox.record("s-1", f"v-{n}", "trademark", severity="serious")
    assert [fact["kind"] for fact in answer.json()["facts"]] == [
        "violation-recorded.v1",
        "sanction-imposed.v1",
        "funds-frozen.v1",
    ]
    violation = answer.json()["violation"]
    assert (violation["points"], violation["strikes"], violation["bucket"]) == (0, 1, "strikes")
    assert violation["appealable_until"] == "2026-01-04T00:00:00.000000Z"


def test_a_repeat_gets_the_same_answer(sandbox: World) -> None:
    first = sandbox.record("s-1", "v-1")
    sandbox.move("2026-06-01T00:00:00Z")
    sandbox.record("s-1", "v-2")
    sandbox.annul("s-1", "v-1")
    again = sandbox.record("s-1", "v-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"


def test_an_annulment_told_twice_is_one(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    first = sandbox.annul("s-1", "v-1")
    sandbox.record("s-1", "v-2")
    again = sandbox.annul("s-1", "v-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = sandbox.annul("s-1", "v-1", reason="another")
    assert (other.status_code, other.json()["field"]) == (409, "reason")


def test_an_annulled_violation_is_cancelled_and_counts_nothing(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.record("s-1", "v-2")
    brought = sandbox.annul("s-1", "v-1").json()
    violation = brought["violation"]
    assert (violation["status"], violation["points"], violation["points_original"]) == (
        "cancelled",
        0,
        24,
    )
    assert violation["appealable_until"] is None
    assert [fact["kind"] for fact in brought["facts"]][:2] == [
        "violation-annulled.v1",
        "sanction-lifted.v1",
    ]
    assert brought["standing"]["status"] == "active"


def test_a_violation_expires_at_its_instant_and_can_still_be_annulled(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.move("2027-01-01T00:00:00Z")
    expired = sandbox.get("/v1/sellers/s-1/violations/v-1")
    assert (expired["status"], expired["points"]) == ("expired", 24)
    assert sandbox.annul("s-1", "v-1").json()["violation"]["status"] == "cancelled"


def test_a_key_and_an_id_have_to_agree(sandbox: World) -> None:
    key = {"Idempotency-Key": "k" * 255}
    first = sandbox.record("s-1", "v-1", headers=key)
    again = sandbox.record("s-1", "v-1", headers=key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    for seller, violation, more, field in (
        ("s-1", "v-2", {}, "violation_id"),
        ("s-2", "v-1", {}, "seller_id"),
        ("s-1", "v-1", {"points": 3}, "points"),
    ):
        other = sandbox.record(seller, violation, headers=key, **more)
        assert (other.status_code, other.json()["type"]) == (409, "/problems/told-differently")
        assert other.json()["field"] == field
    assert sandbox.record("s-1", "v-2", headers=key, reported_by="another").status_code == 201


def test_a_refusal_keeps_no_key(sandbox: World) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert sandbox.record("s-1", "v-1", "no-such-rule", headers=key).status_code == 404
    assert sandbox.record("s-1", "v-1", headers=key).status_code == 201


def test_a_key_is_kept_for_thirty_days(sandbox: World) -> None:
    key = {"Idempotency-Key": "k-1"}
    sandbox.record("s-1", "v-1", headers=key)
    sandbox.move("2026-01-31T00:00:00Z")
    assert sandbox.record("s-1", "v-2", headers=key).status_code == 201


@pytest.mark.parametrize(
    ("change", "status", "name", "field"),
    [
        ({"rule": "weapon"}, 404, "unknown-rule", "rule"),
        ({"points": 49}, 409, "points-out-of-range", "points"),
        ({"points": -1}, 422, "malformed-body", "points"),
        ({"points": 2.5}, 422, "malformed-body", "points"),
        ({"effective_at": "2026-01-01T00:00:00.000001Z"}, 409, "effective-in-future", "effective_at"),  # noqa: E501
        ({"effective_at": "2025-06-01T00:00:00"}, 422, "malformed-instant", "effective_at"),
        ({"effective_at": "2019-06-01T00:00:00Z"}, 409, "before-first-pack", "effective_at"),
        ({"effective_at": "9999-12-31T23:59:59-12:00"}, 422, "malformed-instant", "effective_at"),
        ({"effective_at": "0001-01-01T00:00:00+12:00"}, 422, "malformed-instant", "effective_at"),
        ({"severity": "serious"}, 409, "severity-not-accepted", "severity"),
        ({"rule": "trademark"}, 409, "severity-required", "severity"),
        ({"rule": "trademark", "severity": "grave"}, 422, "malformed-body", "severity"),
        ({"rule": "trademark", "severity": "general", "source": "bot"}, 409, "unknown-source",
         "source"),
        ({"violation_id": "v" * 129}, 422, "malformed-body", "violation_id"),
        ({"violation_id": "v 1"}, 422, "malformed-body", "violation_id"),
        ({"statement": ""}, 422, "malformed-body", "statement"),
        ({"statement": "x" * 5001}, 422, "malformed-body", "statement"),
        ({"statement": "nul \0"}, 422, "malformed-body", None),
        ({"seller_id": "s-2"}, 422, "malformed-body", "seller_id"),
        ({"mood": "bad"}, 422, "malformed-body", "mood"),
        ({"reported_by": None}, 422, "malformed-body", "reported_by"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded(
    sandbox: World, change: dict[str, Any], status: int, name: str, field: str | None
) -> None:
    before = sandbox.get("/v1/facts")
    answer = sandbox.client.post("/v1/sellers/s-1/violations", json=report("v-1") | change)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{name}"), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem.get("field") == field
    assert sandbox.get("/v1/facts") == before


@pytest.mark.parametrize(
    ("content", "kind", "status", "name"),
    [
        (b"{", "application/json", 422, "malformed-body"),
        (b"[]", "application/json", 422, "malformed-body"),
        (b"\xff", "application/json", 422, "malformed-body"),
        (b"[" * 100_000, "application/json", 422, "malformed-body"),
        (b" " * (1 << 20) + b"{}", "application/json", 413, "body-too-large"),
        (b"{}", "text/plain", 415, "wrong-media-type"),
    ],
)
def test_bodies_that_cannot_be_read(
    sandbox: World, content: bytes, kind: str, status: int, name: str
) -> None:
    answer = sandbox.client.post(
        "/v1/sellers/s-1/violations", content=content, headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{name}")


def test_an_oversized_key_is_refused(sandbox: World) -> None:
    answer = sandbox.record("s-1", "v-1", headers={"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_what_is_not_there_cannot_be_annulled(sandbox: World) -> None:
    answer = sandbox.annul("s-1", "v-1")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-violation")
    assert sandbox.client.get("/v1/sellers/s-1/violations/v-1").status_code == 404


def test_violations_are_listed_by_status_and_family_in_pages(sandbox: World) -> None:
    for n in range(3):
        sandbox.record("s-1", f"w-{n}", points=1)
        sandbox.record("s-1", f"f-{n}", "false-delivery", points=1)
    sandbox.move("2026-02-01T00:00:00Z")
    sandbox.record("s-1", "new", points=1)
    sandbox.annul("s-1", "w-1")
    sandbox.move("2027-01-15T00:00:00Z")

    def ids(**query: Any) -> list[str]:
        page = sandbox.get("/v1/sellers/s-1/violations", **query)
        found = [violation["violation_id"] for violation in page["violations"]]
        while page["next"] is not None:
            page = sandbox.get("/v1/sellers/s-1/violations", **query, page_token=page["next"])
            assert 0 < len(page["violations"]) <= query.get("limit", 100)
            found += [violation["violation_id"] for violation in page["violations"]]
        return found

    everything = ["w-0", "f-0", "w-1", "f-1", "w-2", "f-2", "new"]
    for limit in (1, 2, 3, 7, 100):
        assert ids(limit=limit) == everything
    assert ids(status="cancelled") == ["w-1"]
    assert ids(status="current") == ["new"]
    assert ids(status="expired", limit=2) == ["w-0", "f-0", "f-1", "w-2", "f-2"]
    assert ids(family="transaction", limit=1) == ["f-0", "f-1", "f-2"]
    assert ids(family="prohibited", status="expired", limit=2) == ["w-0", "w-2"]
    assert ids(family="listing-quality") == []
    first = sandbox.get("/v1/sellers/s-1/violations", limit=2)
    after = sandbox.get("/v1/sellers/s-1/violations", after=first["next"], limit=1)
    assert after["violations"][0]["violation_id"] == "w-1"
    assert sandbox.get("/v1/sellers/nobody/violations") == {"violations": [], "next": None}


@pytest.mark.parametrize(
    ("query", "field", "accepted"),
    [
        ({"status": "gone"}, "status", "'current', 'cancelled' or 'expired'"),
        ({"family": "misc"}, "family", None),
        ({"limit": "0"}, "limit", None),
        ({"limit": "1001"}, "limit", None),
        ({"page_token": "x"}, "page_token", None),
        ({"after": "-1"}, "after", None),
        ({"after": "1", "page_token": "1"}, "page_token", "one of them"),
        (
            {"rule": "weapons"},
            "rule",
            "after, appealable, family, limit, min_position, page_token, status",
        ),
    ],
)
def test_what_cannot_be_listed(
    sandbox: World, query: dict[str, str], field: str, accepted: str | None
) -> None:
    answer = sandbox.client.get("/v1/sellers/s-1/violations", params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert accepted is None or answer.json()["accepted"] == accepted


def test_what_the_asker_calls_the_matter_stays_with_every_fact(sandbox: World) -> None:
    headers = {"Correlation-Id": "case-7"}
    sandbox.record("s-1", "v-1", points=48, headers=headers)
    facts = sandbox.get("/v1/sellers/s-1/timeline")["facts"]
    assert [fact["correlation_id"] for fact in facts] == ["case-7"] * 3
