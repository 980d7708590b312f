"""The schema `reporting`: stable read-only views for tools that read the database themselves."""

import hashlib
from typing import Any, Final, LiteralString

import psycopg
from psycopg import Cursor, sql

from ledger.store.sql import queries

SQL: Final = queries("projections", "reporting.sql")

_STATEMENTS: Final[dict[str, LiteralString]] = {
    "sellers": SQL["sellers"],
    "violations": SQL["violations"],
    "sanctions": SQL["sanctions"],
    "freezes": SQL["freezes"],
    "appeals": SQL["appeals"],
    "disputes": SQL["disputes"],
    "reports": SQL["reports"],
    "reporters": SQL["reporters"],
    "deadlines": SQL["deadlines"],
    "timeline": SQL["timeline"],
    "policies": SQL["policies"],
    "projections": SQL["projections"],
}
VIEWS: Final = tuple(_STATEMENTS)
_MARK: Final = (
    "Stable views for reporting; made by seller-ledger, "
    + hashlib.sha256("".join(SQL.values()).encode()).hexdigest()[:12]
)


def create(cursor: Cursor[Any]) -> None:
    """Make the views upon the tables that are there now, inside a transaction. What was granted
    on them stays, unless their columns have changed.
    """
    cursor.execute(SQL["schema"])
    for name, statement in _STATEMENTS.items():
        try:
            with cursor.connection.transaction():
                cursor.execute(statement)
        except psycopg.errors.InvalidTableDefinition:
            view = sql.Identifier("reporting", name)
            cursor.execute(sql.SQL(SQL["drop"]).format(view=view))
            cursor.execute(statement)
    cursor.execute(SQL["comments"])
    cursor.execute(sql.SQL(SQL["mark"]).format(mark=sql.Literal(_MARK)))


def ensure(cursor: Cursor[Any]) -> None:
    """Make them unless they are there as they should be: then nobody's reading is disturbed."""
    asked = {"views": len(VIEWS), "names": list(VIEWS), "mark": _MARK}
    row = cursor.execute(SQL["as_it_should_be"], asked).fetchone()
    if row is None or not row[0]:
        create(cursor)
