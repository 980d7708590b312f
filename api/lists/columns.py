"""What a list's rows hold, told by the struct that a row is: names, and how a file keeps each."""

from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

import msgspec
from msgspec import inspect

Kind: TypeAlias = Literal["text", "instant", "integer", "number", "truth", "texts", "json"]
"""`texts` is a list of texts; `json` is whatever is nested deeper, kept as JSON text in files."""

Json: TypeAlias = dict[str, Any]

_PLAIN: Final[dict[type[inspect.Type], Kind]] = {
    inspect.StrType: "text",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.BoolType: "truth",
}


class Column(NamedTuple):
    """One column of a file."""

    name: str
    kind: Kind


def columns_of(shape: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a list whose rows are of this shape, in the order of its fields."""
    found = inspect.type_info(shape)
    assert isinstance(found, inspect.StructType)
    return tuple(Column(field.encode_name, _kind(field.type)) for field in found.fields)


def cells_of(row: msgspec.Struct) -> Json:
    """A row's values by the names of its columns, as JSON would tell them."""
    return msgspec.to_builtins(row)


def _kind(told: inspect.Type) -> Kind:
    if isinstance(told, inspect.UnionType):
        others = [kind for kind in told.types if not isinstance(kind, inspect.NoneType)]
        return _kind(others[0]) if len(others) == 1 else "json"
    if isinstance(told, inspect.Metadata):
        said = cast(Json, told.extra_json_schema or {})
        return "instant" if said.get("format") == "date-time" else _kind(told.type)
    if isinstance(told, inspect.LiteralType):
        return "text" if all(isinstance(value, str) for value in told.values) else "json"
    if isinstance(told, inspect.ListType | inspect.VarTupleType):
        return "texts" if _kind(told.item_type) == "text" else "json"
    return _PLAIN.get(type(told), "json")
