"""The same with Apache Kafka itself: fenced, cut off, far behind."""

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

import psycopg
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from ledger.ledger import Ledger
from projections.broker.address import Address
from projections.broker.messages import Arrived
from projections.broker.opening import open_reader, open_sender
from projections.broker.preparing import ensure_topics
from projections.broker.topics import FACTS, PROGRESS, STANDING, TOPICS
from projections.outbox.telling import PUBLISHER, Broker
from tests.faults.wire import Wire
from tests.outbox.publishers import publish, published
from tests.store.opened import opened, violation

WITHIN_S = 90.0


def broker_of(address: Address) -> Broker:
    return Broker(partial(open_sender, address), partial(open_reader, address))


def wait_until(true: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "not within the time"
        time.sleep(0.05)


def committed(address: Address, topic: str) -> list[Arrived]:
    """All that a read-committed reader gets, up to the end."""
    found: list[Arrived] = []
    with closing(open_reader(address, [topic])) as reader:
        quiet = 0
        while quiet < 3:
            arrived = reader.read(0.5)
            found += arrived
            lags = reader.lag()
            done = not arrived and lags and not any(lags.values())
            quiet = quiet + 1 if done else 0
    return found


def ids(found: list[Arrived]) -> list[int]:
    return [int(dict(each.message.headers)["ce_id"]) for each in found]


def hold_exactly(address: Address, end: int) -> None:
    """Every fact once; those of a seller in their order."""
    found = committed(address, FACTS)
    assert sorted(ids(found)) == list(range(1, end + 1))
    by_key: dict[bytes | None, list[int]] = {}
    for each, number in zip(found, ids(found), strict=True):
        by_key.setdefault(each.message.key, []).append(number)
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


def record(ledger: Ledger, count: int, first: int = 0) -> None:
    for n in range(first, first + count):
        ledger.handle(violation(f"s-{n % 7}", f"v-{n}", points=1), "svc")


def end_of(ledger: Ledger) -> int:
    return ledger.reader.head().last_position


def test_facts_standings_and_progress_are_there(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger:
        record(ledger, 20)
        publish(ledger, broker_of(kafka))
        record(ledger, 5, 20)
        publish(ledger, broker_of(kafka))
        hold_exactly(kafka, end_of(ledger))
    latest = {each.message.key: each.message.value for each in committed(kafka, STANDING)}
    assert sorted(k.decode() for k in latest if k) == [f"s-{n}" for n in range(7)]
    assert len(committed(kafka, PROGRESS)) >= 2


def test_the_official_sdk_reads_them(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger:
        record(ledger, 3)
        publish(ledger, broker_of(kafka))
    for each in committed(kafka, FACTS) + committed(kafka, STANDING):
        headers, key, value = dict(each.message.headers), each.message.key, each.message.value
        event = from_binary(KafkaMessage(headers, key, value), JSONFormat())
        assert event.get_specversion() == "1.0"
        assert event.get_datacontenttype() == "application/json"
        assert event.get_data()
        assert event.get_source().startswith("seller-ledger/")
        assert event.get_subject() == (key or b"").decode()
        assert event.get_time().tzinfo is not None


def test_of_two_publishers_one_works_and_the_other_takes_over(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)) as one:
        wait_until(lambda: one.counted.publishes)
        with published(ledger, broker_of(kafka)) as other:
            record(ledger, 10)
            wait_until(lambda: one.counted.position == end_of(ledger))
            assert not other.counted.publishes
            one.stop()
            record(ledger, 10, 10)
            wait_until(lambda: other.counted.position == end_of(ledger))
        hold_exactly(kafka, end_of(ledger))


def test_whoever_is_fenced_begins_again(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)) as one:
        wait_until(lambda: one.counted.publishes)
        thief = open_sender(kafka, PUBLISHER)
        record(ledger, 10)
        wait_until(lambda: one.counted.position == end_of(ledger))
        assert one.counted.failures >= 1
        thief.close()
        hold_exactly(kafka, end_of(ledger))


def test_a_database_that_drops_everybody_only_pauses(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)) as one:
        wait_until(lambda: one.counted.publishes)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND application_name NOT LIKE '%writer%'"
            )
        time.sleep(1.0)
        record(ledger, 10)
        wait_until(lambda: one.counted.position == end_of(ledger))
        hold_exactly(kafka, end_of(ledger))


def test_a_broker_that_is_away_only_pauses(
    dsn: str, kafka: Address, wire: tuple[str, Wire]
) -> None:
    bootstrap, proxy = wire
    through = kafka._replace(bootstrap=bootstrap)
    with opened(dsn) as ledger, published(ledger, broker_of(through)) as one:
        wait_until(lambda: one.counted.publishes)
        proxy.closed = True
        proxy.cut()
        record(ledger, 10)
        time.sleep(3)
        proxy.closed = False
        wait_until(lambda: one.counted.position == end_of(ledger))
        hold_exactly(kafka, end_of(ledger))


def test_a_missing_topic_is_told_and_waited_for(dsn: str, broker: str) -> None:
    address = Address(broker, prefix=f"test-missing-{time.time_ns()}.")
    with opened(dsn) as ledger, published(ledger, broker_of(address)) as one:
        record(ledger, 3)
        wait_until(lambda: "TopicMissing" in (one.counted.last_error or ""))
        assert ensure_topics(address, [t._replace(partitions=1) for t in TOPICS]) == []
        wait_until(lambda: one.counted.position == end_of(ledger))
        hold_exactly(address, end_of(ledger))
