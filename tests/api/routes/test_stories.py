"""The story of a case: its facts with what was said, for who decides; and the queue of appeals."""

from typing import Any

import psycopg

from tests.api.routes.world import World


def kinds(story: Any) -> list[str]:
    return [fact["kind"].removesuffix(".v1") for fact in story["facts"]]


def appealed(world: World) -> None:
    world.record("s-1", "v-1", "weapons", evidence=["photograph/1"])
    world.record("s-1", "v-2", "weapons")
    path = "/v1/sellers/s-1/violations/v-2/appeals"
    filed = world.client.post(path, json={"reason": "A cook's.", "filed_by": "shop"})
    assert filed.status_code == 201


def test_of_a_violation_it_says_what_was_said_and_what_it_set_off(sandbox: World) -> None:
    appealed(sandbox)
    first = sandbox.get("/v1/sellers/s-1/violations/v-1/story")
    assert kinds(first) == ["violation-recorded"]
    assert first["facts"][0]["said"]["statement"] == "Seen in the shop."
    assert first["facts"][0]["said"]["evidence"] == ["photograph/1"]
    story = sandbox.get("/v1/sellers/s-1/violations/v-2/story")
    assert kinds(story) == [
        "violation-recorded", "sanction-imposed", "funds-frozen", "appeal-filed"
    ]  # fmt: skip
    assert story["facts"][3]["said"]["reason"] == "A cook's."
    assert sandbox.client.get("/v1/sellers/s-1/violations/v-9/story").status_code == 404
    assert sandbox.client.get("/v1/disputes/d-9/story").status_code == 404
    assert sandbox.client.get("/v1/reports/r-9/story").status_code == 404


def test_who_reads_what_was_said_is_recorded_and_what_was_erased_is_gone(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.get("/v1/sellers/s-1/violations/v-1/story")
    (read,) = sandbox.get("/v1/facts", kind="sensitive-record-read")["facts"]
    assert read["data"]["what"] == "violation-texts"
    body = {"reason": "no-longer-needed", "erased_by": "ann"}
    assert sandbox.move("2026-02-01T00:00:00Z").status_code == 200
    erased = sandbox.client.post("/v1/sellers/s-1/erasure", json=body)
    assert erased.status_code == 200, erased.text
    story = sandbox.get("/v1/sellers/s-1/violations/v-1/story")
    assert (story["facts"][0]["said"], story["facts"][0]["erased"]) == (None, True)


def test_the_queue_says_what_is_at_stake_and_who_may_decide(sandbox: World) -> None:
    appealed(sandbox)
    (row,) = sandbox.get("/v1/appeals", status="filed")["appeals"]
    assert (row["points"], row["strikes"], row["reported_by"]) == (24, 0, "svc")

    def rounds(**wanted: Any) -> int:
        return len(sandbox.get("/v1/appeals", **wanted)["appeals"])

    assert [rounds(independent_of=who) for who in ("ana", "svc", "shop", "s-1")] == [1, 0, 0, 0]
    assert [rounds(within_hours=hours) for hours in (47, 48)] == [0, 1]
    decision = {"outcome": "rejected", "reviewer": "ana", "reasons": "so"}
    path = "/v1/sellers/s-1/violations/v-2/appeals/1/decision"
    assert sandbox.client.post(path, json=decision).status_code == 200
    assert rounds(independent_of="ana") == 0


def test_of_a_dispute_it_says_what_each_side_brought(sandbox: World, dsn: str) -> None:
    amount = {"amount": "20.00", "currency": "EUR"}
    claim = {
        "dispute_id": "d-1", "order_id": "o-1", "seller_id": "s-1", "buyer_id": "b-1",
        "reason": "not-as-described", "order_amount": amount,
        "shipped_at": "2025-12-20T00:00:00Z", "receipt_confirmed_at": "2025-12-30T00:00:00Z",
        "requested": {"refund": amount, "return": False},
    }  # fmt: skip
    assert sandbox.client.post("/v1/disputes", json=claim).status_code == 201
    brought = {"by": "buyer", "evidence": ["crack/1"]}
    answer = sandbox.client.post("/v1/disputes/d-1/evidence", json=brought)
    assert answer.status_code == 200, answer.text
    story = sandbox.get("/v1/disputes/d-1/story")
    assert kinds(story) == ["dispute-opened", "dispute-evidence-added"]
    assert story["facts"][1]["said"]["evidence"] == ["crack/1"]
    with psycopg.connect(dsn) as connection:
        (lines,) = connection.execute(
            "SELECT count(*) FROM stored_events WHERE topic LIKE 'sensitive-record-read%'"
        ).fetchone() or (0,)
    assert lines == 1
