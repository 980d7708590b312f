"""API keys: made once, shown once, kept as a hash.

A key reads `sl_<id>_<secret>`. The id finds the row, the secret is compared with its
SHA-256 in constant time; the secret has 256 random bits, so a slow hash adds nothing.
"""

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

import psycopg
from psycopg.rows import class_row

from api.access import SCOPES, Actor
from api.refusals import MalformedParameter, NotAuthenticated
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN
from ledger.store.refusals import Unavailable
from ledger.store.sql import queries

Connection: TypeAlias = psycopg.Connection[Any]

REMEMBERED_S: Final = 5.0
"""A revoked key is turned away everywhere after this long."""
BELIEVED_S: Final = 60.0
"""So much longer a key opens what is read, while the database does not answer."""
_REMEMBERED_AT_MOST: Final = 10_000
_SQL: Final = queries("api", "keys.sql")
_KEY: Final = re.compile(r"sl_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


class KnownKey(NamedTuple):
    """A key as it is listed: everything but its secret."""

    key_id: str
    subject: str
    scopes: list[str]
    seller_id: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None


class _Lock(NamedTuple):
    secret_hash: bytes
    actor: Actor


def create_key(
    connection: Connection,
    *,
    subject: str,
    scopes: Iterable[str],
    created_by: str,
    seller_id: str | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Store a new key and return its text, which nobody can read again."""
    chosen = sorted(set(scopes))
    _refuse_bad_key(subject, chosen, seller_id)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    connection.execute(
        _SQL["add_key"],
        {
            "key_id": key_id,
            "secret_hash": _hash(secret),
            "subject": subject,
            "scopes": chosen,
            "seller_id": seller_id,
            "created_at": datetime.now(UTC),
            "created_by": created_by,
            "expires_at": expires_at,
        },
    )
    return f"sl_{key_id}_{secret}"


def list_keys(connection: Connection) -> list[KnownKey]:
    """Every key ever made, oldest first."""
    with connection.cursor(row_factory=class_row(KnownKey)) as cursor:
        return cursor.execute(_SQL["list_keys"]).fetchall()


def revoke_key(connection: Connection, key_id: str) -> datetime | None:
    """Close a key for good; when it was closed, or None if there is no such key."""
    row = connection.execute(
        _SQL["revoke_key"], {"key_id": key_id, "now": datetime.now(UTC)}
    ).fetchone()
    return row[0] if row else None


class Keyring:
    """Tells whose key it is. Rows read lately are remembered, absent ones too."""

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Connection]],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._tick = tick
        self._remembered: dict[str, tuple[float, _Lock | None]] = {}
        self._writing = threading.Lock()

    def remembered(self, key: str) -> Actor | None:
        """Who shows this key, where that is known without asking the database."""
        key_id, secret = _parts(key)
        known = self._remembered.get(key_id)
        if known is None or known[0] <= self._tick():
            return None
        return _open(known[1], secret)

    def actor(self, key: str) -> Actor:
        """Who shows this key; raises `NotAuthenticated`, or `Unavailable` without a database."""
        if (actor := self.remembered(key)) is not None:
            return actor
        key_id, secret = _parts(key)
        lock = self._read(key_id)
        with self._writing:
            while len(self._remembered) >= _REMEMBERED_AT_MOST:
                del self._remembered[next(iter(self._remembered))]
            self._remembered.pop(key_id, None)
            self._remembered[key_id] = (self._tick() + REMEMBERED_S, lock)
        return _open(lock, secret)

    def believed(self, key: str) -> Actor | None:
        """Who showed this key when the database last answered, if that was within a minute."""
        key_id, secret = _parts(key)
        known = self._remembered.get(key_id)
        if known is None or known[1] is None or known[0] + BELIEVED_S <= self._tick():
            return None
        return _open(known[1], secret)

    def _read(self, key_id: str) -> _Lock | None:
        try:
            with self._connect() as connection:
                row = connection.execute(
                    _SQL["find_key"], {"key_id": key_id, "now": datetime.now(UTC)}
                ).fetchone()
        except psycopg.OperationalError:
            raise Unavailable("the keys cannot be read now") from None
        if row is None:
            return None
        secret_hash, subject, scopes, seller_id = row
        return _Lock(secret_hash, Actor(subject, frozenset(scopes), seller_id, key_id))


def _parts(key: str) -> tuple[str, str]:
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise NotAuthenticated("this is not a key of this ledger")
    return parts[1], parts[2]


def _open(lock: _Lock | None, secret: str) -> Actor:
    # A missing row is compared too: how long a refusal takes says nothing.
    same = hmac.compare_digest(_hash(secret), lock.secret_hash if lock else bytes(32))
    if lock is None or not same:
        raise NotAuthenticated("the key is unknown, expired or revoked")
    return lock.actor


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _refuse_bad_key(subject: str, scopes: list[str], seller_id: str | None) -> None:
    for field, given in (("subject", subject), ("seller_id", seller_id)):
        if given is not None and not re.fullmatch(ID_PATTERN, given):
            raise MalformedParameter(f"{field} is not an id", field=field, accepted=ID_ACCEPTED)
    if not scopes or not SCOPES.issuperset(scopes):
        raise MalformedParameter(
            f"{', '.join(scopes) or 'nothing'} is not a set of scopes",
            field="scopes",
            accepted=", ".join(sorted(SCOPES)),
        )
