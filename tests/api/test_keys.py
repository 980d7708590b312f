"""API keys in the database: shown once, kept as a hash, forgotten within seconds."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from api.keys import BELIEVED_S, REMEMBERED_S, Keyring, create_key, list_keys, revoke_key
from api.refusals import MalformedParameter, NotAuthenticated
from ledger.store.refusals import Unavailable


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keyring(connection: psycopg.Connection, watch: Watch) -> Keyring:
    return Keyring(lambda: contextlib.nullcontext(connection), tick=watch)


def make(connection: psycopg.Connection, **given: Any) -> str:
    wanted: dict[str, Any] = {"subject": "shop", "scopes": ["standing:read"], "created_by": "ops"}
    return create_key(connection, **wanted | given)


def test_a_key_opens_what_it_was_made_for(connection, keyring) -> None:
    key = make(connection, seller_id="s-1")
    actor = keyring.actor(key)
    assert (actor.subject, actor.scopes, actor.seller_id) == (
        "shop",
        frozenset({"standing:read"}),
        "s-1",
    )
    assert actor.key_id == key.split("_")[1]


def test_the_secret_is_nowhere_in_the_database(connection) -> None:
    key = make(connection)
    (row,) = connection.execute("SELECT api_key::text FROM api_key").fetchall()
    assert key.split("_", 2)[2] not in row[0]
    (known,) = list_keys(connection)
    assert (known.subject, known.created_by, known.revoked_at) == ("shop", "ops", None)


@pytest.mark.parametrize("change", ["", "sl_", "sl_0123456789abcdef_x", "\0", "sl__"])
def test_what_is_no_key_opens_nothing(keyring, change: str) -> None:
    with pytest.raises(NotAuthenticated):
        keyring.actor(change)


def test_another_secret_under_the_same_id_opens_nothing(connection, keyring) -> None:
    key = make(connection)
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    with pytest.raises(NotAuthenticated):
        keyring.actor(other)
    assert keyring.actor(key).subject == "shop"


def test_a_revoked_key_is_turned_away_within_seconds(connection, keyring, watch) -> None:
    key = make(connection)
    keyring.actor(key)
    first = revoke_key(connection, key.split("_")[1])
    assert keyring.remembered(key)
    watch.now += REMEMBERED_S
    assert keyring.remembered(key) is None
    with pytest.raises(NotAuthenticated):
        keyring.actor(key)
    assert revoke_key(connection, key.split("_")[1]) == first is not None
    assert revoke_key(connection, "0" * 16) is None


def test_an_expired_key_opens_nothing(connection, keyring) -> None:
    now = datetime.now(UTC)
    with pytest.raises(NotAuthenticated):
        keyring.actor(make(connection, expires_at=now - timedelta(seconds=1)))
    assert keyring.actor(make(connection, expires_at=now + timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": "a b"}, "subject"),
        ({"seller_id": "s\n"}, "seller_id"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["standing:read", "root"]}, "scopes"),
    ],
)
def test_a_key_for_nobody_or_nothing_is_not_made(connection, given, field: str) -> None:
    with pytest.raises(MalformedParameter) as refused:
        make(connection, **given)
    assert refused.value.field == field
    assert list_keys(connection) == []


def test_a_lost_database_is_not_a_wrong_key(connection, keyring) -> None:
    key = make(connection)
    connection.close()
    with pytest.raises(Unavailable):
        keyring.actor(key)


def test_a_key_is_believed_for_a_minute_while_nobody_can_be_asked(
    connection, keyring, watch
) -> None:
    key = make(connection)
    assert keyring.believed(key) is None
    actor = keyring.actor(key)
    watch.now = REMEMBERED_S + BELIEVED_S - 1
    assert keyring.remembered(key) is None
    assert keyring.believed(key) == actor
    watch.now += 1
    assert keyring.believed(key) is None


def test_a_key_that_opened_nothing_is_not_believed(connection, keyring) -> None:
    key = make(connection)
    revoke_key(connection, key.split("_")[1])
    with pytest.raises(NotAuthenticated):
        keyring.actor(key)
    assert keyring.believed(key) is None
    other = make(connection)
    keyring.actor(other)
    with pytest.raises(NotAuthenticated):
        keyring.believed(other[:-1] + ("A" if other[-1] != "A" else "B"))
