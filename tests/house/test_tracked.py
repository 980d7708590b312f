"""What is tracked is for everybody: no traces of one machine, no promises left in comments."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDORED = (
    "api/static/", "api/console/static/htmx/", "api/console/static/echarts/", "tests/console/axe/",
)  # fmt: skip
PICTURES = (".png",)

# Written in pieces, so that this file does not find itself.
TRACES = {
    "a promise instead of the thing": r"\b(" + "TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b",
    "a path of one machine": r"(?<![\w.])/(" + "home|root|Users|work|workspace" + r")/[\w.-]+",
    "a registry's address": r"https?://[\w.:@-]*(" + "nexus|artifactory|registry|mirror|pypi" + ")",
    "where a lock was made": r"--(extra-)?" + "index-url|--find-" + "links",
}  # fmt: skip
# A sentence about the thing is not a trace of it.
EXCUSED = {
    "Makefile": {"where a lock was made"},
}


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [
        name
        for name in listed.stdout.split("\0")
        if name and not name.startswith(VENDORED) and not name.endswith(PICTURES)
    ]


def lines() -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    for name in tracked():
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [(name, number, line) for number, line in enumerate(text.splitlines(), start=1)]
    return found


def test_tracked_files_hold_no_trace_of_one_machine_and_no_promise() -> None:
    found = [
        f"{name}:{number}: {what}: {line.strip()[:80]}"
        for name, number, line in lines()
        for what, trace in TRACES.items()
        if what not in EXCUSED.get(name, set()) and re.search(trace, line)
    ]
    assert found == []
