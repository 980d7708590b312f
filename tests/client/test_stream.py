"""A copy that follows the stream of a real server: what breaks and what comes back."""

import re
import socket
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given

import api.client.following_stream
from api.client import Standings, Stream
from api.client.asking import Ledger
from api.client.copies import Copies
from api.client.events import Events
from api.client.following_stream import StreamEnded, StreamFollower
from api.client.standing import Standing, read_standing
from api.standings import Standings as Served
from api.stream import event_of, told_of
from ledger.facts.instants import parse_instant
from ledger.policy.shipped import load_pack
from projections.standing_changes import StandingChanges
from tests.api.program import Program, program
from tests.client.told import answering, asked, body, until
from tests.laws.stories import PACKS, SELLERS, Step, Telling, stories, stories_told, told

PORT = """
from api.serve import serve_ledger
from api.settings import read_settings
serve_ledger(read_settings(), "127.0.0.1", {port})
"""


class Clock:
    """The sandbox's clock, as the storefront's."""

    def __init__(self, now: str) -> None:
        self.now = now

    def __call__(self) -> float:
        return parse_instant(self.now, "now") / 1e6


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-01-01T00:00:00Z")


@pytest.fixture
def served(dsn: str, clock: Clock) -> Iterator[Program]:
    """A server in the sandbox, at the beginning of 2026."""
    with program(dsn, clock="test") as running:
        running.move(clock.now)
        yield running


@contextmanager
def following(base: str, clock: Clock, **more: Any) -> Generator[Standings]:
    with Standings(base, source=Stream(), now=clock, deadline_s=2, **more) as standings:
        assert standings.wait_until_complete(10)
        yield standings


def same(standings: Standings, served: Program, seller_id: str) -> bool:
    answer = served.client.get(f"/v1/sellers/{seller_id}/standing").content
    return standings.get(seller_id) == read_standing(answer).standing


def test_what_changes_is_told_and_the_rest_is_asked_for_once(served: Program, clock: Clock) -> None:
    with following(served.base, clock) as standings:
        assert standings.get("s-1").status == "active"
        served.record("s-1", "v-1", points=48)
        until(lambda: standings.get("s-1").status == "suspended")
        assert standings.counts.from_ledger == 1
        assert same(standings, served, "s-1")
        found = standings.get_many(["s-1", "s-2", "s-3", "s-1"])
        assert list(found) == ["s-1", "s-2", "s-3"]
        assert standings.counts.from_ledger == 3
        assert standings.age_s < 5


def test_it_is_valid_as_long_as_it_says(served: Program, clock: Clock) -> None:
    with following(served.base, clock) as standings:
        served.record("s-1", "v-1", points=48)
        until(lambda: not standings.get("s-1").can_withdraw)
        clock.now = "2026-07-01T00:00:00Z"
        # By the storefront's clock the freeze is over; the ledger's stands still.
        before = standings.counts
        assert not standings.get("s-1").can_withdraw
        assert standings.counts.from_ledger == before.from_ledger + 1
        served.move(clock.now)
        until(lambda: standings.get("s-1").can_withdraw)
        assert same(standings, served, "s-1")


def test_an_edition_ends_every_copy_at_its_instant(served: Program, clock: Clock) -> None:
    pack = load_pack("aliexpress").replace("2020-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    pack = pack.replace('edition = "2020-01-01"', 'edition = "2026-02-01"')
    with following(served.base, clock) as standings:
        for number in range(3):
            served.record(f"s-{number}", "v-1", points=1)
        until(lambda: len(standings) == 3)
        position = standings.position
        served.post("/v1/policies", {"toml": pack, "published_by": "ops"})
        time.sleep(0.5)
        assert {standings.get(f"s-{n}").policy for n in range(3)} == {"aliexpress@2020-01-01"}
        clock.now = "2026-02-01T00:00:00Z"
        served.move(clock.now)
        assert {standings.get(f"s-{n}").policy for n in range(3)} == {"aliexpress@2026-02-01"}
        assert standings.position == position
        assert all(same(standings, served, f"s-{n}") for n in range(3))


def test_an_erased_seller_is_answered_as_before(served: Program, clock: Clock) -> None:
    with following(served.base, clock) as standings:
        served.record("s-1", "v-1", points=3)
        until(lambda: standings.counts.changes == 1)
        served.post("/v1/sellers/s-1/erasure", {"reason": "asked-by-seller", "erased_by": "desk"})
        served.record("s-1", "v-2", points=4)
        until(lambda: standings.get("s-1").buckets[0].value == 7)
        assert same(standings, served, "s-1")


def test_a_server_that_dies_is_waited_for_and_nothing_is_missed(dsn: str, clock: Clock) -> None:
    with program(dsn) as first:
        port = re.sub(r".*:", "", first.base)
        with following(first.base, clock, max_age_s=1.0) as standings:
            first.record("s-1", "v-1", points=1)
            until(lambda: standings.counts.changes == 1)
            first.kill()
            until(lambda: standings.problem)
            assert standings.get("s-1").buckets[0].value == 1
            until(lambda: standings.get("s-1", None) is None)
            with program(dsn) as other:
                # Told while this storefront heard of nothing.
                other.record("s-1", "v-2", points=2)
                other.record("s-2", "v-1", points=3)
            with program(dsn, PORT.format(port=port)) as again:
                until(lambda: standings.problem is None, 20)
                until(lambda: standings.counts.changes == 3)
                asked_before = standings.counts.from_ledger
                values = [standings.get(f"s-{n}").buckets[0].value for n in (1, 2)]
                assert values == [3, 3]
                assert standings.counts.from_ledger == asked_before
                assert standings.counts.breaks == 1
                assert same(standings, again, "s-1")


def test_another_ledger_at_the_same_address_ends_what_was_known(dsn: str, clock: Clock) -> None:
    def other_log(connection: Any) -> None:
        while head := asked(connection):
            place = re.search(rb"last-event-id: (\d+)", head)
            if place:
                connection.sendall(b"HTTP/1.1 422 x\r\ncontent-length: 2\r\n\r\n{}")
                continue
            connection.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
                b"id: 5\n\n: up to date\nid: 5\n\nevent: standing\nid: 6\ndata: %s\n\n"
                % body("s-1", 6)
            )
            return

    with (
        answering(other_log) as base,
        Standings(base, source=Stream(), now=clock) as standings,
    ):
        until(lambda: standings.counts.changes >= 2)


def test_a_stream_that_falls_silent_is_left(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.client.following_stream, "SILENCE_S", 0.2)

    def fall_silent(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nid: 5\n\n: up to date\nid: 5\n\n")
        time.sleep(5)

    with (
        answering(fall_silent) as base,
        Standings(base, source=Stream(), now=clock, max_age_s=0.5) as standings,
    ):
        assert standings.wait_until_complete(5)
        until(lambda: standings.problem == "ReadTimeout")


def test_a_server_that_lives_and_reads_nothing_is_no_sign_of_life(clock: Clock) -> None:
    def chatter(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nid: 5\n\n: up to date\nid: 5\n\n")
        connection.sendall(b"event: standing\nid: 6\ndata: %s\n\n" % body("s-1", 6))
        for _ in range(100):
            connection.sendall(b": still here\n\n")
            time.sleep(0.02)
        connection.sendall(b": up to date\nid: 6\n\n")
        time.sleep(5)

    with (
        answering(chatter) as base,
        Standings(base, source=Stream(), now=clock, max_age_s=0.5, deadline_s=0.1) as standings,
    ):
        assert standings.wait_until_complete(5)
        until(lambda: standings.counts.changes == 1)
        assert standings.get("s-1").position == "6"
        until(lambda: standings.age_s > 0.5)
        assert standings.get("s-1", None) is None
        until(lambda: standings.get("s-1", None))
        assert standings.problem is None


def test_the_ledger_ends_a_stream_with_a_reason(clock: Clock) -> None:
    follower = StreamFollower(Ledger("http://ledger", None, None), Copies(1, clock))
    heard = [*Events().take(b'event: closed\ndata: {"title":"The key is closed"}\n\n')]
    with pytest.raises(StreamEnded, match="The key is closed"):
        follower.take(heard[0])
    heard = [*Events().take(b'event: too-slow\ndata: {"last_event_id":"17"}\n\n')]
    with pytest.raises(StreamEnded, match="too slow"):
        follower.take(heard[0])
    assert follower.place == "17"


def test_a_wrong_key_is_told(dsn: str, clock: Clock) -> None:
    with (
        program(dsn, auth="keys") as running,
        Standings(running.base, key="sl_wrong", source=Stream(), now=clock) as standings,
    ):
        until(lambda: standings.problem)
        assert "standing:read" in str(standings.problem)
        assert standings.get("s-1", None) is None
        assert not standings.wait_until_complete(0.1)


def test_events_are_read_however_they_are_cut() -> None:
    wire = b"id: 1\nretry: 9\n\n: up to date\nid: 2\n\nevent: standing\r\nid: 3\r\ndata: {}\r\n\r\n"
    for size in range(1, len(wire) + 1):
        events = Events()
        pieces = [wire[begin : begin + size] for begin in range(0, len(wire), size)]
        found = [event for piece in pieces for event in events.take(piece)]
        assert [(e.name, e.place, e.data, e.comment) for e in found] == [
            ("message", "1", b"", ""),
            ("message", "2", b"", "up to date"),
            ("standing", "3", b"{}", ""),
        ]


def test_an_event_without_end_is_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.client.events.LONGEST", 10)
    with pytest.raises(ValueError, match="longer than"):
        list(Events().take(b"data: and on and on"))


def face(standing: Standing) -> tuple[object, ...]:
    """What a storefront goes by: all but the instants and the position of what changed nothing."""
    return (
        standing.status, standing.can_sell, standing.can_promote, standing.can_withdraw,
        standing.buckets, standing.freezes,
        tuple((each.sanction_id, each.until) for each in standing.sanctions),
    )  # fmt: skip


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=6)
@given(story=stories)
def test_after_any_changes_the_copy_says_what_the_ledger_says(
    dsn: str, pack: str, story: list[Step]
) -> None:
    with told(dsn, pack) as telling:
        copies = Copies(1e9, lambda: telling.ledger.now() / 1e6)
        follower = StreamFollower(Ledger("http://ledger", None, None), copies)
        changes, served = StandingChanges(telling.ledger.reader), Served(telling.ledger)
        after, events, wire = 0, Events(), b""
        follower.take(next(Events().take(b": up to date\nid: 0\n\n")))
        copies.alive(time.monotonic())
        for number, step in enumerate(story):
            telling.tell(step)
            chunk, to = (), telling.ledger.memory.head.last_position
            while after < to:
                found = changes.after(after, to)
                after, chunk = found.end, (*chunk, *found.changes)
            sent = b"".join(
                event_of(*told_of(change, telling.ledger), change.position) for change in chunk
            )
            # What comes twice, or late, is as if it had not come.
            for event in events.take(wire * (number % 3 == 1) + sent):
                follower.take(event)
            wire = sent
            hold_against(copies, served, telling, asking=number % 2 == 0)


def hold_against(copies: Copies, served: Served, telling: Telling, *, asking: bool) -> None:
    """What is answered from the copy, against the ledger; what is not is asked now and then."""
    head = telling.ledger.memory.head.last_position
    for seller_id in SELLERS:
        answer = read_standing(served.live(seller_id).body, seller_id)
        found = copies.get(seller_id)
        if found is not None:
            assert face(found) == face(answer.standing)
        elif asking:
            given = copies.take_asked(answer, time.monotonic(), head)
            assert given is not None and face(given) == face(answer.standing)
