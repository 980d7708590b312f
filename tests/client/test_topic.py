"""A copy that follows the topic, from a reader in memory; tests/kafka/test_copies.py has it from
Apache Kafka itself.
"""

import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

import api.client.answering
import api.client.following_topic
from api.client import Standings, Topic, Unanswered
from projections.broker.messages import Message
from tests.client.told import (
    TOPIC,
    FakeReader,
    answering,
    asked,
    body,
    instant,
    sent,
    sign,
    until,
)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    """A topic in memory, which is looked at often."""
    made = FakeReader()
    monkeypatch.setattr(api.client.answering, "reader_of", lambda _: made.open())
    monkeypatch.setattr(api.client.following_topic, "LOOK_S", 0.02)
    monkeypatch.setattr(api.client.following_topic, "PATIENCE_S", 0.01)
    return made


@contextmanager
def following(base: str = "http://127.0.0.1:1", **more: Any) -> Generator[Standings]:
    with Standings(base, source=Topic("nowhere:1"), **more) as standings:
        yield standings


def points(standings: Standings, seller_id: str = "s-1") -> int | None:
    found = standings.get(seller_id, None)
    return None if found is None else found.buckets[0].value


def test_what_the_topic_says_is_answered_without_asking(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    reader.say("s-2", body("s-2", 4))
    with following() as standings:
        assert standings.wait_until_complete(5)
        assert (points(standings, "s-1"), points(standings, "s-2")) == (3, 4)
        assert (standings.counts.from_copy, standings.position, len(standings)) == (2, 4, 2)
        assert standings.age_s < 1
        for position in (5, 3, 5, 4):
            reader.say("s-1", body("s-1", position))
        until(lambda: standings.counts.repeated == 3)
        assert points(standings) == 5
        reader.say("s-1", None)
        until(lambda: points(standings) is None)


def test_a_bad_message_is_skipped_and_counted(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    reader.say("s-2", body("s-2", 3))
    with following() as standings:
        standings.wait_until_complete(5)
        for value in (b"{", body("s-3", 9), b"\xff\xfe"):
            reader.say("s-1", value)
        reader.messages.append(Message(TOPIC, None, body("s-2", 9)))
        reader.messages.append(Message(TOPIC, b"\xff", body("s-2", 9)))
        until(lambda: standings.counts.unreadable == 5)
        with pytest.raises(Unanswered):
            standings.get("s-1")
        assert points(standings, "s-2") == 3
        reader.say("s-1", body("s-1", 10))
        until(lambda: points(standings) == 10)


def test_a_broker_that_is_away_is_waited_for_and_its_copy_grows_old(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    with following(max_age_s=2.0) as standings:
        standings.wait_until_complete(5)
        reader.away = True
        until(lambda: standings.problem == "cut off")
        assert points(standings) == 3
        until(lambda: standings.age_s > 2.0)
        assert points(standings) is None
        kept = standings.last_known("s-1")
        assert kept is not None and kept.position == "3"
        reader.say("s-1", body("s-1", 4))
        reader.away = False
        until(lambda: points(standings) == 4)
        assert (standings.problem, standings.counts.breaks, reader.opened) == (None, 1, 1)


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    reader.say("s-2", body("s-2", 3))
    with following() as standings:
        standings.wait_until_complete(5)
        reader.messages = [Message(TOPIC, b"s-2", body("s-2", 5))]
        until(lambda: points(standings, "s-2") == 5)
        until(lambda: standings.last_known("s-1") is None)
        assert reader.opened == 2


def test_until_it_is_complete_the_ledger_is_asked(reader: FakeReader) -> None:
    def answer(connection: socket.socket) -> None:
        while asked(connection):
            sent(connection, body("s-1", 7))

    reader.say("s-1", body("s-1", 3))
    reader.ends_at = 2
    with answering(answer) as base, following(base, max_age_s=0.3) as standings:
        assert not standings.wait_until_complete(0.1)
        assert points(standings) == 7
        assert standings.counts.from_copy == 0
        time.sleep(0.3)
        # Complete, though behind what was answered before.
        reader.say("s-2", body("s-2", 4))
        assert standings.wait_until_complete(5)
        assert (points(standings, "s-1"), points(standings, "s-2")) == (7, 4)


def test_a_seller_without_a_message_is_asked_for_once(reader: FakeReader) -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        while head := asked(connection):
            heads.append(head)
            sent(connection, body("s-1", 1), Ledger_Position="7")

    with answering(answer) as base, following(base, max_age_s=1.0) as standings:
        standings.wait_until_complete(5)
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert points(standings) == 1
        assert len(heads) == 1
        reader.say("s-1", body("s-1", 8))
        until(lambda: points(standings) == 8)


def test_many_threads_see_nobody_go_backwards(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 1))
    seen: list[list[int]] = [[] for _ in range(4)]

    def look(into: list[int]) -> None:
        while not into or into[-1] < 500:
            into.append(int(standings.get("s-1").position))

    with following() as standings:
        assert standings.wait_until_complete(5)
        looking = [Thread(target=look, args=(into,)) for into in seen]
        for each in looking:
            each.start()
        for position in range(2, 501):
            reader.say("s-1", body("s-1", position))
            reader.say("s-1", body("s-1", position - 1))
            if position % 50 == 0:
                time.sleep(0.01)
        for each in looking:
            each.join(10)
    for positions in seen:
        assert positions == sorted(positions)
        assert positions[-1] == 500


def test_a_broker_that_was_never_there_holds_up_nobody() -> None:
    def answer(connection: socket.socket) -> None:
        while asked(connection):
            sent(connection, body("s-1", 7))

    with answering(answer) as base:
        standings = Standings(base, source=Topic("127.0.0.1:1"), deadline_s=5)
        assert points(standings) == 7
        assert not standings.wait_until_complete(0.1)
        began = time.monotonic()
        standings.close()
        assert time.monotonic() - began < 5


def test_a_fork_follows_by_itself(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    with following() as standings:
        standings.wait_until_complete(5)
        child = os.fork()
        if not child:
            status = 1
            try:
                standings.start()
                reader.say("s-1", body("s-1", 4))
                until(lambda: points(standings) == 4)
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert points(standings) == 3
        reader.say("s-1", body("s-1", 5))
        until(lambda: points(standings) == 5)


def test_a_copy_does_not_take_a_dead_publisher_for_a_quiet_one(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    with following(max_age_s=1.5) as standings:
        standings.wait_until_complete(5)
        assert points(standings) == 3
        # The broker lives, and the topic was read to its end.
        reader.lives = False
        until(lambda: standings.problem)
        assert "nobody publishes" in str(standings.problem)
        assert points(standings) is None
        assert standings.age_s > 1.5
        kept = standings.last_known("s-1")
        assert kept is not None and kept.position == "3"
        reader.lives = True
        until(lambda: points(standings) == 3)
        until(lambda: standings.problem is None)
        assert (standings.counts.breaks, reader.opened) == (1, 1)


def test_where_nobody_has_published_for_long_nothing_is_answered_at_first(
    reader: FakeReader,
) -> None:
    reader.lives = False
    reader.say("s-1", body("s-1", 3))
    for ago_s in (603, 600):
        reader.sign(sign(3, ago_s=ago_s))
    with following(max_age_s=5) as standings:
        until(lambda: standings.age_s < 700)
        assert standings.age_s > 600
        assert not standings.wait_until_complete(0.1)
        assert points(standings) is None
        reader.lives = True
        assert standings.wait_until_complete(5)
        assert points(standings) == 3


def test_a_publisher_behind_the_log_is_as_good_as_none(reader: FakeReader) -> None:
    reader.lives = False
    reader.say("s-1", body("s-1", 3))
    with following(max_age_s=0.5) as standings:
        for position in range(3, 40):
            # It works, and was never at the end of the log.
            reader.sign(sign(position, looked_at=None))
            time.sleep(0.02)
        assert points(standings) is None
        reader.lives = True
        until(lambda: points(standings) == 3)


def test_a_standing_that_could_not_be_sent_is_asked_for(reader: FakeReader) -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        while head := asked(connection):
            heads.append(head)
            sent(connection, body("s-1", 4 + len(heads)), Ledger_Position="90")

    reader.say("s-1", body("s-1", 3))
    with answering(answer) as base, following(base, max_age_s=0.3) as standings:
        standings.wait_until_complete(5)
        reader.say("s-1", None)
        until(lambda: points(standings) == 5)
        # Nobody told what it is: an answer is kept no longer than one without a source.
        until(lambda: points(standings) == 6)
        assert standings.counts.from_ledger == 2
        reader.say("s-1", body("s-1", 20))
        until(lambda: points(standings) == 20)
        reader.say("s-1", None)
        until(lambda: points(standings) == 7)


def test_who_is_held_back_is_asked_for(reader: FakeReader) -> None:
    reader.lives = False
    reader.say("s-1", body("s-1", 3))
    reader.say("s-2", body("s-2", 3))
    for _ in range(2):
        reader.sign(sign(3))
    with following() as standings:
        standings.wait_until_complete(5)
        assert (points(standings, "s-1"), points(standings, "s-2")) == (3, 3)
        reader.sign(sign(4, held_back=["s-1"]))
        until(lambda: points(standings, "s-1") is None)
        assert points(standings, "s-2") == 3
        reader.say("s-1", body("s-1", 3))
        reader.sign(sign(5, held_back=["s-1"]))
        reader.heard()
        assert points(standings, "s-1") is None
        reader.sign(sign(6))
        reader.heard()
        reader.say("s-1", body("s-1", 6))
        until(lambda: points(standings, "s-1") == 6)


def test_an_edition_ends_what_was_told_until_its_sweep_comes_by(reader: FakeReader) -> None:
    reader.lives = False
    for seller_id in ("s-1", "s-2"):
        reader.say(seller_id, body(seller_id, 3))
    soon = instant(-3600)
    hours = 0
    for _ in range(2):
        reader.sign(sign(3))
    with following(now=lambda: time.time() + 3600 * hours) as standings:
        standings.wait_until_complete(5)
        reader.sign(sign(4, valid_until=soon))
        reader.heard()
        assert (points(standings, "s-1"), points(standings, "s-2")) == (3, 3)
        hours = 2
        assert (points(standings, "s-1"), points(standings, "s-2")) == (None, None)
        # s-1 was gone through; that it can be read is sure with the record that follows.
        reader.sign(sign(4, valid_until=soon, sweep={"after": "s-1", "valid_until": None}))
        reader.heard()
        assert points(standings, "s-1") is None
        reader.say("s-2", body("s-2", 3, as_of=soon, can_sell=False))
        reader.sign(sign(4, valid_until=soon, sweep={"after": "s-2", "valid_until": None}))
        until(lambda: points(standings, "s-1") == 3)
        assert points(standings, "s-2") is None
        for _ in range(2):
            reader.sign(sign(4))
        until(lambda: points(standings, "s-2") == 3)
        assert not standings.get("s-2").can_sell


def test_what_cannot_be_read_of_a_publisher_is_no_sign_of_it(reader: FakeReader) -> None:
    reader.say("s-1", body("s-1", 3))
    with following(max_age_s=0.4) as standings:
        standings.wait_until_complete(5)
        reader.lives = False
        for value in (b"{", None, b"{}", sign(valid_until="tomorrow")):
            reader.sign(value)
        until(lambda: standings.counts.unreadable == 4)
        until(lambda: points(standings) is None)
