"""A standing's history as a chart draws it, and as the table beside it tells it."""

from typing import Any

from api.console.pages.seller.ladders import Ladder


def highest(history: dict[str, Any]) -> dict[str, int]:
    """The highest value of each bucket in a history."""
    found: dict[str, int] = {}
    for standing in _standings(history):
        for bucket in standing["buckets"]:
            name = bucket["bucket"]
            found[name] = max(found.get(name, 0), bucket["value"])
    return found


def named_in(history: dict[str, Any]) -> set[str]:
    """The violations that a history names."""
    happened = {
        each["subject"]
        for change in history["changes"]
        for each in change["happenings"]
        if each["what"].startswith("violation-")
    }
    sanctions = [each for standing in _standings(history) for each in standing["sanctions"]]
    return happened.union(*(each["because_of"] for each in sanctions))


def chart_of(
    history: dict[str, Any],
    ladders: dict[str, Ladder],
    rules: dict[str, Any],
    at: str,
    now: str,
    about: str,
) -> dict[str, Any]:
    """What the chart `standing` draws; `at` is the address of the seller's own page."""
    begun = history["standing"]
    return {
        "from": begun["as_of"],
        "to": _end(history),
        "now": now,
        "about": about,
        "buckets": [
            {
                "name": name,
                "limit": ladder.limit,
                "top": ladder.top,
                "rungs": [rung._asdict() for rung in ladder.rungs],
                "line": _line(history, name),
                "steps": list(_steps(history, name, rules, at)),
            }
            for name, ladder in ladders.items()
        ],
        "sanctions": _bands(history, "sanctions", "sanction_id", "kind"),
        "freezes": _bands(history, "freezes", "freeze_id", "cause"),
    }


def rows_of(history: dict[str, Any], now: str) -> list[dict[str, Any]]:
    """The same for a table, the newest first; `ahead` are those that are still to come."""
    rows = [change | {"ahead": change["at"] > now} for change in history["changes"]]
    return rows[::-1]


def _end(history: dict[str, Any]) -> str:
    """How far it reaches: where it was cut off, nothing is said of what follows."""
    return history["next"] or history["to"]


def _standings(history: dict[str, Any]) -> list[dict[str, Any]]:
    return [history["standing"], *(change["standing"] for change in history["changes"])]


def _value(standing: dict[str, Any], bucket: str) -> int:
    return next((b["value"] for b in standing["buckets"] if b["bucket"] == bucket), 0)


def _line(history: dict[str, Any], bucket: str) -> list[tuple[str, int]]:
    """Each instant at which the bucket has another value, with that value."""
    told: list[tuple[str, int]] = []
    for standing in _standings(history):
        value = _value(standing, bucket)
        if not told or told[-1][1] != value:
            told.append((standing["as_of"], value))
    return told


def _steps(history: dict[str, Any], bucket: str, rules: dict[str, Any], at: str) -> Any:
    """Where a violation began to count: what one can click."""
    for change in history["changes"]:
        for happening in change["happenings"]:
            if happening["what"] == "violation-counts" and happening["bucket"] == bucket:
                known = rules.get(happening["subject"])
                yield {
                    "at": change["at"],
                    "value": _value(change["standing"], bucket),
                    "name": happening["subject"],
                    "rule": known["rule"] if known else None,
                    "counts": happening["change"],
                    "href": f"{at}/violations/{happening['subject']}",
                }


def _bands(history: dict[str, Any], what: str, id_field: str, name: str) -> list[dict[str, Any]]:
    """Each sanction or freeze with its span, as far as the history reaches."""
    found: dict[str, dict[str, Any]] = {}
    end = _end(history)
    for standing in _standings(history):
        for each in standing[what]:
            found[each[id_field]] = {
                "id": each[id_field],
                "name": each[name],
                "from": max(each["from"], history["standing"]["as_of"]),
                "until": min(each["until"] or end, end),
            }
    return list(found.values())
