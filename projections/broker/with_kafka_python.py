"""The client that is always there: kafka-python, which is written in Python alone."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer
from kafka import errors as failed
from kafka.structs import TopicPartition

from projections.broker.client import (
    BrokerAway,
    BrokerFailure,
    Fenced,
    MessageTooLarge,
    TopicMissing,
)
from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import LARGEST_MESSAGE

PATIENCE_MS: Final = 15_000
"""How long the broker is waited for, before it counts as away."""
ANSWER_MS: Final = 5_000
"""How long one question to the broker may take, once it is connected."""
_CLOSE_S: Final = 5.0
_CONNECTION: Final[dict[str, Any]] = {
    "client_id": "seller-ledger",
    "allow_auto_create_topics": False,
    "bootstrap_timeout_ms": PATIENCE_MS,
}
_FENCED: Final = (
    failed.ProducerFencedError,
    failed.InvalidProducerEpochError,
    failed.TransactionCoordinatorFencedError,
)


class KafkaPythonSender:
    """Sends in transactions under a name of its own."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            transactional_id=name,
            linger_ms=5,
            batch_size=64 * 1024,
            max_request_size=LARGEST_MESSAGE + 100_000,
            max_block_ms=PATIENCE_MS,
            **_CONNECTION,
        )
        try:
            self._producer.init_transactions()
        except failed.KafkaError as problem:
            self.close()
            raise _told(problem, None) from problem

    def send(self, messages: Sequence[Message]) -> None:
        """As `Sender.send`."""
        last: Message | None = None
        try:
            self._producer.begin_transaction()
            sent: list[tuple[Message, Any]] = []
            for last in messages:
                future = self._producer.send(
                    last.topic, last.value, last.key, headers=list(last.headers)
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
            raise _told(problem, last) from problem

    def close(self) -> None:
        """As `Sender.close`."""
        self._producer.close(timeout=_CLOSE_S)


class KafkaPythonReader:
    """Reads what was committed: as one of a group, or every partition of some topics."""

    def __init__(self, bootstrap: str, topics: Sequence[str], group: str | None) -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap.split(","),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            **_CONNECTION,
        )
        if group is not None:
            self._consumer.subscribe(list(topics))
        else:
            self._consumer.assign(self._all_of(topics))

    def read(self, patience_s: float) -> list[Arrived]:
        """As `Reader.read`."""
        try:
            polled = self._consumer.poll(timeout_ms=int(patience_s * 1000))
        except failed.KafkaError as problem:
            raise _told(problem, None) from problem
        return [_arrived(record) for records in polled.values() for record in records]

    def assigned(self) -> frozenset[tuple[str, int]]:
        """As `Reader.assigned`."""
        return frozenset((each.topic, each.partition) for each in self._consumer.assignment())

    def go_to(self, places: Sequence[Place]) -> None:
        """As `Reader.go_to`."""
        for place in places:
            self._consumer.seek(TopicPartition(place.topic, place.partition), place.offset)

    def places(self) -> dict[tuple[str, int], int]:
        """As `Reader.places`."""
        found: dict[tuple[str, int], int] = {}
        for each in self._consumer.assignment():
            at = self._consumer.position(each, timeout_ms=0)
            if at is not None:
                found[each.topic, each.partition] = at
        return found

    def ends(self) -> dict[tuple[str, int], int]:
        """As `Reader.ends`."""
        ask: Any = self._consumer.end_offsets
        try:
            found: dict[TopicPartition, int] = ask(
                list(self._consumer.assignment()), timeout_ms=ANSWER_MS
            )
        except failed.KafkaError as problem:
            raise _told(problem, None) from problem
        return {(each.topic, each.partition): end for each, end in found.items()}

    def lag(self) -> dict[tuple[str, int], int]:
        """As `Reader.lag`."""
        found: dict[tuple[str, int], int] = {}
        for each in self._consumer.assignment():
            end, at = self._consumer.highwater(each), self._consumer.position(each, timeout_ms=0)
            if end is not None and at is not None:
                found[each.topic, each.partition] = max(0, end - at)
        return found

    def close(self) -> None:
        """As `Reader.close`."""
        self._consumer.close(autocommit=False, timeout_ms=int(_CLOSE_S * 1000))

    def _all_of(self, topics: Sequence[str]) -> list[TopicPartition]:
        found: list[TopicPartition] = []
        for topic in topics:
            partitions = self._consumer.partitions_for_topic(topic)
            if not partitions:
                self.close()
                raise TopicMissing(topic)
            found += [TopicPartition(topic, number) for number in sorted(partitions)]
        return found


def _arrived(record: Any) -> Arrived:
    message = Message(record.topic, record.key, record.value, tuple(record.headers))
    return Arrived(Place(record.topic, record.partition, record.offset), message, record.timestamp)


def _told(problem: failed.KafkaError, message: Message | None) -> BrokerFailure:
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
