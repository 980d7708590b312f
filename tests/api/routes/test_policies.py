"""Policy packs: read, checked and published."""

from typing import Any

import pytest

from ledger.policy.shipped import load_pack
from tests.api.routes.world import World

TOML = {"Content-Type": "application/toml"}
LATER = "2026-07-01"


def edition(day: str = LATER, **words: str) -> str:
    text = load_pack("aliexpress").replace("2020-01-01T00:00:00Z", f"{day}T00:00:00Z")
    text = text.replace('edition = "2020-01-01"', f'edition = "{day}"')
    assert day in text
    for before, after in words.items():
        text = text.replace(before, after)
    return text


def publish(world: World, text: str) -> Any:
    return world.client.post("/v1/policies", content=text, headers=TOML)


def test_published_editions_are_listed(live: World) -> None:
    page = live.get("/v1/policies", limit=1)
    rest = live.get("/v1/policies", after=page["next"])
    both = page["policies"] + rest["policies"]
    assert [found["policy"] for found in both] == [
        "aliexpress-ladder@2020-01-01",
        "aliexpress@2020-01-01",
    ]
    assert both[1]["recorded_at"] == both[1]["effective_from"] == "2020-01-01T00:00:00.000000Z"


def test_a_pack_says_everything_with_its_sources(live: World) -> None:
    found = live.get("/v1/policies/aliexpress")
    assert found["policy"]["policy"] == "aliexpress@2020-01-01"
    assert found["document"]["name"] == "aliexpress"
    assert found == live.get("/v1/policies/aliexpress@2020-01-01")
    assert found == live.get("/v1/policies/aliexpress", at="2024-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("pack", "query", "status", "name"),
    [
        ("alibaba", {}, 404, "unknown-pack"),
        ("aliexpress@1999-01-01", {}, 404, "unknown-pack"),
        ("aliexpress", {"at": "2019-01-01T00:00:00Z"}, 409, "before-first-pack"),
        ("aliexpress", {"at": "now"}, 422, "malformed-instant"),
        ("aliexpress", {"on": "now"}, 422, "unknown-parameter"),
    ],
)
def test_packs_that_are_not_there(
    live: World, pack: str, query: dict[str, str], status: int, name: str
) -> None:
    answer = live.client.get(f"/v1/policies/{pack}", params=query)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{name}")


def test_a_pack_is_checked_without_being_published(live: World) -> None:
    good = live.client.post("/v1/policies:check", content=edition(), headers=TOML).json()
    assert (good["ok"], good["mistakes"]) == (True, [])
    assert good["policy"] == f"aliexpress@{LATER}"
    as_json = live.client.post("/v1/policies:check", json={"toml": edition()})
    assert as_json.json() == good
    bad = live.client.post("/v1/policies:check", json={"toml": "name = 1"})
    assert (bad.status_code, bad.json()["ok"]) == (200, False)
    assert {"where": "name", "found": "1"}.items() <= next(
        mistake for mistake in bad.json()["mistakes"] if mistake["where"] == "name"
    ).items()
    assert len(live.get("/v1/policies")["policies"]) == 2


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"", "image/png", 415), (b"\xff", "application/toml", 422), (b"{}", "application/json", 422),
     (b" " * 2_000_001, "application/toml", 413)],
)  # fmt: skip
def test_packs_that_cannot_be_read(live: World, content: bytes, kind: str, status: int) -> None:
    for address in ("/v1/policies:check", "/v1/policies"):
        answer = live.client.post(address, content=content, headers={"Content-Type": kind})
        assert answer.status_code == status


def test_an_edition_is_published_and_decides_from_its_day_on(sandbox: World) -> None:
    before = sandbox.record("s-1", "v-1").json()["standing"]
    sandbox.move("2026-02-01T00:00:00Z")
    answer = publish(sandbox, edition())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["policy"]["policy"] == f"aliexpress@{LATER}"
    fact = sandbox.get("/v1/facts", kind="policy-published", after="2")["facts"][0]
    assert (fact["position"], fact["actor"], fact["seller_id"]) == (
        told["position"],
        "operator",
        None,
    )
    found = sandbox.standing("s-1")
    assert (found["policy"], found["valid_until"]) == (
        "aliexpress@2020-01-01",
        f"{LATER}T00:00:00.000000Z",
    )
    sandbox.move(f"{LATER}T00:00:00Z")
    assert sandbox.standing("s-1")["policy"] == f"aliexpress@{LATER}"
    assert sandbox.record("s-1", "v-2").json()["violation"]["policy"] == f"aliexpress@{LATER}"
    assert before == sandbox.standing("s-1", as_of=before["as_of"], known_at=before["known_at"])
    in_force = sandbox.get("/v1/policies/aliexpress", at="2026-06-30T00:00:00Z")
    assert in_force["policy"]["policy"] == "aliexpress@2020-01-01"


def test_an_edition_published_twice_is_one(sandbox: World) -> None:
    first = publish(sandbox, edition())
    again = publish(sandbox, edition())
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    other = publish(sandbox, edition() + "\n# The same, but for a remark.\n")
    assert other.status_code == 200
    differs = publish(
        sandbox, edition(**{"refire_after_waiver = true": "refire_after_waiver = false"})
    )
    assert (differs.status_code, differs.json()["type"]) == (409, "/problems/told-differently")


def test_an_edition_cannot_begin_in_the_past(sandbox: World) -> None:
    answer = publish(sandbox, edition("2025-07-01"))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/published-too-late")


def test_a_pack_that_fails_its_check_is_not_published(sandbox: World) -> None:
    answer = publish(sandbox, "name = 1")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed-pack")
    assert len(sandbox.get("/v1/policies")["policies"]) == 2


def test_a_pack_that_demands_an_impact_report_is_not_published_without(live: World) -> None:
    text = edition("2091-01-01") + '\n[publishing]\nimpact_report = "required"\n'
    answer = publish(live, text)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/impact-report-missing")
    assert "policy impact" in answer.json()["accepted"]
    assert answer.json()["field"] == "publishing.impact_report"


def test_editions_are_compared(live: World) -> None:
    path = "/v1/policies/aliexpress/differences"
    assert live.get(path)["differences"] == []
    found = live.get(path, **{"from": "aliexpress-ladder@2020-01-01", "to": "2024-01-01T00:00:00Z"})
    assert found["before"]["policy"] == "aliexpress-ladder@2020-01-01"
    assert found["after"]["policy"] == "aliexpress@2020-01-01"
    said = {each["path"]: each["says"] for each in found["differences"]}
    assert said["name"] == "The name changes from aliexpress-ladder to aliexpress."


def test_a_pack_is_told_as_its_file_says_it(live: World) -> None:
    answer = live.client.get("/v1/policies/aliexpress", headers={"Accept": "application/toml"})
    checked = live.client.post("/v1/policies:check", content=answer.content, headers=TOML).json()
    assert checked["policy"] == checked["compared_with"] == "aliexpress@2020-01-01"
    assert checked["digest"] == live.get("/v1/policies/aliexpress")["policy"]["digest"]
    assert checked["differences"] == []
