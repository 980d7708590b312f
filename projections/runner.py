"""Follows the log for projections, as their owner, on one connection.

It is woken by a notification and goes by positions: a notification lost costs time only.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import psycopg
import structlog

from ledger.facts.instants import SECOND_US, Instant
from ledger.store.clocks import Clock
from ledger.store.head import Head
from ledger.store.loading import read_head
from projections.projection import Projection
from projections.reporting import ensure
from projections.taking import (
    AT_ONCE,
    FAR_BEHIND,
    SQL,
    GapInLog,
    Stretch,
    Taking,
    read_stretch,
)

OPTIONS: Final = (
    "-c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=60s "
    "-c synchronous_commit=off -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 "
    "-c tcp_keepalives_count=3"
)
"""Rows and position are lost together, if at all, and are made again from the log. An owner whose
machine is gone holds its lease for half a minute at most."""
REST_S: Final = 2.0
"""How long a projection that fails is left alone."""

_log: Final = structlog.get_logger("seller-ledger")


class Runner:
    """Takes the log for those projections of which this process is the owner. Used by one
    thread; raises what psycopg raises when the database is away: open another then.
    """

    def __init__(
        self, dsn: str, projections: Sequence[Projection], clock: Clock, at_once: int = AT_ONCE
    ) -> None:
        self._clock = clock
        self._at_once = at_once
        self._takings = [Taking(projection) for projection in projections]
        self._owned = set[str]()
        self._left = set[str]()
        self._rests_until: dict[str, float] = {}
        self._again_at: dict[str, Instant | None] = {}
        self._read: Stretch | None = None
        self._reported = False
        self.follows_closely = False
        """Whether the log had grown at the last step, by less than is taken in long stretches."""
        self._grown_to = 0
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            dsn,
            autocommit=True,
            options=OPTIONS,
            application_name="seller-ledger views",
            connect_timeout=5,
        )
        self.connection.execute(SQL["listen"])

    def close(self) -> None:
        """Give up ownership: another process may take it."""
        self.connection.close()

    def step(self) -> bool:
        """Take what is new in the log, at most one stretch for each projection; whether there
        may be more. Raises `GapInLog`, and what psycopg raises when the connection is lost.
        """
        head = self.head()
        now = self._clock.now(head)
        more = False
        end, here = head.last_position, min(self.positions().values(), default=0)
        self.follows_closely = end > self._grown_to and not self._is_far(here, end)
        self._grown_to = end
        for taking in self._takings:
            if self._rests_until.get(taking.name, 0.0) > time.monotonic():
                continue
            try:
                more |= self._own(taking) and self._advance(taking, head, now)
            except GapInLog:
                raise
            except Exception as failure:
                if self.connection.closed:
                    raise
                # The others go on; this one is tried again after a while.
                self._rests_until[taking.name] = time.monotonic() + REST_S
                _tell(taking.name, failure)
        if not self._reported and self._owned:
            self._reported = self._report()
        return more

    def head(self) -> Head:
        """Where the log ends."""
        with self.connection.cursor() as cursor:
            return read_head(cursor)

    def positions(self) -> dict[str, int]:
        """How far each owned projection is."""
        return {t.name: t.position for t in self._takings if t.name in self._owned}

    def pause_s(self, most: float) -> float:
        """How long there is nothing to do, unless the log grows or the clock is moved."""
        known = [at for at in self._again_at.values() if at is not None]
        if not known or self._clock.kind == "test":
            return most
        return min(most, max(0.0, (min(known) - self._clock.now(self.head())) / SECOND_US))

    def wait(self, seconds: float) -> None:
        """Return when somebody wrote, or after this long."""
        for _ in self.connection.notifies(timeout=seconds, stop_after=1):
            pass

    def _own(self, taking: Taking) -> bool:
        if taking.name in self._owned:
            return True
        if taking.name in self._left:
            return False
        row = self.connection.execute(SQL["own"], {"name": taking.name}).fetchone()
        if row is None or not row[0]:
            return False
        try:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                taking.begin(cursor)
        except Exception:
            self._disown(taking)
            raise
        self._owned.add(taking.name)
        return True

    def _disown(self, taking: Taking) -> None:
        self._owned.discard(taking.name)
        self._again_at.pop(taking.name, None)
        if not self.connection.closed:
            self.connection.execute(SQL["disown"], {"name": taking.name})

    def _report(self) -> bool:
        """Have the views of `reporting` upon the tables; whether there is nothing left to do."""
        try:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                ensure(cursor)
        except psycopg.errors.UndefinedTable:
            return False  # a projection has failed to make its table
        except psycopg.Error as failure:
            # Nothing of the ledger's own reads them.
            _log.warning("the views for reporting could not be made", error=str(failure))
        return True

    def _advance(self, taking: Taking, head: Head, now: Instant) -> bool:
        """One stretch in one transaction, and then what time alone brings."""
        again_at = self._again_at.get(taking.name, 0)
        if taking.position == head.last_position and (again_at is None or again_at > now):
            return False
        try:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                if taking.locked(cursor) != taking.projection.version:
                    self._leave(taking)
                    return False
                if taking.position < head.last_position:
                    stretch = self._stretch_after(cursor, taking.position, head.last_position)
                    taking.take(cursor, stretch, now)
                behind = taking.position < head.last_position
                # Behind the log, time waits: rows there are not yet what they are about to be.
                again_at = 0 if behind else taking.pass_time(cursor, now)
        except BaseException:
            taking.lost()
            raise
        self._again_at[taking.name] = again_at
        return behind or (again_at is not None and again_at <= now)

    def _leave(self, taking: Taking) -> None:
        """Another version of this program has made the tables anew: they are its own now."""
        _log.warning("a projection is kept by another version", projection=taking.name)
        self._left.add(taking.name)
        self._disown(taking)

    def _stretch_after(self, cursor: "psycopg.Cursor[Any]", after: int, to: int) -> Stretch:
        """The next facts; projections that stand at one place read them once."""
        if self._read is None or self._read.after != after or self._read.last > to:
            longer = FAR_BEHIND if self._is_far(after, to) else 1
            self._read = read_stretch(cursor, after, to, longer * self._at_once)
        return self._read

    def _is_far(self, after: int, to: int) -> bool:
        return to - after >= FAR_BEHIND * self._at_once


def _tell(projection: str, failure: Exception) -> None:
    if isinstance(failure, psycopg.OperationalError):
        # A full disk, a lock held too long: the database's trouble, and no defect of ours.
        _log.warning("a projection waits", projection=projection, error=type(failure).__name__)
    else:
        _log.error("a projection fails", projection=projection, exc_info=failure)
