"""Columns packed as PostgreSQL's binary arrays, for the statements that every fact goes through.

psycopg packs any list and looks at each value twice to learn what it is. Here that is known.
"""

from collections.abc import Sequence
from itertools import chain
from struct import Struct, pack
from typing import Final

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_TEXT, _INT8, _BYTEA = 25, 20, 17
"""PostgreSQL's numbers for the types of elements."""
_HEAD: Final = Struct("!iiIii")
"""Dimensions, whether there are nulls, the elements' type, how many, and the first one's index."""
_SIZES: Final = [pack("!i", size) for size in range(1024)]


class TextArray(bytes):
    """A packed `text[]`."""


class NumberArray(bytes):
    """A packed `int8[]`."""


class BytesArray(bytes):
    """A packed `bytea[]`."""


def texts(values: Sequence[str]) -> TextArray:
    """Texts, none of them null."""
    return TextArray(_packed(_TEXT, [value.encode() for value in values]))


def many_bytes(values: Sequence[bytes]) -> BytesArray:
    """Byte strings, none of them null."""
    return BytesArray(_packed(_BYTEA, values))


def numbers(values: Sequence[int]) -> NumberArray:
    """Whole numbers of eight bytes, none of them null."""
    count = len(values)
    sized = chain.from_iterable((8, value) for value in values)
    return NumberArray(_HEAD.pack(1, 0, _INT8, count, 1) + pack("!" + "iq" * count, *sized))


def _packed(kind: int, values: Sequence[bytes]) -> bytes:
    parts = [_HEAD.pack(1, 0, kind, len(values), 1)]
    add = parts.append
    for value in values:
        size = len(value)
        add(_SIZES[size] if size < 1024 else pack("!i", size))
        add(value)
    return b"".join(parts)


class _Ready(Dumper):
    """Hands on what is packed already."""

    format = Format.BINARY

    def dump(self, obj: bytes) -> Buffer:
        return obj


class _TextsReady(_Ready):
    oid = 1009


class _NumbersReady(_Ready):
    oid = 1016


class _BytesReady(_Ready):
    oid = 1001


psycopg.adapters.register_dumper(TextArray, _TextsReady)
psycopg.adapters.register_dumper(NumberArray, _NumbersReady)
psycopg.adapters.register_dumper(BytesArray, _BytesReady)
