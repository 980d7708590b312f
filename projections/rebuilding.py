"""The work of a rebuild: tables beside are filled, brought to the end of the log, and then compared
with the live ones or put in their place.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import Cursor, errors, sql

from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.store.clocks import Clock
from ledger.store.head import Head
from ledger.store.loading import read_head
from ledger.store.refusals import NotNow
from ledger.store.sql import queries
from projections.beside import AT_ONCE, Beside
from projections.catalogue import projections
from projections.comparison import Difference, differences, same_place
from projections.onlookers import current_schema, drop, onlookers_kept
from projections.projection import Projection
from projections.taking import Taking, read_stretch

SQL: Final = queries("projections", "rebuild.sql")
TRIES: Final = 240
PAUSE_S: Final = 0.5
"""Between tries to switch: long reads of the old tables are let through."""

Watch = Callable[[int, int], None]
"""Told how many facts of how many are taken."""


class NothingToCompare(Refusal):
    """The live tables were not made by this version, or hold nothing yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has not been made by this version of the program yet",
            field="PROJECTION",
            accepted="a projection that a server of this version keeps up",
        )


class NeverFree(NotNow):
    """The tables were in use whenever it was tried to replace them."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is rebuilt, but its old tables are read without a pause; "
            "the same command tries again to replace them"
        )


class Rebuilt(NamedTuple):
    """A projection that was made anew."""

    projection: str
    position: int
    parked: int
    """Streams that could not be taken."""
    seconds: float


class Rebuilding:
    """Some projections being built beside, on one connection."""

    def __init__(
        self,
        connection: "psycopg.Connection[Any]",
        wanted: Sequence[Projection],
        clock: Clock,
        watch: Watch | None,
    ) -> None:
        self.besides = [Beside(connection, projection) for projection in wanted]
        self._known = {projection.name: projection for projection in projections()}
        self._connection = connection
        self._clock = clock
        self._watch = watch
        self._began = time.monotonic()
        with connection.cursor() as cursor:
            self._live_schema = current_schema(cursor)

    def build(self, *, anew: bool) -> None:
        """Take the log up to its end; to be compared, up to where the live ones are at most."""
        head = self._head()
        to = head.last_position
        if anew:
            to = min(self._live_position(b.projection.name) for b in self.besides)
        now = self._clock.now(head)
        for beside in self.besides:
            beside.prepare(to, anew=anew)
        for beside in self.besides:
            while beside.fill(now):
                self._tell(to)
        self._take(to, now)
        for beside in self.besides:
            beside.make_indexes()

    def switch(self, beside: Beside) -> Rebuilt:
        """Put the tables beside in place of the live ones."""
        for _ in range(TRIES):
            head = self._head()
            self._take(head.last_position, self._clock.now(head))
            try:
                with beside.at_work() as cursor:
                    rebuilt = self._replace(cursor, beside)
            except (errors.LockNotAvailable, errors.DeadlockDetected):
                time.sleep(PAUSE_S)
            else:
                self.besides.remove(beside)
                return rebuilt
        raise NeverFree(beside.projection.name)

    def compare(self, beside: Beside) -> list[Difference]:
        """The rows that differ, at one position and one instant."""
        for _ in range(TRIES):
            self._level(beside)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                if same_place(cursor, beside):
                    return differences(cursor, beside, self._live_schema)
        raise NeverFree(beside.projection.name)

    def drop(self) -> None:
        """Leave nothing beside."""
        if not self._connection.closed:
            for beside in self.besides:
                with self._connection.transaction(), self._connection.cursor() as cursor:
                    beside.drop(cursor)

    def _replace(self, cursor: Cursor[Any], beside: Beside) -> Rebuilt:
        name, tables = beside.projection.name, beside.projection.tables
        cursor.execute(SQL["begin_live"], {"name": name})
        cursor.execute(SQL["impatient"])
        (live, _) = cursor.execute(SQL["hold_live"], {"name": name}).fetchone() or (0, "")
        beside.taking.locked(cursor)
        now = self._clock.now(read_head(cursor))
        self._take_up_to(cursor, beside, live, now)
        assert beside.taking.position >= live, "tables in place never step back"
        beside.taking.pass_time(cursor, now)
        with onlookers_kept(cursor, self._live_schema, tables):
            drop(cursor, self._live_schema, tables)
            for table in tables:
                cursor.execute(
                    sql.SQL(SQL["move"]).format(
                        table=sql.Identifier(beside.schema, table),
                        schema=sql.Identifier(self._live_schema),
                    )
                )
        position, version = beside.taking.position, beside.projection.version
        made = {"name": name, "position": position, "version": version}
        cursor.execute(SQL["replaced"], made)
        cursor.execute(SQL["parked_too"], {"name": name, "beside": beside.taking.name})
        parked = cursor.rowcount
        beside.drop(cursor)
        return Rebuilt(name, position, parked, time.monotonic() - self._began)

    def _level(self, beside: Beside) -> None:
        """Bring both to one position, and all that time alone changes to one instant."""
        name = beside.projection.name
        live = Taking(self._known[name])
        with beside.at_work() as cursor:
            found = cursor.execute(SQL["hold_live"], {"name": name}).fetchone()
            if found is None or found[1] != beside.projection.version:
                raise NothingToCompare(name)
            beside.taking.locked(cursor)
            now = self._clock.now(read_head(cursor))
            self._take_up_to(cursor, beside, found[0], now)
            _pass_all_time(cursor, beside.taking, now)
            beside.look_away(cursor)
            live.locked(cursor)
            _pass_all_time(cursor, live, now)

    def _take(self, to: int, now: Instant) -> None:
        """Take the log in its order; projections at one place read and decode it once."""
        while behind := [b for b in self.besides if b.taking.position < to]:
            after = min(b.taking.position for b in behind)
            before = min(
                (b.taking.position for b in behind if b.taking.position > after), default=to
            )
            with self._connection.cursor() as cursor:
                stretch = read_stretch(cursor, after, before, AT_ONCE)
            for beside in behind:
                if beside.taking.position == after:
                    with beside.at_work() as cursor:
                        beside.taking.locked(cursor)
                        beside.taking.take(cursor, stretch, now)
            self._tell(to)

    def _take_up_to(self, cursor: Cursor[Any], beside: Beside, to: int, now: Instant) -> None:
        taking = beside.taking
        while taking.position < to:
            taking.take(cursor, read_stretch(cursor, taking.position, to, AT_ONCE), now)

    def _head(self) -> Head:
        with self._connection.cursor() as cursor:
            return read_head(cursor)

    def _live_position(self, name: str) -> int:
        found = self._connection.execute(SQL["live"], {"name": name}).fetchone()
        return 0 if found is None else int(found[0])

    def _tell(self, to: int) -> None:
        if self._watch is not None:
            done = sum(max(b.taking.position, b.done) for b in self.besides)
            self._watch(done, max(done, to * len(self.besides)))


def _pass_all_time(cursor: Cursor[Any], taking: Taking, now: Instant) -> None:
    while (again_at := taking.pass_time(cursor, now)) is not None and again_at <= now:
        pass
