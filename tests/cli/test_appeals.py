"""Appeals as lines of a file: decided now, or at the instants that a history names."""

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run

ABOUT = {"seller_id": "s-1", "violation_id": "v-1"}
VIOLATION = {
    "command": "record-violation",
    **ABOUT,
    "rule": "explosives",
    "source": "scan",
    "statement": "As seen.",
    "reported_by": "desk",
}
FILING = {"command": "file-appeal", **ABOUT, "reason": "Not so.", "filed_by": "s-1"}
EVIDENCE = {"command": "add-appeal-evidence", **ABOUT, "round": 1, "evidence": ["photograph-1"]}
DECISION = {
    "command": "decide-appeal",
    **ABOUT,
    "round": 1,
    "outcome": "upheld",
    "reviewer": "rita",
    "reasons": "It was so.",
}
WITHDRAWAL = {"command": "withdraw-appeal", **ABOUT, "round": 1}


def written(file: Path, *lines: dict[str, Any]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def timeline(run: Run) -> list[tuple[str, str]]:
    """When what was recorded, the ledger's own instants told to the second."""
    told = run("export", "timeline", "seller_id=s-1", "--format", "ndjson", "--out", "-").out
    facts = [json.loads(line) for line in told.splitlines()]
    return [(fact["recorded_at"][:19], fact["kind"].removesuffix(".v1")) for fact in facts]


def test_a_whole_appeal_is_imported_and_decided_now(run: Run, tmp_path: Path) -> None:
    other = {**WITHDRAWAL, "violation_id": "v-2"}
    file = written(
        tmp_path / "now.ndjson",
        VIOLATION,
        FILING,
        EVIDENCE,
        DECISION,
        {**VIOLATION, "violation_id": "v-2", "points": 2},
        {**FILING, "violation_id": "v-2"},
        other,
    )
    imported = run("import", file, "--json").json()
    assert (imported["taken"], imported["refused"]) == (7, 0)
    assert [kind for _, kind in timeline(run)] == [
        "violation-recorded",
        "sanction-imposed",
        "funds-frozen",
        "appeal-filed",
        "appeal-evidence-added",
        "appeal-upheld",
        "violation-cancelled",
        "sanction-lifted",
        "funds-released",
        "violation-recorded",
        "appeal-filed",
        "appeal-withdrawn",
    ]
    standing = run("standing", "s-1", "--json").json()
    assert (standing["status"], standing["buckets"][0]["value"]) == ("active", 2)
    again = run("import", file, "--json").json()
    # A filing whose round is closed is no repeat: one cannot be, the other may not be filed again.
    assert (again["replayed"], again["refused"]) == (5, 2)


def test_a_history_records_what_was_decided_and_what_lapsed_at_its_instant(
    run: Run, tmp_path: Path
) -> None:
    lapsing = {"violation_id": "v-2"}
    file = written(
        tmp_path / "history.ndjson",
        {**VIOLATION, "recorded_at": "2025-01-05T00:00:00Z"},
        {**VIOLATION, **lapsing, "points": 2, "recorded_at": "2025-01-05T00:00:00Z"},
        {**FILING, "recorded_at": "2025-01-06T00:00:00Z"},
        {**FILING, **lapsing, "recorded_at": "2025-01-06T00:00:00Z"},
        {**EVIDENCE, "recorded_at": "2025-01-08T00:00:00Z"},
        {**EVIDENCE, **lapsing, "recorded_at": "2025-01-08T12:00:00Z"},
        {**DECISION, "recorded_at": "2025-01-15T00:00:00Z"},
        {**WITHDRAWAL, **lapsing, "recorded_at": "2025-01-16T00:00:00Z"},
    )
    imported = run("import", file, "--history", "--json").json()
    assert (imported["taken"], imported["refused"]) == (6, 2)
    rejected = [
        json.loads(line) for line in Path(imported["rejected_file"]).read_text().splitlines()
    ]
    assert [one["line"] for one in rejected] == [6, 8]
    assert timeline(run)[4:] == [
        ("2025-01-06T00:00:00", "appeal-filed"),
        ("2025-01-06T00:00:00", "appeal-filed"),
        ("2025-01-08T00:00:00", "appeal-evidence-added"),
        ("2025-01-08T00:00:00", "appeal-lapsed"),
        ("2025-01-15T00:00:00", "appeal-upheld"),
        ("2025-01-15T00:00:00", "violation-cancelled"),
        ("2025-01-15T00:00:00", "sanction-lifted"),
        ("2025-01-15T00:00:00", "funds-released"),
        ("2025-01-15T00:00:00", "sanction-found-in-error"),
        ("2026-01-05T00:00:00", "violation-expired"),
    ]
    then = run("standing", "s-1", "--json", "--as-of", "2025-01-10T00:00:00Z").json()
    assert (then["status"], then["buckets"][0]["value"]) == ("suspended", 2)
