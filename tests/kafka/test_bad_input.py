"""Bad messages on the commands' topic of a real broker, and a server as operators run it: each
comes back on the rejected topic as it was, with the reason, is counted, and stops nobody.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import psycopg
import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError

from projections.broker.address import Address
from projections.broker.preparing import ensure_topics
from projections.broker.topics import COMMANDS, FACTS, PROGRESS, REJECTED, STANDING, TOPICS, Topic
from projections.outbox.rejected import RejectedMessages
from tests.api.program import program
from tests.conftest import database
from tests.inbox.topics import reported
from tests.kafka import running
from tests.kafka.test_outbox import broker_of, committed
from tests.kafka.test_served import come, last_position, settings, until, violations
from tests.outbox.publishers import published_with
from tests.store.opened import opened

GOOD = reported("v-1")
GIANT = 1_048_000
"""Nearly as many bytes as the topic takes at once."""


class Bad(NamedTuple):
    """A message that cannot be taken, and why."""

    problem: str
    value: bytes | None = GOOD
    key: bytes | None = b"s-1"


BAD = {
    "not JSON": Bad("malformed-body", b"hello"),
    "wrong encoding": Bad("malformed-body", GOOD.decode().encode("utf-16")),
    "unknown command": Bad("malformed-body", b'{"command": "forgive"}'),
    "other version": Bad("other-version", reported("v-1", command="record-violation.v2")),
    "missing key": Bad("message-key-missing", key=None),
    "key not matching the seller": Bad("message-key-mismatch", key=b"s-2"),
    "giant message": Bad("body-too-large", os.urandom(GIANT)),
    "tombstone": Bad("no-command", None),
    "neither key nor value": Bad("no-command", None, None),
    "a decision": Bad(
        "wrong-scope",
        b'{"command": "decide-appeal", "seller_id": "s-1", "violation_id": "v-1", "round": 1, '
        b'"outcome": "upheld", "reviewer": "ana", "reasons": "so"}',
    ),
}


class Came(NamedTuple):
    """What became of them."""

    rejected: dict[str, Any]
    metrics: str
    recorded: list[str]


@pytest.fixture(scope="module")
def came(broker: str, postgres: str, template: str) -> Iterator[Came]:
    """All of them sent to a server, each under its name, and a good one behind them."""
    kafka = running.own_topics(broker)
    given = settings(kafka) | {"kafka_scopes": "facts:write"}
    with database(postgres, template) as (_, dsn), program(dsn, **given) as server:
        send(kafka)
        found = come(kafka, REJECTED, len(BAD))
        assert len(found) == len(BAD)
        recorded = violations(come(kafka, FACTS, last_position(dsn)))
        counted = Counter(bad.problem for bad in BAD.values())

        def shown() -> str:
            text = server.client.get("/metrics").text
            return text if all(line(*each) in text for each in counted.items()) else ""

        yield Came({dict(m.headers)["ce_id"].decode(): m for m in found}, until(shown), recorded)


def send(kafka: Address) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    for name, bad in BAD.items():
        headers = [("ce_id", name.encode())]
        if bad.value is None and bad.key is None:
            send_nothing(kafka, headers)
            continue
        producer.send(kafka.prefix + COMMANDS, bad.value, bad.key, headers=headers)
    producer.flush()
    for partition in range(running.PARTITIONS):
        # Behind the bad ones in every partition.
        seller = f"s-{partition}"
        value = reported(f"v-{partition}", seller)
        producer.send(kafka.prefix + COMMANDS, value, seller.encode(), partition=partition)
    producer.flush()
    producer.close()


def send_nothing(kafka: Address, headers: list[tuple[str, bytes]]) -> None:
    """kafka-python sends no message without key and value; others do."""
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    producer.produce(kafka.prefix + COMMANDS, None, None, headers=headers)
    assert producer.flush(30) == 0


def line(problem: str, count: int) -> str:
    return f'ledger_kafka_rejected_total{{problem="{problem}"}} {count}.0'


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_comes_back_with_the_reason_and_is_counted(name: str, came: Came) -> None:
    bad, message = BAD[name], came.rejected[name]
    assert (message.key, message.value) == (bad.key, bad.value), "byte for byte"
    problem = json.loads(dict(message.headers)["problem"])
    assert problem["type"] == f"/problems/{bad.problem}"
    assert problem["detail"]
    assert problem["instance"].startswith(COMMANDS)
    count = Counter(each.problem for each in BAD.values())[bad.problem]
    assert line(bad.problem, count) in came.metrics


def test_those_behind_bad_messages_are_taken(came: Came) -> None:
    assert sorted(came.recorded) == [f"v-{n}" for n in range(running.PARTITIONS)]


def test_something_small_that_unpacks_to_something_giant_is_refused_to_its_sender(
    kafka: Address,
) -> None:
    """So whatever the topic holds fits into the rejected topic."""
    with closing(
        KafkaProducer(
            bootstrap_servers=kafka.bootstrap, compression_type="gzip", max_request_size=10_000_000
        )
    ) as producer:
        sent = producer.send(kafka.prefix + COMMANDS, b"x" * 5_000_000, b"s-1")
        with pytest.raises(MessageSizeTooLargeError):
            sent.get(timeout=30)


def test_a_rejected_topic_of_others_that_takes_less_gets_what_it_takes(
    dsn: str, broker: str
) -> None:
    kafka = Address(broker, prefix=f"narrow-{os.urandom(4).hex()}.")
    narrow = Topic(REJECTED, 1, {"max.message.bytes": "100000"})
    others = [each for each in TOPICS if each.name in (FACTS, STANDING, PROGRESS)]
    assert ensure_topics(kafka, [*others, narrow]) == []
    with opened(dsn) as ledger, psycopg.connect(dsn, autocommit=True) as connection:
        for value in (b"small", os.urandom(500_000), b"small too"):
            connection.execute(
                'INSERT INTO rejected_message (topic, partition, "offset", key, value, headers, '
                "problem, at) VALUES ('commands', 0, 0, 's-1', %s, '[]', '{}', 0)",
                (value,),
            )
        with published_with(ledger, broker_of(kafka), RejectedMessages):
            until(lambda: len(committed(kafka, REJECTED)) == 3)
    found = [each.message for each in committed(kafka, REJECTED)]
    assert [each.value for each in found] == [b"small", None, b"small too"]
    assert {each.key for each in found} == {b"s-1"}
