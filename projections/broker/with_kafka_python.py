"""The client that is always there: kafka-python, which is written in Python alone."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer
from kafka import errors as failed
from kafka.structs import TopicPartition

from projections.broker.address import Address
from projections.broker.client import (
    BrokerAway,
    BrokerFailure,
    Fenced,
    MessageTooLarge,
    TopicMissing,
)
from projections.broker.header_names import read_any_name
from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import LARGEST_MESSAGE

PATIENCE_MS: Final = 15_000
"""How long the broker is waited for, before it counts as away."""
SESSION_MS: Final = 10_000
"""After so long without a sign of life others of the group take over: places are not kept in the
group, so that nothing breaks where one is believed dead too early.
"""
_CLOSE_S: Final = 5.0
_FENCED: Final = (
    failed.ProducerFencedError,
    failed.InvalidProducerEpochError,
    failed.TransactionCoordinatorFencedError,
)


def connection(address: Address) -> dict[str, Any]:
    """What every client of kafka-python is told of the way to the broker."""
    return {
        "bootstrap_servers": address.bootstrap.split(","),
        "client_id": "seller-ledger",
        "bootstrap_timeout_ms": PATIENCE_MS,
    }


class KafkaPythonSender:
    """Sends in transactions under a name of its own."""

    def __init__(self, address: Address, name: str) -> None:
        self._prefix = address.prefix
        self._producer = KafkaProducer(
            transactional_id=address.prefix + name,
            linger_ms=5,
            batch_size=64 * 1024,
            max_request_size=LARGEST_MESSAGE + 100_000,
            max_block_ms=PATIENCE_MS,
            allow_auto_create_topics=False,
            **connection(address),
        )
        try:
            self._producer.init_transactions()
        except failed.KafkaError as problem:
            self.close()
            raise told(problem, None) from problem

    def send(self, messages: Sequence[Message]) -> None:
        """As `Sender.send`."""
        last: Message | None = None
        try:
            self._producer.begin_transaction()
            sent: list[tuple[Message, Any]] = []
            for last in messages:
                future = self._producer.send(
                    self._prefix + last.topic, last.value, last.key, headers=list(last.headers)
                )
                sent.append((last, future))
            self._producer.flush()
            for message, future in sent:
                last = message
                future.get(0)
            self._producer.commit_transaction()
        except failed.KafkaError as problem:
            with suppress(failed.KafkaError):
                self._producer.abort_transaction()
            raise told(problem, last) from problem

    def close(self) -> None:
        """As `Sender.close`."""
        self._producer.close(timeout=_CLOSE_S)


class _Given(ConsumerRebalanceListener):
    """Counts how often partitions were given."""

    def __init__(self) -> None:
        self.times = 0

    def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing to hand over: places are not kept here."""

    def on_partitions_assigned(self, assigned: object) -> None:  # noqa: ARG002 - its name is agreed
        """Told by the client within `poll`."""
        self.times += 1


class KafkaPythonReader:
    """Reads what was committed: as one of a group, or every partition of some topics."""

    def __init__(self, address: Address, topics: Sequence[str], group: str | None) -> None:
        self._prefix = address.prefix
        read_any_name()
        self._consumer = KafkaConsumer(
            group_id=None if group is None else address.prefix + group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 4,
            allow_auto_create_topics=False,
            **connection(address),
        )
        self._given = _Given()
        if group is not None:
            named = [address.prefix + topic for topic in topics]
            self._consumer.subscribe(named, listener=self._given)
        else:
            self._consumer.assign(self._all_of(topics))

    def read(self, patience_s: float) -> list[Arrived]:
        """As `Reader.read`."""
        try:
            polled = self._consumer.poll(timeout_ms=int(patience_s * 1000))
        except failed.KafkaError as problem:
            raise told(problem, None) from problem
        return [self._arrived(record) for records in polled.values() for record in records]

    def assigned(self) -> frozenset[tuple[str, int]]:
        """As `Reader.assigned`."""
        return frozenset(
            (self._named(each.topic), each.partition) for each in self._consumer.assignment()
        )

    def assignments(self) -> int:
        """As `Reader.assignments`."""
        return self._given.times

    def go_to(self, places: Sequence[Place]) -> None:
        """As `Reader.go_to`."""
        for place in places:
            self._consumer.seek(
                TopicPartition(self._prefix + place.topic, place.partition), place.offset
            )

    def lag(self) -> dict[tuple[str, int], int]:
        """As `Reader.lag`."""
        found: dict[tuple[str, int], int] = {}
        for each in self._consumer.assignment():
            end, at = self._consumer.highwater(each), self._consumer.position(each, timeout_ms=0)
            if end is not None and at is not None:
                found[self._named(each.topic), each.partition] = max(0, end - at)
        return found

    def close(self) -> None:
        """As `Reader.close`."""
        self._consumer.close(autocommit=False, timeout_ms=int(_CLOSE_S * 1000))

    def _all_of(self, topics: Sequence[str]) -> list[TopicPartition]:
        found: list[TopicPartition] = []
        for topic in topics:
            partitions = self._consumer.partitions_for_topic(self._prefix + topic)
            if not partitions:
                self.close()
                raise TopicMissing(topic)
            found += [TopicPartition(self._prefix + topic, number) for number in sorted(partitions)]
        return found

    def _named(self, topic: str) -> str:
        return topic.removeprefix(self._prefix)

    def _arrived(self, record: Any) -> Arrived:
        topic = self._named(record.topic)
        message = Message(topic, record.key, record.value, tuple(record.headers))
        return Arrived(Place(topic, record.partition, record.offset), message, record.timestamp)


def told(problem: failed.KafkaError, message: Message | None) -> BrokerFailure:
    """A failure of the client as one of ours."""
    match problem:
        case failed.MessageSizeTooLargeError() | failed.RecordListTooLargeError():
            return BrokerFailure(str(problem)) if message is None else MessageTooLarge(message)
        case failed.UnknownTopicOrPartitionError() | failed.TopicAuthorizationFailedError():
            return TopicMissing("that was asked for" if message is None else message.topic)
        case _ if isinstance(problem, _FENCED):
            return Fenced("another process publishes under the same name")
        case _:
            return BrokerAway(f"{type(problem).__name__}: {problem}")
