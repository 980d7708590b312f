"""Sessions: kept at the server, as hashes, for so long and no longer."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import psycopg
import pytest

from api.console.sessions import IDLE, KEPT, LIFE, REMEMBERED_S, Sessions
from api.console.with_keys import BY_ITSELF
from api.keys import create_key, revoke_key
from ledger.store.refusals import Unavailable
from tests.console.people import Desk, send, sign_in

BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)


class Clock:
    """Both clocks that sessions go by, moved together."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def now(self) -> datetime:
        return BEGIN + self.passed

    def tick(self) -> float:
        return self.passed.total_seconds()

    def move(self, **by: float) -> None:
        self.passed += timedelta(**by)


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(connection: psycopg.Connection, clock: Clock) -> Sessions:
    return Sessions(lambda: contextlib.nullcontext(connection), clock.tick, clock.now)


def test_the_secret_is_nowhere_in_the_database(connection, sessions) -> None:
    secret = sessions.begin("ann", ["audit:read"], "openid")
    assert len(secret) == 43
    (row,) = connection.execute("SELECT console_session::text FROM console_session").fetchall()
    assert secret not in row[0]
    found = sessions.find(secret)
    assert (found.subject, found.scopes, found.how) == ("ann", ["audit:read"], "openid")
    assert found.actor.scopes == {"audit:read"} and found.actor.seller_id is None
    assert sessions.find(secret[:-1] + "~") is None
    assert sessions.find("\0") is None


def test_a_session_ends_when_nobody_comes_or_the_day_is_over(sessions, clock) -> None:
    secret = sessions.begin("ann", ["audit:read"], "openid")
    idle = sessions.begin("ann", ["audit:read"], "openid")
    while clock.passed < LIFE - timedelta(minutes=40):
        clock.move(minutes=40)
        assert sessions.find(secret) is not None
    assert sessions.find(idle) is None
    clock.move(minutes=41)
    assert clock.passed > LIFE and sessions.find(secret) is None
    assert sessions.of("ann") == []


def test_being_seen_is_written_once_a_minute(connection, sessions, clock) -> None:
    secret = sessions.begin("ann", ["audit:read"], "openid")

    def seen() -> datetime:
        return connection.execute("SELECT seen_at FROM console_session").fetchone()[0]

    clock.move(seconds=30)
    sessions.find(secret)
    assert seen() == BEGIN
    clock.move(seconds=40)
    sessions.find(secret)
    assert seen() == clock.now()
    clock.move(seconds=IDLE.total_seconds())
    assert sessions.find(secret) is None


def test_a_page_that_asks_by_itself_keeps_no_session_alive(sessions, clock) -> None:
    secret = sessions.begin("ann", ["audit:read"], "openid")
    clock.move(minutes=30)
    assert sessions.find(secret, attended=False) is not None
    assert sessions.find(secret) is not None, "a person comes right behind it"
    for _ in range(5):
        clock.move(minutes=11)
        assert sessions.find(secret, attended=False) is not None
    clock.move(minutes=11)
    assert sessions.find(secret, attended=False) is None


def test_a_page_that_follows_the_log_says_so(desk: Desk) -> None:
    client = desk.signed_in("analyst")
    desk.execute("UPDATE console_session SET seen_at = seen_at - interval '10 minutes'")
    seen = desk.execute("SELECT max(seen_at) FROM console_session")
    script = files("api.console").joinpath("static", "log.js").read_text()
    assert f'"{BY_ITSELF.title()}"' in script
    asked = client.get("/console/log/newest", params={"after": "0"}, headers={BY_ITSELF: "yes"})
    assert asked.status_code == 200
    assert desk.execute("SELECT max(seen_at) FROM console_session") == seen
    assert client.get("/console/log").status_code == 200
    assert desk.execute("SELECT max(seen_at) FROM console_session") > seen


def test_a_session_by_key_ends_with_the_key(connection, sessions, clock) -> None:
    text = create_key(connection, subject="ann", scopes=["audit:read"], created_by="ops")
    mortal = create_key(
        connection, subject="bob", scopes=["audit:read"], created_by="ops",
        expires_at=BEGIN + timedelta(minutes=10),
    )  # fmt: skip
    one, two = (
        sessions.begin(who, ["audit:read"], "key", key.split("_")[1])
        for who, key in (("ann", text), ("bob", mortal))
    )
    assert sessions.find(one) and sessions.find(two)
    revoke_key(connection, text.split("_")[1])
    assert sessions.find(one) is not None
    clock.move(seconds=REMEMBERED_S)
    assert sessions.find(one) is None and sessions.of("ann") == []
    assert sessions.find(two) is not None
    clock.move(minutes=10)
    assert sessions.find(two) is None


def test_what_is_signed_out_here_is_out_at_once_and_elsewhere_soon(
    connection, sessions, clock
) -> None:
    other = Sessions(lambda: contextlib.nullcontext(connection), clock.tick, clock.now)
    secret = sessions.begin("ann", ["audit:read"], "openid")
    found = sessions.find(secret)
    assert other.find(secret) is not None
    assert sessions.end("bob", found.session_id) == 0
    assert sessions.find(secret) is not None
    assert sessions.end("ann", found.session_id) == 1
    assert sessions.find(secret) is None
    clock.move(seconds=REMEMBERED_S)
    assert other.find(secret) is None


def test_old_sessions_are_swept_by_the_next_sign_in(connection, sessions, clock) -> None:
    sessions.begin("ann", ["audit:read"], "openid")
    clock.move(seconds=(LIFE + KEPT).total_seconds() + 1)
    sessions.begin("bob", ["audit:read"], "openid")
    assert connection.execute("SELECT subject FROM console_session").fetchall() == [("bob",)]


def test_without_a_database_nobody_is_taken_for_signed_out() -> None:
    @contextlib.contextmanager
    def away() -> Iterator[psycopg.Connection]:
        raise psycopg.OperationalError
        yield

    sessions = Sessions(away)
    with pytest.raises(Unavailable):
        sessions.find("x")
    with pytest.raises(Unavailable):
        sessions.begin("ann", ["audit:read"], "openid")


def test_each_sign_in_begins_anew_and_ends_what_was_there(desk: Desk) -> None:
    client = desk.browser()
    client.cookies.set("ledger-session", "planted-by-somebody", domain="127.0.0.1")
    sign_in(client, desk.keys["analyst"])
    first = client.cookies["ledger-session"]
    assert first != "planted-by-somebody"
    sign_in(client, desk.keys["analyst"])
    second = client.cookies["ledger-session"]
    assert first != second
    old = desk.browser(cookies={"ledger-session": first})
    assert old.get("/console/visitor").status_code == 303
    assert client.get("/console/visitor").status_code == 200


def test_signing_out_here_there_and_everywhere(desk: Desk) -> None:
    one, two, three = (desk.signed_in("root") for _ in range(3))
    kept = dict(one.cookies)
    gone = send(one, "/console/sign-out")
    assert (gone.status_code, gone.headers["location"]) == (303, "./signed-out")
    assert "ledger-session" not in one.cookies
    assert "You are signed out" in one.get("/console/signed-out").text
    assert desk.browser(cookies=kept).get("/console/visitor").status_code == 303
    page = two.get("/console/visitor").text
    assert page.count("visitor/end-session") == 1
    other = desk.execute(
        "SELECT session_id FROM console_session WHERE subject = 'root' AND revoked_at IS NULL"
        " ORDER BY created_at DESC LIMIT 1"
    )[0][0]
    assert send(two, "/console/visitor/end-session", session=other).status_code == 303
    assert three.get("/console/visitor").status_code == 303
    stranger = desk.signed_in("analyst")
    mine = desk.execute(
        "SELECT session_id FROM console_session WHERE subject = 'root' AND revoked_at IS NULL"
    )[0][0]
    send(stranger, "/console/visitor/end-session", session=mine)
    assert two.get("/console/visitor").status_code == 200
    last = desk.signed_in("root")
    assert send(last, "/console/sign-out", everywhere="yes").status_code == 303
    assert two.get("/console/visitor").status_code == 303


def test_a_session_that_nobody_can_have_is_none(desk: Desk) -> None:
    client = desk.signed_in("analyst")
    for odd in ("\x00", "x\x00y", "<b>", "x" * 5_000):
        assert send(client, "/console/visitor/end-session", session=odd).status_code == 303
    assert client.get("/console/visitor").status_code == 200
