"""The values of a pack that a form offers to patch, each with where it comes from."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ledger.policy.document import PackData, is_table
from ledger.policy.sources import is_value

PATCH: Final = "policy.patch."
_UNSET: Final = ("limit", "life_days", "daily_cap", "merge_days", "pre_warning")
"""What a bucket may say and need not."""
_RULES: Final = ("points", "strikes", "life_days")
_LABELS: Final = {
    "limit": "suspension at",
    "life_days": "days a violation counts",
    "daily_cap": "most in one day",
    "merge_days": "days that merge",
    "pre_warning": "warned so far below",
    "days": "days",
    "threshold": "reached at",
}


class Patchable(NamedTuple):
    """One value that a scenario may have otherwise."""

    path: str
    label: str
    value: int | bool | str | None
    """As the pack has it; None where it says nothing."""
    source: str | None

    @property
    def name(self) -> str:
        """The field of the form."""
        return PATCH + self.path

    @property
    def said(self) -> str:
        """The value as the form has it."""
        match self.value:
            case None:
                return ""
            case bool():
                return "true" if self.value else "false"
            case _:
                return str(self.value)


class Group(NamedTuple):
    """Values that stand together."""

    title: str
    rows: tuple[Patchable, ...]


def patchable(document: PackData) -> list[Group]:
    """The values, in the groups in which they are shown."""
    found = [
        Group(f"Bucket {name}", tuple(_bucket(name, table)))
        for name, table in _tables(document, "buckets")
    ]
    found.append(Group("Money withheld", tuple(_leaves("freeze", document.get("freeze", {})))))
    found += _by_family(document)
    found.append(Group("Options", tuple(_leaves("options", document.get("options", {})))))
    return [group for group in found if group.rows]


def by_name(groups: list[Group]) -> dict[str, Patchable]:
    """Every value by its field's name."""
    return {row.name: row for group in groups for row in group.rows}


def plain(value: Any) -> Any:
    """A value without where it comes from."""
    return value["value"] if is_value(value) else value


def source_of(value: Any, *tables: PackData) -> str | None:
    """Where a value comes from: itself says it, or the nearest table around it."""
    if is_value(value):
        return value.get("source")
    return next((table["source"] for table in tables if "source" in table), None)


def _tables(document: PackData, section: str) -> list[tuple[str, PackData]]:
    return [(k, v) for k, v in document.get(section, {}).items() if is_table(v)]


def _bucket(name: str, table: PackData) -> Iterator[Patchable]:
    way = f"buckets.{name}"
    for key in _UNSET:
        yield _one(way, key, table.get(key), table)
    for milestone, inner in _tables(table, "milestones"):
        for key in ("threshold", "days"):
            if key in inner:
                found = _one(f"{way}.milestones.{milestone}", key, inner[key], inner, table)
                yield found._replace(label=f"{milestone}: {found.label}")


def _by_family(document: PackData) -> Iterator[Group]:
    families: dict[str, list[Patchable]] = {}
    for rule, table in _tables(document, "rules"):
        for key in _RULES:
            if key in table:
                found = _one(f"rules.{rule}", key, table[key], table)
                families.setdefault(str(plain(table.get("family"))), []).append(
                    found._replace(label=rule if key == "points" else f"{rule}: {found.label}")
                )
    for family, rows in families.items():
        yield Group(f"Points of {family.replace('-', ' ')}", tuple(rows))


def _leaves(way: str, table: PackData) -> Iterator[Patchable]:
    for key, value in table.items():
        if key != "source" and isinstance(plain(value), int | str):
            yield _one(way, key, value, table)


def _one(way: str, key: str, value: Any, *tables: PackData) -> Patchable:
    label = _LABELS.get(key, key.replace("_", " "))
    return Patchable(f"{way}.{key}", label, plain(value), source_of(value, *tables))
