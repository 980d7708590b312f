"""Reading what projections wrote: how far they are, and one moment of several of them."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import psycopg

from ledger.facts.instants import Instant
from ledger.store.reader import Reader
from ledger.store.sql import queries

SQL: Final = queries("projections", "views.sql")


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

    def __init__(self, reader: Reader, names: Sequence[str]) -> None:
        self._reader = reader
        self.names: tuple[str, ...] = tuple(names)
        """Of every view."""

    def behind(self, names: Sequence[str], position: int, now: Instant | None) -> str | None:
        """Which of these views is not at a position yet; None once all are.

        With an instant, sellers also have to be as time has made them by then.
        """
        with self._reader.cursor() as cursor:
            cursor.execute(SQL["behind"], {"names": list(names), "position": position})
            row = cursor.fetchone()
            if row is not None:
                return f"the view {row[0]} is at {row[1]} of {position}"
            if now is not None and "sellers" in names:
                cursor.execute(SQL["stale_sellers"], {"now": now})
                row = cursor.fetchone()
                if row is not None and row[0]:
                    return "time has changed sellers that the view has yet to write"
        return None

    @contextmanager
    def snapshot(self, names: Sequence[str]) -> Generator[Snapshot]:
        """One moment of these views, on a connection of the readers' pool."""
        with self._reader.cursor() as cursor, cursor.connection.transaction():
            cursor.execute(SQL["snapshot"])
            cursor.execute(SQL["position"], {"names": list(names)})
            position, parked = cursor.fetchone() or (0, 0)
            yield Snapshot(cursor, position or 0, parked)
