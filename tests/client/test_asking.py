"""Over HTTP alone: deadlines, refusals, keys, and what is done where nothing answers."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from threading import Thread

import pytest

from api.client import Closed, KeyRefused, Standings, Unanswered
from api.client.asking import REST_AFTER
from tests.client.told import answering, asked, body, sent

KEY = "sl_0123456789abcdef_not-to-be-seen"


def hang(connection: socket.socket) -> None:
    connection.recv(1)
    time.sleep(5)


def drip(connection: socket.socket) -> None:
    """Never silent for long, and never done."""
    asked(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        connection.sendall(b"x: y\r\n")
        time.sleep(0.05)


def hang_up(connection: socket.socket) -> None:
    connection.recv(1)


def babble(connection: socket.socket) -> None:
    while asked(connection):
        sent(connection, b'{"hello": "there"}')


def fail(connection: socket.socket) -> None:
    while asked(connection):
        sent(connection, b'{"title": "The database is away"}', 503)


@pytest.mark.parametrize("bad", [hang, drip, hang_up, babble, fail])
def test_it_fails_as_the_caller_chose_and_in_time(bad: Callable[[socket.socket], None]) -> None:
    with answering(bad) as base, Standings(base, deadline_s=0.3) as standings:
        began = time.monotonic()
        with pytest.raises(Unanswered) as refused:
            standings.get("s-1")
        assert time.monotonic() - began < 0.5
        assert "the ledger" in str(refused.value)
        assert standings.get("s-1", None) is None
        assert standings.get_many(["s-1", "s-2"], "unknown") == {"s-1": "unknown", "s-2": "unknown"}
        with pytest.raises(Unanswered):
            standings.get_many(["s-1", "s-2"])
        assert standings.counts.failed == 5
        assert standings.counts.from_ledger == 0


@pytest.mark.parametrize("bad", [hang, drip, fail])
def test_the_same_on_an_event_loop_which_goes_on_meanwhile(
    bad: Callable[[socket.socket], None],
) -> None:
    async def ask(standings: Standings) -> int:
        waiting = asyncio.create_task(standings.aget("s-1", None))
        turns = 0
        while not waiting.done():
            turns += 1
            await asyncio.sleep(0.01)
        assert await waiting is None
        with pytest.raises(Unanswered):
            await standings.aget("s-2")
        assert await standings.aget_many(["s-1"], 7) == {"s-1": 7}
        return turns

    with answering(bad) as base, Standings(base, deadline_s=0.2) as standings:
        turns = asyncio.run(ask(standings))
        assert bad is fail or turns > 5


def test_a_ledger_that_never_answers_is_let_be_for_a_moment() -> None:
    with answering(hang) as base, Standings(base, deadline_s=0.1) as standings:
        for _ in range(REST_AFTER):
            standings.get("s-1", None)
        began = time.monotonic()
        for number in range(100):
            assert standings.get(f"s-{number}", None) is None
        assert time.monotonic() - began < 0.5


def test_where_nobody_listens_it_fails_and_comes_back(unused: int) -> None:
    with Standings(f"http://127.0.0.1:{unused}") as standings:
        with pytest.raises(Unanswered, match="cannot be asked"):
            standings.get("s-1")
        assert repr(standings) == f"Standings('http://127.0.0.1:{unused}', source=None)"


@pytest.fixture
def unused() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_a_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    def once(connection: socket.socket) -> None:
        asked(connection)
        sent(connection, body("s-1", 1))

    with answering(once) as base, Standings(base, max_age_s=0) as standings:
        for _ in range(5):
            assert standings.get("s-1").position == "1"


def test_many_that_ask_at_once_are_one_request() -> None:
    heads: list[bytes] = []

    def slowly(connection: socket.socket) -> None:
        while head := asked(connection):
            heads.append(head)
            time.sleep(0.1)
            sent(connection, body("s-1", 1))

    async def ask(standings: Standings) -> None:
        found = await asyncio.gather(*(standings.aget("s-1") for _ in range(50)))
        assert len({id(each) for each in found}) == 1

    with answering(slowly) as base, Standings(base, deadline_s=10) as standings:
        asyncio.run(ask(standings))
        assert standings.get("s-1").position == "1"
    assert len(heads) == 1


def test_one_who_gives_up_does_not_end_what_others_wait_for() -> None:
    def slowly(connection: socket.socket) -> None:
        while asked(connection):
            time.sleep(0.2)
            sent(connection, body("s-1", 1))

    async def ask(standings: Standings) -> None:
        gone = asyncio.create_task(standings.aget("s-1"))
        there = asyncio.create_task(standings.aget("s-1"))
        await asyncio.sleep(0.05)
        gone.cancel()
        assert (await there).position == "1"

    with answering(slowly) as base, Standings(base, deadline_s=10) as standings:
        asyncio.run(ask(standings))


def test_the_key_is_sent_and_never_said(caplog: pytest.LogCaptureFixture) -> None:
    heads: list[bytes] = []

    def turn_away(connection: socket.socket) -> None:
        while head := asked(connection):
            heads.append(head)
            sent(connection, b'{"title": "Not you"}', 401)

    with (
        caplog.at_level(logging.DEBUG),
        answering(turn_away) as base,
        Standings(base, key=KEY) as standings,
    ):
        with pytest.raises(KeyRefused) as refused:
            standings.get("s-1")
        assert standings.get("s-1", None) is None
    assert f"authorization: Bearer {KEY}\r\n".encode() in heads[0]
    said = [repr(standings), str(refused.value), repr(refused.value), *caplog.messages]
    assert "standing:read" in str(refused.value)
    assert [text for text in said if "not-to-be-seen" in text] == []


def test_what_is_known_is_asked_for_from_where_it_stands() -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        while head := asked(connection):
            heads.append(head)
            sent(connection, body("s-1", 7))

    with answering(answer) as base, Standings(base, max_age_s=0) as standings:
        standings.get("s-1")
        standings.get("s-1")
    assert [head.split(b" ")[1] for head in heads] == [
        b"/v1/sellers/s-1/standing",
        b"/v1/sellers/s-1/standing?min_position=7",
    ]


@pytest.mark.parametrize(
    "seller_id", ["", " ", "a/b", "../x", "a?b", "a\r\nb", "-a", "ä", "a" * 129]
)
def test_what_is_no_id_gets_into_no_address(seller_id: str) -> None:
    with Standings("http://127.0.0.1:1") as standings:
        for ask in (standings.get, lambda each: standings.get_many([each])):
            with pytest.raises(ValueError, match="a seller id is"):
                ask(seller_id)
        with pytest.raises(ValueError, match="a seller id is"):
            asyncio.run(standings.aget(seller_id, None))


@pytest.mark.parametrize("base", ["", "ledger", "ftp://x", "http://", "http://a:b@ledger"])
def test_an_address_that_is_none_is_refused_at_once(base: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Standings(base)


@pytest.mark.parametrize("key", ["", "a b", "a\r\nx: y", "schlüssel"])
def test_a_key_that_is_none_is_refused_without_being_said(key: str) -> None:
    with pytest.raises(ValueError, match="printable") as refused:
        Standings("http://ledger", key=key)
    assert not key or key not in str(refused.value)


def test_what_is_closed_answers_nothing_and_says_so() -> None:
    def answer(connection: socket.socket) -> None:
        while asked(connection):
            sent(connection, body("s-1", 7))

    with answering(answer) as base:
        standings = Standings(base)
        assert standings.get("s-1").position == "7"
        standings.close()
        standings.close()
        with pytest.raises(Closed):
            standings.get("s-1", None)
        with pytest.raises(Closed):
            standings.start()


def test_who_waits_while_it_is_closed_hears_that_and_is_not_cancelled() -> None:
    heard: list[object] = []

    def wait(standings: Standings) -> None:
        try:
            heard.append(standings.get("s-1", None))
        except Closed as why:
            heard.append(why)

    async def wait_on_a_loop(standings: Standings) -> None:
        waiting = asyncio.create_task(standings.aget("s-1", None))
        many = asyncio.create_task(standings.aget_many(["s-1"], None))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(standings.close)
        for each in (waiting, many):
            with pytest.raises(Closed):
                await each
            assert not each.cancelled()

    with answering(hang) as base:
        standings = Standings(base, deadline_s=3)
        thread = Thread(target=wait, args=(standings,))
        thread.start()
        time.sleep(0.2)
        standings.close()
        thread.join(2)
        assert [type(each) for each in heard] == [Closed]
        asyncio.run(wait_on_a_loop(Standings(base, deadline_s=3)))


def test_one_who_is_cancelled_is_cancelled() -> None:
    async def give_up(standings: Standings) -> None:
        waiting = asyncio.create_task(standings.aget("s-1", None))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await standings.aget("s-1", None)

    with answering(hang) as base, Standings(base, deadline_s=3) as standings:
        asyncio.run(give_up(standings))


def test_a_ledger_that_takes_no_connection_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Standings(base, deadline_s=0.3) as standings:
            began = time.monotonic()
            found = standings.get_many([f"s-{n}" for n in range(5_000)], None)
            assert time.monotonic() - began < 1.5
            assert len(found) == standings.counts.failed == 5_000
