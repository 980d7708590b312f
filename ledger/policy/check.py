"""Reading a pack, from text or from the log's canonical bytes: a policy, or all of its mistakes.

Tables are validated one by one, so that a mistake in one hides none in another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ledger.policy.compiling import compiled
from ledger.policy.consistency import inconsistencies
from ledger.policy.document import PackData, canonical, digest, from_canonical, is_table, read
from ledger.policy.mistakes import MalformedPack, Mistake, shown, unknown_key
from ledger.policy.pack import (
    ACCEPTED_NAME,
    MANY,
    MAY_LACK,
    NAME_PATTERN,
    ONE,
    Header,
    fields_at,
)
from ledger.policy.policy import Policy
from ledger.policy.sources import bare, source_mistakes
from ledger.policy.tables import Tables

Model = TypeVar("Model", bound=BaseModel)

_EDITIONS_KEPT: Final = 32
"""Of canonical bytes that were read lately: the same bytes say the same policy for ever."""
NAMED_WITHIN = "milestones"
SECTIONS = (*ONE, *MANY)


def check(text: str) -> Policy:
    """The policy that a TOML text says; raises `MalformedPack` with every mistake in it."""
    return policy_from(read(text))


@lru_cache(maxsize=_EDITIONS_KEPT)
def policy_from_canonical(canonical_bytes: bytes) -> Policy:
    """The policy again from what the log keeps of it, without any file."""
    return policy_from(from_canonical(canonical_bytes))


def policy_from(data: PackData) -> Policy:
    """The policy that a pack's data say; raises `MalformedPack` with every mistake in them."""
    reading = _Reading()
    plain = bare(data)
    tables = _tables(plain, reading)
    reading.mistakes.extend(source_mistakes(data))
    reading.mistakes.extend(inconsistencies(tables, _names(plain)))
    if reading.mistakes:
        raise MalformedPack(reading.mistakes)
    return compiled(tables, digest(canonical(data)))


@dataclass
class _Reading:
    mistakes: list[Mistake] = field(default_factory=list)

    def table(self, model: type[Model], found: object, where: tuple[str, ...]) -> Model | None:
        """The validated table, or None with its mistakes noted."""
        if not is_table(found):
            self.mistakes.append(Mistake(".".join(where), shown(found), "a table"))
            return None
        self.mistakes.extend(_bad_names(found.get(NAMED_WITHIN), where))
        try:
            return model.model_validate(found)
        except ValidationError as error:
            self.mistakes.extend(_mistake(one, where, model) for one in error.errors())
            return None


def _tables(data: PackData, reading: _Reading) -> Tables:
    header = {key: value for key, value in data.items() if key not in SECTIONS}
    parts: dict[str, Any] = {"header": reading.table(Header, header, ())}
    for section, model in ONE.items():
        if section in data or section == "options":
            parts[section] = reading.table(model, data.get(section), (section,))
    for section, model in MANY.items():
        if section in data or section not in MAY_LACK:
            parts[section] = _section(data.get(section), section, model, reading)
    return Tables(**parts)


def _names(data: PackData) -> dict[str, frozenset[str]]:
    """The names in each section as written, whether their tables are well formed or not."""
    sections = {section: data.get(section) for section in SECTIONS}
    return {section: frozenset(named) for section, named in sections.items() if is_table(named)}


def _section(
    found: object, section: str, model: type[Model], reading: _Reading
) -> dict[str, Model]:
    if not is_table(found) or not found:
        accepted = f"at least one table [{section}.<name>]"
        reading.mistakes.append(Mistake(section, shown(found or None), accepted))
        return {}
    reading.mistakes.extend(_bad_names(found, (section,)))
    read_tables = {
        name: reading.table(model, table, (section, name)) for name, table in found.items()
    }
    return {name: table for name, table in read_tables.items() if table is not None}


def _bad_names(named: object, where: tuple[str, ...]) -> Iterator[Mistake]:
    if is_table(named):
        for name in named:
            if not re.fullmatch(NAME_PATTERN, name):
                yield Mistake(".".join(where), f"the name {shown(name)}", ACCEPTED_NAME)


def _mistake(error: ErrorDetails, where: tuple[str, ...], model: type[BaseModel]) -> Mistake:
    # What is wrong with an item of a list is told of the list.
    place = [part for part in error["loc"] if isinstance(part, str)]
    if place[-1:] == ["[key]"]:
        return _unknown_name((*where, *place[:-1]), error)
    path = (*where, *place)
    fields = fields_at(path[:-1]) or model.model_fields
    if error["type"] == "extra_forbidden":
        known = (*fields, *SECTIONS) if model is Header else fields
        return unknown_key(".".join(path[:-1]), path[-1], known)
    found = "nothing" if error["type"] == "missing" else shown(error["input"])
    if error["type"] in ("model_type", "dict_type"):
        return Mistake(".".join(path), found, "a table")
    return Mistake(".".join(path), found, _accepted(fields[path[-1]]))


def _unknown_name(path: tuple[str, ...], error: ErrorDetails) -> Mistake:
    """A table whose name is none of those that the section knows."""
    expected = str(error.get("ctx", {}).get("expected")).replace("'", "")
    return Mistake(".".join(path), "an unknown name", expected)


def _accepted(at_fault: FieldInfo) -> str:
    return at_fault.description or next(_descriptions(at_fault.annotation), "a table")


def _descriptions(annotation: Any) -> Iterator[str]:
    """What the parts of a type such as `Days | None` say that they accept."""
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, FieldInfo) and part.description:
            yield part.description
    for part in get_args(annotation):
        yield from _descriptions(part)
