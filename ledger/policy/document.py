"""A pack as a document: TOML for people, canonical JSON for the log, a digest for both.

The canonical bytes hold the whole pack, sources and notes included, so that the log alone can show
which rule was followed and where it came from.
"""

import hashlib
import json
import tomllib
from datetime import date, datetime, time, tzinfo
from typing import Any, TypeGuard, cast

from ledger.facts.instants import MalformedInstant, format_instant, parse_instant
from ledger.policy.mistakes import MalformedPack, Mistake

PackData = dict[str, Any]

WHOLE = "the pack"
MOST_BYTES = 1_000_000
MOST_LEVELS = 20
MOST_DOTS = 40
"""On one line: each dot of a key makes a level, and reading them takes time with their square."""
ACCEPTED_INSTANT = "an instant with its zone, such as 2020-01-01T00:00:00Z"


def is_table(found: object) -> TypeGuard[PackData]:
    """Is this a table of named values?"""
    return isinstance(found, dict)


def read(text: str) -> PackData:
    """The pack's data, dates as canonical text; refuses what is not TOML, or far too large."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise MalformedPack([Mistake(WHOLE, "half a surrogate pair", "UTF-8")]) from None
    if size > MOST_BYTES:
        raise MalformedPack([Mistake(WHOLE, f"{size} bytes", f"at most {MOST_BYTES} bytes")])
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            found = f"a line {number} with more than {MOST_DOTS} dots"
            raise MalformedPack([Mistake(WHOLE, found, "a few words in a key, shorter lines")])
    try:
        parsed = tomllib.loads(text)
    except ValueError as error:  # tomllib's own, and Python's for numbers of thousands of digits
        found = f"text that is not TOML ({error})"
        raise MalformedPack([Mistake(WHOLE, found, "TOML 1.0")]) from None
    except RecursionError:
        raise _too_deep() from None
    return {key: _plain(value, 1) for key, value in parsed.items()}


def canonical(data: PackData) -> bytes:
    """The one byte form of a pack: JSON in UTF-8, keys sorted, nothing between the tokens.

    Refuses numbers that JSON does not have: TOML knows `inf` and `nan`.
    """
    try:
        text = json.dumps(
            data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except ValueError:
        found = "a number that is infinite or none at all"
        raise MalformedPack([Mistake(WHOLE, found, "finite numbers")]) from None
    return text.encode()


def digest(canonical_bytes: bytes) -> str:
    """The name of a pack for ever: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(canonical_bytes).hexdigest()


def from_canonical(canonical_bytes: bytes) -> PackData:
    """The pack's data back from its canonical bytes; refuses any other spelling of them."""
    try:
        data: object = json.loads(canonical_bytes)
    except (ValueError, RecursionError):
        raise MalformedPack([Mistake(WHOLE, "bytes that are not JSON", "a pack's bytes")]) from None
    if not is_table(data) or canonical(data) != canonical_bytes:
        found = "JSON that is not in canonical form"
        raise MalformedPack([Mistake(WHOLE, found, "a table, keys sorted, no spaces")])
    return data


def _too_deep() -> MalformedPack:
    found = "tables or lists nested too deeply"
    return MalformedPack([Mistake(WHOLE, found, f"at most {MOST_LEVELS} levels")])


def _plain(value: object, level: int) -> object:
    """The value with dates, which JSON does not have, as text; one without a zone stays so."""
    if level > MOST_LEVELS:
        raise _too_deep()
    if is_table(value):
        return {key: _plain(part, level + 1) for key, part in value.items()}
    match value:
        case list():
            return [_plain(item, level + 1) for item in cast("list[object]", value)]
        case datetime(tzinfo=tzinfo()):
            return _in_utc(value.isoformat())
        case date() | time():
            return value.isoformat()
        case _:
            return value


def _in_utc(text: str) -> str:
    try:
        return format_instant(parse_instant(text))
    except MalformedInstant:  # hours before the year 1, or after 9999
        return text
