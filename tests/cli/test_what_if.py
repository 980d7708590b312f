"""`what-if`: a scenario asked, told, kept; refused, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.as_written import run_as_written
from tests.cli.conftest import ROOT, Run

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"
EXAMPLES = ROOT / "docs" / "examples" / "what-if"
LIMIT = 'name = "With a limit of 12"\npolicy.patch = { "buckets.points.limit" = 12 }\n'
KNOWN_AT = "known_at = 2026-06-01T00:00:00Z\n"
FILES = ["report.html", "result.json", "sellers.parquet"]


@pytest.fixture
def told(run: Run) -> Run:
    """With the example history told."""
    assert run("import", HISTORY, "--history").status == 0
    return run


@pytest.fixture
def limit(tmp_path: Path) -> Path:
    """A scenario that differs for somebody."""
    path = tmp_path / "limit-of-12.toml"
    path.write_text(LIMIT)
    return path


def test_a_scenario_is_told_and_kept(told: Run, tmp_path: Path, limit: Path) -> None:
    ran = told("what-if", limit, "--csv", tmp_path / "s.csv")
    assert ran.status == 0, ran.err
    for words in (
        "With a limit of 12",
        "buckets.points.limit = 12",
        "sellers would be suspended where",
        "Sellers suspended",
        "Months that differ",
        "Only in the scenario: suspension",
        str(tmp_path / "s.csv"),
    ):
        assert words in ran.out
    [folder] = (tmp_path / "data" / "what-if").iterdir()
    assert folder.name.startswith("with-a-limit-of-12-")
    assert sorted(file.name for file in folder.iterdir()) == FILES
    assert [word for word in FILES if str(folder / word) not in ran.out] == []
    rows = (tmp_path / "s.csv").read_text().splitlines()
    assert len(rows) == 1 + json.loads((folder / "result.json").read_bytes())["summary"]["differ"]


def test_as_json_it_is_the_whole_result(told: Run, tmp_path: Path, limit: Path) -> None:
    out = tmp_path / "out"
    answer = told("what-if", limit, "--out", out, "--json").json()
    kept, in_vain = answer.pop("kept"), answer.pop("in_vain")
    assert answer == json.loads((out / "result.json").read_bytes())
    assert (kept["folder"], kept["same_as_before"], in_vain) == (str(out), False, [])
    assert (kept["report"], kept["csv"]) == (str(out / "report.html"), None)


def test_the_same_run_is_the_same_bytes_and_another_writes_nothing_over(
    told: Run, tmp_path: Path, limit: Path
) -> None:
    out = tmp_path / "out"
    limit.write_text(LIMIT + KNOWN_AT)
    assert told("what-if", limit, "--out", out).status == 0
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    again = told("what-if", limit, "--out", out, "--threads", 2)
    assert (again.status, "every byte is the same" in again.out) == (0, True)
    other = told("what-if", EXAMPLES / "no-change.toml", "--out", out)
    assert (other.status, "holds another result" in other.err) == (1, True)
    assert other.err.startswith("The folder ")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    no_result = told("what-if", limit, "--out", tmp_path)
    assert (no_result.status, "is no result of a what-if" in no_result.err) == (1, True)
    by_itself = [told("what-if", limit, "--json").json()["kept"] for _ in range(2)]
    assert [kept["same_as_before"] for kept in by_itself] == [False, True]
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".part", ".again")]
    assert not list(tmp_path.rglob(".*.what-if"))


def test_one_seller_stands_in_both_worlds(told: Run, limit: Path) -> None:
    everybody = told("what-if", limit, "--json", "--seller", "nobody").json()
    assert everybody["seller"] is None
    ran = told("what-if", limit, "--seller", "old-harbour")
    assert ran.status == 0
    assert "The worlds part on" in ran.out
    assert "suspension at points-12, because of o-1" in ran.out
    assert "Nothing differs" in told("what-if", limit, "--seller", "nobody").out


def test_a_filter_that_matches_nothing_is_warned_of(told: Run, tmp_path: Path) -> None:
    path = tmp_path / "vain.json"
    asked = {"name": "in vain", "facts": {"leave_out": [{"reporter": "n"}, {"rule": "weapons"}]}}
    path.write_text(json.dumps(asked))
    ran = told("what-if", path)
    assert "Warning: facts.leave_out[0] matched nothing" in ran.out
    assert "facts.leave_out[1] matched nothing" not in ran.out
    assert told("what-if", path, "--json").json()["in_vain"] == ["facts.leave_out[0]"]


def test_every_mistake_is_told_at_once_with_its_place(told: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        'name = "x"\npolicy.patch = { "buckets.point.limit" = 36 }\n'
        'known_at = 2999-01-01T00:00:00Z\nfacts.leave_out = [{ rule = "weapon" }]'
    )
    for words in ((), ("--check",)):
        ran = told("what-if", path, *words)
        places = [line.split(": ")[:2] for line in ran.err.splitlines()]
        assert (ran.status, ran.out) == (1, "")
        assert places == [
            [str(path), "facts.leave_out[0].rule"],
            [str(path), "known_at"],
            [str(path), "policy.patch.buckets.point.limit"],
        ]
    answer = told("what-if", path, "--json")
    assert (answer.status, len(answer.json()["mistakes"])) == (1, 3)
    assert not (tmp_path / "data" / "archive").exists()


def test_standard_input_and_what_is_not_there(told: Run, dsn: str, tmp_path: Path) -> None:
    for text in (LIMIT, json.dumps({"name": "nothing"})):
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "what-if", "-", "--check"],
            cwd=ROOT, input=text, capture_output=True, text=True, timeout=60, check=False,
            env=_environment(dsn, tmp_path),
        )  # fmt: skip
        assert (done.returncode, "good." in done.stdout) == (0, True), done.stderr
    missing = told("what-if", tmp_path / "none.toml")
    assert (missing.status, "no such file" in missing.err) == (1, True)
    spark = told("what-if", EXAMPLES / "no-change.toml", "--engine", "spark")
    assert spark.status == 0 or "the extra spark" in spark.err


def test_an_empty_database_has_nothing_to_ask(run: Run, limit: Path) -> None:
    ran = run("what-if", limit)
    assert (ran.status, "no log here yet" in ran.err) == (1, True)


def test_stopped_or_killed_it_leaves_nothing(
    told: Run, dsn: str, tmp_path: Path, limit: Path
) -> None:
    place = tmp_path / "data" / "what-if"
    for sign in (signal.SIGINT, signal.SIGKILL):
        started = subprocess.Popen(
            [sys.executable, "-c", _SLOW, str(limit)], cwd=ROOT, env=_environment(dsn, tmp_path),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until = time.monotonic() + 60
        while not list(place.glob("*.part")) and time.monotonic() < until:
            assert started.poll() is None
            time.sleep(0.05)
        started.send_signal(sign)
        _, err = started.communicate(timeout=60)
        if sign == signal.SIGINT:
            assert (started.returncode != 0, "nothing was kept" in err) == (True, True)
            assert list(place.iterdir()) == []
    assert list(place.glob("*.part"))
    assert told("what-if", limit).status == 0
    [kept] = place.iterdir()
    assert sorted(file.name for file in kept.iterdir()) == FILES


_SLOW = """
import sys, time
import projections.what_if.laying as laying
part = laying.Judge.part
def slowly(self, *place):
    time.sleep(3)
    return part(self, *place)
laying.Judge.part = slowly
sys.argv = ["seller-ledger", "what-if", sys.argv[1]]
from api.cli import main
main()
"""


def _environment(dsn: str, tmp_path: Path) -> dict[str, str]:
    """The environment in which the fixture's commands run."""
    own = {"LEDGER_DATABASE_URL": dsn, "LEDGER_DATA_DIR": str(tmp_path / "data")}
    return {name: v for name, v in os.environ.items() if not name.startswith("LEDGER_")} | own


def test_the_document_runs_as_written(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", dsn)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(ROOT)
    (tmp_path / "kept").mkdir()
    run_as_written("what-if.md", {"/tmp/what-if": str(tmp_path / "kept")})
