"""Reading what projections wrote: how far they are, and one moment of several of them."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import Cursor, sql

from ledger.facts.instants import Instant
from ledger.store.reader import Reader
from ledger.store.sql import queries
from projections.projection import Projection

SQL: Final = queries("projections", "views.sql")
_STALE: Final = {
    "sellers": "stale_sellers",
    "disputes": "stale_disputes",
    "reports": "stale_reports",
}
"""What tells whether time has changed rows that do not say so yet."""


class Snapshot(NamedTuple):
    """One moment of some views, which does not change while it is read."""

    cursor: "psycopg.Cursor[Any]"
    position: int
    """All of the views have taken the log at least up to here."""
    parked: int
    """Streams that the views could not take: what they say of these is old."""


class Views:
    """The views of one log. May be used from any thread; raises `Unavailable` when the
    database is away.
    """

    def __init__(self, reader: Reader, projections: Sequence[Projection]) -> None:
        self._reader = reader
        self._versions = {projection.name: projection.version for projection in projections}
        self._tables = {projection.name: projection.tables for projection in projections}
        self.names: tuple[str, ...] = tuple(self._versions)
        """Of every view."""

    def behind(self, names: Sequence[str], position: int, now: Instant | None) -> str | None:
        """Which of these views is not at a position yet; None once all are.

        With an instant, sellers, disputes and reports also have to be as time has made them by
        then. A view whose rows another version of this program made is nowhere.
        """
        wanted = {
            "names": list(names),
            "versions": [self._versions[name] for name in names],
            "position": position,
        }
        with self._reader.cursor() as cursor:
            cursor.execute(SQL["behind"], wanted)
            row = cursor.fetchone()
            if row is not None:
                return f"the view {row[0]} is at {row[1]} of {position}"
            for name in names if now is not None else ():
                if name not in _STALE:
                    continue
                # Planned for this instant: whoever plans for any reads the whole view instead.
                cursor.execute(SQL[_STALE[name]], {"now": now}, prepare=False)
                row = cursor.fetchone()
                if row is not None and row[0]:
                    return f"time has changed {name} that the view has yet to write"
        return None

    @contextmanager
    def snapshot(self, names: Sequence[str]) -> Generator[Snapshot]:
        """One moment of these views, on a connection of the readers' pool."""
        with self._reader.cursor() as cursor, cursor.connection.transaction():
            cursor.execute(SQL["snapshot"])
            self.hold(cursor, names)
            cursor.execute(SQL["position"], {"names": list(names)})
            position, parked = cursor.fetchone() or (0, 0)
            yield Snapshot(cursor, position or 0, parked)

    def hold(self, cursor: Cursor[Any], names: Sequence[str]) -> None:
        """Have the tables of these views stay until the transaction ends: what reads at one
        snapshot asks this before its first query.
        """
        tables = [sql.Identifier(table) for name in names for table in self._tables[name]]
        cursor.execute(sql.SQL(SQL["hold"]).format(tables=sql.SQL(", ").join(tables)))

    def hold_what_is_made(self, cursor: Cursor[Any], names: Sequence[str]) -> None:
        """The same, of views that are a help where they are there."""
        for name in names:
            with suppress(psycopg.errors.UndefinedTable), cursor.connection.transaction():
                self.hold(cursor, [name])
