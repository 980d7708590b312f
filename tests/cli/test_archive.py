"""`archive`: the log as columns, given away whole, and held against the log."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from projections.archive.log_columns import SCHEMA
from projections.archive.manifest import read_manifest
from tests.cli.conftest import ROOT, Run

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"


@pytest.fixture
def told(run: Run) -> Run:
    """With the example history told."""
    assert run("import", HISTORY, "--history").status == 0
    return run


def examples(copy: Path) -> Iterator[tuple[str, str]]:
    """What README.txt says to run, with whom."""
    indented: list[str] = []
    whose = ""
    text = (copy / "README.txt").read_text().partition("Three questions")[2]
    for line in [*text.splitlines(), "The end"]:
        if line.startswith("    ") or (indented and not line):
            indented.append(line)
            continue
        if indented:
            yield whose, textwrap.dedent("\n".join(indented))
            indented = []
        whose = "DuckDB" if "DuckDB" in line else "Polars" if "Polars" in line else whose


def test_a_copy_answers_what_its_readme_asks(
    told: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = told("archive", "export", tmp_path / "copy", "--json").json()
    manifest = read_manifest(tmp_path / "copy")
    assert done["position"] == str(manifest.position)
    assert done["files"] == len(list((tmp_path / "copy").iterdir()))
    monkeypatch.chdir(tmp_path / "copy")
    found = list(examples(tmp_path / "copy"))
    assert [whose for whose, _ in found] == ["DuckDB", "Polars"] * 3
    for (_, sql), (_, program) in zip(found[::2], found[1::2], strict=True):
        names: dict[str, Any] = {}
        exec(program, names)
        answer = duckdb.execute(sql).fetchall()
        assert answer and list(names["answer"].rows()) == answer


def test_every_column_is_told(told: Run, tmp_path: Path) -> None:
    assert told("archive", "export", tmp_path / "copy").status == 0
    text = (tmp_path / "copy" / "README.txt").read_text()
    listed = text.partition("Columns of")[2].partition("Three questions")[0].splitlines()[2:]
    names = [line.split()[0] for line in listed if line[:1].strip() and not line.startswith("-")]
    assert sorted(names) == sorted(SCHEMA.names)


def test_what_is_given_goes_into_an_empty_folder(told: Run, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    refused = told("archive", "export", tmp_path / "full")
    assert refused.status == 1 and "something is in it already" in refused.err
    assert refused.err.startswith(f"The folder {tmp_path}")
    assert told("archive", "export", tmp_path / "full" / "notes.txt").status == 1
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["notes.txt"]
    assert "no folder" in told("archive", "export", tmp_path / "full" / "notes.txt").err
    (tmp_path / "empty").mkdir()
    assert "README.txt" in told("archive", "export", tmp_path / "empty").out
    assert told("archive", "export", "/proc/nowhere").status == 1
    assert sorted(path.name for path in tmp_path.iterdir() if "part" in path.name) == []


def test_it_is_held_against_the_log(told: Run, tmp_path: Path) -> None:
    nothing = told("archive", "verify")
    assert nothing.status == 1 and "nothing was archived yet" in nothing.err
    copy = tmp_path / "copy"
    position = told("archive", "export", copy, "--json").json()["position"]
    assert told("archive", "verify", "--json").json() == {"position": position, "findings": []}
    assert f"up to position {position}" in told("archive", "verify").out
    # The copy shares its files with the archive: what is written into one is in the other.
    log = next(copy.glob("log-*"))
    stored = bytearray(log.read_bytes())
    stored[len(stored) // 2] ^= 1
    shared = tmp_path / "data" / "archive" / log.name
    shared.write_bytes(bytes(stored))
    found = told("archive", "verify")
    assert found.status == 1 and f"{log.name} is missing, or is not the file" in found.out
