"""Holding tables of two schemas against each other, row by row."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from psycopg import Cursor, sql

from ledger.store.sql import queries
from projections.beside import Beside

SQL: Final = queries("projections", "comparison.sql")
MOST_TOLD: Final = 200
"""Rows told of one table; how many there are is counted all the same."""


class Difference(NamedTuple):
    """A row that the live table and one made anew from the log do not agree on."""

    projection: str
    table: str
    key: dict[str, Any]
    live: dict[str, Any] | None
    """None: the live table has no such row."""
    rebuilt: dict[str, Any] | None
    of: int
    """How many rows of the table differ, where not all are told."""


def same_place(cursor: Cursor[Any], beside: Beside) -> bool:
    """Whether both stand at one position in the snapshot that the transaction now reads."""
    cursor.execute(SQL["one_moment"])
    names = {"live": beside.projection.name, "beside": beside.taking.name}
    live, built = cursor.execute(SQL["positions"], names).fetchone() or (None, None)
    return live is not None and live == built


def differences(cursor: Cursor[Any], beside: Beside, live_schema: str) -> list[Difference]:
    """The rows that differ; kinds and the like are compared by what they mean."""
    found: list[Difference] = []
    told = beside.projection.rows()
    for table in beside.projection.tables:
        query = told.get(table)
        text = SQL["rows"] if query is None else query
        live, built = (
            sql.SQL(text).format(schema=sql.Identifier(schema), table=sql.Identifier(table))
            for schema in (live_schema, beside.schema)
        )
        rows = cursor.execute(
            sql.SQL(SQL["differing"]).format(live=live, beside=built, most=sql.Literal(MOST_TOLD))
        ).fetchall()
        if rows:
            key = cursor.execute(SQL["key"], {"table": f'"{beside.schema}"."{table}"'}).fetchall()
            names = [name for (name,) in key]
            found += _paired(beside.projection.name, table, names, rows)
    return found


def _paired(projection: str, table: str, key: list[str], rows: list[Any]) -> list[Difference]:
    """Both sides of each row by its key; a row without it is its own key."""
    sides: dict[str, tuple[dict[str, Any], dict[str, Mapping[str, Any]]]] = {}
    counts: dict[str, int] = {}
    for side, told, count in rows:
        named = {name: told[name] for name in key} if set(key) <= set(told) else dict(told)
        sides.setdefault(repr(named), (named, {}))[1][side] = told
        counts[side] = count
    most = max(counts.values())
    return [
        Difference(projection, table, named, _of(told, "live"), _of(told, "rebuilt"), most)
        for named, told in sides.values()
    ]


def _of(told: Mapping[str, Mapping[str, Any]], side: str) -> dict[str, Any] | None:
    return dict(told[side]) if side in told else None
