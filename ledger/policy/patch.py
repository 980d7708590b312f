"""What if the pack said something else here: other values at given paths, all else as it was."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import TypeAlias

from ledger.facts.refusal import Refusal
from ledger.policy.document import PackData, is_table
from ledger.policy.mistakes import shown
from ledger.policy.pack import fields_at
from ledger.policy.refusals import meant
from ledger.policy.sources import is_value

PatchValue: TypeAlias = int | bool | str | list[str]

PATCHED_BY = "what-if patch"


class UnknownPath(Refusal):
    """A patch names a place that the pack does not have."""

    def __init__(self, path: str, missing: str, known: Iterable[str]) -> None:
        self.missing = missing
        self.known = names = sorted(known)
        super().__init__(
            f"The pack has no {path}: {missing!r} is unknown there, {meant(missing, names)}",
            field=path,
            accepted=", ".join(names[:12]) + (" …" if len(names) > 12 else ""),
        )


class NotAValue(Refusal):
    """A patch names a whole table, or goes on below a value."""

    def __init__(self, path: str, found: object) -> None:
        super().__init__(
            f"{path} is {shown(found)} in the pack: a patch names one value.",
            field=path,
            accepted="the path of one value, such as buckets.points.limit",
        )


def patched(data: PackData, patch: Mapping[str, PatchValue]) -> PackData:
    """A copy of the pack with other values at the paths given.

    A path names a value that is there (`buckets.points.limit`), or a key that its table could have
    (`buckets.points.daily_cap`). Whether the result makes sense is for `policy_from` to say.
    """
    result = deepcopy(data)
    for path, value in patch.items():
        _set(result, path, value)
    return result


def _set(data: PackData, path: str, value: PatchValue) -> None:
    *way, last = path.split(".")
    table = data
    for depth, key in enumerate(way):
        inner = table.get(key)
        if inner is None:
            raise UnknownPath(path, key, table)
        if not is_table(inner) or is_value(inner):
            raise NotAValue(".".join(way[: depth + 1]), inner)
        table = inner
    found = table.get(last)
    if is_table(found) and not is_value(found):
        raise NotAValue(path, found)
    if last not in table and last not in (fields_at(tuple(way)) or {}):
        raise UnknownPath(path, last, {*table, *(fields_at(tuple(way)) or {})})
    table[last] = {"value": value, "source": PATCHED_BY} if way else value
