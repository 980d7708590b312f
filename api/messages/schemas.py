"""JSON Schemas of what messages hold, made from the models; docs/messages keeps them."""

from collections.abc import Callable, Iterator
from inspect import getdoc
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec

from api import representations
from api.fact_data import ENVELOPE, kind_of
from api.messages.telling import STANDING_TYPE
from api.problems import Problem
from api.writing import SCOPES
from ledger.decide.commands import Command
from ledger.facts.campaigns import Price
from ledger.facts.fact import Fact
from ledger.facts.kinds import KINDS
from ledger.facts.money import Money
from ledger.facts.violations import ViolationRecorded
from projections.broker.topics import COMMANDS
from projections.outbox.record import Record

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
COMMAND: Final = "command.v1"
PROBLEM: Final = "problem.v1"
PROGRESS_TYPE: Final = "progress.v1"
SCOPES_OF: Final = "x-scopes"
"""Beside the schema of a command: any of these lets somebody give it."""
INSTANT: Final = {"type": "string", "format": "date-time"}
"""RFC 3339 in UTC with microseconds."""

Schema = dict[str, Any]


def schemas() -> Iterator[tuple[str, Schema]]:
    """Every schema under the name of its file, which is the type of the messages that it is of."""
    for name, kind in KINDS.items():
        yield name, _document(name, of_fact(kind))
    yield STANDING_TYPE, _document(STANDING_TYPE, msgspec.json.schema(representations.Standing))
    yield COMMAND, _document(COMMAND, _of_commands())
    yield PROBLEM, _document(PROBLEM, msgspec.json.schema(Problem))
    yield PROGRESS_TYPE, _document(PROGRESS_TYPE, msgspec.json.schema(Record))


def _of_commands() -> Schema:
    """Every command that a batch takes, each with the scopes of which it asks for one."""
    found = msgspec.json.schema(Command)
    for kind, scopes in SCOPES.items():
        found["$defs"][kind.__name__][SCOPES_OF] = list(scopes)
    said = (
        "A command, as a line of POST /v1/facts:batch. Which of them the topic takes, its operator "
        f"says in LEDGER_KAFKA_SCOPES: those that have one of these scopes in {SCOPES_OF}."
    )
    return {"title": COMMANDS, "description": said, **found}


def of_fact(kind: type[Fact]) -> Schema:
    """What `api.fact_data.data_of` tells of a fact of this kind."""
    own = {"backdated_us"} if kind is ViolationRecorded else set[str]()
    left_out = ENVELOPE | own
    found = _of_struct(kind, left_out)
    if kind is ViolationRecorded:
        found["properties"]["effective_at"] = INSTANT
        found["required"].append("effective_at")
    found["description"] = _said(kind)
    return found


def _of_struct(kind: type[msgspec.Struct], left_out: frozenset[str]) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    currency = hints.get("currency")
    properties: Schema = {}
    required: list[str] = []
    for field in kind.__struct_fields__:
        if field in left_out or field == "currency":
            continue
        name, schema = _of_field(field, hints[field])
        properties[name] = schema
        if name != field and _may_be_none(currency):
            # Early facts of these told an amount without its currency.
            properties[field] = {"type": "integer"}
        else:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _of_field(field: str, hint: Any) -> tuple[str, Schema]:
    match kind_of(field):
        case "minor":
            return field.removesuffix("_minor"), _maybe(hint, lambda _: _money())
        case "instant":
            return field, _maybe(hint, lambda _: INSTANT)
        case _:
            return field, _maybe(hint, _of_type)


def _of_type(hint: Any) -> Schema:
    if hint is Price:
        return _money()
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return {"description": _said(hint)} | _of_struct(hint, frozenset())
    if get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _of_type(get_args(hint)[1])}
    return msgspec.json.schema(hint)


def _maybe(hint: Any, schema_of: Callable[[Any], Schema]) -> Schema:
    """The schema of a type that may be null."""
    if not _may_be_none(hint):
        return schema_of(hint)
    (own,) = [each for each in get_args(hint) if each is not type(None)]
    return {"anyOf": [schema_of(own), {"type": "null"}]}


def _may_be_none(hint: Any) -> bool:
    return type(None) in get_args(hint)


def _money() -> Schema:
    """An amount as people write it, with its currency."""
    return msgspec.json.schema(Money)["$defs"]["Money"]


def _document(name: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "$id": f"urn:seller-ledger:messages:{name}", **schema}


def _said(kind: type) -> str:
    return " ".join((getdoc(kind) or "").split())
