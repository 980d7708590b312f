"""Connections for readers that never wait for ever: a database may hang and keep every connection
open, and then nothing but a clock tells.
"""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg_pool import ConnectionPool, PoolTimeout

READER_OPTIONS: Final = (
    "-c lock_timeout=1s -c statement_timeout=30s -c idle_in_transaction_session_timeout=120s"
)
ANSWER_S: Final = 40.0
"""Longer than a reader's statement may take in the database, where it is ended kindly."""
CHECK_S: Final = 2.0
"""How long the check of a connection may take: it asks for nothing."""
SILENT_S: Final = 3.0
"""After failing for so long the database counts as away, and nobody waits to find out anew."""
BELIEVED_S: Final = 8.0
"""How long that is believed: longer than a try takes, so that whoever tries keeps it true."""
_RECONNECT_S: Final = 5.0
"""Tries to connect come ever more seldom; after so long they begin anew, when somebody asks."""

Answer = TypeVar("Answer")


class Bounded(psycopg.Connection[Any]):
    """A connection that is closed, and raises `OperationalError`, where no answer comes in time."""

    answer_s: float = ANSWER_S

    @classmethod
    def connect(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, conninfo: str = "", *, pulse: "Pulse | None" = None, **given: Any
    ) -> Self:
        """As the library connects; `pulse` hears what came of it."""
        began = monotonic()
        try:
            connection = super().connect(conninfo, **given)
        except psycopg.OperationalError:
            if pulse is not None:
                pulse.failed(began)
            raise
        if pulse is not None:
            pulse.answered()
        return connection

    def wait(self, gen: PQGen[Answer], *given: Any, **named: Any) -> Answer:
        """As the library waits, but no longer than `answer_s`."""
        try:
            return super().wait(_until(monotonic() + self.answer_s, gen), *given, **named)
        except psycopg.errors.ConnectionTimeout:
            # What it still answers would be taken for the answer to the next question.
            self.close()
            raise


def _until(latest: float, gen: PQGen[Answer]) -> PQGen[Answer]:
    """The same generator, ended where a wait brought nothing and it is late."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and monotonic() > latest:
                raise psycopg.errors.ConnectionTimeout("the database did not answer in time")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value


class Pulse:
    """Whether the database answers, as whoever asked it last found out. May be used from any
    thread.
    """

    def __init__(self, tick: Callable[[], float] = monotonic) -> None:
        self._tick = tick
        self._failing: tuple[float, float] | None = None

    def answered(self) -> None:
        """The database answered."""
        self._failing = None

    def failed(self, since: float) -> None:
        """It did not, asked at an instant of the same clock."""
        known = self._failing
        self._failing = (since if known is None else known[0], self._tick())

    def silent(self) -> bool:
        """Whether it has not answered for some seconds, though asked lately."""
        known, now = self._failing, self._tick()
        return known is not None and now - known[0] > SILENT_S and now - known[1] < BELIEVED_S


class Readers(ConnectionPool[Bounded]):
    """A pool of such connections. Raises `PoolTimeout` at once while the database is silent; a
    short absence is waited for.
    """

    def __init__(self, dsn: str, size: int, pulse: Pulse, patience_s: float = 5.0) -> None:
        self.pulse = pulse
        super().__init__(
            dsn,
            connection_class=Bounded,
            kwargs={
                "options": READER_OPTIONS,
                "autocommit": True,
                "application_name": "seller-ledger reader",
                "connect_timeout": 5,
                "pulse": pulse,
            },
            min_size=1,
            max_size=size,
            timeout=patience_s,
            reconnect_timeout=_RECONNECT_S,
            open=True,
            check=self._answers,
        )

    def getconn(self, timeout: float | None = None) -> Bounded:
        """As the library's, but nobody queues for a database that is silent."""
        if self.pulse.silent():
            raise PoolTimeout("the database has not answered for some seconds")
        return super().getconn(timeout)

    def knock(self) -> None:
        """Ask a silent database all the same, so that it is known as soon as it is back."""
        with suppress(psycopg.OperationalError):
            self.putconn(super().getconn())

    def _answers(self, connection: Bounded) -> None:
        began = monotonic()
        connection.answer_s = CHECK_S
        try:
            self.check_connection(connection)
        except psycopg.OperationalError:
            self.pulse.failed(began)
            raise
        connection.answer_s = ANSWER_S
        self.pulse.answered()
