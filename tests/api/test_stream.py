"""The stream of standing changes: what is told, resumed, refused, and how it ends."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from itertools import islice

import pytest
from hypothesis import given

import api.stream
from api.refusals import NotAuthenticated
from api.stream import Hub
from ledger.ledger import Ledger
from ledger.policy.shipped import load_pack
from ledger.store.refusals import Unavailable
from tests.api.events import Event, events_in, reading
from tests.api.program import Program, program
from tests.laws.stories import Step, Telling, stories, stories_told, told
from tests.projections.test_standing_changes import expected
from tests.store.opened import opened, violation


@pytest.fixture
def served(dsn: str) -> Iterator[Program]:
    """A server in the sandbox, at the beginning of 2026."""
    with program(dsn, clock="test") as running:
        running.move("2026-01-01T00:00:00Z")
        yield running


def take(events: Iterator[Event], count: int) -> list[Event]:
    return list(islice(events, count))


def test_a_change_is_told_as_the_standing_route_tells_it(served: Program) -> None:
    with reading(f"{served.base}/v1/standings/stream") as events:
        recorded = served.record("s-1", "v-1", points=48)
        (event,) = take(events, 1)
        assert (event.name, event.id) == ("standing", recorded["position"])
        assert event.data == recorded["standing"]
        asked = {"as_of": event.data["as_of"], "known_at": event.data["known_at"]}
        answer = served.client.get("/v1/sellers/s-1/standing", params=asked)
        assert answer.json() == event.data
        served.move("2027-03-01T00:00:00Z")
        released, lapsed = take(events, 2)
        assert (released.data["can_withdraw"], released.data["status"]) == (True, "suspended")
        assert lapsed.data["buckets"][0]["value"] == 0


def test_two_connections_are_one(served: Program) -> None:
    for number in range(12):
        served.record(f"s-{number % 3}", f"v-{number}", points=4)
    served.move("2027-06-01T00:00:00Z")
    stream = f"{served.base}/v1/standings/stream"
    with reading(stream, "0") as events:
        # The pack, twelve violations, and a lapse of each seller at one instant.
        whole = take(events, 1 + 12 + 3)
    assert [event.name for event in whole[:2]] == ["policy", "standing"]
    for cut in (0, 1, 7, len(whole) - 1):
        with reading(stream, "0") as events:
            first = take(events, cut)
        after = first[-1].id if first else "0"
        with reading(f"{stream}?last_event_id={after}") as events:
            assert first + take(events, len(whole) - cut) == whole
    with reading(f"{stream}?last_event_id=0", whole[-2].id) as events:
        assert take(events, 1) == whole[-1:]


def test_an_edition_is_one_event(served: Program) -> None:
    pack = load_pack("aliexpress").replace("2020-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    pack = pack.replace('edition = "2020-01-01"', 'edition = "2026-02-01"')
    with reading(f"{served.base}/v1/standings/stream") as events:
        served.post("/v1/policies", {"toml": pack, "published_by": "ops"})
        (event,) = take(events, 1)
    assert (event.name, event.data) == (
        "policy",
        {"policy": "aliexpress@2026-02-01", "effective_at": "2026-02-01T00:00:00.000000Z"},
    )


def test_readers_are_let_go_when_the_server_stops(served: Program) -> None:
    with reading(f"{served.base}/v1/standings/stream") as events:
        served.record("s-1", "v-1")
        assert len(take(events, 1)) == 1
        began = time.monotonic()
        served.stop()
        assert list(events) == []
        # Not cut off after the ten seconds that requests in flight may take.
        assert served.process.wait(15) == 0
        assert time.monotonic() - began < 9


def test_a_reader_that_left_is_forgotten_and_one_that_stands_still_holds_up_nobody(
    served: Program,
) -> None:
    host, port = served.base.removeprefix("http://").split(":")
    still = socket.create_connection((host, int(port)))
    still.sendall(b"GET /v1/standings/stream?last_event_id=0 HTTP/1.1\r\nHost: x\r\n\r\n")
    with reading(f"{served.base}/v1/standings/stream") as events:
        for number in range(50):
            served.record("s-1", f"v-{number}", points=1)
        assert len(take(events, 50)) == 50
    still.close()


async def _nobody_minds() -> None:
    """Whoever reads may go on."""


async def lines_of(stream: AsyncGenerator[bytes]) -> list[str]:
    return [line async for sent in stream for line in sent.decode().splitlines()]


def test_a_reader_that_falls_behind_is_told_and_goes_on_where_it_was(dsn: str) -> None:
    async def slowly() -> tuple[list[str], list[str]]:
        hub = Hub(ledger, pause_s=0.01, kept=5)
        running = asyncio.create_task(hub.run())
        slow = hub.read(ledger.memory.head.last_position, _nobody_minds)
        said = (await anext(slow)).decode().splitlines()
        assert (await anext(slow)).startswith(b": up to date\n")
        waiting = asyncio.ensure_future(anext(slow))
        await asyncio.sleep(0.05)
        ledger.handle(violation("s-0", "v-0"), "svc")
        said += (await waiting).decode().splitlines()
        for number in range(1, 20):
            await asyncio.to_thread(ledger.handle, violation(f"s-{number}", "v"), "svc")
        await asyncio.sleep(0.2)
        said += await lines_of(slow)
        place = next(e for e in events_in(iter(said)) if e.name == "too-slow").data["last_event_id"]
        resumed = hub.read(int(place), _nobody_minds)
        more: list[str] = []
        while more.count("event: standing") < 19:
            more += (await anext(resumed)).decode().splitlines()
        await resumed.aclose()
        assert hub.readers == 0
        running.cancel()
        return said, more

    with opened(dsn) as ledger:
        said, more = asyncio.run(slowly())
    names = [event.name for event in events_in(iter(said))]
    assert names == ["standing", "too-slow"]
    sellers = [event.data["seller_id"] for event in events_in(iter(more))]
    assert sellers == [f"s-{number}" for number in range(1, 20)]


def test_that_nothing_is_missing_is_said_again_and_only_while_the_log_can_be_read(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.stream, "SAY_AGAIN_S", 0.1)
    monkeypatch.setattr(api.stream, "_BROKEN_PAUSE_S", 0.05)

    def away() -> None:
        raise Unavailable("away")

    async def listen(ledger: Ledger) -> None:
        hub = Hub(ledger, pause_s=0.01)
        running = asyncio.create_task(hub.run())
        stream = hub.read(ledger.memory.head.last_position, _nobody_minds)
        await anext(stream)
        for _ in range(3):
            assert (await anext(stream)).startswith(b": up to date\n")
        with monkeypatch.context() as cut:
            cut.setattr(ledger.reader, "catch_up", away)
            waiting = asyncio.ensure_future(anext(stream))
            # One may have been on its way.
            while (await asyncio.wait([waiting], timeout=0.5))[0]:
                waiting = asyncio.ensure_future(anext(stream))
        assert (await waiting).startswith(b": up to date\n")
        await stream.aclose()
        running.cancel()

    with opened(dsn) as ledger:
        asyncio.run(listen(ledger))


@stories_told(examples=8)
@given(story=stories)
def test_who_listens_hears_what_the_log_says(dsn: str, story: list[Step]) -> None:
    heard: list[str] = []

    async def hear(stream: AsyncGenerator[bytes]) -> None:
        async for sent in stream:
            heard.extend(sent.decode().splitlines())

    async def listen(telling: Telling) -> None:
        hub = Hub(telling.ledger, pause_s=0.001)
        running = asyncio.create_task(hub.run())
        listening = asyncio.create_task(hear(hub.read(0, _nobody_minds)))
        for step in story:
            await asyncio.to_thread(telling.tell, step)
        wanted = f"id: {expected(telling.ledger)[-1][0]}"
        async with asyncio.timeout(20):
            while wanted not in heard:
                await asyncio.sleep(0.01)
        hub.close()
        await listening
        running.cancel()

    with told(dsn, "aliexpress-ladder") as telling:
        telling.ledger.handle(violation("s-0", "last", points=1), "svc")
        asyncio.run(listen(telling))
        places = [str(each[0]) for each in expected(telling.ledger)]
    assert [event.id for event in events_in(iter(heard))] == places


def test_a_key_that_was_closed_ends_its_stream(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.stream, "ASK_AGAIN_S", 0.05)

    async def turned_away() -> None:
        raise NotAuthenticated("the key is unknown, expired or revoked")

    async def read() -> list[str]:
        return await lines_of(Hub(ledger).read(ledger.memory.head.last_position, turned_away))

    with opened(dsn) as ledger:
        said = asyncio.run(read())
    (event,) = events_in(iter(said))
    assert (event.name, event.data["status"]) == ("closed", 401)


def test_readers_are_told_of_what_others_commit(dsn: str) -> None:
    with program(dsn) as one, program(dsn) as other:
        with reading(f"{one.base}/v1/standings/stream") as events:
            recorded = other.record("s-1", "v-1")
            (event,) = take(events, 1)
            assert event.id == recorded["position"]
        # The position may be told here before the other process has read so far.
        position = one.record("s-2", "v-1")["position"]
        with reading(f"{other.base}/v1/standings/stream", position) as events:
            other.record("s-3", "v-1")
            assert take(events, 1)[0].data["seller_id"] == "s-3"
