"""`audit bundle`: one seller's record as a file that can be checked elsewhere."""

import subprocess
import sys
import zipfile
from pathlib import Path

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
