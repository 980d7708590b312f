"""`export`: whole lists as files, or nothing."""

import json
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from tests.api.routes.marketplace import cases_lived
from tests.cli.conftest import ROOT, Run
from tests.projections.case_stories import cases_told

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"


@pytest.fixture
def told(run: Run) -> Run:
    """With the example history told."""
    assert run("import", HISTORY, "--history").status == 0
    return run


def test_files_of_every_kind_hold_the_same(told: Run, tmp_path: Path) -> None:
    done = told("export", "facts", "--out", tmp_path / "a.ndjson", "--json").json()
    assert (done["list"], done["format"]) == ("facts", "ndjson")
    assert done["file"] == str(tmp_path / "a.ndjson")
    lines = (tmp_path / "a.ndjson").read_bytes()
    assert (done["rows"], done["bytes"]) == (lines.count(b"\n"), len(lines))
    assert done["position"] == json.loads(lines.splitlines()[-1])["position"]

    by_name = told("export", "facts", "--out", tmp_path / "a.parquet")
    assert by_name.status == 0
    assert f"as of position {done['position']}" in by_name.out
    assert parquet.read_metadata(tmp_path / "a.parquet").num_rows == done["rows"]

    streamed = told("export", "facts", "--out", "-", "--format", "ndjson")
    assert streamed.out.encode() == lines
    assert sorted(path.name for path in tmp_path.glob("*a.*")) == ["a.ndjson", "a.parquet"]


def test_filters_are_those_of_the_routes(told: Run) -> None:
    def rows(*words: str) -> list[str]:
        return told("export", *words, "--out", "-").out.splitlines()[1:]

    timeline = rows("timeline", "seller_id=silk-road")
    assert timeline == rows("facts", "seller_id=silk-road")
    assert 0 < len(rows("facts", "kind=violation-recorded", "kind=violation-annulled")) < 60
    assert rows("violations", "seller_id=silk-road", "status=cancelled")
    assert not rows("violations", "seller_id=silk-road", "family=transaction", "status=current")
    assert rows("facts", "to=2020-01-02T00:00:00Z") == rows("facts", "kind=policy-published")
    assert len(rows("policies")) == 2
    assert len(rows("violations")) > len(rows("violations", "seller_id=silk-road"))
    everyone = rows("sellers")
    assert sorted(rows("sellers", "sort=-points", "min_points=0", "q=s")) == sorted(
        row for row in everyone if row.startswith("s")
    )
    assert rows("sanctions", "kind=suspension") and rows("freezes", "cause=suspension")
    assert rows("deadlines", "due_after=2020-01-01T00:00:00Z")
    assert not rows("sellers", "can_sell=false", "can_promote=true")


def test_cases_by_their_filters(run: Run, dsn: str) -> None:
    with cases_told(dsn) as telling:
        cases_lived(telling.ledger)

    def rows(*words: str) -> list[str]:
        told = run("export", *words, "--out", "-", LEDGER_CLOCK="test")
        assert told.status == 0, told.err
        return told.out.splitlines()[1:]

    assert 0 < len(rows("appeals", "status=rejected")) < len(rows("appeals", "sort=-filed"))
    assert 0 < len(rows("disputes", "status=closed", "seller_id=s-1")) < len(rows("disputes"))
    can, cannot = rows("violations", "appealable=true"), rows("violations", "appealable=false")
    assert can and sorted(can + cannot) == sorted(rows("violations"))
    assert rows("deadlines", "for=person", "within_hours=240")
    refused = run("export", "deadlines", "within_hours=soon", "--out", "-", LEDGER_CLOCK="test")
    assert refused.status == 1 and "is not a number" in refused.err


def test_a_file_that_is_there_is_replaced_when_the_new_one_is_whole(
    told: Run, tmp_path: Path
) -> None:
    place = tmp_path / "policies.csv"
    place.write_text("old")
    assert told("export", "facts", "kind=none", "--out", place).status == 1
    assert place.read_text() == "old"
    assert told("export", "policies", "--out", place).status == 0
    assert place.read_text().startswith("policy,pack,edition")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["shops"], 1, "Accepted: facts, causes, decisions, timeline, violations, policies"),
        (["facts", "colour=red"], 1, "kind=… from=… to=… seller_id=… actor=…"),
        (["facts", "kind"], 1, "has no filter 'kind'"),
        (["policies", "pack=x"], 1, "no filters"),
        (["facts", "kind=sale"], 1, "violation-recorded"),
        (["facts", "from=yesterday"], 1, "RFC 3339"),
        (["facts", "from=2026-01-01T00:00:00Z", "from=2026-01-01T00:00:00Z"], 1, "one from"),
        (["timeline"], 1, "seller_id=…"),
        (["timeline", "seller_id=a b"], 1, "1 to 128 letters"),
        (["violations", "seller_id=s-1", "status=lost"], 1, "current, cancelled, expired"),
        (["sellers", "sort=age"], 1, "seller_id, -seller_id, points"),
        (["sellers", "min_points=many"], 1, "0 to 999999999"),
        (["sellers", "can_sell=maybe"], 1, "true, false"),
        (["facts", "--out", "/nowhere/a.csv"], 1, "no such file or directory"),
        (["facts", "--format", "ods"], 2, "parquet"),
        (["facts", "--out", "-", "--json"], 2, "standard output"),
    ],
)
def test_what_cannot_be_exported(run: Run, words: list[str], status: int, says: str) -> None:
    ran = run("export", *words)
    assert ran.status == status
    assert says in ran.err
