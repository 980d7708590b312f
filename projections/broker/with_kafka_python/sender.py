"""Sends with kafka-python, and never waits for ever, which kafka-python itself would do."""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from kafka import KafkaProducer
from kafka import errors as failed
from kafka.partitioner import default

from projections.broker.address import Address
from projections.broker.client import (
    PATIENCE_S,
    SEND_S,
    BrokerAway,
    BrokerFailure,
    Fenced,
    MessageTooLarge,
    refuse_too_large,
)
from projections.broker.messages import Message
from projections.broker.topics import LARGEST_REJECTED
from projections.broker.with_kafka_python.connecting import (
    entering,
    not_entered,
    refuse_missing,
    told,
)

_NOTHING: Final = object()
"""Stands for no value."""
_UNDO_S: Final = 5.0
_CLOSE_S: Final = 5.0
# One answer may be lost and asked for again within the time of a whole transaction.
_REQUEST_MS: Final = int(SEND_S * 1000) // 2
_java: Final[Any] = default
_AsJava: Final[Any] = _java.DefaultPartitioner
_Wrapped: Final[Any] = import_module("kafka.serializer").SerializeWrapper


class KafkaPythonSender:
    """Sends in transactions under a name of its own. After a failure it sends nothing more."""

    def __init__(self, address: Address, name: str) -> None:
        self._address = address
        self._known: set[str] = set()
        self._ended: BrokerFailure | None = None
        producer: _Producer | None = None
        try:
            with entering(address) as way:
                producer = _Producer(
                    transactional_id=address.prefix + name,
                    partitioner=_Partitioner(),
                    value_serializer=_Wrapped(_value),
                    linger_ms=5,
                    # Headers repeat themselves, and packing them costs less than a checksum here.
                    compression_type="gzip",
                    batch_size=256 * 1024,
                    max_request_size=LARGEST_REJECTED + 90_000,
                    max_block_ms=int(PATIENCE_S * 1000),
                    request_timeout_ms=_REQUEST_MS,
                    delivery_timeout_ms=int(SEND_S * 1000),
                    allow_auto_create_topics=False,
                    metrics_enabled=False,
                    **way,
                )
            producer.init_transactions()
        except failed.KafkaError as problem:
            if producer is not None:
                producer.abandon()
            raise not_entered(problem, address) from problem
        self._producer = producer

    def send(self, messages: Sequence[Message]) -> None:
        """As `Sender.send`."""
        if self._ended is not None:
            raise self._ended
        last: Message | None = None
        futures: list[Any] = []
        until = time.monotonic() + SEND_S
        try:
            refuse_too_large(messages)
            self._refuse_missing(messages)
            self._producer.begin_transaction()
            for last in messages:
                topic = self._address.prefix + last.topic
                value = _NOTHING if last.value is None else last.value
                headers = list(last.headers)
                futures.append(self._producer.send(topic, value, last.key, headers=headers))
            last = None
            self._producer.flush_until(until)
            _raise_failure(messages, futures)
            self._producer.finish(commit=True, patience_s=max(until - time.monotonic(), 1.0))
        except failed.KafkaError as problem:
            # After one message has failed, every other step fails in words that say nothing.
            failure = _failure_among(messages, futures) or told(problem, last)
            raise self._end(failure, messages) from problem
        except BrokerFailure as problem:
            raise self._end(problem, messages) from None

    def close(self) -> None:
        """As `Sender.close`."""
        if self._ended is None:
            with suppress(failed.KafkaError):
                self._producer.close(timeout=_CLOSE_S)
            self._producer.abandon()

    def _refuse_missing(self, messages: Sequence[Message]) -> None:
        """Ask before the first use of a topic: the client would wait for one that is missing."""
        if new := {each.topic for each in messages} - self._known:
            refuse_missing(self._address, new)
            self._known |= new

    def _end(self, failure: BrokerFailure, messages: Sequence[Message]) -> BrokerFailure:
        """Undo what can be undone at once; the rest is undone when the next sender is opened."""
        if not isinstance(failure, Fenced | BrokerAway):
            with suppress(failed.KafkaError):
                self._producer.finish(commit=False, patience_s=_UNDO_S)
        self._producer.abandon()
        if isinstance(failure, BrokerAway):
            # A topic that was taken away looks like a broker that does not answer.
            try:
                refuse_missing(self._address, {each.topic for each in messages})
            except BrokerFailure as better:
                failure = better
        self._ended = failure
        return failure


def _raise_failure(messages: Sequence[Message], futures: Sequence[Any]) -> None:
    """Raise what became of the messages that failed, or of which nothing is known."""
    failure = _failure_among(messages, futures)
    if failure is not None:
        raise failure
    if not all(future.succeeded() for future in futures):
        raise BrokerAway("no answer to a message")


def _failure_among(messages: Sequence[Message], futures: Sequence[Any]) -> BrokerFailure | None:
    """What became of the first message that failed; of too large ones, the largest. Of several
    that were asked for together, the others fail because of these.
    """
    failures = [
        told(future.exception, message)
        for message, future in zip(messages, futures, strict=False)
        if future.failed()
    ]
    large = [each for each in failures if isinstance(each, MessageTooLarge)]
    if large:
        return max(large, key=lambda each: each.message.size())
    return failures[0] if failures else None


def _value(told: Any) -> Any:
    """A value as it is. kafka-python refuses a message that has neither key nor value, which others
    may send, and which has to go back to them as it came: so it is given something.
    """
    return None if told is _NOTHING else told


class _Producer(KafkaProducer):
    """kafka-python's own, but for its ways to wait without end, and to go on after its end."""

    def flush_until(self, until: float) -> None:
        """Send what waits; raises KafkaTimeoutError when that takes too long."""
        while True:
            try:
                return self.flush(timeout=max(until - time.monotonic(), 0.1))
            except failed.UnknownError:
                # A batch was cut in two while it was waited for: its halves are waited for next.
                if time.monotonic() > until:
                    raise

    def abandon(self) -> None:
        """Stop at once, and wait until nothing more can be sent: it would fence its successor."""
        itself: Any = self
        itself._sender.force_close()  # noqa: SLF001 - `close` first waits for what is unsent
        itself._sender.join(_REQUEST_MS / 1000 + 1)  # noqa: SLF001
        with suppress(failed.KafkaError):
            self.close(timeout=0)

    def finish(self, *, commit: bool, patience_s: float) -> None:
        """Commit or undo the transaction; raises KafkaTimeoutError when that takes too long."""
        itself: Any = self
        manager = itself._transaction_manager  # noqa: SLF001 - a subclass; nothing public can
        result = manager.begin_commit() if commit else manager.begin_abort()
        itself._sender.wakeup()  # noqa: SLF001
        if not result.wait(timeout_ms=patience_s * 1000):
            raise failed.KafkaTimeoutError(f"no end of the transaction after {patience_s:.0f} s")


@lru_cache(maxsize=65_536)
def _hash(key: bytes) -> int:
    """A seller has many facts, and in Python the hash is a good part of what a message costs."""
    return _java.murmur2(key) & 0x7FFF_FFFF


class _Partitioner(_AsJava):
    """Where Java's clients put a message, with the hashes of recent keys at hand."""

    def partition(
        self, topic: Any, key: Any, serialized_key: Any, value: Any, serialized_value: Any,
        cluster: Any,
    ) -> Any:  # fmt: skip
        """The partition of the message."""
        if serialized_key is None:
            return _AsJava.partition(
                self, topic, key, serialized_key, value, serialized_value, cluster
            )
        return _hash(serialized_key) % len(cluster.partitions_for_topic(topic))
