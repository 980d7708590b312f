"""What is done to brokers, topics, networks and the publisher's name while everything works."""

import os
import random
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

import psycopg
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from deploy.broker.cluster import Cluster
from projections.broker.address import Address
from projections.broker.topics import FACTS
from projections.broker.with_confluent.connecting import raising
from projections.outbox.telling import PUBLISHER
from tests.faults.wire import Wire


@contextmanager
def without(cluster: Cluster, broker: int, *, freezes: bool) -> Generator[None]:
    """A broker is dead, or hears nothing for so long that the others believe it."""
    pid = cluster.pid(broker)
    assert pid is not None
    if not freezes:
        cluster.kill(broker)
        yield
        cluster.start(broker)
        return
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(12)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def cut(wire: Wire, chance: random.Random) -> None:
    """One of the ways in which a network fails."""
    match chance.randrange(4):
        case 0:
            wire.cut()
        case 1:
            wire.cut(one=chance.randrange(100))
        case 2:
            wire.close_half(one=chance.randrange(100))
        case _:
            away(wire, chance.uniform(0.1, 1.5))


def away(wire: Wire, seconds: float) -> None:
    """Nobody is there for so long."""
    wire.closed = True
    wire.cut()
    time.sleep(seconds)
    wire.closed = False


def steal(kafka: Address) -> None:
    """Send under the publisher's name what never was, and end neither with nor without it."""
    thief = Producer(
        {"bootstrap.servers": kafka.bootstrap, "transactional.id": kafka.prefix + PUBLISHER}
    )
    # The publisher may fence it at any moment: whether or not, what it sent is never seen.
    with suppress(KafkaException), raising():
        thief.init_transactions(15)
        thief.begin_transaction()
        thief.produce(kafka.prefix + FACTS, b"{}", b"s-1", headers={"ce_id": b"1"})
        thief.flush(5)


def take_away(kafka: Address, topic: str) -> None:
    """Delete a topic, and wait until nobody sees it."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    name = kafka.prefix + topic
    admin.delete_topics([name])[name].result(30)
    while name in admin.list_topics(timeout=30).topics:
        time.sleep(0.05)


def take_at_most(kafka: Address, topic: str, size: int) -> None:
    """Change the largest batch that a topic takes."""
    chosen = ConfigEntry(
        "max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(
        ResourceType.TOPIC, kafka.prefix + topic, incremental_configs=[chosen]
    )
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.incremental_alter_configs([resource])[resource].result(30)


def end_sessions(dsn: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name LIKE '%%' || %s || '%%'",
            (name,),
        )
