"""What is wrong with a body, in a plain sentence: which field, and what would be accepted."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect as shapes

from api.refusals import MalformedBody
from ledger.decide.commands import Command
from ledger.decide.performance_commands import NAME_PATTERN
from ledger.facts.dates import DATE_PATTERN, MalformedDate
from ledger.facts.ids import ID_PATTERN, id_accepted

_KEY: Final = "<key>"
"""Stands for the names in an object that may have any."""
_AT: Final = re.compile(r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`(?P<path>\$.*)`)?$", re.DOTALL)
_KINDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SENTENCES: Final[tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], str]], ...]] = (
    (
        re.compile(r"Expected `(.+)`, got `(.+)`"),
        lambda at, m: f"{at} is {_kind(m[2])}, not {_kind(m[1])}",
    ),
    (re.compile(r"Expected `str` matching"), lambda at, _: f"{at} is not written as it should be"),
    (re.compile(r"Expected `\w+` of length >="), lambda at, _: f"{at} is too short"),
    (re.compile(r"Expected `\w+` of length <="), lambda at, _: f"{at} is too long"),
    (re.compile(r"Expected `\w+` >"), lambda at, _: f"{at} is too small"),
    (re.compile(r"Expected `\w+` <"), lambda at, _: f"{at} is too large"),
    (re.compile(r"Invalid (?:enum )?value (.{1,80})"), lambda at, m: f"{at} cannot be {m[1]}"),
)


def mistake_in(error: Exception, shape: Any) -> MalformedBody:
    """The refusal for what msgspec found wrong while it read `shape`."""
    if not isinstance(error, msgspec.ValidationError):
        return MalformedBody(
            f"the body is not JSON: {_reason(error)}", accepted="a JSON object in UTF-8"
        )
    found = _AT.match(str(error))
    what, path = (found["what"], found["path"] or "$") if found else (str(error), "$")
    within = path.removeprefix("$").removeprefix(".")
    if found is not None and found["key"]:
        return MalformedBody(
            _sentence(f"a name in {within}", what),
            field=within or None,
            accepted=_accepted(shape, f"{within}.{_KEY}"),
        )
    missing = re.search(r"(missing required|unknown) field `(.+)`", what, re.DOTALL)
    if missing is None:
        return MalformedBody(
            _sentence(within or "the body", what),
            field=within or None,
            accepted=_accepted(shape, within),
        )
    field = f"{within}.{missing[2]}" if within else missing[2]
    if missing[1] == "unknown":
        return MalformedBody(
            f"there is no field {field[:80]} here",
            field=field[:80],
            accepted=", ".join(_fields(shape, within)) or None,
        )
    return MalformedBody(f"{field} is missing", field=field, accepted=_accepted(shape, field))


class _Named(msgspec.Struct):
    """What tells the kind of a command."""

    command: str | None = None


_named: Final = msgspec.json.Decoder(_Named)
_COMMANDS: Final[dict[str | None, type[msgspec.Struct]]] = {
    str(each.__struct_config__.tag): each for each in get_args(Command)
}


def mistake_in_line(error: Exception, line: bytes) -> MalformedBody:
    """The same for a line that may hold any command: told of the one that it names."""
    try:
        shape: Any = _COMMANDS.get(_named.decode(line).command, Command)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        shape = Command
    return mistake_in(error, shape)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = str(error).removeprefix("JSON is malformed: ")
    return "it ends too early" if "truncated" in said else said


def _sentence(at: str, what: str) -> str:
    for pattern, say in _SENTENCES:
        if match := pattern.match(what):
            return say(at, match)
    return f"{at} cannot be read: {what}"


def _kind(named: str) -> str:
    return " or ".join(_KINDS.get(part, part) for part in named.split(" | "))


def _accepted(shape: Any, path: str) -> str | None:
    said = dict.fromkeys(describe(found) for found in _at(shape, path))
    return " or ".join(part for part in said if part) or None


def _fields(shape: Any, path: str) -> list[str]:
    return sorted(
        {
            field.encode_name
            for found in _at(shape, path)
            if isinstance(found, shapes.StructType)
            for field in found.fields
        }
    )


def _at(shape: Any, path: str) -> Iterator[shapes.Type]:
    """The types that may stand at `path` (`evidence[0]`, `requested.refund`)."""
    types = [shapes.type_info(shape)]
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        types = [inner for outer in types for inner in _inside(outer, step)]
    yield from types


def _inside(outer: shapes.Type, step: str) -> Iterator[shapes.Type]:
    match outer:
        case shapes.UnionType(types=types):
            for each in types:
                yield from _inside(each, step)
        case shapes.StructType(fields=fields, tag_field=tag_field, tag=tag):
            yield from (field.type for field in fields if field.encode_name == step)
            if tag_field == step:
                yield shapes.LiteralType((tag,))
        case shapes.VarTupleType(item_type=item) | shapes.ListType(item_type=item):
            yield item
        case shapes.DictType(key_type=key, value_type=value):
            yield key if step == _KEY else value
        case _:
            return


def describe(wanted: shapes.Type) -> str | None:
    """What a value of this type may be, in words."""
    match wanted:
        case shapes.UnionType(types=types):
            given = (each for each in types if not isinstance(each, shapes.NoneType))
            said = dict.fromkeys(describe(each) for each in given)
            return " or ".join(part for part in said if part) or None
        case shapes.Metadata(type=told):
            return describe(told)
        case shapes.LiteralType(values=values):
            return " or ".join(str(value) for value in values)
        case shapes.EnumType(cls=members):
            return " or ".join(str(member.value) for member in members)
        case shapes.StrType(pattern=pattern, min_length=least, max_length=most):
            if pattern == ID_PATTERN:
                return id_accepted(most)
            if pattern == DATE_PATTERN:
                return MalformedDate.accepted
            if pattern == NAME_PATTERN:
                return f"{least or 0:,} to {most:,} characters, no space first or last"
            return "text" + (f" of {least or 0:,} to {most:,} characters" if most else "")
        case shapes.IntType(ge=least, le=most):
            bounded = least is not None and most is not None
            return "a whole number" + (f" from {least:,} to {most:,}" if bounded else "")
        case shapes.BoolType():
            return "true or false"
        case (
            shapes.VarTupleType(min_length=least, max_length=most)
            | shapes.ListType(min_length=least, max_length=most)
        ):
            some = f"{least:,} to" if least else "up to"
            return "a list" + (f" of {some} {most:,}" if most else "")
        case shapes.DictType(max_length=most) if most is not None:
            return f"an object of up to {most:,}"
        case shapes.StructType() | shapes.DictType():
            return "an object"
        case _:
            return None
