"""Where each value comes from.

A pack may write a value as `{ value = 48, source = "004 Q65" }`, or bare within a table that has a
`source` of its own. A number or a switch of which nobody can say who set it is a mistake.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

from ledger.facts.instants import parse_instant
from ledger.facts.refusal import Refusal
from ledger.policy.document import ACCEPTED_INSTANT, PackData, is_table
from ledger.policy.mistakes import Mistake, shown, unknown_key

ACCEPTED_SOURCE = "who says so, in words: a document and its place, or operator default"
ACCEPTED_SOURCED = '{ value = …, source = "…" }, or a source for its whole table'
PARTS_OF_A_VALUE = ("value", "source", "effective_from", "published_at")


def bare(data: PackData) -> PackData:
    """The pack with every value object replaced by its value alone, as the tables read it."""
    return {key: _bare(value) for key, value in data.items()}


def source_mistakes(data: PackData) -> Iterator[Mistake]:
    """Values without a source, and value objects that are not well formed.

    The header needs none: its `reference` speaks for it.
    """
    for key, value in data.items():
        if is_table(value):
            yield from _in_table(value, key, covered=False)


def is_value(found: object) -> TypeGuard[PackData]:
    """Is this a value object: a value with where it comes from?"""
    return is_table(found) and "value" in found


def _bare(found: object) -> Any:
    if is_value(found):
        return found["value"]
    if is_table(found):
        return {key: _bare(value) for key, value in found.items()}
    return found


def _in_table(table: PackData, where: str, covered: bool) -> Iterator[Mistake]:
    if "source" in table:
        covered = True
        yield from _source(table["source"], f"{where}.source")
    for key, value in table.items():
        place = f"{where}.{key}"
        if is_value(value):
            yield from _value_object(value, place)
        elif is_table(value):
            yield from _in_table(value, place, covered)
        elif isinstance(value, int | float) and not covered:
            yield Mistake(place, f"{shown(value)} without a source", ACCEPTED_SOURCED)


def _value_object(value: PackData, where: str) -> Iterator[Mistake]:
    for key in value.keys() - set(PARTS_OF_A_VALUE):
        yield unknown_key(where, key, PARTS_OF_A_VALUE)
    yield from _source(value.get("source"), f"{where}.source")
    for key in ("effective_from", "published_at"):
        if key in value:
            yield from _date(value[key], f"{where}.{key}")


def _source(found: object, where: str) -> Iterator[Mistake]:
    if not isinstance(found, str) or not found.strip():
        yield Mistake(where, shown(found), ACCEPTED_SOURCE)


def _date(found: object, where: str) -> Iterator[Mistake]:
    try:
        parse_instant(found if isinstance(found, str) else "")
    except Refusal:
        yield Mistake(where, shown(found), ACCEPTED_INSTANT)
