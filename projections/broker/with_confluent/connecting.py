"""How confluent-kafka is told of the way to the broker, and what its failures mean to us."""

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException

from projections.broker.address import Address
from projections.broker.client import (
    BrokerAway,
    BrokerFailure,
    Fenced,
    MessageTooLarge,
    NotAllowed,
    TopicMissing,
)
from projections.broker.messages import Message

LOGGER: Final = logging.getLogger("confluent_kafka")
ASK_S: Final = 5.0
_MISSING: Final = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - its own name
    KafkaError._UNKNOWN_PARTITION,  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
)
_FENCED: Final = (
    KafkaError._FENCED,  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.TRANSACTION_COORDINATOR_FENCED,
)
_TOO_LARGE: Final = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE)
_NOT_ALLOWED: Final = (
    KafkaError._AUTHENTICATION,  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.UNSUPPORTED_SASL_MECHANISM,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)


def connection(address: Address) -> dict[str, Any]:
    """What every client of confluent-kafka is told of the way to the broker."""
    way = address.security
    told: dict[str, Any] = {
        "bootstrap.servers": address.bootstrap,
        "client.id": "seller-ledger",
        "allow.auto.create.topics": False,
        "security.protocol": way.protocol,
        "ssl.ca.location": way.ca_file,
        "ssl.certificate.location": way.certificate_file,
        "ssl.key.location": way.key_file,
    }
    if way.protocol.startswith("SASL_"):
        told |= {
            "sasl.mechanism": way.mechanism,
            "sasl.username": way.username,
            "sasl.password": way.password,
        }
    return {name: value for name, value in told.items() if value is not None}


_BARE: Final[Any] = KafkaError
"""As something to catch, which its types say that it is not."""


@contextmanager
def raising() -> Generator[None]:
    """Have every failure of the client raised as one that Python knows.

    Of what it can never recover from, such as that a sender was fenced, it raises the bare
    KafkaError: no Exception, and no BaseException either, so that it would end a whole thread.
    """
    try:
        yield
    except _BARE as bare:
        raise KafkaException(bare) from None
    except SystemError as problem:
        # What Python makes of two failures at once: the first stands behind it.
        first: Any = problem.__cause__
        if isinstance(first, KafkaError):
            raise KafkaException(first) from None
        if isinstance(first, KafkaException):
            raise first from None
        raise


class Complaints:
    """What the client says of connections meanwhile; it tries again and raises nothing."""

    def __init__(self) -> None:
        self.refused: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Keep what no later try would change."""
        if error.code() in _NOT_ALLOWED:
            self.refused = error

    def told(self, error: KafkaError, message: Message | None) -> BrokerFailure:
        """A failure as one of ours; behind a time-out may stand a password that is refused."""
        return self.better(told(error, message))

    def better(self, failure: BrokerFailure) -> BrokerFailure:
        """The refusal that stands behind the failure, if there is one."""
        if isinstance(failure, BrokerAway) and self.refused is not None:
            return told(self.refused, None)
        return failure


def refuse_missing(client: Any, prefix: str, topics: Iterable[str], heard: Complaints) -> None:
    """Raise `TopicMissing` for the first that is not there, or `BrokerAway` where nobody tells."""
    for topic in topics:
        try:
            seen = client.list_topics(prefix + topic, timeout=ASK_S).topics[prefix + topic]
        except KafkaException as problem:
            raise heard.told(problem.args[0], None) from problem
        if seen.error is not None and seen.error.code() in _MISSING:
            raise TopicMissing(topic, prefix)


def told(error: KafkaError, message: Message | None) -> BrokerFailure:
    """A failure of the client as one of ours; `message` is what it happened to."""
    code = error.code()
    if code in _TOO_LARGE:
        return BrokerFailure(error.str()) if message is None else MessageTooLarge(message)
    if code in _MISSING:
        return TopicMissing("that was asked for" if message is None else message.topic)
    if code in _FENCED:
        return Fenced("another process sends under the same name")
    if code in _NOT_ALLOWED:
        return NotAllowed(f"the broker refuses this client: {error.str()}")
    return BrokerAway(f"{error.name()}: {error.str()}")
