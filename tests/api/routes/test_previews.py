"""What a command would bring about, asked over HTTP."""

from typing import Any

import psycopg
import pytest

from tests.api.routes.world import World, line
from tests.store.opened import log_rows

ADDRESS = "/v1/commands:preview"


def preview(world: World, command: dict[str, Any], status: int = 200) -> Any:
    answer = world.client.post(ADDRESS, json=command)
    assert answer.status_code == status, answer.text
    return answer.json()


def kinds(told: Any) -> list[str]:
    return [fact["kind"] for fact in told["facts"]]


def test_the_last_violation_would_suspend_and_nothing_is_written(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "weapons")
    before = log_rows(sandbox.ledger.dsn)
    told = preview(sandbox, line("s-1", "v-2", rule="weapons"))
    assert (told["standing"]["status"], told["after"]["status"]) == ("active", "suspended")
    assert told["after"]["buckets"][0]["value"] == 48
    assert kinds(told) == ["violation-recorded.v1", "sanction-imposed.v1", "funds-frozen.v1"]
    recorded = told["facts"][0]
    assert (recorded["fact_id"], recorded["data"]["points"]) == ("seller-s-1.2", 24)
    assert "seal" not in recorded["data"]
    assert told["after"]["position"] == told["standing"]["position"]
    assert log_rows(sandbox.ledger.dsn) == before
    done = sandbox.record("s-1", "v-2", "weapons").json()
    assert [fact["fact_id"] for fact in done["facts"]] == [f["fact_id"] for f in told["facts"]]
    assert done["standing"] | {"position": ""} == told["after"] | {"position": ""}


def test_of_a_seller_nobody_has_heard_of_no_key_is_kept(live: World) -> None:
    told = preview(live, line("s-new", "v-1"))
    assert told["standing"]["buckets"][0]["value"] == 0
    assert told["after"]["buckets"][0]["value"] == 24
    with psycopg.connect(live.ledger.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM seller_key").fetchone() == (0,)
    assert live.get("/v1/sellers/s-new/timeline")["facts"] == []


def test_what_was_told_before_would_add_nothing(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    told = preview(sandbox, line("s-1", "v-1"))
    assert (told["replayed"], told["facts"]) == (True, [])
    assert told["after"] == told["standing"]
    other = preview(sandbox, line("s-1", "v-1", rule="seeds"), 409)
    assert (other["type"], other["field"]) == ("/problems/told-differently", "rule")


def test_who_had_a_part_in_it_is_told_so_before_they_try(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "weapons")
    appeal = "/v1/sellers/s-1/violations/v-1/appeals"
    sandbox.client.post(appeal, json={"reason": "no", "filed_by": "shop", "evidence": ["p"]})
    decision = {
        "command": "decide-appeal", "seller_id": "s-1", "violation_id": "v-1", "round": 1,
        "outcome": "upheld", "reviewer": "svc", "reasons": "so",
    }  # fmt: skip
    problem = preview(sandbox, decision, 409)
    del decision["command"], decision["seller_id"], decision["violation_id"], decision["round"]
    real = sandbox.client.post(f"{appeal}/1/decision", json=decision).json()
    assert problem | {"instance": ""} == real | {"instance": ""}


def test_one_of_two_people_sees_that_a_second_is_needed(sandbox: World) -> None:
    imposed = {
        "command": "impose-sanction", "seller_id": "s-1", "sanction_id": "desk-1",
        "kind": "suspension", "reason": "seen", "imposed_by": "ann",
    }  # fmt: skip
    told = preview(sandbox, imposed)
    assert kinds(told) == ["sanction-proposed.v1"]
    assert told["after"]["status"] == "active"


def test_a_deadline_that_nobody_recorded_yet_holds_here_too(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "weapons")
    sandbox.move("2026-01-05T00:00:00.000001Z")
    filing = {
        "command": "file-appeal", "seller_id": "s-1", "violation_id": "v-1", "reason": "no",
        "filed_by": "shop",
    }  # fmt: skip
    assert preview(sandbox, filing, 409)["type"] == "/problems/appeal-too-late"


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"", 422, "malformed-body"),
        (b"[]", 422, "malformed-body"),
        (b'{"command": "fly"}', 422, "malformed-body"),
        (b'{"command": "record-violation", "seller_id": "s-1"}', 422, "malformed-body"),
        (b'{"command": "rule-dispute", "reasons": "\\u0000"}', 422, "malformed-body"),
        (b" " * 70_000, 413, "body-too-large"),
    ],
)
def test_what_is_no_command_is_refused(live: World, body: bytes, status: int, name: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = live.client.post(ADDRESS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{name}")


def test_a_command_opens_to_its_own_scopes_and_to_its_own_name(locked: Any) -> None:
    world, keys = locked
    told = line("s-1", "v-1", reported_by="platform")
    for who, status in (("platform", 200), ("reviewer", 403), ("analyst", 403), ("root", 403)):
        answer = world.client.post(ADDRESS, json=told, headers=keys[who])
        assert answer.status_code == status, who
    assert answer.json()["type"] == "/problems/actor-mismatch"
