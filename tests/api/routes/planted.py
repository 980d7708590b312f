"""Names planted in every free text of every command, and places to look for them.

Which fields are free text the commands' own types say, so that a new command, or a new field of
one, has to come into the story before the tests pass.
"""

import io
import json
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final, get_args

import msgspec
import psycopg
import pyarrow.parquet as parquet
from msgspec import inspect
from psycopg import sql

from ledger.decide.commands import Command
from tests.api.routes.world import World

OF_GOODS: Final = {
    "name", "unit_of_measure", "sales_unit", "colour", "ships_from", "package_size",
    "shipping_model",
}  # fmt: skip
"""What a campaign or a product is called stands in facts: it is about goods, and of no person."""

Place = tuple[str, str]
"""A command by its tag, and a field of it."""

_SHAPES: Final = {shape.__struct_config__.tag: shape for shape in get_args(Command)}


def free_texts() -> set[Place]:
    """Every field of every command in which a person may write what it likes."""
    return {
        (tag, field.encode_name)
        for tag, shape in _SHAPES.items()
        for field in msgspec.structs.fields(shape)
        if field.name not in OF_GOODS and _is_free(inspect.type_info(field.type))
    }


def _is_free(told: inspect.Type) -> bool:
    match told:
        case inspect.StrType():
            return told.pattern is None
        case inspect.Metadata():
            # Instants are read before anything is kept of them.
            return "format" not in (told.extra_json_schema or {}) and _is_free(told.type)
        case inspect.UnionType():
            return any(_is_free(kind) for kind in told.types)
        case inspect.VarTupleType() | inspect.ListType():
            return _is_free(told.item_type)
        case inspect.StructType():
            return any(_is_free(field.type) for field in told.fields)
        case inspect.DictType():
            return _is_free(told.key_type) or _is_free(told.value_type)
        case _:
            return False


def planted(line: dict[str, Any], name: str) -> dict[str, Any]:
    """The command with `name` in every free text that it can have."""
    fields = {
        field.encode_name: field for field in msgspec.structs.fields(_SHAPES[line["command"]])
    }
    told = dict(line)
    for tag, field in free_texts():
        if tag == line["command"]:
            several = field == "evidence"
            assert several or _is_one_text(inspect.type_info(fields[field].type)), (tag, field)
            text = f"{name} wrote {tag} {field}"
            told[field] = [text, f"{text} twice"] if several else text
    return told


def _is_one_text(told: inspect.Type) -> bool:
    if isinstance(told, inspect.UnionType):
        return any(_is_one_text(kind) for kind in told.types)
    return isinstance(told, inspect.StrType)


# -- where to look ------------------------------------------------------------------------


def tables_with(dsn: str, name: str) -> set[str]:
    """The tables of any schema in which a name stands, in whatever column and in whatever form."""
    found: set[str] = set()
    with psycopg.connect(dsn) as connection:
        every = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in every:
            rows = connection.execute(
                sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
            ).fetchall()
            if any(_holds(value, name) for row in rows for value in row):
                found.add(table)
    return found


def _holds(value: Any, name: str) -> bool:
    if isinstance(value, bytes | memoryview):
        return name.encode() in bytes(value)
    if isinstance(value, list | tuple):
        return any(_holds(each, name) for each in value)
    if isinstance(value, dict):
        return name in json.dumps(value)
    return name in str(value)


def answers_with(world: World, known: dict[str, str], name: str) -> set[str]:
    """The routes of which an answer holds a name: all that are read, in every form they have;
    checkpoints, tiles, leaves and proofs among them.
    """
    found: set[str] = set()
    for path in _read(world):
        asked = known.get(path, "")
        whole = asked if asked.startswith("/") else path + asked
        for address in (each for one in whole.split() for each in _addresses(one, known)):
            for accept in ("*/*", "application/x-ndjson", "text/csv", PARQUET):
                answer = world.client.get(address, headers={"Accept": accept})
                there = answer.status_code in (200, 406) or "nobody" in address
                assert there, (address, accept, answer.text)
                if name.encode() in _unpacked(answer.content):
                    found.add(path)
    return found


_BASE64: Final = re.compile(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4}){5,}")
"""What may be bytes in base64: the last few may be missing."""
PARQUET: Final = "application/vnd.apache.parquet"


def _unpacked(body: bytes) -> bytes:
    """A body as somebody reads it: Parquet and ZIP pack their texts, proofs and bundles write
    leaves in base64.
    """
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            return b"\n".join(_unpacked(file.read(name)) for name in file.namelist())
    if not body.startswith(b"PAR1"):
        return body + b"\n" + b"\n".join(map(b64decode, _BASE64.findall(body)))
    return repr(parquet.read_table(io.BytesIO(body)).to_pylist()).encode()


def _read(world: World) -> Iterator[str]:
    """Every path that is answered to GET, streams without an end left out."""
    yield "/metrics"
    document = world.get("/v1/openapi.json")
    for path, operations in document["paths"].items():
        if "get" in operations and "text/event-stream" not in json.dumps(operations["get"]):
            yield path


def _addresses(path: str, known: dict[str, str]) -> Iterator[str]:
    """A path with every id that is known filled in; several, where one name has several ids."""
    first = next((part for part in path.split("/") if part.startswith("{")), None)
    if first is None:
        yield path
        return
    for given in known[first.strip("{}")].split():
        yield from _addresses(path.replace(first, given, 1), known)
