"""How an export ends: at its end, or so that nobody takes what came for the whole."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from api.lists import sending
from api.lists.exports import MOST_AT_ONCE
from tests.api.routes.test_lists import copy_last_fact
from tests.api.routes.world import World

Message = dict[str, Any]


class Reader:
    """Reads an export of all facts straight from the application, piece by piece."""

    def __init__(self, world: World, on_piece: Callable[["Reader"], Awaitable[None]]) -> None:
        self._world = world
        self._on_piece = on_piece
        self.gone = asyncio.Event()
        self.told: list[Message] = []

    async def read(self, method: str = "GET") -> None:
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": method,
            "path": "/v1/facts", "raw_path": b"/v1/facts", "query_string": b"", "scheme": "http",
            "headers": [(b"accept", b"text/csv")], "client": ("test", 1), "server": ("test", 80),
            "root_path": "", "http_version": "1.1",
        }  # fmt: skip
        await self._world.client.app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.told.append(message)
        if message["type"] == "http.response.body":
            await self._on_piece(self)

    @property
    def complete(self) -> bool:
        return not self.told[-1].get("more_body", False)


async def pass_on(_: Reader) -> None:
    """Read on."""


async def leave(reader: Reader) -> None:
    reader.gone.set()
    await asyncio.sleep(0.05)


async def stall(_: Reader) -> None:
    await asyncio.sleep(30)


def all_free(world: World) -> bool:
    """Whether every connection and every place for an export comes free again."""
    for _ in range(200):
        # The follower borrows a connection too, for a moment at a time.
        pool = world.ledger.reader._pool.get_stats()
        if pool["pool_available"] == pool["pool_size"]:
            return world.parts.lists.exports._free._value == MOST_AT_ONCE
        time.sleep(0.01)
    return False


@pytest.fixture
def long(sandbox: World) -> World:
    """A ledger whose facts come in several pieces."""
    sandbox.record("s-1", "v-1", "seeds")
    copy_last_fact(sandbox, 9_000)
    return sandbox


def test_one_that_is_read_to_its_end_is_complete(long: World) -> None:
    reader = Reader(long, pass_on)
    asyncio.run(reader.read())
    assert reader.complete
    body = b"".join(message.get("body", b"") for message in reader.told)
    assert body.count(b"\r\n") == 9_003 + 1
    assert len(reader.told) > 5
    assert all_free(long)


def test_a_reader_that_goes_away_frees_its_connection(long: World) -> None:
    reader = Reader(long, leave)
    asyncio.run(reader.read())
    assert not reader.complete
    assert len(reader.told) < 5
    assert all_free(long)


def test_a_reader_that_stalls_is_given_up(long: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PATIENCE_S", 0.2)
    reader = Reader(long, stall)
    asyncio.run(reader.read())
    assert not reader.complete
    assert all_free(long)


def test_a_database_that_goes_away_midway_leaves_no_complete_file(long: World) -> None:
    async def cut(reader: Reader) -> None:
        if len(reader.told) == 2:
            with long.ledger.reader.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE state = 'idle in transaction' AND datname = current_database()"
                )

    reader = Reader(long, cut)
    asyncio.run(reader.read())
    assert reader.told[0]["status"] == 200
    assert not reader.complete
    assert len(reader.told) < 5
    assert long.client.get("/v1/facts", headers={"Accept": "text/csv"}).status_code == 200


def test_one_that_fails_at_once_is_a_problem(long: World, dsn: str) -> None:
    with psycopg.connect(dsn) as other:
        other.execute("LOCK TABLE stored_events")
        answer = long.client.get("/v1/facts", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert all_free(long)


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_head_tells_what_get_would(long: World, accept: str) -> None:
    got = long.client.get("/v1/facts", headers={"Accept": accept})
    head = long.client.head("/v1/facts", headers={"Accept": accept})
    assert (head.status_code, head.content) == (200, b"")
    told_apart = {"request-id", "x-request-id"}
    assert {k: v for k, v in head.headers.items() if k not in told_apart} == {
        k: v for k, v in got.headers.items() if k not in told_apart
    }
    assert all_free(long)


def test_head_of_a_standing(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    address = "/v1/sellers/s-1/standing"
    got, head = sandbox.client.get(address), sandbox.client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))
    again = sandbox.client.head(address, headers={"If-None-Match": got.headers["etag"]})
    assert again.status_code == 304
    assert sandbox.client.head("/v1/facts:batch").status_code == 405
    assert sandbox.client.head("/v1/nothing").status_code == 404
    metrics = sandbox.client.get("/metrics").text
    assert 'ledger_http_requests_total{method="HEAD",route="/v1/sellers/{seller_id}/standing"' in (
        metrics
    )
