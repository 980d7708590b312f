"""Check an audit bundle, unpacked beside this file: `python3 check.py`. Needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def lines(name: str) -> list[Any]:
    """The objects of a file, one a line."""
    return [json.loads(line) for line in (HERE / name).read_bytes().splitlines()]


def sums() -> Iterator[str]:
    """Every file is the one that was written, and none was added."""
    named: set[str] = set()
    for line in (HERE / "SHA256SUMS").read_text().splitlines():
        told, _, name = line.partition("  ")
        named.add(name)
        found = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        if found != told:
            yield f"{name} is not the file that was written"
    there = {p.relative_to(HERE).as_posix() for p in HERE.rglob("*") if p.is_file()}
    for name in sorted(there - named - {"SHA256SUMS"}):
        if "__pycache__" not in name:
            yield f"{name} is in no list"


def facts(told: list[Any], read: list[Any]) -> Iterator[str]:
    """Positions grow, versions follow one another, and both files say the same."""
    if len(told) != len(read):
        yield f"{len(told)} facts are stored, and {len(read)} are told"
    manifest = json.loads((HERE / "manifest.json").read_bytes())
    own, position = f"seller-{manifest['seller_id']}", 0
    version = 0
    for stored, shown in zip(told, read):  # noqa: B905
        state = json.loads(base64.b64decode(stored["state"], validate=True))
        if int(stored["position"]) <= position:
            yield f"{stored['fact_id']} does not stand behind the one before"
        position = int(stored["position"])
        stream, _, number = stored["fact_id"].rpartition(".")
        if stream == own:
            version += 1
            if int(number) != version:
                yield f"{own}.{version} is missing"
                version = int(number)
        for field in ("fact_id", "position", "kind"):
            if stored[field] != shown[field]:
                yield f"{stored['fact_id']}: {field} is told otherwise"
        if state["by"] != shown["actor"] or state.get("due_to") != shown["caused_by"]:
            yield f"{stored['fact_id']}: its actor or its cause is told otherwise"


def packs(told: list[Any]) -> Iterator[str]:
    """Each edition has the digest by which facts name it."""
    manifest = json.loads((HERE / "manifest.json").read_bytes())
    digests: dict[str, str] = {}
    for pack in manifest["packs"]:
        found = hashlib.sha256((HERE / pack["file"]).read_bytes()).hexdigest()
        digests[pack["policy"]] = found
        if pack["digest"] != f"sha256:{found}":
            yield f"{pack['file']} has another digest than {pack['digest']}"
    for stored in told:
        state = json.loads(base64.b64decode(stored["state"]))
        named = state.get("digest")
        if named and not digests.get(state["policy"], "").startswith(named):
            yield f"{stored['fact_id']} names an edition of another digest"


def explanations(told: list[Any]) -> Iterator[str]:
    """What is counted adds up to the total, and was given by a fact."""
    given: dict[str, int] = {}
    for stored in told:
        if stored["kind"].startswith("violation-recorded."):
            state = json.loads(base64.b64decode(stored["state"]))
            given[state["id"]] = state.get("points") or state.get("strikes", 0)
    for place in sorted(HERE.glob("standings/*/explanation-*.json")):
        for bucket in json.loads(place.read_bytes())["buckets"]:
            counted = sum(violation["counted"] for violation in bucket["violations"])
            if counted != bucket["value"]:
                yield f"{place.name}: {bucket['bucket']} is {bucket['value']}, counted {counted}"
            for violation in bucket["violations"]:
                if given.get(violation["violation_id"]) != violation["given"]:
                    yield f"{place.name}: no fact gave {violation['violation_id']} so much"


def main() -> None:
    """Tell what is wrong; the exit status is 1 if anything is."""
    told, read = lines("facts.ndjson"), lines("facts-read.ndjson")
    wrong = [*sums(), *facts(told, read), *packs(told), *explanations(told)]
    for sentence in wrong:
        sys.stdout.write(sentence + "\n")
    sys.stdout.write(f"{len(told)} facts checked, {len(wrong)} mistakes.\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
