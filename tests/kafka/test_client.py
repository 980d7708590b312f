"""What every client of ours does with the real broker: one contract, each client held to it."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from confluent_kafka import KafkaError, KafkaException
from kafka.partitioner.default import murmur2

from deploy.broker.cluster import Cluster
from projections.broker.address import Address
from projections.broker.client import (
    PATIENCE_S,
    SEND_S,
    BrokerAway,
    Fenced,
    MessageTooLarge,
    Reader,
    Sender,
    TopicMissing,
)
from projections.broker.messages import Arrived, Message, Place
from projections.broker.opening import open_reader, open_sender
from projections.broker.preparing import ensure_topics
from projections.broker.topics import (
    COMMANDS,
    FACTS,
    LARGEST_MESSAGE,
    PROGRESS,
    STANDING,
    Topic,
)
from projections.broker.with_confluent.connecting import raising
from projections.broker.with_kafka_python.reader import KafkaPythonReader
from projections.broker.with_kafka_python.sender import KafkaPythonSender
from tests.faults.wire import Wire
from tests.kafka.running import PARTITIONS

CLIENTS = ("kafka-python", "confluent")


@dataclass
class Kafka:
    """One client at one address; what it opens is closed with the test."""

    address: Address
    opened: list[Sender | Reader] = field(default_factory=list)

    def sender(self, name: str = "publisher") -> Sender:
        self.opened.append(made := open_sender(self.address, name))
        return made

    def reader(self, *topics: str, group: str | None = None) -> Reader:
        self.opened.append(made := open_reader(self.address, topics, group))
        return made


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, kafka: Address) -> Iterator[Kafka]:
    made = Kafka(kafka._replace(client=request.param))
    yield made
    for each in made.opened:
        each.close()


def facts(*values: str, key: bytes | None = b"s-1") -> list[Message]:
    return [Message(FACTS, key, value.encode()) for value in values]


def read(reader: Reader, number: int, patience_s: float = 30.0) -> list[Arrived]:
    """So many messages, and whatever else came with them."""
    seen: list[Arrived] = []
    until = time.monotonic() + patience_s
    while len(seen) < number and time.monotonic() < until:
        seen += reader.read(0.5)
    return seen


def values(arrived: list[Arrived]) -> list[str]:
    return [(each.message.value or b"").decode() for each in arrived]


def test_what_was_sent_is_read_as_it_was_and_in_order(client: Kafka) -> None:
    before_ms = time.time() * 1000 - 60_000
    headers = (("ce_id", b"7"), ("ce_type", "ä".encode()), ("empty", b""))
    sent = [Message(FACTS, b"s-1", str(n).encode(), headers) for n in range(1000)]
    client.sender().send(sent)
    seen = read(client.reader(FACTS), 1000)
    assert [each.message for each in seen] == sent
    assert [each.place.offset for each in seen] == list(range(1000))
    assert all(each.at_ms > before_ms for each in seen)


def test_a_tombstone_and_a_message_without_a_key_arrive_so(client: Kafka) -> None:
    sent = [Message(STANDING, b"s-1", None), Message(COMMANDS, None, b"{}")]
    client.sender().send(sent)
    seen = read(client.reader(STANDING, COMMANDS), 2)
    assert {each.message for each in seen} == set(sent)


def test_several_topics_go_in_one_transaction(client: Kafka) -> None:
    sender = client.sender()
    sender.send([*facts("1"), Message(PROGRESS, b"log", b"1")])
    sender.send([*facts("2"), Message(PROGRESS, b"log", b"2")])
    seen = read(client.reader(FACTS, PROGRESS), 4)
    assert sorted(values(seen)) == ["1", "1", "2", "2"]


def test_where_a_partition_ends_is_asked_before_anything_is_read(client: Kafka) -> None:
    sender = client.sender()
    reader = client.reader(PROGRESS)
    assert reader.ends() == {(PROGRESS, 0): 0}
    sender.send([Message(PROGRESS, b"log", b"1"), Message(PROGRESS, b"log", b"2")])
    # The end of the transaction has a place too, and is written a moment after it was committed.
    until = time.monotonic() + 30
    while (ends := reader.ends()) != {(PROGRESS, 0): 3}:
        assert time.monotonic() < until, ends
    assert values(read(reader, 2)) == ["1", "2"]


def test_no_message_is_no_transaction(client: Kafka) -> None:
    sender = client.sender()
    sender.send([])
    sender.send(facts("1"))
    assert values(read(client.reader(FACTS), 1)) == ["1"]


def test_keys_lead_where_they_lead_javas_clients(client: Kafka) -> None:
    keys = [f"seller-{n}".encode() for n in range(50)] + [b"", "é".encode(), b"a" * 300]
    client.sender().send([Message(FACTS, key, b"x") for key in keys])
    seen = read(client.reader(FACTS), len(keys))
    went = {each.message.key or b"": each.place.partition for each in seen}
    assert went == {key: (murmur2(key) & 0x7FFFFFFF) % PARTITIONS for key in keys}


@pytest.mark.parametrize(
    ("key", "expected"),
    # From the tests of Kafka's own Java client (UtilsTest.testMurmur2).
    [
        (b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)  # fmt: skip
def test_the_hash_is_javas(key: bytes, expected: int) -> None:
    assert murmur2(key) == expected % 2**32


def test_who_opens_a_sender_fences_the_one_before_it(client: Kafka) -> None:
    first = client.sender()
    first.send(facts("1"))
    second = client.sender()
    with pytest.raises(Fenced):
        first.send(facts("lost"))
    with pytest.raises(Fenced):
        first.send(facts("lost again"))
    second.send(facts("2"))
    second.send(facts("3"))
    assert values(read(client.reader(FACTS), 3)) == ["1", "2", "3"]


def test_senders_of_other_names_are_not_fenced(client: Kafka) -> None:
    first, other = client.sender("publisher"), client.sender("other")
    first.send(facts("1"))
    other.send(facts("2"))
    first.send(facts("3"))
    assert len(read(client.reader(FACTS), 3)) == 3


def test_a_try_that_fails_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a broker is away it is tried again every few seconds, perhaps for days."""
    monkeypatch.setattr("projections.broker.with_kafka_python.connecting.PATIENCE_S", 0.5)
    before = threading.active_count()
    nobody = Address("127.0.0.1:1")
    for _ in range(2):
        with pytest.raises(BrokerAway):
            KafkaPythonReader(nobody, [FACTS], None)
    with pytest.raises(BrokerAway):
        KafkaPythonSender(nobody, "publisher")
    assert threading.active_count() == before


def test_a_missing_topic_is_told_at_once(client: Kafka) -> None:
    began = time.monotonic()
    with pytest.raises(TopicMissing, match="no-such-topic"):
        client.sender().send([*facts("lost"), Message("no-such-topic", b"k", b"v")])
    for group in (None, "group"):
        with pytest.raises(TopicMissing, match="no-such-topic"):
            client.reader("no-such-topic", group=group)
    assert time.monotonic() - began < PATIENCE_S
    client.sender().send(facts("1"))
    assert values(read(client.reader(FACTS), 1)) == ["1"]


def test_a_message_that_is_too_large_is_named_and_nothing_of_its_transaction_is_seen(
    client: Kafka,
) -> None:
    large = Message(FACTS, b"s-2", b"x" * (LARGEST_MESSAGE + 1))
    with pytest.raises(MessageTooLarge, match=r"1,000,004 bytes \(key b's-2'\)") as told:
        client.sender().send([*facts("lost"), large])
    assert told.value.message is large
    fits = Message(FACTS, b"s-1", b"x" * (LARGEST_MESSAGE - 3))
    client.sender().send([fits])
    assert [each.message for each in read(client.reader(FACTS), 1)] == [fits]


def test_a_topic_may_take_less(client: Kafka) -> None:
    narrow = Topic("narrow", 1, {"max.message.bytes": "20000"})
    assert ensure_topics(client.address, [narrow]) == []
    small = [Message("narrow", b"s-1", b"x" * 100) for _ in range(20)]
    # What cannot be made smaller: the broker counts what a batch has once it is compressed.
    large = Message("narrow", b"s-2", os.urandom(30_000))
    with pytest.raises(MessageTooLarge) as told:
        client.sender().send([*small, large, *small])
    assert told.value.message == large
    client.sender().send(small)
    assert [each.message for each in read(client.reader("narrow"), 20)] == small


def test_a_group_shares_the_partitions_out_and_goes_on_where_it_is_told(client: Kafka) -> None:
    keys = [f"s-{n}".encode() for n in range(30)]
    client.sender().send([Message(COMMANDS, key, b"x") for key in keys])
    one = client.reader(COMMANDS, group="workers")
    everything = read(one, 30)
    assert {each.message.key for each in everything} == set(keys)
    assert len(one.assigned()) == PARTITIONS
    other = client.reader(COMMANDS, group="workers")
    until = time.monotonic() + 60
    while not (one.assigned() and other.assigned()) and time.monotonic() < until:
        one.read(0.2)
        other.read(0.2)
    assert one.assigned() | other.assigned() == {(COMMANDS, n) for n in range(PARTITIONS)}
    assert not one.assigned() & other.assigned()
    topic, partition = next(iter(one.assigned()))
    expected = [each for each in everything if each.place.partition == partition]
    one.read(0.0)
    one.go_to([Place(topic, partition, 0)])
    again = [each for each in read(one, len(expected)) if each.place.partition == partition]
    assert again[-len(expected) :] == expected


def test_a_reader_tells_how_many_messages_wait(client: Kafka) -> None:
    client.sender().send([Message(PROGRESS, b"log", str(n).encode()) for n in range(10)])
    reader = client.reader(PROGRESS)
    assert len(read(reader, 10)) == 10
    reader.go_to([Place(PROGRESS, 0, 4)])
    seen = read(reader, 6)
    assert values(seen) == [str(n) for n in range(4, 10)]
    # The broker's own mark at the end of a transaction takes an offset too.
    assert reader.lag()[PROGRESS, 0] in (0, 1)


def test_of_an_empty_topic_it_is_known_that_nothing_waits(client: Kafka) -> None:
    """A publisher that begins on new topics asks for it before anything else."""
    reader = client.reader(PROGRESS)
    until = time.monotonic() + 15
    while not reader.lag() and time.monotonic() < until:
        assert reader.read(0.5) == []
    assert reader.lag() == {(PROGRESS, 0): 0}


def test_what_confluent_raises_of_a_fence_in_mid_transaction_is_an_exception() -> None:
    with pytest.raises(KafkaException), raising():
        raise KafkaError(KafkaError._FENCED)


@pytest.mark.parametrize("client_name", CLIENTS)
def test_a_cut_network_ends_a_send_in_bounded_time_and_heals(
    client_name: str, kafka: Address, wire: tuple[str, Wire]
) -> None:
    through, proxy = wire
    cut_off = Kafka(kafka._replace(client=client_name, bootstrap=through))  # type: ignore[arg-type]
    sender = cut_off.sender()
    sender.send(facts("1"))
    proxy.cut()
    sender.send(facts("2"))  # a connection that breaks is only made anew
    proxy.closed = True
    proxy.cut()
    began = time.monotonic()
    with pytest.raises(BrokerAway):
        sender.send(facts("lost"))
    assert time.monotonic() - began < SEND_S + PATIENCE_S + 5
    with pytest.raises(BrokerAway):
        cut_off.sender()
    proxy.closed = False
    cut_off.sender().send(facts("3"))
    assert values(read(cut_off.reader(FACTS), 3)) == ["1", "2", "3"]
    for each in cut_off.opened:
        each.close()


@pytest.mark.parametrize("client_name", CLIENTS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_one_broker_of_three_may_be_killed(
    client_name: str, number: int, cluster: Cluster, three_kafka: Address
) -> None:
    kafka = Kafka(three_kafka._replace(client=client_name))  # type: ignore[arg-type]
    keys = [f"s-{n}".encode() for n in range(20)]
    sender = kafka.sender()
    sender.send([Message(FACTS, key, b"0") for key in keys])
    cluster.kill(number)
    began = time.monotonic()
    told = 1
    while told < 4 and time.monotonic() - began < 120:
        try:
            sender.send([Message(FACTS, key, str(told).encode()) for key in keys])
        except BrokerAway:
            # What became of it is read from the topic; here nothing was, or all of it.
            reader = kafka.reader(FACTS)
            told = max(int(value) for value in values(read(reader, len(keys) * told, 10))) + 1
            sender = kafka.sender()
        else:
            told += 1
    assert time.monotonic() - began < 2 * (SEND_S + PATIENCE_S)
    seen = read(kafka.reader(FACTS), len(keys) * told)
    for key in keys:
        mine = [each for each in seen if each.message.key == key]
        assert values(mine) == [str(n) for n in range(told)]
    for each in kafka.opened:
        each.close()
