"""Reading a scenario, from TOML, JSON or its canonical bytes: another world, or all mistakes.

Tables are validated one by one, so that a mistake in one hides none in another.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ledger.facts.refusal import Refusal
from ledger.policy.document import MOST_BYTES, MOST_LEVELS, is_table, read
from ledger.policy.mistakes import MalformedPack, Mistake, shown, unknown_key
from projections.what_if.checking import inconsistencies
from projections.what_if.filters import Filter, NotThat
from projections.what_if.scenario import (
    MOST_ADDED,
    MOST_FILTERS,
    Added,
    Change,
    Facts,
    PolicyChange,
    Scenario,
    Setting,
    Times,
    Title,
)
from projections.what_if.world_rules import Known

Model = TypeVar("Model", bound=BaseModel)

WHOLE: Final = "the scenario"
PATCHED: Final = "a whole number, true or false, words, or a list of words"
SECTIONS: Final = ("policy", "facts", "population")
TIMES: Final = ("from", "to", "known_at")


class MalformedScenario(Refusal):
    """A scenario that cannot be run, with everything that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        count = len(self.mistakes)
        heading = f"The scenario has {count} mistake{'' if count == 1 else 's'}:"
        super().__init__(
            "\n".join([heading, *map(str, self.mistakes)]),
            field=self.mistakes[0].where,
            accepted=self.mistakes[0].accepted,
        )


def scenario_from_toml(text: str, known: Known | None = None) -> Scenario:
    """The scenario that a TOML text says; raises `MalformedScenario` with every mistake in it."""
    try:
        data = read(text)
    except MalformedPack as refused:
        raise MalformedScenario(m._replace(where=WHOLE) for m in refused.mistakes) from None
    return scenario_from(data, known)


def scenario_from_json(body: bytes, known: Known | None = None) -> Scenario:
    """The same for JSON; keys told twice, and numbers that are none, are refused."""
    if len(body) > MOST_BYTES:
        _refuse(f"{len(body)} bytes", f"at most {MOST_BYTES} bytes")
    try:
        data: object = json.loads(
            body.decode(), object_pairs_hook=_told_once, parse_constant=_no_number
        )
    except UnicodeDecodeError:
        _refuse("bytes that are not UTF-8", "UTF-8")
    except RecursionError:
        _refuse("tables or lists nested too deeply", f"at most {MOST_LEVELS} levels")
    except ValueError as error:  # json's own, and Python's for numbers of thousands of digits
        _refuse(f"text that is not JSON ({error})", "a JSON object in UTF-8")
    if not is_table(data):
        _refuse(shown(data), "a JSON object")
    return scenario_from(data, known)


def scenario_from(data: dict[str, Any], known: Known | None = None) -> Scenario:
    """The scenario that these data say; raises `MalformedScenario` with every mistake in them.

    With `known`, it is also held to the ledger that it is for: to its rules, its packs and its
    last instant.
    """
    _limited(data, 1)
    reading = _Reading()
    times = {key: value for key, value in data.items() if key in TIMES}
    title = {key: value for key, value in data.items() if key not in (*SECTIONS, *TIMES)}
    said: dict[str, Any] = {}
    for table in (
        reading.table(Title, title, "", (*SECTIONS, *TIMES)),
        reading.table(Times, times, ""),
    ):
        said |= {} if table is None else dict(table)
    scenario = Scenario.model_construct(
        policy=reading.optional(PolicyChange, data.get("policy"), "policy"),
        facts=_facts(data.get("facts"), reading),
        population=reading.optional(Filter, data.get("population"), "population"),
        **said,
    )
    mistakes = [*reading.mistakes, *inconsistencies(scenario, known, reading.places)]
    if mistakes:
        raise MalformedScenario(mistakes)
    return scenario


@dataclass
class _Reading:
    mistakes: list[Mistake] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    """Where each table was read, by its identity: those that were refused leave gaps."""

    def optional(self, model: type[Model], found: object, where: str) -> Model | None:
        """The validated table where there is one."""
        return None if found is None else self.table(model, found, where)

    def table(
        self, model: type[Model], found: object, where: str, others: Iterable[str] = ()
    ) -> Model | None:
        """The validated table, or None with its mistakes noted."""
        if not is_table(found):
            accepted = "a table with " + ", ".join(model.model_fields)
            self.mistakes.append(Mistake(where, shown(found), accepted))
            return None
        try:
            read_table = model.model_validate(found)
        except ValidationError as error:
            self.mistakes += [_mistake(one, where, model, others) for one in error.errors()]
            return None
        self.places[id(read_table)] = where
        return read_table

    def tables(self, found: object, where: str, most: int) -> list[tuple[str, object]]:
        """What stands in a list of tables, each with its place."""
        if found is None:
            return []
        if not isinstance(found, list | tuple):
            self.mistakes.append(Mistake(where, shown(found), "a list of tables"))
            return []
        items = cast("list[object]", found)
        if len(items) > most:
            self.mistakes.append(Mistake(where, f"a list of {len(items)}", f"at most {most}"))
        return [(f"{where}[{n}]", item) for n, item in enumerate(items[:most])]


def _facts(found: object, reading: _Reading) -> Facts:
    if found is None:
        return Facts()
    if not is_table(found):
        accepted = "a table with leave_out, change, add"
        reading.mistakes.append(Mistake("facts", shown(found), accepted))
        return Facts()
    for key in found.keys() - set(Facts.model_fields):
        reading.mistakes.append(unknown_key("facts", key, Facts.model_fields))
    leave_out = reading.tables(found.get("leave_out"), "facts.leave_out", MOST_FILTERS)
    change = reading.tables(found.get("change"), "facts.change", MOST_FILTERS)
    add = reading.tables(found.get("add"), "facts.add", MOST_ADDED)
    changes = [_change(item, where, reading) for where, item in change]
    return Facts.model_construct(
        leave_out=_there(reading.table(Filter, item, where) for where, item in leave_out),
        change=_there(changes),
        add=_there(reading.table(Added, item, where) for where, item in add),
    )


def _change(found: object, where: str, reading: _Reading) -> Change | None:
    if not is_table(found):
        reading.mistakes.append(Mistake(where, shown(found), "a table with where and set"))
        return None
    for key in found.keys() - set(Change.model_fields):
        reading.mistakes.append(unknown_key(where, key, Change.model_fields))
    chosen = reading.table(Filter, found.get("where"), f"{where}.where")
    setting = reading.table(Setting, found.get("set"), f"{where}.set")
    if chosen is None or setting is None:
        return None
    change = Change.model_construct(where=chosen, set=setting)
    reading.places[id(change)] = where
    return change


def _there(tables: Iterable[Model | None]) -> tuple[Model, ...]:
    return tuple(table for table in tables if table is not None)


def _mistake(
    error: ErrorDetails, where: str, model: type[BaseModel], others: Iterable[str]
) -> Mistake:
    place = [part for part in error["loc"] if isinstance(part, str)]
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    key = place[0]
    if error["type"] == "extra_forbidden":
        return unknown_key(where, key, (*fields, *others))
    path = f"{where}.{key}" if where else key
    if key == "patch" and len(place) > 1:
        nested = is_table(error["input"])
        accepted = f'in quotes, the whole path, such as "{place[1]}.points.limit"'
        return Mistake(f"{path}.{place[1]}", _found(error), accepted if nested else PATCHED)
    return Mistake(path, _found(error), _accepted(fields[key]))


def _found(error: ErrorDetails) -> str:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, NotThat):
        return cause.found
    if error["type"] == "too_short":
        return "an empty table"
    return "nothing" if error["type"] == "missing" else shown(error["input"])


def _accepted(at_fault: FieldInfo) -> str:
    return at_fault.description or next(_descriptions(at_fault.annotation), "a table")


def _descriptions(annotation: Any) -> Iterator[str]:
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, FieldInfo) and part.description:
            yield part.description
    for part in get_args(annotation):
        yield from _descriptions(part)


def _limited(value: object, level: int) -> None:
    """Refuse what is nested without end, and text that no file could hold."""
    if level > MOST_LEVELS:
        _refuse("tables or lists nested too deeply", f"at most {MOST_LEVELS} levels")
    match value:
        case dict():
            for key, part in cast("dict[str, object]", value).items():
                _limited(key, level)
                _limited(part, level + 1)
        case list():
            for item in cast("list[object]", value):
                _limited(item, level + 1)
        case str() if not _can_be_written(value):
            _refuse("half a surrogate pair", "UTF-8")
        case _:
            pass


def _can_be_written(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {shown(twice)} stands there twice")
    return table


def _no_number(found: str) -> NoReturn:
    raise ValueError(f"{found} is no number of JSON")


def _refuse(found: str, accepted: str) -> NoReturn:
    raise MalformedScenario([Mistake(WHOLE, found, accepted)])
