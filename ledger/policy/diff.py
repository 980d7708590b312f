"""What one pack says otherwise than another, as rows and as plain words."""

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ledger.policy.document import PackData, is_table
from ledger.policy.sources import is_value

Change = Literal["added", "changed", "removed"]


class Difference(NamedTuple):
    """One path at which two packs differ; a side that lacks it holds None."""

    path: str
    change: Change
    before: object
    after: object

    def __str__(self) -> str:
        match self.change:
            case "added":
                return f"{self.path}: added, {_said(self.after)}"
            case "removed":
                return f"{self.path}: removed, was {_said(self.before)}"
            case "changed":
                return f"{self.path}: {_said(self.before)} -> {_said(self.after)}"


def differences(before: PackData, after: PackData) -> list[Difference]:
    """Every path at which two packs differ, in order of path; sources count as values of theirs."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        Difference(path, _change(path, old, new), old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if path not in old or path not in new or old[path] != new[path]
    ]


def _change(path: str, old: dict[str, object], new: dict[str, object]) -> Change:
    if path not in old:
        return "added"
    return "changed" if path in new else "removed"


def _leaves(data: PackData, within: str = "") -> Iterator[tuple[str, object]]:
    for key, value in data.items():
        path = f"{within}{key}"
        if is_value(value):
            yield path, value["value"]
            yield from ((f"{path}.{k}", v) for k, v in value.items() if k != "value")
        elif is_table(value):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
