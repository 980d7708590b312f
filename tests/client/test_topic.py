"""A copy that follows the topic: from a reader in memory, and from Apache Kafka itself."""

import os
import socket
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

import api.client.answering
import api.client.following_topic
from api.client import Standings, Topic, Unanswered
from projections.broker.address import Address
from projections.broker.messages import Message
from projections.broker.with_kafka_python.sender import KafkaPythonSender
from tests.client.told import TOPIC, FakeReader, answering, asked, body, sent, until

BOOTSTRAP = os.environ.get("LEDGER_KAFKA_BOOTSTRAP")


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
    with following(max_age_s=0.5) as standings:
        standings.wait_until_complete(5)
        reader.away = True
        until(lambda: standings.problem == "cut off")
        assert points(standings) == 3
        until(lambda: standings.age_s > 0.5)
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

    with answering(answer) as base, following(base, max_age_s=0.2) as standings:
        standings.wait_until_complete(5)
        end = time.monotonic() + 0.5
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


@pytest.fixture
def topic() -> Iterator[str]:
    """A compacted topic of this test's own."""
    if BOOTSTRAP is None:
        pytest.skip("no broker: LEDGER_KAFKA_BOOTSTRAP is not set")
    name = f"client-{uuid.uuid4().hex[:12]}"
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    made = NewTopic(name, 3, 1, topic_configs={"cleanup.policy": "compact"})
    admin.create_topics([made])
    try:
        yield name
    finally:
        admin.delete_topics([name])
        admin.close()


def test_apache_kafka_fills_a_copy_and_keeps_it(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BOOTSTRAP is not None
    monkeypatch.setattr(api.client.following_topic, "LOOK_S", 0.2)
    sender = KafkaPythonSender(Address(BOOTSTRAP), topic)

    def say(seller: str, position: int) -> Message:
        return Message(topic, seller.encode(), body(seller, position))

    try:
        sender.send([say(f"s-{number}", 1) for number in range(300)])
        source = Topic(BOOTSTRAP, topic)
        with Standings("http://127.0.0.1:1", source=source) as standings:
            assert standings.wait_until_complete(30)
            assert len(standings) == 300
            sender.send([say("s-7", 2), Message(topic, b"s-8", None), say("s-9", 3)])
            until(lambda: standings.counts.changes == 303)
            found = [points(standings, each) for each in ("s-6", "s-7", "s-8", "s-9")]
            assert found == [1, 2, None, 3]
            assert standings.problem is None
    finally:
        sender.close()
