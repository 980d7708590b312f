"""Reading what people wrote is a fact of the log; it moves nobody's standing, and nothing follows
from it.
"""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

import api
from api.reads import Read, _fact_of
from ledger.facts.reads import SensitiveRecordRead
from projections.archive.log_columns import log_table
from tests.api.routes.world import World, sign_all, world_of

KIND = "sensitive-record-read"
APPEALS = "/v1/sellers/s-1/violations/v-1/appeals"
HOLDS = "/v1/sellers/s-1/legal-holds"
NDJSON = {"Accept": "application/x-ndjson"}
TELLS_WORDS = {"appeals.py", "legal_holds.py"}
"""The lists that tell texts which can be erased."""


@pytest.fixture
def appealed(sandbox: World) -> World:
    sandbox.record("s-1", "v-1")
    told = {"reason": "These are butter knives.", "evidence": ["photo-1"], "filed_by": "s-1"}
    assert sandbox.client.post(APPEALS, json=told).status_code == 201
    return sandbox


def reads_told(world: World, **query: Any) -> list[Any]:
    return world.get("/v1/facts", kind=KIND, **query)["facts"]


def rows_told(world: World, what: str) -> list[Any]:
    return world.get("/v1/audit/reads", what=what)["reads"]


def test_a_page_of_words_is_one_fact(appealed: World) -> None:
    now = appealed.get("/v1/facts")["facts"][-1]["recorded_at"]
    assert len(appealed.get(APPEALS)["appeals"]) == 1
    (fact,) = reads_told(appealed, seller_id="s-1")
    assert (fact["seller_id"], fact["actor"], fact["recorded_at"]) == ("s-1", "operator", now)
    assert fact["fact_id"] == f"reads-{now[:7]}.1"
    assert fact["data"] == {
        "what": "appeal-texts", "seller_id": "s-1", "asked": {"violation_id": ["v-1"]}, "rows": 1,
    }  # fmt: skip
    (row,) = rows_told(appealed, "appeal-texts")
    assert (row["fact_id"], row["read_at"]) == (fact["fact_id"], fact["recorded_at"])
    assert reads_told(appealed, actor="operator") == reads_told(appealed) == [fact]
    assert appealed.get(f"/v1/facts/{fact['fact_id']}") == fact


def test_what_is_no_persons_words_is_none(appealed: World) -> None:
    for address in ("/v1/facts", "/v1/appeals", "/v1/sellers/s-1/timeline", "/v1/audit/reads"):
        appealed.get(address)
    appealed.get("/v1/facts/seller-s-1.1")
    assert appealed.proved("/v1/sellers/s-1/audit-bundle").status_code == 200
    assert appealed.get(HOLDS)["legal_holds"] == []
    assert reads_told(appealed) == []
    assert [row["fact_id"] for row in rows_told(appealed, "legal-holds")] == [None]


def test_nothing_else_moves(appealed: World) -> None:
    before = appealed.client.get("/v1/sellers/s-1/standing")
    timeline = appealed.get("/v1/sellers/s-1/timeline")
    changes = appealed.get("/v1/sellers")
    appealed.get(APPEALS)
    after = appealed.client.get("/v1/sellers/s-1/standing")
    assert (after.content, after.headers["ETag"]) == (before.content, before.headers["ETag"])
    assert appealed.get("/v1/sellers/s-1/timeline") == timeline
    assert appealed.get("/v1/sellers") == changes
    assert appealed.record("s-1", "v-2").json()["facts"][0]["fact_id"] == "seller-s-1.3"


def test_a_file_is_a_fact_before_it_leaves_and_its_rows_stay_beside(appealed: World) -> None:
    assert len(appealed.client.get(APPEALS, headers=NDJSON).text.splitlines()) == 1
    (fact,) = reads_told(appealed)
    assert fact["data"]["rows"] is None
    (row,) = rows_told(appealed, "appeal-texts")
    assert (row["fact_id"], row["rows"]) == (fact["fact_id"], 1)


def test_a_bundle_with_texts_is_one(appealed: World) -> None:
    address = "/v1/sellers/s-1/audit-bundle"
    assert appealed.proved(address, params={"texts": "yes"}).status_code == 200
    (fact,) = reads_told(appealed, seller_id="s-1")
    assert (fact["data"]["what"], fact["data"]["rows"]) == ("audit-bundle", 2)


def test_it_is_proved_as_every_fact_is(appealed: World, tmp_path: Path) -> None:
    appealed.get(APPEALS)
    sign_all(appealed, tmp_path)
    (fact,) = reads_told(appealed)
    proof = appealed.client.get(f"/v1/facts/{fact['fact_id']}/proof")
    assert proof.status_code == 200
    leaf = appealed.client.get(f"/v1/facts/{fact['fact_id']}/leaf")
    assert b"name sensitive-record-read.v1\n" in leaf.content


def test_each_month_has_a_stream(appealed: World) -> None:
    appealed.move("2031-01-31T23:59:59Z")
    appealed.get(APPEALS)
    appealed.get(APPEALS)
    appealed.move("2031-02-01T00:00:00Z")
    appealed.get(APPEALS)
    assert [fact["fact_id"] for fact in reads_told(appealed)] == [
        "reads-2031-01.1", "reads-2031-01.2", "reads-2031-02.1",
    ]  # fmt: skip


@pytest.mark.parametrize("headers", [{}, NDJSON])
def test_while_the_log_is_not_written_no_words_are_told(
    appealed: World, dsn: str, headers: dict[str, str]
) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE log_head SET importing = '2025.ndjson'")
        for _ in range(4):  # only two exports go at once: none may be left behind
            refused = appealed.client.get(APPEALS, headers=headers)
            told = refused.json()
            assert (refused.status_code, told["type"]) == (503, "/problems/read-not-recorded")
            assert "import '2025.ndjson' holds the log" in told["detail"]
            assert refused.headers["Retry-After"] == "5"
        assert appealed.client.get("/v1/facts", headers=headers).status_code == 200
        assert appealed.client.get("/v1/sellers/s-1/standing").status_code == 200
        connection.execute("UPDATE log_head SET importing = NULL")
    assert reads_told(appealed) == []
    assert appealed.client.get(APPEALS, headers=headers).status_code == 200


def test_no_fact_is_without_its_row(appealed: World, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE sensitive_read RENAME TO away")
        refused = appealed.client.get(APPEALS)
        connection.execute("ALTER TABLE away RENAME TO sensitive_read")
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/read-not-recorded")
    assert reads_told(appealed) == []


def test_who_reads_its_own_words_is_not_recorded(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    world.record("s-1", "v-1", headers=keys["platform"], reported_by="platform")
    told = {"reason": "Butter knives.", "filed_by": "platform"}
    assert world.client.post(APPEALS, json=told, headers=keys["platform"]).status_code == 201
    for who in ("s-1", "analyst", "shop"):
        world.client.get(APPEALS, headers=keys[who])
    found = world.client.get("/v1/facts", params={"kind": KIND}, headers=keys["analyst"])
    assert [fact["actor"] for fact in found.json()["facts"]] == ["analyst"]


def test_another_process_goes_on_from_there(appealed: World, dsn: str) -> None:
    with world_of(dsn, clock="test") as other:
        other.get(APPEALS)
        appealed.get(APPEALS)
        other.get(APPEALS)
        assert [fact["fact_id"].partition(".")[2] for fact in reads_told(other)] == ["1", "2", "3"]


def test_an_archive_tells_whose_words_and_not_who_read(appealed: World) -> None:
    appealed.get(APPEALS)
    reader = appealed.ledger.reader
    (fact,) = [f for f in reader.facts(0, 100, to=100) if isinstance(f.fact, SensitiveRecordRead)]
    (row,) = log_table([fact], None).to_pylist()
    assert {name: row[name] for name in ("kind", "seller", "about")} == {
        "kind": "sensitive-record-read.v1", "seller": "s-1", "about": "reads",
    }  # fmt: skip
    assert "operator" not in row.values()


def test_lists_of_words_say_so() -> None:
    """Whoever takes words from beside the log is known here, and declares it."""
    folder = Path(api.__file__).parent
    taking = {
        place.relative_to(folder).as_posix()
        for place in folder.rglob("*.py")
        if re.search(r"import .*\bsaid_with\b|\.prose\(", place.read_text())
    }
    assert taking == {f"lists/{name}" for name in TELLS_WORDS} | {"audit/bundle.py", "stories.py"}
    for name in TELLS_WORDS:
        assert "words=True" in (folder / "lists" / name).read_text()
    assert "words=texts" in (folder / "routes" / "audit.py").read_text()
    assert "words=words" in (folder / "routes" / "stories.py").read_text()


def test_no_free_text_is_in_it() -> None:
    found = _fact_of(Read("ann", "audit-bundle", {"seller_id": ["s-1"], "texts": ["true"]}, 3))
    assert (found.seller_id, found.asked) == ("s-1", {"texts": ("true",)})
