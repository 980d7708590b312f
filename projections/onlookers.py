"""What others built upon a projection's tables: views, and who may read them.

Tables are dropped and made again when a projection begins again and when a rebuild takes their
place. Whoever looks at them should not notice: views are made again as they were, and grants
given again.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, LiteralString, NamedTuple, cast

import psycopg
import structlog
from psycopg import Cursor, sql

from ledger.store.sql import queries

SQL: Final = queries("projections", "onlookers.sql")

_log: Final = structlog.get_logger("seller-ledger")


class View(NamedTuple):
    """A view as it can be made again; names carry their schemas."""

    name: str
    definition: str
    comment: str | None
    options: Sequence[str] | None
    owner: str | None
    """None: the role of this session. As another's, a view shows what that role may read."""
    materialized: bool
    column_comments: Mapping[str, str] | None


@contextmanager
def onlookers_kept(cursor: Cursor[Any], schema: str, tables: Sequence[str]) -> Generator[None]:
    """In the block these tables of a schema may be dropped, with CASCADE, and others put in their
    place: then views upon them are made again, and what was granted is granted again.

    A view that the new tables cannot carry is left out, and so is a materialized one; the log says
    so. Inside a transaction.
    """
    with _names_qualified(cursor):
        cursor.execute(SQL["views_upon"], {"schema": schema, "tables": list(tables)})
        views = [View(*row) for row in cursor.fetchall()]
        names = [f'"{schema}"."{table}"' for table in tables] + [view.name for view in views]
        cursor.execute(SQL["grants"], {"names": names})
        grants = [str(row[0]) for row in cursor.fetchall()]
    yield
    for view in views:
        if view.materialized:
            # Filled again, it would hold up the readers of all the others.
            _log.warning("what stood upon a view is gone", what=view.name, error="materialized")
            continue
        _restored(cursor, view.name, _statements(view))
    for grant in grants:
        _restored(cursor, grant, [sql.SQL(_own(grant))])


def current_schema(cursor: Cursor[Any]) -> str:
    """The schema in which this session makes tables."""
    cursor.execute(SQL["current_schema"])
    (schema,) = cursor.fetchone() or (None,)
    return schema or "public"


def drop(cursor: Cursor[Any], schema: str, tables: Sequence[str]) -> None:
    """Drop tables of one schema, and no other's, with everything that looks at them."""
    for table in tables:
        name = sql.Identifier(schema, table)
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(name))


@contextmanager
def _names_qualified(cursor: Cursor[Any]) -> Generator[None]:
    cursor.execute(SQL["read_path"])
    (path,) = cursor.fetchone() or ("",)
    cursor.execute(SQL["qualified"])
    yield
    cursor.execute(SQL["path"], {"path": path})


def _statements(view: View) -> list[sql.Composed | sql.SQL]:
    name, options = sql.SQL(_own(view.name)), sql.SQL("")
    if view.options:
        options = sql.SQL(_own(f" WITH ({', '.join(view.options)})"))
    body = sql.SQL(_own(view.definition))
    made: list[sql.Composed | sql.SQL] = [
        sql.SQL("CREATE VIEW {}{} AS {}").format(name, options, body)
    ]
    if view.comment is not None:
        told = sql.Literal(view.comment)
        made.append(sql.SQL("COMMENT ON VIEW {} IS {}").format(name, told))
    if view.owner is not None:
        owner = sql.SQL(_own(view.owner))
        made.append(sql.SQL("ALTER VIEW {} OWNER TO {}").format(name, owner))
    for column, comment in (view.column_comments or {}).items():
        made.append(
            sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(
                name, sql.Identifier(column), sql.Literal(comment)
            )
        )
    return made


def _own(text: str) -> LiteralString:
    """What PostgreSQL itself wrote, to be given back to it."""
    return cast(LiteralString, text)


def _restored(cursor: Cursor[Any], what: str, statements: Sequence[sql.Composed | sql.SQL]) -> None:
    try:
        with cursor.connection.transaction():
            for statement in statements:
                cursor.execute(statement)
    except (psycopg.ProgrammingError, psycopg.NotSupportedError) as lost:
        _log.warning("what stood upon a view is gone", what=what, error=str(lost))
