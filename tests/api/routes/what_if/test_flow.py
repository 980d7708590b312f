"""A what-if from its asking to its end, on an application with its own worker."""

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as parquet
import pytest

from tests.api.routes.world import World, line, world_of

LIMIT = {"name": "a limit of 36", "policy": {"patch": {"buckets.points.limit": 36}}}
ENDED = {"done", "failed", "cancelled"}


@pytest.fixture(scope="module")
def asked(module_dsn: str) -> Iterator[tuple[World, str]]:
    """A world with a run that is done: of six sellers, four differ."""
    with world_of(module_dsn) as world:
        world.batch(
            *(
                line(f"s-{seller}", f"v-{seller}-{number}", rule="false-delivery")
                for seller in range(6)
                for number in range(3 if seller < 4 else 1)
            )
        )
        run = ask(world, LIMIT)
        assert ended(world, run)["state"] == "done"
        yield world, run


def ask(world: World, scenario: dict[str, Any], **headers: str) -> str:
    answer = world.client.post("/v1/what-if", json=scenario, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/what-if/{answer.json()['id']}"
    return answer.json()["id"]


def ended(world: World, run: str, within_s: float = 120) -> Any:
    until = time.monotonic() + within_s
    while (told := world.get(f"/v1/what-if/{run}"))["state"] not in ENDED:
        assert time.monotonic() < until, told
        assert 0 <= told["progress"] <= 1
        time.sleep(0.05)
    return told


def test_a_run_says_how_it_stands_and_what_came_of_it(asked: Any) -> None:
    world, run = asked
    told = world.get(f"/v1/what-if/{run}")
    assert (told["progress"], told["name"], told["why"]) == (1.0, "a limit of 36", None)
    result = world.get(f"/v1/what-if/{run}/result")
    assert (result["digest"], result["known_at"]) == (told["digest"], told["known_at"])
    assert result["summary"]["suspended"] == {
        "baseline": 0, "scenario": 4, "newly": 4, "spared": 0,
    }  # fmt: skip
    assert {"summary", "distributions", "series", "packs", "checkpoint"} <= result.keys()


def test_the_result_can_be_repeated_to_the_byte(asked: Any) -> None:
    world, run = asked
    result = world.client.get(f"/v1/what-if/{run}/result")
    again = ask(world, result.json()["scenario"])
    assert ended(world, again)["state"] == "done"
    assert world.client.get(f"/v1/what-if/{again}/result").content == result.content


def test_sellers_are_paged_and_come_as_files(asked: Any) -> None:
    world, run = asked
    path = f"/v1/what-if/{run}/sellers"
    pages: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = world.get(path, limit=3, **after)
        pages += page["sellers"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [row["seller_id"] for row in pages] == ["s-0", "s-1", "s-2", "s-3"]
    first = pages[0]
    assert first["baseline"]["status"] == "active"
    assert first["scenario"]["status"] == "suspended"
    assert first["baseline"]["buckets"] == first["scenario"]["buckets"]
    assert {"bucket": "points", "value": 36} in first["scenario"]["buckets"]
    for flag in ("can_sell", "can_promote", "can_withdraw"):
        assert (first["baseline"][flag], first["scenario"][flag]) == (True, False)
    [sanction] = first["scenario"]["sanctions"]
    assert (sanction["kind"], sanction["because_of"]) == ("suspension", ["v-0-2"])
    assert first["because_of"] == "v-0-2"

    def file(kind: str) -> Any:
        answer = world.client.get(path, headers={"Accept": kind})
        assert answer.status_code == 200
        return answer

    assert [json.loads(told) for told in file("application/x-ndjson").text.splitlines()] == pages
    told = list(csv.DictReader(io.StringIO(file("text/csv").text)))
    assert [row["seller_id"] for row in told] == [row["seller_id"] for row in pages]
    assert json.loads(told[0]["scenario"]) == first["scenario"]
    table = parquet.read_table(io.BytesIO(file("application/vnd.apache.parquet").content))
    assert table.column("seller_id").to_pylist() == [row["seller_id"] for row in pages]
    token = world.get(path, limit=1)["next"]
    refused = world.client.get("/v1/what-if", params={"after": token})
    assert (refused.status_code, refused.json()["field"]) == (422, "after")


def test_a_seller_is_told_side_by_side(asked: Any) -> None:
    world, run = asked
    differs = world.get(f"/v1/what-if/{run}/sellers/s-1")
    assert differs["differs"] == ["standing", "sanctions", "freezes"]
    assert differs["timelines"]["baseline"] == []
    assert [s["milestone"] for s in differs["timelines"]["scenario"]] == ["points-36"]
    alike = world.get(f"/v1/what-if/{run}/sellers/s-5")
    assert alike["differs"] == []
    assert alike["baseline"] == alike["scenario"]
    live = world.standing("s-5")
    for field in ("status", "can_sell", "can_promote", "can_withdraw"):
        assert alike["baseline"][field] == live[field]
    refused = world.client.get(f"/v1/what-if/{run}/sellers/nobody")
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-seller")


def test_what_is_recorded_later_changes_nothing_of_it(asked: Any) -> None:
    world, run = asked
    before = world.get(f"/v1/what-if/{run}/sellers/s-4")
    world.record("s-4", "v-later", rule="explosives")
    world.record("s-later", "v-1")
    assert world.get(f"/v1/what-if/{run}/sellers/s-4") == before
    assert world.client.get(f"/v1/what-if/{run}/sellers/s-later").status_code == 404


def test_the_report_is_a_page_that_can_do_nothing(asked: Any) -> None:
    world, run = asked
    answer = world.client.get(f"/v1/what-if/{run}/report")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert "a limit of 36" in answer.text


def test_runs_are_listed_and_counted(asked: Any) -> None:
    world, run = asked
    told = world.get("/v1/what-if", state="done")["runs"]
    assert run in [each["id"] for each in told]
    assert [each["id"] for each in told] == sorted((each["id"] for each in told), reverse=True)
    assert world.get("/v1/what-if", state="failed")["runs"] == []
    first = world.get("/v1/what-if", limit=1)
    assert len(first["runs"]) == 1
    numbers = world.client.get("/metrics").text
    assert f'ledger_what_if_runs{{state="done"}} {float(len(told))}' in numbers
    assert "ledger_what_if_worker_up 1.0" in numbers


def test_a_key_asks_once(asked: Any) -> None:
    world, _ = asked
    key = {"Idempotency-Key": "what-if-1"}
    run = ask(world, LIMIT, **key)
    again = world.client.post("/v1/what-if", json=LIMIT, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, run)
    assert again.headers["idempotency-replayed"] == "true"
    other = world.client.post("/v1/what-if", json={**LIMIT, "about": "why"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/told-differently")
    assert other.json()["field"] == "about"
    assert ask(world, LIMIT) != run


def test_what_was_asked_can_be_asked_again(asked: Any) -> None:
    world, run = asked
    told = world.get(f"/v1/what-if/{run}/scenario")
    assert told["scenario"] == LIMIT
    assert told["asks"] == [
        (
            "The policy says otherwise: the limit of suspension of the bucket points is 36 "
            "(buckets.points.limit = 36)."
        )
    ]
    checked = world.client.post(
        "/v1/what-if:check", content=told["toml"], headers={"Content-Type": "application/toml"}
    ).json()
    assert (checked["ok"], checked["read"]) == (True, told)
    wrong = world.client.post("/v1/what-if:check", json={"name": "x", "to": "then"}).json()
    assert (wrong["ok"], [each["where"] for each in wrong["mistakes"]]) == (False, ["to"])


def test_runs_have_a_headline_and_sellers_are_narrowed(asked: Any) -> None:
    world, run = asked
    counts = {"sellers": 6, "differ": 4, "newly_suspended": 4, "spared": 0}
    assert world.get(f"/v1/what-if/{run}")["headline"] == counts
    path = f"/v1/what-if/{run}/sellers"
    assert len(world.get(path, suspended="newly", differs="freezes")["sellers"]) == 4
    assert world.get(path, suspended="spared")["sellers"] == []
    assert [row["seller_id"] for row in world.get(path, q="s-2")["sellers"]] == ["s-2"]
    asked_by = world.client.post("/v1/what-if", json=LIMIT, params={"asked_by": "ina"}).json()
    assert asked_by["asked_by"] == "ina"
