"""`audit bundle`: one seller's record as a file that can be checked elsewhere."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg

from tests.cli.conftest import ROOT, Run

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"


def test_a_bundle_from_the_command_line(run: Run, tmp_path: Path) -> None:
    assert run("import", HISTORY, "--history").status == 0
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    words = ("audit", "bundle", "silk-road", "--at", "2026-03-01T00:00:00Z", "--out")
    done = run(*words, first, "--json").json()
    assert done["facts"] > 0 and done["bytes"] == first.stat().st_size
    again = run(*words, second)
    assert again.status == 0 and f"{done['facts']} facts of silk-road" in again.out
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as file:
        file.extractall(tmp_path / "unpacked")
    nowhere = run(*words, tmp_path / "missing" / "a.zip")
    assert nowhere.status == 1 and "folder" in nowhere.err
    check = [sys.executable, "-I", "-B", str(tmp_path / "unpacked" / "check.py")]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 0


def test_what_is_refused(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "a.zip"
    for words, accepted in (
        (("not an id", "--out", out), "letters"),
        (("s-1", "--at", "yesterday", "--out", out), "Accepted"),
        (("s-1", "--known-at", "2001-01-01T00:00:00Z", "--out", out), "or later"),
    ):
        done = run("audit", "bundle", *words)
        assert done.status == 1 and accepted in done.err, done
    assert not out.exists()


def test_who_read_at_the_terminal_is_recorded(run: Run, tmp_path: Path) -> None:
    assert run("import", HISTORY, "--history").status == 0
    out = tmp_path / "a.zip"
    run("audit", "bundle", "silk-road", "--texts", "--out", out)
    with zipfile.ZipFile(out) as file:
        assert b'"words":{"statement"' in file.read("texts.ndjson")
    facts = run("export", "facts", "seller_id=silk-road", "--format", "ndjson", "--out", "-")
    read = json.loads(facts.out.splitlines()[-1])
    assert (read["kind"], read["actor"]) == ("sensitive-record-read.v1", "operator")
    assert read["data"]["what"] == "audit-bundle" and read["data"]["asked"] == {"texts": ["true"]}
    assert run("export", "sellers", "--out", tmp_path / "sellers.csv").status == 0
    assert run("standing", "silk-road").status == 0
    assert run("explain", "silk-road").status == 0
    told = run("audit", "reads", "--json").json()["reads"]
    assert [(row["who"], row["what"]) for row in told] == [
        ("operator", "audit-bundle"),
        ("operator", "facts"),
        ("operator", "explanation"),
    ]
    assert told[0]["asked"] == {"seller_id": ["silk-road"], "texts": ["true"]}
    assert [row["fact_id"] for row in told] == [read["fact_id"], None, None]
    assert told[1]["rows"] == len(facts.out.splitlines())
    narrowed = run("audit", "reads", "--what", "reads", "--who", "operator")
    assert narrowed.status == 0 and "reads" in narrowed.out
    exported = run("export", "reads", "what=facts", "--format", "csv", "--out", "-")
    assert "silk-road" in exported.out
    assert run("audit", "reads", "--from", "yesterday").status == 1


def test_words_stay_here_while_the_read_cannot_be_recorded(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    assert run("import", HISTORY, "--history").status == 0
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE log_head SET importing = 'more.ndjson'")
    words = ("audit", "bundle", "silk-road", "--known-at", "2026-03-01T00:00:00Z", "--out")
    refused = run(*words, tmp_path / "a.zip", "--texts")
    assert refused.status == 1 and "cannot be recorded" in refused.err, refused
    assert not (tmp_path / "a.zip").exists()
    assert run(*words, tmp_path / "b.zip").status == 0
