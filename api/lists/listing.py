"""What a list is, and what it is when it was asked for: plain descriptions, without HTTP."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, LiteralString, NamedTuple, TypeVar

import msgspec
from psycopg import Cursor

from api.lists.tokens import Key
from ledger.store.reader import log_end

Row = TypeVar("Row", bound=msgspec.Struct)


class ListOf(NamedTuple, Generic[Row]):
    """A list, described once: pages, files and the OpenAPI document are made from this."""

    name: str
    """Names its files and tokens: `timeline`."""
    plural: str
    """What its pages call the rows: `facts`."""
    shape: type[Row]
    by_position: bool = False
    """In the order of the log: then a plain position says where a page ended."""
    stands_at: Callable[[Cursor[Any]], int] = log_end
    """The position up to which what it reads has read the log; a view tells its own."""


class Asked(NamedTuple, Generic[Row]):
    """A list with its filters and its sort."""

    of: ListOf[Row]
    rows: Callable[[Cursor[Any], Key | None, int], Iterator[tuple[Key, Row]]]
    """`rows(cursor, after, at_once)`: every row behind the key `after` (None: from the first),
    each with its own key, in order, read from the database so many at once. All is read from one
    snapshot. A page stops in the middle, so nothing may be read before it is needed.
    """
    filters: Mapping[str, object] = {}
    """Filters and sort as they were asked for: a token of others is refused."""


def rows_by_key(
    cursor: Cursor[Any],
    statement: LiteralString,
    wanted: Mapping[str, Any],
    begin: Key,
    at_once: int,
    row_of: Callable[[Any], tuple[Key, Row]],
) -> Iterator[tuple[Key, Row]]:
    """The rows of a statement that asks by key, from behind the key `begin` to the last.

    It takes `%(after_1)s`, `%(after_2)s` … for the key's values, `%(limit)s`, and `wanted`; it
    sorts by the same columns, so that an index answers it. `row_of` makes a row of what it gives.
    """
    while True:
        place = {f"after_{number}": value for number, value in enumerate(begin, 1)}
        found = cursor.execute(statement, {**wanted, **place, "limit": at_once}).fetchall()
        key = begin
        for told in found:
            key, row = row_of(told)
            yield key, row
        if len(found) < at_once:
            return
        begin = key
