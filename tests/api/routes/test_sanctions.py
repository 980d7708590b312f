"""Letting a sanction go takes two people."""

from typing import Any

import pytest

from tests.api.routes.world import World


def suspend(world: World) -> str:
    world.record("s-1", "v-1", points=48)
    return world.standing("s-1")["sanctions"][0]["sanction_id"]


@pytest.mark.parametrize("second", ["waived_by", "confirmed_by"])
def test_one_proposes_and_another_confirms(sandbox: World, second: str) -> None:
    sanction = suspend(sandbox)
    proposed = sandbox.waive("s-1", sanction, reason="too hard", waived_by="ann")
    assert (proposed.status_code, proposed.json()["waiver"]) == (200, "proposed")
    assert proposed.json()["standing"]["status"] == "suspended"
    alone = sandbox.waive("s-1", sanction, reason="really", waived_by="ann")
    assert (alone.status_code, alone.json()["type"]) == (409, "/problems/told-differently")
    waived = sandbox.waive("s-1", sanction, **{second: "bob"}).json()
    assert waived["waiver"] == "waived"
    assert waived["sanction"]["until"] == "2026-01-01T00:00:00.000000Z"
    assert [fact["kind"] for fact in waived["facts"]] == [
        "second-person-confirmed.v1",
        "sanction-waived.v1",
        "funds-released.v1",
    ]
    assert waived["standing"]["status"] == "active"
    assert sandbox.standing("s-1")["can_withdraw"] is True


def test_a_proposal_and_a_confirmation_told_twice(sandbox: World) -> None:
    sanction = suspend(sandbox)
    first = sandbox.waive("s-1", sanction, reason="too hard", waived_by="ann")
    again = sandbox.waive("s-1", sanction, reason="too hard", waived_by="ann")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    last = sandbox.waive("s-1", sanction, waived_by="bob")
    again = sandbox.waive("s-1", sanction, waived_by="bob")
    assert (again.content, again.headers["idempotency-replayed"]) == (last.content, "true")


@pytest.mark.parametrize(
    ("sanction", "body", "status", "name", "field"),
    [
        ("sanction-9", {"reason": "r", "waived_by": "ann"}, 404, "unknown-sanction", "sanction_id"),
        (None, {"waived_by": "ann"}, 422, "reason-missing", "reason"),
        (None, {"reason": "r"}, 422, "malformed-body", "waived_by"),
        (None, {"reason": "r", "waived_by": "a", "confirmed_by": "b"}, 422, "malformed-body",
         "confirmed_by"),
        (None, {"reason": "", "waived_by": "ann"}, 422, "malformed-body", "reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_waived(
    sandbox: World,
    sanction: str | None,
    body: dict[str, Any],
    status: int,
    name: str,
    field: str,
) -> None:
    answer = sandbox.waive("s-1", suspend(sandbox) if sanction is None else sanction, **body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{name}")
    assert answer.json()["field"] == field


def test_what_was_lifted_cannot_be_waived(sandbox: World) -> None:
    sanction = suspend(sandbox)
    sandbox.annul("s-1", "v-1")
    answer = sandbox.waive("s-1", sanction, reason="r", waived_by="ann")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/sanction-not-in-force")
