"""Reads with confluent-kafka."""

import time
from collections.abc import Sequence
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from projections.broker.address import Address
from projections.broker.client import QUIET_S, SESSION_MS, BrokerAway, BrokerFailure
from projections.broker.messages import Arrived, Headers, Message, Place
from projections.broker.with_confluent.connecting import (
    ASK_S,
    LOGGER,
    Complaints,
    connection,
    raising,
    refuse_missing,
    told,
)

NO_TEXT: Final = "(no text)"
"""Stands for headers that cannot be told."""
_AT_ONCE: Final = 1_000
_SEEK_S: Final = 10.0
_NOT_YET: Final = KafkaError._STATE  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - its own name

_WHO_LEADS: Final = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.OFFSET_NOT_AVAILABLE,
)


class ConfluentReader:
    """Reads what was committed: as one of a group, or every partition of some topics."""

    def __init__(self, address: Address, topics: Sequence[str], group: str | None) -> None:
        self._address, self._topics = address, tuple(topics)
        self._heard = Complaints()
        self._assignments = 0
        self._sent_to: dict[tuple[str, int], int] = {}
        self._consumer: Any = Consumer(
            {
                **connection(address),
                # The client wants a name of a group even where none is joined.
                "group.id": address.prefix + (group or "none"),
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "session.timeout.ms": SESSION_MS,
                "heartbeat.interval.ms": SESSION_MS // 4,
                "error_cb": self._heard,
                "on_commit": _not_shown,
            },
            logger=LOGGER,
        )
        try:
            refuse_missing(self._consumer, address.prefix, topics, self._heard)
            if group is not None:
                named = [address.prefix + topic for topic in topics]
                self._consumer.subscribe(named, on_assign=self._given)
            else:
                self._consumer.assign(every := self._all_of(topics))
                self._sent_to = {(self._named(p.topic), p.partition): p.offset for p in every}
        except BrokerAway as problem:
            # Complaints are handed over by polls alone, and one may be of the password.
            self._consumer.poll(0)
            self._consumer.close()
            raise self._heard.better(problem) from None
        except BrokerFailure:
            self._consumer.close()
            raise
        self._last = time.monotonic()

    def read(self, patience_s: float) -> list[Arrived]:
        """As `Reader.read`."""
        try:
            with raising():
                polled = self._consumer.consume(_AT_ONCE, timeout=0)
                if not polled:
                    # All that was asked for, or the whole time, is what it waits for: so one first.
                    polled = self._consumer.consume(1, timeout=patience_s)
        except KafkaException as problem:
            raise self._heard.told(problem.args[0], None) from problem
        if polled:
            self._last = time.monotonic()
        elif time.monotonic() - self._last > QUIET_S:
            refuse_missing(self._consumer, self._address.prefix, self._topics, self._heard)
            self._last = time.monotonic()
        for each in polled:
            if each.error() is not None:
                raise told(each.error(), None)
        return [self._arrived(each) for each in polled]

    def assigned(self) -> frozenset[tuple[str, int]]:
        """As `Reader.assigned`."""
        assigned = self._consumer.assignment()
        return frozenset((self._named(each.topic), each.partition) for each in assigned)

    def assignments(self) -> int:
        """As `Reader.assignments`."""
        return self._assignments

    def go_to(self, places: Sequence[Place]) -> None:
        """As `Reader.go_to`."""
        until = time.monotonic() + _SEEK_S
        for topic, partition, offset in places:
            self._seek(TopicPartition(self._address.prefix + topic, partition, offset), until)
            self._sent_to[topic, partition] = offset

    def lag(self) -> dict[tuple[str, int], int]:
        """As `Reader.lag`."""
        found: dict[tuple[str, int], int] = {}
        try:
            places = self._consumer.position(self._consumer.assignment())
        except KafkaException as problem:
            raise self._heard.told(problem.args[0], None) from problem
        for each in places:
            ends = self._consumer.get_watermark_offsets(each, cached=True)
            partition = self._named(each.topic), each.partition
            # The client tells a place only behind a message; until then it is where it was sent.
            at = each.offset if each.offset >= 0 else self._sent_to.get(partition, -1)
            if ends is not None and ends[1] >= 0 and at >= 0:
                found[partition] = max(0, ends[1] - max(at, ends[0]))
        return found

    def ends(self) -> dict[tuple[str, int], int]:
        """As `Reader.ends`."""
        until = time.monotonic() + ASK_S
        every = self._consumer.assignment()
        return {(self._named(p.topic), p.partition): self._end(p, until) for p in every}

    def show(self, places: Sequence[Place]) -> None:
        """As `Reader.show`."""
        prefix = self._address.prefix
        told = [TopicPartition(prefix + topic, number, at) for topic, number, at in places]
        try:
            self._consumer.commit(offsets=told, asynchronous=True)
        except KafkaException as problem:
            _not_shown(problem.args[0], told)

    def close(self) -> None:
        """As `Reader.close`."""
        self._consumer.close()

    def _given(self, *_: object) -> None:
        """Told by the client within `consume`, which then assigns them."""
        self._assignments += 1

    def _seek(self, place: TopicPartition, until: float) -> None:
        """Go there as soon as the partition is being fetched, which begins after it is assigned."""
        while True:
            try:
                self._consumer.seek(place)
            except KafkaException as problem:
                if problem.args[0].code() != _NOT_YET or time.monotonic() > until:
                    raise told(problem.args[0], None) from problem
                time.sleep(0.02)
            else:
                return

    def _end(self, partition: TopicPartition, until: float) -> int:
        """Asked again while the client does not know who leads the partition."""
        while True:
            try:
                found = self._consumer.get_watermark_offsets(partition, timeout=ASK_S, cached=False)
            except KafkaException as problem:
                error = problem.args[0]
                if error.code() not in _WHO_LEADS or time.monotonic() > until:
                    raise self._heard.told(error, None) from problem
                time.sleep(0.1)
            else:
                if found is None:
                    raise BrokerAway("no answer to where a partition ends")
                return found[1]

    def _all_of(self, topics: Sequence[str]) -> list[TopicPartition]:
        found: list[TopicPartition] = []
        for topic in topics:
            name = self._address.prefix + topic
            try:
                seen = self._consumer.list_topics(name, timeout=ASK_S).topics[name]
            except KafkaException as problem:
                raise self._heard.told(problem.args[0], None) from problem
            found += [TopicPartition(name, number, 0) for number in sorted(seen.partitions)]
        return found

    def _named(self, topic: str) -> str:
        return topic.removeprefix(self._address.prefix)

    def _arrived(self, each: Any) -> Arrived:
        topic = self._named(each.topic())
        message = Message(topic, each.key(), each.value(), _headers(each))
        return Arrived(Place(topic, each.partition(), each.offset()), message, each.timestamp()[1])


def _not_shown(error: KafkaError | None, _: object) -> None:
    if error is not None:
        LOGGER.debug("places are not shown: %s", error.name())


def _headers(each: Any) -> Headers:
    try:
        return tuple((name, value) for name, value in each.headers() or ())
    except UnicodeDecodeError:
        # One of the names is no text, and the client then tells none of them.
        return ((NO_TEXT, b""),)
