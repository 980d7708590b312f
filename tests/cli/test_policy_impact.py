"""`policy impact`: what a draft would change is told, kept, recorded, and then it is published."""

import json
from pathlib import Path

import pytest

from ledger.policy.shipped import load_pack
from tests.cli.conftest import ROOT, Run

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"
DAY = "2090-01-01T00:00:00Z"


@pytest.fixture
def told(run: Run) -> Run:
    """With the example history told."""
    assert run("import", HISTORY, "--history").status == 0
    return run


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A draft with a limit of 12, which demands a report."""
    text = load_pack("aliexpress").replace("2020-01-01T00:00:00Z", DAY)
    text = text.replace('edition = "2020-01-01"', 'edition = "2090"')
    assert "limit = { value = 48" in text
    text = text.replace("limit = { value = 48", "limit = { value = 12")
    path = tmp_path / "draft.toml"
    path.write_text(text + '\n[publishing]\nimpact_report = "required"\n')
    return path


def test_a_draft_is_assessed_recorded_and_published(told: Run, tmp_path: Path, draft: Path) -> None:
    refused = told("policy", "publish", draft, "--by", "ana")
    assert (refused.status, "policy impact FILE --record --by WHO" in refused.err) == (1, True)

    times = ("--from", "2024-01-01T00:00:00Z", "--known-at", "2026-01-01T00:00:00Z")
    seen = told("policy", "impact", draft, *times)
    assert seen.status == 0, seen.err
    for words in ("Impact of aliexpress@2090", "sellers would be suspended", "record this"):
        assert words in seen.out
    assert told("policy", "publish", draft, "--by", "ana").status == 1

    record = ("policy", "impact", draft, *times, "--record", "--by", "ana", "--json")
    first, again = told(*record).json(), told(*record).json()
    assert first["summary"]["suspended"]["newly"] > 0
    assert [answer["impact"]["recorded"]["replayed"] for answer in (first, again)] == [False, True]
    assert again["impact"]["recorded"]["fact_id"] == first["impact"]["recorded"]["fact_id"]
    assert first["kept"]["same_as_before"] is True

    listed = told("export", "facts", "kind=policy-impact-assessed", "--format", "ndjson",
                  "--out", "-")  # fmt: skip
    [fact] = map(json.loads, listed.out.splitlines())
    assert (fact["actor"], fact["policy"], fact["seller_id"]) == ("ana", "aliexpress@2090", None)
    assert fact["data"]["digest"] == first["impact"]["digest"]
    assert fact["data"]["scenario"] == first["digest"]
    assert fact["data"]["newly_suspended"] == first["summary"]["suspended"]["newly"]
    assert fact["data"]["known_at"] == "2026-01-01T00:00:00.000000Z"

    assert told("policy", "publish", draft, "--by", "ana").status == 0
    # The log goes on to be archived and asked, with this fact in it.
    limit = tmp_path / "nothing.toml"
    limit.write_text('name = "nothing"')
    assert told("what-if", limit, "--json").json()["summary"]["differ"] == 0


def test_a_draft_may_begin_on_its_date(told: Run, draft: Path) -> None:
    ran = told("policy", "impact", draft, "--applies", "from-its-date")
    assert (ran.status, "nothing can differ yet" in ran.out) == (0, True)
    shipped = told("policy", "impact", "aliexpress-ladder@2020-01-01", "--json").json()
    assert shipped["impact"]["recorded"] is None
    other = told("policy", "impact", "aliexpress-ladder", "--applies", "from-its-date")
    assert (other.status, "policy.applies" in other.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--record"], 2, "--by"),
        (["--by", "ana"], 2, "--record"),
        (["--from", "yesterday"], 1, "RFC 3339"),
        (["--known-at", "2999-01-01T00:00:00Z"], 1, "known_at"),
        (["--record", "--by", "a b"], 1, "is not an id"),
    ],
)
def test_what_cannot_be_asked(
    told: Run, draft: Path, words: list[str], status: int, says: str
) -> None:
    ran = told("policy", "impact", draft, *words)
    assert (ran.status, says in ran.err) == (status, True), ran.err
