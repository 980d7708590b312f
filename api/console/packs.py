"""A policy pack as a page shows it: tables of values, each with where it comes from, and a list of
what every source is cited for.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from api.console.what_if.values import plain, source_of
from ledger.facts.instants import DAY_US, format_instant
from ledger.policy.document import PackData, is_table

_TITLES: Final = {
    "options": "Options",
    "freeze": "Money withheld",
    "appeals": "Windows of appeals",
    "disputes": "Disputes",
    "reports": "Reports",
    "promotions": "Promotions",
    "service": "Service",
    "service_metrics": "Service metrics",
    "publishing": "Publishing",
    "calendar": "Calendar",
    "families": "Families of rules",
}
_NAMED: Final = frozenset({"appeals", "service_metrics", "families"})
"""Tables that hold others by name."""


class Cited(NamedTuple):
    """A value and where it comes from."""

    name: str
    value: Any
    source: str | None


class Shelf(NamedTuple):
    """A table of the pack."""

    title: str
    place: str
    rows: tuple[Cited, ...]


class Rule(NamedTuple):
    """A rule with what one violation weighs."""

    rule: str
    points: Any
    source: str | None
    severities: str
    """What each severity weighs, in words."""


class Shown(NamedTuple):
    """A pack, laid out."""

    buckets: tuple[Shelf, ...]
    milestones: dict[str, tuple[dict[str, Any], ...]]
    """By bucket, those below suspension, the lowest first."""
    families: dict[str, tuple[Rule, ...]]
    shelves: tuple[tuple[str, tuple[Shelf, ...]], ...]
    sources: dict[str, tuple[str, ...]]
    """What each source is cited for, as paths."""


def dated_anew(text: str, now: int) -> str:
    """A pack's text as the next edition begins: published today, in force from tomorrow and named
    after that day, for none may begin in the past.
    """
    today, tomorrow = now // DAY_US * DAY_US, (now // DAY_US + 1) * DAY_US
    told = {
        "edition": format_instant(tomorrow)[:10],
        "effective_from": format_instant(tomorrow),
        "published_at": format_instant(today),
    }
    for key, value in told.items():
        text = re.sub(rf"^{key} = .*$", f'{key} = "{value}"', text, count=1, flags=re.MULTILINE)
    return text


def laid_out(document: PackData) -> Shown:
    """Everything that a pack says, but for its head."""
    return Shown(
        buckets=tuple(
            Shelf(name, f"buckets.{name}", _rows(table))
            for name, table in _named(document, "buckets")
        ),
        milestones={name: _milestones(table) for name, table in _named(document, "buckets")},
        families=_families(document),
        shelves=tuple(
            (_TITLES[key], _shelves(key, document[key])) for key in _TITLES if key in document
        ),
        sources=_sources(document),
    )


def _named(document: PackData, section: str) -> list[tuple[str, PackData]]:
    return [(name, table) for name, table in document.get(section, {}).items() if is_table(table)]


def _shelves(section: str, table: PackData) -> tuple[Shelf, ...]:
    if section not in _NAMED:
        return (Shelf("", section, _rows(table)),)
    inner = [(name, each) for name, each in table.items() if is_table(each)]
    return tuple(Shelf(name, f"{section}.{name}", _rows(each, table)) for name, each in inner)


def _rows(table: PackData, *around: PackData) -> tuple[Cited, ...]:
    return tuple(
        Cited(key, _said(plain(value)), source_of(value, table, *around))
        for key, value in table.items()
        if key != "source" and (not is_table(value) or "value" in value)
    )


def _said(value: Any) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(str(each) for each in value) or "none"  # type: ignore[arg-type]
        case _:
            return value


def _milestones(table: PackData) -> tuple[dict[str, Any], ...]:
    found = [
        {
            "name": name,
            "source": source_of(inner.get("threshold"), inner, table),
            **{
                key: _said(plain(inner.get(key)))
                for key in ("threshold", "every", "sanction", "days", "bars")
            },
        }
        for name, inner in _named(table, "milestones")
    ]
    return tuple(sorted(found, key=lambda each: each["threshold"]))


def _families(document: PackData) -> dict[str, tuple[Rule, ...]]:
    families: dict[str, list[Rule]] = {}
    for name, table in _named(document, "rules"):
        points = table.get("points", table.get("strikes"))
        found = Rule(name, plain(points), source_of(points, table), _severities(table))
        families.setdefault(str(plain(table.get("family"))), []).append(found)
    return {family: tuple(rules) for family, rules in families.items()}


def _severities(table: PackData) -> str:
    said: list[str] = []
    for name, inner in _named(table, "severities"):
        weight = [f"{plain(inner[key])} {key}" for key in ("points", "strikes") if key in inner]
        said.append(f"{name}: {weight[0] if weight else 'the points'} in {plain(inner['bucket'])}")
    return "; ".join(said)


def _sources(document: PackData) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for path, source in _cited(document, ""):
        found.setdefault(source, []).append(path)
    return {source: tuple(found[source]) for source in sorted(found)}


def _cited(table: PackData, within: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if key == "source" and isinstance(value, str):
            yield within.rstrip(".") or "the pack", value
        elif is_table(value):
            yield from _cited(value, f"{within}{key}.")
        elif key == "notes":
            for note in value:
                if is_table(note):
                    yield from _cited(note, f"the note on {note.get('about', '')}")
