"""Reading a view in order, by key: a list in parts, each continued behind the last row seen.

Some orders no single index has. A list is then read in parts, one after the other, each of them
by an index; or from several branches at once, each in order by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, LiteralString, NamedTuple, TypeAlias

from psycopg import Cursor, sql

from ledger.facts.instants import Instant
from ledger.store.sql import queries

SQL: Final = queries("projections", "keyset.sql")

Key: TypeAlias = tuple[int | str | bool | None, ...]
"""A row's one place in a list: the first columns of what its statement gives."""

LOWEST: Final = ""
HIGHEST: Final = "\U0010ffff"
"""Texts before and behind every id, as bytes compare."""
FIRST: Final = -1
LAST: Final = 2**63 - 1
"""Numbers before and behind every position and instant."""


class Part(NamedTuple):
    """A statement that continues behind a key, which it takes as `%(after_1)s`, `%(after_2)s`.

    It gives its rows in the order of the key, `%(limit)s` of them, and the key's columns first.
    """

    statement: LiteralString
    values: Mapping[str, Any]
    begin: Key


def rows_of(cursor: "Cursor[Any]", parts: Sequence[Part], at_once: int) -> Iterator[Any]:
    """The rows of all parts, read so many at once and none before they are needed."""
    for statement, values, begin in parts:
        key = begin
        while True:
            after = {f"after_{number}": value for number, value in enumerate(key, 1)}
            # Planned with the values that are asked for: a plan for any would miss the index.
            found = cursor.execute(
                statement, {**values, **after, "limit": at_once}, prepare=False
            ).fetchall()
            yield from found
            if len(found) < at_once:
                break
            key = tuple(found[-1][: len(key)])


def last_before(cursor: "Cursor[Any]", view: str, told_at: str, instant: Instant) -> int:
    """The last position in a view before an instant, by a column that grows with the position."""
    return last_before_each(cursor, view, told_at, [instant])[instant]


def last_before_each(
    cursor: "Cursor[Any]", view: str, told_at: str, instants: Iterable[Instant]
) -> dict[Instant, int]:
    """The last position in a view before each of some instants."""
    names = {"view": sql.Identifier(view), "told_at": sql.Identifier(told_at)}
    statement = sql.SQL(SQL["last_before"]).format(**names)
    told = {"instants": list(set(instants))}
    return dict(cursor.execute(statement, told, prepare=False).fetchall())
