"""Data as TOML for people: what is read back from the text is the same data."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, cast

from ledger.policy.document import PackData, is_table
from ledger.policy.sources import is_value

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LINE_CHARACTERS: Final = 120
_LINE_DOTS: Final = 20
"""On a line of several values; a pack's reader takes no line with many dots."""


def to_toml(data: PackData) -> str:
    """The text: single values first, then a table each; small tables stand on one line."""
    return "\n".join(_table(data, ())).strip() + "\n"


def _table(table: PackData, way: tuple[str, ...]) -> Iterator[str]:
    below: list[tuple[str, Any]] = []
    for key, value in table.items():
        if _stands_below(key, value, way):
            below.append((key, value))
        else:
            yield f"{_key(key)} = {_inline(value)}"
    for key, value in below:
        yield from _below((*way, key), value)


def _stands_below(key: str, value: object, way: tuple[str, ...]) -> bool:
    """Whether a value gets a heading of its own."""
    if is_table(value):
        return not (value and (is_value(value) or (way and _is_short(key, value))))
    return _are_tables(value)


def _below(way: tuple[str, ...], value: Any) -> Iterator[str]:
    heading = ".".join(map(_key, way))
    if not is_table(value):
        for item in value:
            yield f"\n[[{heading}]]"
            for key, part in item.items():
                yield f"{_key(key)} = {_inline(part)}"
        return
    inner = list(_table(value, way))
    if not inner or not inner[0].startswith("\n"):
        yield f"\n[{heading}]"
    yield from inner


def _is_short(key: str, table: PackData) -> bool:
    if any(is_table(value) and not is_value(value) for value in table.values()):
        return False
    line = f"{key} = {_inline(table)}"
    return len(line) <= _LINE_CHARACTERS and line.count(".") <= _LINE_DOTS


def _are_tables(value: object) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(is_table(item) for item in cast("list[object]", value))


def _inline(value: Any) -> str:
    match value:
        case dict():
            pairs = cast("PackData", value).items()
            return "{ " + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in pairs) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_inline, cast("list[Any]", value))) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _inline(key)
