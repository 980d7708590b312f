"""What is no scenario, every mistake at once; who may ask; and that too many do not wait."""

from typing import Any

import pytest

from api.what_if import runs
from ledger.facts.refusal import Refusal
from ledger.store.refusals import Busy
from tests.api.routes.world import World

JSON = "application/json"
TOML = "application/toml"
LIMIT = b'{"name": "n", "policy": {"patch": {"buckets.points.limit": 36}}}'
BODIES: list[tuple[bytes, str, int, str]] = [
    (b"", JSON, 422, "malformed-scenario"),
    (b"{", JSON, 422, "malformed-scenario"),
    (b"[]", JSON, 422, "malformed-scenario"),
    (b"null", JSON, 422, "malformed-scenario"),
    (b"\xff", JSON, 422, "malformed-scenario"),
    (b"{}", JSON, 422, "malformed-scenario"),
    (b'{"name": "n", "name": "m"}', JSON, 422, "malformed-scenario"),
    (b'{"name": 1}', JSON, 422, "malformed-scenario"),
    (b'{"name": "a\\u0000b"}', JSON, 422, "malformed-scenario"),
    (b'{"name": "n", "known_at": NaN}', JSON, 422, "malformed-scenario"),
    (b'{"name": "n", "known_at": "2099-01-01T00:00:00Z"}', JSON, 422, "malformed-scenario"),
    (b'{"name": "n", "policy": {"pack": "ebay@2020-01-01"}}', JSON, 422, "malformed-scenario"),
    (b'{"name": "n", "population": {}}', JSON, 422, "malformed-scenario"),
    (b"[" * 100_000, JSON, 422, "malformed-scenario"),
    (b"name = ", TOML, 422, "malformed-scenario"),
    (b"\xff", TOML, 422, "malformed-body"),
    (LIMIT, "text/html", 415, "wrong-media-type"),
    (b" " * (3 << 20), JSON, 413, "body-too-large"),
]


def post(world: World, body: bytes, kind: str = JSON, **headers: str) -> Any:
    return world.client.post("/v1/what-if", content=body, headers={"Content-Type": kind, **headers})


def test_what_is_no_scenario_is_refused_and_keeps_nothing(live: World) -> None:
    for body, kind, status, name in BODIES:
        answer = post(live, body, kind)
        told = answer.json()
        assert (answer.status_code, told["type"]) == (status, f"/problems/{name}"), body[:60]
        assert name != "malformed-scenario" or told["mistakes"]
    assert live.get("/v1/what-if")["runs"] == []


def test_every_mistake_is_told_at_once(live: World) -> None:
    body = (
        b'{"name": "n", "facts": {"leave_out": [{"rule": "weapon"}]}, '
        b'"policy": {"patch": {"buckets.point.limit": 36}}, "colour": "red"}'
    )
    told = post(live, body).json()
    assert [(each["where"], each["found"]) for each in told["mistakes"]] == [
        ("colour", "an unknown key"),
        ("facts.leave_out[0].rule", '"weapon"'),
        ("policy.patch.buckets.point.limit", '"point", unknown there'),
    ]
    assert told["mistakes"][1]["accepted"] == "weapons, if that was meant"
    assert told["field"] == "colour"


def test_toml_is_read_too(live: World) -> None:
    body = b'name = "n"\n[policy.patch]\n"buckets.points.limit" = 36\n'
    key = {"Idempotency-Key": "k"}
    answer = post(live, body, TOML, **key)
    assert answer.status_code == 202, answer.text
    again = post(live, LIMIT, JSON, **key)
    assert (again.json()["id"], again.headers["idempotency-replayed"]) == (
        answer.json()["id"], "true",
    )  # fmt: skip


@pytest.mark.parametrize("path", ["", "/result", "/sellers", "/sellers/s-1", "/report"])
@pytest.mark.parametrize("run", ["00000000000", "x", "..%2F..", "1k0w0rh4bkeu", "ILOU0000000"])
def test_unknown_runs(live: World, run: str, path: str) -> None:
    answer = live.client.get(f"/v1/what-if/{run}{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] in ("/problems/unknown-run", "/problems/not-found")
    if not path:
        assert live.client.delete(f"/v1/what-if/{run}").status_code == 404


def test_a_run_without_a_result_says_so(live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live.parts.what_if, "look", lambda: None)
    run = post(live, LIMIT).json()["id"]
    for path in ("result", "sellers", "sellers/s-1", "report"):
        answer = live.client.get(f"/v1/what-if/{run}/{path}")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/run-not-done")
    for _ in range(2):
        answer = live.client.delete(f"/v1/what-if/{run}")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


def test_more_than_may_wait_are_told_to_come_back(
    live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.parts.what_if, "look", lambda: None)
    monkeypatch.setattr(runs, "MOST_WAITING", 2)
    first, second = (post(live, LIMIT).json()["id"] for _ in range(2))
    refused = post(live, LIMIT, **{"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
    assert int(refused.headers["retry-after"]) > 0
    live.client.delete(f"/v1/what-if/{first}")
    taken = post(live, LIMIT, **{"Idempotency-Key": "k"})
    assert (taken.status_code, "idempotency-replayed" in taken.headers) == (202, False)
    queued = [each["id"] for each in live.get("/v1/what-if", state="queued")["runs"]]
    assert queued == [taken.json()["id"], second]


def test_actors_keys_are_their_own(locked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world, keys = locked
    monkeypatch.setattr(world.parts.what_if, "look", lambda: None)
    head = {"Idempotency-Key": "same"}
    told = [post(world, LIMIT, **head, **keys[who]).json() for who in ("investigator", "root")]
    assert [each["asked_by"] for each in told] == ["investigator", "root"]
    assert told[0]["id"] != told[1]["id"]


def test_a_folder_that_is_taken_away_is_a_run_that_is_not_there(live: World) -> None:
    kept = live.parts.what_if.runs
    run = kept.add({"name": "n"}, None, 1)
    kept.cancel(run.run_id, 2)
    assert [each.run_id for each in kept.all()] == [run.run_id]
    for path in sorted((kept.folder / run.run_id).iterdir()):
        path.unlink()
    (kept.folder / run.run_id).rmdir()
    assert list(kept.all()) == []
    with pytest.raises(Refusal, match="no run has this id"):
        kept.cancel(run.run_id, 3)


def test_a_folder_that_takes_nothing_is_told(live: World) -> None:
    kept = live.parts.what_if.runs.folder
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch()
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = post(live, LIMIT, **headers)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")


def test_ids_go_by_time() -> None:
    told = [runs.id_of(instant) for instant in (0, 1, 31, 32, 1_790_000_000_000_000, 1 << 54)]
    assert told == sorted(told)
    assert {len(each) for each in told} == {11}
    assert Busy.retry_after_s > 0
