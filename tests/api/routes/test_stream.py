"""What the stream of standing changes refuses, and what it asks of everybody else."""

import asyncio
import threading
import time

import pytest

from api.stream import CATCHING_UP_AT_ONCE, Hub
from projections.standing_changes import Chunk, StandingChanges
from tests.api.routes.world import World


@pytest.mark.parametrize(
    ("headers", "query", "status", "name", "field"),
    [
        ({"Last-Event-ID": "999999"}, {}, 422, "position-in-future", "Last-Event-ID"),
        ({}, {"last_event_id": "999999"}, 422, "position-in-future", "last_event_id"),
        ({"Last-Event-ID": "yesterday"}, {}, 422, "malformed-parameter", "Last-Event-ID"),
        ({"Last-Event-ID": "-1"}, {}, 422, "malformed-parameter", "Last-Event-ID"),
        ({}, {"last_event_id": ""}, 422, "malformed-parameter", "last_event_id"),
        ({}, {"since": "1"}, 422, "unknown-parameter", "since"),
        ({"Accept": "application/json"}, {}, 406, "not-acceptable", "Accept"),
    ],
)
def test_what_cannot_be_streamed_is_refused(
    live: World, headers: dict[str, str], query: dict[str, str], status: int, name: str, field: str
) -> None:
    answer = live.client.get("/v1/standings/stream", headers=headers, params=query)
    told = answer.json()
    assert (answer.status_code, told["type"]) == (status, f"/problems/{name}")
    assert (told["field"], bool(told["accepted"])) == (field, True)


def test_readers_from_far_back_leave_threads_and_connections_to_others(
    live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, at_work, most = threading.Lock(), 0, 0

    def after(_: StandingChanges, __: int, to: int) -> Chunk:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.05)
        with lock:
            at_work -= 1
        return Chunk(to, ())

    async def welcome() -> None:
        """They may stay."""

    async def read(hub: Hub) -> None:
        async for told in hub.read(0, welcome):
            if not told.startswith(b"id"):
                return

    async def all_of_them() -> None:
        hub = Hub(live.ledger)
        reading = [asyncio.create_task(read(hub)) for _ in range(10)]
        await asyncio.sleep(0.5)
        hub.close()
        await asyncio.gather(*reading)

    monkeypatch.setattr(StandingChanges, "after", after)
    asyncio.run(all_of_them())
    assert most == CATCHING_UP_AT_ONCE
