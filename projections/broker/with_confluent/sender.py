"""Sends with confluent-kafka."""

import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

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
from projections.broker.with_confluent.connecting import (
    LOGGER,
    Complaints,
    connection,
    raising,
    refuse_missing,
    told,
)

_UNDO_S: Final = 5.0


class ConfluentSender:
    """Sends in transactions under a name of its own. After a failure it sends nothing more."""

    def __init__(self, address: Address, name: str) -> None:
        self._address = address
        self._known: set[str] = set()
        self._ended: BrokerFailure | None = None
        self._failed: list[tuple[Message, KafkaError]] = []
        self._heard = Complaints()
        self._producer: Any = Producer(
            {
                **connection(address),
                "transactional.id": address.prefix + name,
                # As Java's clients do it, so that a seller's partition is everybody's.
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "message.max.bytes": LARGEST_REJECTED + 90_000,
                "request.timeout.ms": int(SEND_S * 1000) // 2,
                "transaction.timeout.ms": 60_000,
                "delivery.timeout.ms": int(SEND_S * 1000),
                "error_cb": self._heard,
                "delivery.report.only.error": True,
                "on_delivery": self._failed_with,
            },
            logger=LOGGER,
        )
        try:
            with raising():
                self._producer.init_transactions(PATIENCE_S)
        except KafkaException as problem:
            self._abandon()
            raise self._heard.told(problem.args[0], None) from problem

    def send(self, messages: Sequence[Message]) -> None:
        """As `Sender.send`."""
        if self._ended is not None:
            raise self._ended
        try:
            with raising():
                self._send(messages)
        except KafkaException as problem:
            raise self._end(self._heard.told(problem.args[0], None), messages) from problem
        except BrokerFailure as problem:
            raise self._end(problem, messages) from None

    def close(self) -> None:
        """As `Sender.close`."""
        if self._ended is None:
            with suppress(KafkaException), raising():
                self._producer.close(_UNDO_S)

    def _send(self, messages: Sequence[Message]) -> None:
        refuse_too_large(messages)
        self._refuse_missing(messages)
        until = time.monotonic() + SEND_S
        self._producer.begin_transaction()
        for message in messages:
            self._queue(message, until)
        self._producer.flush(SEND_S)
        if self._failed:
            message, error = self._failed[0]
            failure = told(error, message)
            if isinstance(failure, MessageTooLarge):
                # Whatever went in the same batch failed with it.
                failure = MessageTooLarge(max((m for m, _ in self._failed), key=Message.size))
            raise failure
        self._producer.commit_transaction(max(until - time.monotonic(), 1.0))

    def _queue(self, message: Message, until: float) -> None:
        """Hand the message over; a full queue is waited for."""
        topic = self._address.prefix + message.topic
        while True:
            try:
                self._producer.produce(
                    topic,
                    message.value,
                    message.key,
                    headers=list(message.headers),
                )
            except BufferError:
                if time.monotonic() > until:
                    raise BrokerAway("the messages that wait to be sent are too many") from None
                self._producer.poll(0.1)
            except KafkaException as problem:
                raise told(problem.args[0], message) from problem
            else:
                return

    def _failed_with(self, error: KafkaError, sent: Any) -> None:
        topic = sent.topic().removeprefix(self._address.prefix)
        headers = tuple(sent.headers() or ())
        self._failed.append((Message(topic, sent.key(), sent.value(), headers), error))

    def _refuse_missing(self, messages: Sequence[Message]) -> None:
        if new := {each.topic for each in messages} - self._known:
            refuse_missing(self._producer, self._address.prefix, new, self._heard)
            self._known |= new

    def _end(self, failure: BrokerFailure, messages: Sequence[Message]) -> BrokerFailure:
        """Undo what can be undone at once; the rest is undone when the next sender is opened."""
        if not isinstance(failure, Fenced | BrokerAway):
            with suppress(KafkaException), raising():
                self._producer.abort_transaction(_UNDO_S)
        if isinstance(failure, BrokerAway):
            topics = {each.topic for each in messages}
            try:
                refuse_missing(self._producer, self._address.prefix, topics, self._heard)
            except BrokerFailure as better:
                failure = better
        self._ended = failure
        self._abandon()
        return failure

    def _abandon(self) -> None:
        """Stop at once: what still tried to connect would fence its successor."""
        self._producer.purge()
        with warnings.catch_warnings(), suppress(KafkaException), raising():
            # That the transaction cannot be undone is known, and its successor's to do.
            warnings.simplefilter("ignore", RuntimeWarning)
            self._producer.close(0)
