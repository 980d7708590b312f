"""Reads with kafka-python."""

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka import errors as failed
from kafka.structs import OffsetAndMetadata, TopicPartition

from projections.broker.address import Address
from projections.broker.client import QUIET_S, SESSION_MS, TopicMissing
from projections.broker.messages import Arrived, Message, Place
from projections.broker.with_kafka_python.connecting import (
    entering,
    not_entered,
    refuse_missing,
    told,
)
from projections.broker.with_kafka_python.header_names import read_any_name

_ANSWER_MS: Final = 5_000
"""How long one question to the broker may take, once it is connected."""
_CLOSE_MS: Final = 5_000

_log: Final = logging.getLogger("seller-ledger")


def _not_shown(_: object, answer: object) -> None:
    if isinstance(answer, Exception):
        _log.debug("places are not shown: %s", type(answer).__name__)


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
        self._address, self._topics = address, tuple(topics)
        self._given = _Given()
        refuse_missing(address, topics)
        read_any_name()
        try:
            with entering(address) as way:
                self._consumer = KafkaConsumer(
                    group_id=None if group is None else address.prefix + group,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    isolation_level="read_committed",
                    allow_auto_create_topics=False,
                    session_timeout_ms=SESSION_MS,
                    heartbeat_interval_ms=SESSION_MS // 4,
                    metrics_enabled=False,
                    **way,
                )
                if group is not None:
                    named = [address.prefix + topic for topic in topics]
                    self._consumer.subscribe(named, listener=self._given)
                else:
                    self._consumer.assign(self._all_of(topics))
        except failed.KafkaError as problem:
            raise not_entered(problem, address) from problem
        self._heard = time.monotonic()

    def read(self, patience_s: float) -> list[Arrived]:
        """As `Reader.read`."""
        try:
            polled = self._consumer.poll(timeout_ms=int(patience_s * 1000))
        except failed.KafkaError as problem:
            raise told(problem, None) from problem
        if polled:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > QUIET_S:
            # A poll says nothing of a broker that is gone: silence has to be asked about.
            refuse_missing(self._address, self._topics)
            self._heard = time.monotonic()
        return [self._arrived(record) for records in polled.values() for record in records]

    def assigned(self) -> frozenset[tuple[str, int]]:
        """As `Reader.assigned`."""
        assigned = self._consumer.assignment()
        return frozenset((self._named(each.topic), each.partition) for each in assigned)

    def assignments(self) -> int:
        """As `Reader.assignments`."""
        return self._given.times

    def go_to(self, places: Sequence[Place]) -> None:
        """As `Reader.go_to`."""
        for topic, partition, offset in places:
            self._consumer.seek(TopicPartition(self._address.prefix + topic, partition), offset)

    def places(self) -> dict[tuple[str, int], int]:
        """The offset from which each partition is read on, as far as it is known. What is no
        message, such as the end of a transaction, is passed over.
        """
        found: dict[tuple[str, int], int] = {}
        for each in self._consumer.assignment():
            at = self._consumer.position(each, timeout_ms=0)
            if at is not None:
                found[self._named(each.topic), each.partition] = at
        return found

    def ends(self) -> dict[tuple[str, int], int]:
        """As `Reader.ends`."""
        ask: Any = self._consumer.end_offsets
        try:
            found: dict[TopicPartition, int] = ask(
                list(self._consumer.assignment()), timeout_ms=_ANSWER_MS
            )
        except failed.KafkaError as problem:
            raise told(problem, None) from problem
        return {(self._named(each.topic), each.partition): end for each, end in found.items()}

    def lag(self) -> dict[tuple[str, int], int]:
        """As `Reader.lag`."""
        found: dict[tuple[str, int], int] = {}
        for each in self._consumer.assignment():
            end, at = self._consumer.highwater(each), self._consumer.position(each, timeout_ms=0)
            if end is not None and at is not None:
                found[self._named(each.topic), each.partition] = max(0, end - at)
        return found

    def show(self, places: Sequence[Place]) -> None:
        """As `Reader.show`."""
        prefix = self._address.prefix
        told = {
            TopicPartition(prefix + topic, partition): OffsetAndMetadata(offset, "", -1)
            for topic, partition, offset in places
        }
        try:
            self._consumer.commit_async(told, callback=_not_shown)
        except failed.KafkaError as problem:
            _not_shown(told, problem)

    def close(self) -> None:
        """As `Reader.close`."""
        self._consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)

    def _all_of(self, topics: Sequence[str]) -> list[TopicPartition]:
        found: list[TopicPartition] = []
        for topic in topics:
            name = self._address.prefix + topic
            partitions = self._consumer.partitions_for_topic(name)
            if not partitions:
                self.close()
                raise TopicMissing(topic, self._address.prefix)
            found += [TopicPartition(name, number) for number in sorted(partitions)]
        return found

    def _named(self, topic: str) -> str:
        return topic.removeprefix(self._address.prefix)

    def _arrived(self, record: Any) -> Arrived:
        topic = self._named(record.topic)
        message = Message(topic, record.key, record.value, tuple(record.headers))
        return Arrived(Place(topic, record.partition, record.offset), message, record.timestamp)
