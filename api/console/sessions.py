"""Sessions: who is signed in to the console, kept at the server and shown by a secret.

The cookie holds 256 random bits and nothing else; the table holds their SHA-256, so who reads
the database cannot sign in. A session that a key began ends with that key.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import psycopg
from psycopg.rows import class_row

from api.access import Actor
from ledger.store.refusals import Unavailable
from ledger.store.sql import queries

Connection: TypeAlias = psycopg.Connection[Any]
How: TypeAlias = Literal["key", "openid"]

IDLE: Final = timedelta(minutes=60)
"""An unattended browser is closed to others after so long. Work survives it: a form that was sent
too late is sent again after signing in."""
LIFE: Final = timedelta(hours=12)
"""Longer than a working day, shorter than two: somebody signs in once in the morning, and a role
that was taken away at the provider is gone by the next."""
KEPT: Final = timedelta(days=30)
"""How long a session that is over can still be looked up in the database."""
REMEMBERED_S: Final = 5.0
"""A session that was ended elsewhere is turned away here after this long, as a key is."""
_SEEN_EVERY: Final = timedelta(minutes=1)
_REMEMBERED_AT_MOST: Final = 10_000
_SQL: Final = queries("api.console", "sessions.sql")


class Session(NamedTuple):
    """Somebody signed in, on one browser."""

    session_id: str
    """Names the session to its owner; it opens nothing."""
    subject: str
    scopes: list[str]
    how: How
    key_id: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def actor(self) -> Actor:
        """Who it is to the routes under /v1."""
        return Actor(self.subject, frozenset(self.scopes), None, self.key_id)


def _now() -> datetime:
    return datetime.now(UTC)


class Sessions:
    """Begins, finds and ends sessions. Those found lately are remembered, for seconds."""

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Connection]],
        tick: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._connect = connect
        self._tick = tick
        self._now = now
        self._remembered: dict[bytes, tuple[float, Session]] = {}
        self._writing = threading.Lock()

    def begin(
        self, subject: str, scopes: Iterable[str], how: How, key_id: str | None = None
    ) -> str:
        """A new session, and the secret that shows it, which nobody can read again."""
        secret, now = secrets.token_urlsafe(32), self._now()
        told = {
            "session_id": secrets.token_hex(8),
            "secret_hash": _hash(secret),
            "subject": subject,
            "scopes": sorted(scopes),
            "how": how,
            "key_id": key_id,
            "now": now,
            "expires_at": now + LIFE,
        }
        with self._asking() as connection:
            connection.execute(_SQL["add_session"], told)
            connection.execute(_SQL["remove_old_sessions"], {"before": now - KEPT})
        return secret

    def remembered(self, secret: str) -> Session | None:
        """The session, where it is known without asking the database."""
        known = self._remembered.get(_hash(secret))
        return None if known is None or known[0] <= self._tick() else known[1]

    def find(self, secret: str, *, attended: bool = True) -> Session | None:
        """The living session that this secret shows. What a page asks by itself is not `attended`:
        it keeps no session alive. Raises `Unavailable` without a database.
        """
        if (known := self.remembered(secret)) is not None:
            return known
        now, shown = self._now(), _hash(secret)
        asked = {"secret_hash": shown, "now": now, "idle_since": now - IDLE}
        with self._asking() as connection, connection.cursor(row_factory=_ROW) as cursor:
            found = cursor.execute(_SQL["find_session"], asked).fetchone()
            if found is not None and attended and now - found.seen_at > _SEEN_EVERY:
                cursor.execute(_SQL["see_session"], {"now": now, "session_id": found.session_id})
        # Were it remembered unattended, the next page of a person would be overlooked.
        if found is not None and attended:
            self._remember(shown, found)
        return found

    def of(self, subject: str) -> list[Session]:
        """Every living session of somebody, the one seen last first."""
        now = self._now()
        asked = {"subject": subject, "now": now, "idle_since": now - IDLE}
        with self._asking() as connection, connection.cursor(row_factory=_ROW) as cursor:
            return cursor.execute(_SQL["sessions_of"], asked).fetchall()

    def end(self, subject: str, session_id: str | None = None) -> int:
        """End one session of somebody, or all of them; how many there were."""
        asked = {"subject": subject, "session_id": session_id, "now": self._now()}
        with self._asking() as connection:
            rows = connection.execute(_SQL["end_sessions"], asked).fetchall()
        ended = {row[0] for row in rows}
        with self._writing:
            for shown, (_, session) in list(self._remembered.items()):
                if session.session_id in ended:
                    del self._remembered[shown]
        return len(ended)

    def _remember(self, shown: bytes, session: Session) -> None:
        with self._writing:
            while len(self._remembered) >= _REMEMBERED_AT_MOST:
                del self._remembered[next(iter(self._remembered))]
            self._remembered.pop(shown, None)
            self._remembered[shown] = (self._tick() + REMEMBERED_S, session)

    @contextmanager
    def _asking(self) -> Generator[Connection]:
        try:
            with self._connect() as connection:
                yield connection
        except psycopg.OperationalError:
            raise Unavailable("sessions cannot be read now") from None


_ROW: Final = class_row(Session)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
