"""Names planted in every free text of every command. Where they are looked for: `looking.py`.

Which fields are free text the commands' own types say, so that a new command, or a new field of
one, has to come into the story before the tests pass.
"""

from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from ledger.decide.commands import Command

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
