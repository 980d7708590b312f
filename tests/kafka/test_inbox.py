"""Commands from the real broker into a real database, while everything fails in turn."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, get_args

import pytest
from kafka import KafkaAdminClient
from kafka.structs import OffsetAndMetadata, TopicPartition

from api.inbox.consumer import GROUP, Consumer, Numbers
from api.opening import MIGRATIONS
from ledger.ledger import Ledger
from ledger.store.migrate import migrate
from ledger.store.server import EmbeddedPostgres
from projections.broker.address import Address, Client
from projections.broker.opening import open_reader
from projections.broker.topics import COMMANDS
from tests.faults.size import lots, times
from tests.faults.wire import Wire
from tests.inbox.topics import positions, reported, violations
from tests.kafka.commanding import Consuming, Told, check, taken, wait_for
from tests.store.opened import opened


@pytest.fixture(params=get_args(Client))
def kafka(kafka: Address, request: pytest.FixtureRequest) -> Address:
    """A test's own topics, with either client."""
    return kafka._replace(client=request.param)


@pytest.fixture
def told(kafka: Address) -> Iterator[Told]:
    told = Told(kafka)
    yield told
    told.close()


@contextmanager
def consuming(ledger: Ledger, kafka: Address) -> Iterator[Consumer]:
    """A consumer in a thread of its own."""
    stop = Event()
    consumer = Consumer(ledger, lambda: open_reader(kafka, [COMMANDS], GROUP))
    thread = Thread(target=consumer.run, args=(stop,))
    thread.start()
    try:
        yield consumer
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def _all_is_counted(numbers: Numbers, count: int) -> bool:
    """Positions move a moment before the numbers do."""
    done = numbers.counts.taken + numbers.counts.rejected.total()
    return done == count and not any(numbers.lag.values())


def test_commands_are_taken_and_what_waits_is_known(dsn: str, kafka: Address, told: Told) -> None:
    told.report(100)
    with opened(dsn) as ledger, consuming(ledger, kafka) as consumer:
        wait_for(dsn, told.count)
        told.report(100)
        wait_for(dsn, told.count)
        until = time.monotonic() + 30
        while not _all_is_counted(numbers := consumer.numbers(), told.count):
            assert time.monotonic() < until, numbers
            time.sleep(0.02)
    check(dsn, told)
    assert (numbers.counts.taken, dict(numbers.counts.rejected)) == (200, {"malformed-body": 4})
    assert len(numbers.lag) == 3
    assert not any(numbers.lag.values())
    assert numbers.pauses == 0


def test_tools_that_show_lag_see_how_far_the_group_is(dsn: str, kafka: Address, told: Told) -> None:
    told.report(100)
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    with opened(dsn) as ledger, consuming(ledger, kafka):
        wait_for(dsn, told.count)
        until = time.monotonic() + 30
        while (shown := _offsets_of_the_group(admin, kafka)) != positions(dsn):
            assert time.monotonic() < until, (shown, positions(dsn))
            time.sleep(0.2)
    admin.alter_group_offsets(kafka.prefix + GROUP, _at_the_beginning(kafka, shown))
    admin.close()
    told.report(100)
    with opened(dsn) as ledger, consuming(ledger, kafka) as consumer:
        wait_for(dsn, told.count)
        counts = consumer.numbers().counts
    assert (counts.taken, counts.passed_over) == (100, 0), "it goes by its own positions"
    check(dsn, told)


def _offsets_of_the_group(admin: KafkaAdminClient, kafka: Address) -> dict[int, int]:
    group = kafka.prefix + GROUP
    found = admin.list_group_offsets({group: None})[group]
    return {place.partition: at.offset for place, at in found.items()}


def _at_the_beginning(kafka: Address, partitions: Iterable[int]) -> dict[Any, Any]:
    topic = kafka.prefix + COMMANDS
    return {TopicPartition(topic, n): OffsetAndMetadata(0, "", -1) for n in partitions}


def test_a_consumer_that_is_killed(dsn: str, kafka: Address, told: Told) -> None:
    chance = lots()
    for _ in range(times(3, 40)):
        told.report(1_500)
        with Consuming(dsn, kafka) as process:
            process.kill_in_the_middle(dsn, chance)
    with Consuming(dsn, kafka):
        wait_for(dsn, told.count)
    check(dsn, told)


def test_consumers_that_come_and_go(dsn: str, kafka: Address, told: Told) -> None:
    told.report(500)
    with opened(dsn) as one, opened(dsn) as other, consuming(one, kafka) as first:
        for _ in range(times(2, 20)):
            told.report(500)
            with consuming(other, kafka) as second:
                until = time.monotonic() + 30
                while not second.numbers().lag and time.monotonic() < until:
                    told.report(20)
                    time.sleep(0.1)
                assert second.numbers().lag, "the second got no partition"
                told.report(500)
            told.report(100)
        wait_for(dsn, told.count)
    assert first.numbers().counts.taken
    check(dsn, told)


def test_a_database_that_restarts(tmp_path: Path, kafka: Address, told: Told) -> None:
    """The consumer stays in its group meanwhile: it goes on within seconds of the database."""
    folder = tmp_path / "database"
    database = EmbeddedPostgres(folder)
    database.start()
    try:
        migrate(database.dsn, MIGRATIONS)
        with (
            Wire(database.dsn) as wire,
            opened(wire.dsn) as ledger,
            consuming(ledger, kafka) as consumer,
        ):
            for _ in range(times(2, 20)):
                told.report(700)
                before, until = taken(database.dsn), time.monotonic() + 60
                while taken(database.dsn) == before:
                    assert time.monotonic() < until
                    time.sleep(0.02)
                database.stop()
                told.report(200)
                time.sleep(2)
                database = EmbeddedPostgres(folder)
                database.start()
                wire.to = database.dsn
            wait_for(database.dsn, told.count)
        check(database.dsn, told)
        assert "malformed-body" in consumer.numbers().counts.rejected
        assert list(consumer.numbers().counts.rejected) == ["malformed-body"]
    finally:
        database.stop()


def test_a_network_that_is_cut(
    dsn: str, kafka: Address, told: Told, wire: tuple[str, Wire]
) -> None:
    """Both ways: between consumer and broker, and between consumer and database."""
    bootstrap, to_broker = wire
    chance = lots()
    with (
        Wire(dsn) as to_database,
        opened(to_database.dsn) as ledger,
        consuming(ledger, kafka._replace(bootstrap=bootstrap)),
    ):
        for _ in range(times(6, 60)):
            told.report(300)
            time.sleep(chance.uniform(0, 0.5))
            cut = chance.choice([to_broker, to_database])
            cut.closed = chance.random() < 0.5
            cut.cut()
            time.sleep(chance.uniform(0, 1.5))
            cut.closed = False
        wait_for(dsn, told.count)
    check(dsn, told)


class _NotUtf8(str):
    """A header's name as no client of ours would send it."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xff\xfe"


def test_a_header_whose_name_is_no_text_stops_nobody(dsn: str, kafka: Address, told: Told) -> None:
    told.say(b"s-1", reported("v-1"))
    told.say(b"s-1", reported("v-2"), [(_NotUtf8("name"), b"x")])
    told.say(b"s-1", reported("v-3"))
    with opened(dsn) as ledger, consuming(ledger, kafka) as consumer:
        wait_for(dsn, 3, seconds=30)
    assert violations(dsn) == ["v-1", "v-3"]
    assert dict(consumer.numbers().counts.rejected) == {"message-header-refused": 1}


def test_a_message_as_large_as_the_broker_takes(dsn: str, kafka: Address, told: Told) -> None:
    told.say(b"s-1", b"x" * 1_048_000)
    told.say(b"s-1", reported("v-1"))
    with opened(dsn) as ledger, consuming(ledger, kafka):
        wait_for(dsn, 2)
    assert violations(dsn) == ["v-1"]
