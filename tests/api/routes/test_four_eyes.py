"""Two people over HTTP: annulments, and sanctions by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response

from ledger.policy.document import canonical, read
from ledger.policy.patch import patched
from ledger.policy.shipped import load_pack
from tests.api.routes.world import World, world_of

SUSPENSION: dict[str, Any] = {"sanction_id": "by-hand-1", "kind": "suspension"}


def impose(world: World, seller: str = "s-1", **body: Any) -> Response:
    told = {"reason": "seen by hand", "imposed_by": "ann", **SUSPENSION, **body}
    return world.client.post(f"/v1/sellers/{seller}/sanctions", json=told)


def kinds(answer: Response) -> list[str]:
    return [fact["kind"] for fact in answer.json()["facts"]]


def problem(answer: Response) -> tuple[int, str, str | None]:
    told = answer.json()
    return answer.status_code, told["type"].removeprefix("/problems/"), told.get("field")


# -- sanctions by hand --------------------------------------------------------------------


def test_one_proposes_a_suspension_and_another_imposes_it(sandbox: World) -> None:
    proposed = impose(sandbox)
    assert (proposed.status_code, kinds(proposed)) == (200, ["sanction-proposed.v1"])
    told = proposed.json()
    assert (told["imposition"], told["sanction"]) == ("proposed", None)
    assert told["standing"]["status"] == "active"
    imposed = impose(sandbox, imposed_by="bob")
    assert kinds(imposed) == [
        "second-person-confirmed.v1",
        "sanction-imposed.v1",
        "funds-frozen.v1",
    ]
    assert imposed.json()["imposition"] == "imposed"
    assert imposed.json()["sanction"] == {
        "sanction_id": "by-hand-1",
        "kind": "suspension",
        "milestone": None,
        "from": "2026-01-01T00:00:00.000000Z",
        "until": None,
        "because_of": [],
    }
    standing = sandbox.standing("s-1")
    assert (standing["status"], standing["can_sell"], standing["can_withdraw"]) == (
        "suspended",
        False,
        False,
    )


def test_each_of_the_two_gets_its_own_answer_again(sandbox: World) -> None:
    first, second = impose(sandbox), impose(sandbox, imposed_by="bob")
    for by, earlier in (("ann", first), ("bob", second)):
        again = impose(sandbox, imposed_by=by)
        assert (again.content, again.headers["idempotency-replayed"]) == (earlier.content, "true")
    for field, value in (("reason", "another"), ("days", 3), ("listing_ids", ["l-1"])):
        assert problem(impose(sandbox, **{field: value})) == (409, "told-differently", field)
    assert problem(impose(sandbox, imposed_by="eve")) == (409, "told-differently", "imposed_by")


def test_a_sanction_about_listings_runs_to_its_end(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    removal = {
        "sanction_id": "removal-7",
        "kind": "product-removal",
        "days": 7,
        "listing_ids": ["l-1", "l-2"],
        "because_of": ["v-1"],
    }
    answer = impose(sandbox, **removal)
    assert kinds(answer) == ["sanction-imposed.v1"]
    (sanction,) = sandbox.standing("s-1")["sanctions"]
    assert sanction["listing_ids"] == ["l-1", "l-2"]
    assert (sanction["until"], sanction["because_of"]) == ("2026-01-08T00:00:00.000000Z", ["v-1"])
    (row,) = sandbox.get("/v1/sanctions")["sanctions"]
    assert (row["milestone"], row["bucket"], row["imposed_by"]) == (None, None, "ann")
    (told,) = sandbox.get("/v1/sellers/s-1/standing/explanation")["sanctions"]
    assert (told["by_hand"], told["threshold"], told["lifted_by"]["alone"]) == (True, None, [])
    sandbox.annul("s-1", "v-1")
    assert sandbox.standing("s-1")["status"] == "restricted"
    sandbox.move("2026-01-08T00:00:00Z")
    assert sandbox.standing("s-1")["status"] == "active"
    ended = sandbox.get("/v1/facts", kind="sanction-ended")["facts"]
    assert [fact["effective_at"] for fact in ended] == ["2026-01-08T00:00:00.000000Z"]


def test_a_waiver_ends_it(sandbox: World) -> None:
    impose(sandbox, kind="freeze-of-selling")
    sandbox.waive("s-1", "by-hand-1", reason="enough", waived_by="ann")
    assert sandbox.waive("s-1", "by-hand-1", waived_by="bob").json()["waiver"] == "waived"
    assert sandbox.standing("s-1")["can_sell"] is True


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"sanction_id": "sanction-4"}, (422, "reserved-sanction-id", "sanction_id")),
        ({"because_of": ["v-9"]}, (404, "unknown-violation", "because_of")),
        ({"kind": "exile"}, (422, "malformed-body", "kind")),
        ({"days": 0}, (422, "malformed-body", "days")),
        ({"bars": ["breathing"]}, (422, "malformed-body", "bars")),
        ({"listing_ids": []}, (422, "malformed-body", "listing_ids")),
        ({"reason": ""}, (422, "malformed-body", "reason")),
    ],
)
def test_what_cannot_be_imposed(
    sandbox: World, body: dict[str, Any], refused: tuple[int, str, str]
) -> None:
    answer = impose(sandbox, **body)
    status, name, field = problem(answer)
    assert (status, name) == refused[:2]
    assert (field or "").startswith(refused[2])
    assert name == "unknown-violation" or answer.json()["accepted"]


def test_a_batch_imposes_too(sandbox: World) -> None:
    told = {"command": "impose-sanction", "seller_id": "s-1", "reason": "r", **SUSPENSION}
    first, second, third = sandbox.batch(
        *({**told, "imposed_by": by} for by in ("ann", "bob", "ann"))
    )
    assert [first["status"], second["status"], third["status"]] == ["accepted"] * 3
    assert (first["replayed"], second["replayed"], third["replayed"]) == (False, False, True)


# -- who may, and who sees ----------------------------------------------------------------


def test_only_reviewers_impose_and_in_their_own_name(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    address = "/v1/sellers/s-1/sanctions"
    body = {"sanction_id": "h-1", "kind": "warning", "reason": "r", "imposed_by": "reviewer"}
    for name in ("shop", "platform", "analyst", "s-1"):
        assert world.client.post(address, json=body, headers=keys[name]).status_code == 403
    other = world.client.post(address, json={**body, "imposed_by": "ann"}, headers=keys["reviewer"])
    assert problem(other) == (403, "actor-mismatch", "imposed_by")
    assert world.client.post(address, json=body, headers=keys["reviewer"]).status_code == 200


def test_a_seller_sees_its_sanction_without_names_and_notes(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    body = {"sanction_id": "h-1", "kind": "suspension", "reason": "a secret note"}
    for name in ("reviewer", "root"):
        told = {**body, "imposed_by": name}
        world.client.post("/v1/sellers/s-1/sanctions", json=told, headers=keys[name])
    seen = [
        world.client.get(f"/v1/sellers/s-1/{what}", headers=keys["s-1"])
        for what in ("standing", "standing/explanation", "standing/forecast", "notices")
    ]
    assert [answer.status_code for answer in seen] == [200] * 4
    for answer in seen:
        assert not any(word in answer.text for word in ("reviewer", "root", "secret"))
    titles = [notice["title"] for notice in seen[-1].json()["notices"]]
    assert titles == ["Sanction imposed: suspension", "Funds frozen"]
    assert "The marketplace decided this." in seen[-1].json()["notices"][0]["text"]
    assert world.client.get("/v1/sanctions", headers=keys["s-1"]).status_code == 403


# -- annulments ---------------------------------------------------------------------------


@pytest.fixture
def strict(dsn: str) -> Iterator[World]:
    """Under a pack that lets one person take back no more than 12 points."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        edition = patched(
            read(load_pack("aliexpress")),
            {
                "edition": "2026-01-02",
                "published_at": "2026-01-01T00:00:00Z",
                "effective_from": "2026-01-02T00:00:00Z",
                "options.annulment_alone_up_to": 12,
            },
        )
        world.ledger.publish(canonical(edition), "ops")
        world.move("2026-01-03T00:00:00Z")
        yield world


def test_a_weighty_violation_is_taken_back_by_two(strict: World) -> None:
    strict.record("s-1", "v-1", points=48)
    proposed = strict.annul("s-1", "v-1")
    assert (proposed.status_code, proposed.json()["annulment"]) == (200, "proposed")
    assert kinds(proposed) == ["violation-annulment-proposed.v1"]
    assert proposed.json()["violation"]["status"] == "current"
    assert proposed.json()["standing"]["status"] == "suspended"
    again = strict.annul("s-1", "v-1")
    assert (again.content, again.headers["idempotency-replayed"]) == (proposed.content, "true")
    other = strict.annul("s-1", "v-1", reason="another")
    assert problem(other) == (409, "told-differently", "reason")
    done = strict.annul("s-1", "v-1", annulled_by="bob")
    assert done.json()["annulment"] == "annulled"
    assert kinds(done)[:2] == ["second-person-confirmed.v1", "violation-annulled.v1"]
    assert done.json()["violation"]["status"] == "cancelled"
    assert done.json()["standing"]["status"] == "active"
    again = strict.annul("s-1", "v-1", annulled_by="bob")
    assert (again.content, again.headers["idempotency-replayed"]) == (done.content, "true")


def test_a_light_one_by_one(strict: World) -> None:
    strict.record("s-1", "v-1", points=12)
    assert strict.annul("s-1", "v-1").json()["annulment"] == "annulled"
