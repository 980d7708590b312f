"""The one moment of the log, or of views of it, that all of an answer is read in."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from psycopg import Cursor

from api.lists.listing import Asked, Moment
from ledger.store.reader import Reader, log_end
from projections.views import Views


class Moments:
    """Opens moments. May be used from any thread; raises `Unavailable` when the database is
    away.
    """

    def __init__(self, reader: Reader, views: Views) -> None:
        self._reader = reader
        self._views = views

    @contextmanager
    def of(self, asked: Asked[Any]) -> Generator[tuple[Cursor[Any], Moment]]:
        """A cursor on the present moment of what a list rests on."""
        what = asked.of
        if asked.moment is not None:
            yield cast("Cursor[Any]", None), asked.moment
        elif what.views:
            with self._views.snapshot(what.views) as seen:
                yield seen.cursor, Moment(seen.position, seen.parked)
        else:
            with self._reader.snapshot() as cursor:
                self._views.hold_what_is_made(cursor, what.helped_by)
                yield cursor, Moment(log_end(cursor))
