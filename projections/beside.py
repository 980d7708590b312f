"""A projection built a second time, in a schema of its own, beside the tables that are read.

The schema stands first in the search path of whoever builds, so that the projection's own
statements make and fill tables there. Its row in `projection` is called `<name>.rebuild`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, LiteralString, NamedTuple, cast

import psycopg
from psycopg import Cursor, sql

from ledger.facts.instants import Instant
from ledger.store.sql import queries
from projections.projection import Projection
from projections.taking import Stretch, Taking, decoded

SQL: Final = queries("projections", "beside.sql")
AT_ONCE: Final = 20_000
"""Facts in one transaction of a rebuild, for which nobody waits."""


class _Progress(NamedTuple):
    fill_to: int | None
    after: str
    done: int
    indexes: list[str]


class Beside:
    """One projection that is being built beside the live one, on a connection."""

    def __init__(self, connection: "psycopg.Connection[Any]", projection: Projection) -> None:
        self.projection = projection
        self.schema = f"rebuild_{projection.name.replace('-', '_')}"
        self.taking = Taking(projection, f"{projection.name}.rebuild")
        self.done = 0
        """Facts that were taken stream by stream, ahead of the position."""
        self._connection = connection
        (self._path,) = connection.execute(SQL["read_path"]).fetchone() or ("public",)

    @contextmanager
    def at_work(self) -> Generator[Cursor[Any]]:
        """A transaction in which the projection's tables are those beside."""
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                self.look_first(cursor)
                yield cursor
        except BaseException:
            self.taking.lost()
            raise

    def look_first(self, cursor: Cursor[Any]) -> None:
        """Have the projection's tables be those beside until the transaction ends."""
        cursor.execute(SQL["look_first"], {"schema": self.schema, "path": self._path})

    def look_away(self, cursor: Cursor[Any]) -> None:
        """Have the projection's tables be the live ones again, in the same transaction."""
        cursor.execute(SQL["look_away"], {"path": self._path})

    def prepare(self, fill_to: int, *, anew: bool) -> None:
        """Have empty tables beside, or those of a rebuild that stopped on the way."""
        names = {
            "name": self.taking.name,
            "version": self.projection.version,
            "schema": self.schema,
        }
        with self.at_work() as cursor:
            (under_way,) = cursor.execute(SQL["under_way"], names).fetchone() or (False,)
            if anew or not under_way:
                self.drop(cursor)
                cursor.execute(self._named("create_schema"))
                self.taking.begin(cursor)
                indexes = self._without_late_indexes(cursor)
                to = fill_to if self.projection.by_stream else None
                cursor.execute(SQL["create_progress"], {"fill_to": to, "indexes": indexes})
            self.taking.locked(cursor)
            progress = self._progress(cursor)
            self.done = progress.done if progress.fill_to is not None else 0

    def drop(self, cursor: Cursor[Any]) -> None:
        """Leave nothing beside."""
        cursor.execute(self._named("drop_schema"))
        cursor.execute(SQL["forget"], {"name": self.taking.name})

    def fill(self, at: Instant) -> bool:
        """Take the next whole streams, up to the position noted at the beginning; whether there
        may be more. Each row is written once then, and nothing has to be remembered.
        """
        with self.at_work() as cursor:
            self.taking.locked(cursor)
            progress = self._progress(cursor)
            if progress.fill_to is None:
                return False
            rows = _whole_streams(cursor, progress.after, progress.fill_to)
            if not rows:
                cursor.execute(SQL["filled_all"])
                self.taking.advance(cursor, progress.fill_to)
                self.done = 0
                return False
            facts, unreadable = decoded(rows)
            self.taking.absorb(
                cursor, Stretch(0, progress.fill_to, facts, unreadable), at, whole=True
            )
            cursor.execute(SQL["filled"], {"after": rows[-1][0], "facts": len(rows)})
            self.done = progress.done + len(rows)
            # What is behind is complete: none of these sellers comes again.
            self.projection.forget()
            return True

    def make_indexes(self) -> None:
        """Make the indexes that were left out, if they are not there yet."""
        with self.at_work() as cursor:
            cursor.execute(SQL["room"])
            for index in self._progress(cursor).indexes:
                cursor.execute(sql.SQL(cast(LiteralString, index)))
            cursor.execute(SQL["indexes_made"])
            for table in self.projection.tables:
                name = sql.Identifier(self.schema, table)
                cursor.execute(sql.SQL(SQL["analyze"]).format(table=name))

    def _progress(self, cursor: Cursor[Any]) -> _Progress:
        return _Progress(*(cursor.execute(SQL["progress"]).fetchone() or ()))

    def _without_late_indexes(self, cursor: Cursor[Any]) -> list[str]:
        wanted = {"schema": self.schema, "found_by": list(self.projection.found_by)}
        found = cursor.execute(SQL["late_indexes"], wanted).fetchall()
        for name, _ in found:
            index = sql.Identifier(self.schema, name)
            cursor.execute(sql.SQL(SQL["drop_index"]).format(index=index))
        return [definition for _, definition in found]

    def _named(self, statement: str) -> sql.Composed:
        return sql.SQL(SQL[statement]).format(schema=sql.Identifier(self.schema))


def _whole_streams(cursor: Cursor[Any], after: str, to: int) -> list[Any]:
    """Rows of the streams that follow, each with all of its facts up to a position."""
    place = {"after": after, "to": to, "most": AT_ONCE}
    rows = cursor.execute(SQL["streams_after"], place, binary=True).fetchall()
    if len(rows) < AT_ONCE:
        return rows
    last = rows[-1][0]
    whole = [row for row in rows if row[0] != last]
    if whole:
        return whole
    one = {"stream": last, "to": to}
    return cursor.execute(SQL["whole_stream"], one, binary=True).fetchall()
