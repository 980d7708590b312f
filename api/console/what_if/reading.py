"""A scenario's data from the fields of its form. What is no number, no instant or no name is handed
on as it was typed: whoever reads scenarios says what would be accepted.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.console.what_if.form import (
    ADDED,
    APPLIES,
    FILTER,
    MORE,
    PACK,
    SETTING,
    TIMES,
    TITLE,
    Fields,
    counts,
)
from api.console.what_if.values import Patchable

_INSTANTS: Final = ("_from", "_to", "_at")
_NUMBERS: Final = ("points",)
_WORDS: Final = ("recorded_at",)
"""What `set.effective_at` may say instead of an instant."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MINUTE: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?( ?UTC)?")
_WHOLE: Final = re.compile(r"-?\d{1,18}")


def scenario_of(
    fields: Fields, values: Mapping[str, Patchable], draft: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The scenario that a form says, as data; `draft` is the pack that its text says."""
    data: dict[str, Any] = {
        key: " ".join(fields[key].split()) for key in TITLE if fields.get(key, "").strip()
    }
    data |= {key: instant(fields[key]) for key in TIMES if fields.get(key)}
    facts = {
        "leave_out": [_filter(fields, before) for before in _blocks(fields, "leave_out")],
        "change": [_change(fields, before) for before in _blocks(fields, "change")],
        "add": [_singles(fields, before, ADDED) for before in _blocks(fields, "add")],
    }
    parts = {
        "policy": _policy(fields, values, draft),
        "facts": {key: blocks for key, blocks in facts.items() if blocks},
        "population": _filter(fields, "population."),
    }
    return data | {key: part for key, part in parts.items() if part}


def changed(fields: Fields, values: Mapping[str, Patchable]) -> dict[str, Patchable]:
    """The values of the pack that the form has otherwise."""
    return {
        name: row for name, row in values.items() if name in fields and fields[name] != row.said
    }


def instant(text: str) -> str:
    """An instant as it is read; a day alone begins at midnight, a time without a zone is in UTC."""
    if _DAY.fullmatch(text):
        return f"{text}T00:00:00Z"
    if found := _MINUTE.fullmatch(text):
        return f"{found[1]}T{found[2]}{found[3] or ':00'}Z"
    return text


def _policy(
    fields: Fields, values: Mapping[str, Patchable], draft: Mapping[str, Any] | None
) -> dict[str, Any]:
    patch: dict[str, Any] = {
        row.path: _value(fields[name], row) for name, row in changed(fields, values).items()
    }
    patch |= _more(fields.get(MORE, ""))
    policy: dict[str, Any] = {"patch": patch} if patch else {}
    if fields.get(PACK):
        policy["pack"] = fields[PACK]
    if draft is not None:
        policy["pack"] = dict(draft)
    if policy and fields.get(APPLIES) not in (None, "", "throughout"):
        policy["applies"] = fields[APPLIES]
    return policy


def _more(text: str) -> dict[str, Any]:
    """Lines of `path = value`; a value that TOML does not know is taken as a word."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        path, _, value = line.partition("=")
        if line.strip():
            found[path.strip().strip("\"'")] = _toml_value(value.strip())
    return found


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _value(text: str, row: Patchable) -> Any:
    if isinstance(row.value, bool):
        return {"true": True, "false": False}.get(text, text)
    return text if isinstance(row.value, str) else _number(text)


def _change(fields: Fields, before: str) -> dict[str, Any]:
    return {
        "where": _filter(fields, f"{before}where."),
        "set": _singles(fields, f"{before}set.", SETTING),
    }


def _filter(fields: Fields, before: str) -> dict[str, Any]:
    told = {key: fields.get(before + key, "") for key in FILTER}
    return {
        key: instant(text) if key.endswith(_INSTANTS) else _names(text)
        for key, text in told.items()
        if text
    }


def _singles(fields: Fields, before: str, keys: Iterable[str]) -> dict[str, Any]:
    told = {key: fields.get(before + key, "") for key in keys}
    return {key: _single(key, text) for key, text in told.items() if text}


def _single(key: str, text: str) -> Any:
    if key in _NUMBERS:
        return _number(text)
    return instant(text) if key.endswith(_INSTANTS) and text not in _WORDS else text


def _number(text: str) -> int | str:
    return int(text) if _WHOLE.fullmatch(text) else text


def _names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in re.split(r"[,\n]", text)) if name]


def _blocks(fields: Fields, what: str) -> list[str]:
    return [f"facts.{what}[{place}]." for place in range(counts(fields)[what])]
