"""How kafka-python is told of the way to the broker, and what its failures mean to us."""

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka import errors as failed

from projections.broker.address import Address
from projections.broker.client import (
    PATIENCE_S,
    BrokerAway,
    BrokerFailure,
    Fenced,
    MessageTooLarge,
    NotAllowed,
    TopicMissing,
)
from projections.broker.messages import Message
from projections.broker.with_kafka_python.refused_logins import client_that_remembers

_FENCED: Final = (
    failed.ProducerFencedError,
    failed.InvalidProducerEpochError,
    failed.TransactionCoordinatorFencedError,
)
_NOT_ALLOWED: Final = (
    failed.SaslAuthenticationFailedError,
    failed.UnsupportedSaslMechanismError,
    failed.TransactionalIdAuthorizationFailedError,
    failed.GroupAuthorizationFailedError,
    failed.ClusterAuthorizationFailedError,
)
# Its requests at DEBUG hold what a broker is let in with.
logging.getLogger("kafka").setLevel(logging.WARNING)


@contextmanager
def entering(address: Address) -> Generator[dict[str, Any]]:
    """What every client of kafka-python is told of the way to the broker; made within, and ended
    where making it fails: it would leave a thread and its sockets behind for every try.
    """
    made: list[Any] = []

    def client(**given: Any) -> Any:
        made.append(client_that_remembers(**given))
        return made[-1]

    try:
        yield _connection(address) | {"kafka_client": client}
    except BaseException:
        for each in made:
            each.close()
        raise


def _connection(address: Address) -> dict[str, Any]:
    way = address.security
    sasl = way.protocol.startswith("SASL_")
    return {
        "bootstrap_servers": address.bootstrap.split(","),
        "client_id": "seller-ledger",
        "bootstrap_timeout_ms": int(PATIENCE_S * 1000),
        "security_protocol": way.protocol,
        "ssl_cafile": way.ca_file,
        "ssl_certfile": way.certificate_file,
        "ssl_keyfile": way.key_file,
        "sasl_mechanism": way.mechanism if sasl else None,
        "sasl_plain_username": way.username if sasl else None,
        "sasl_plain_password": way.password if sasl else None,
    }


def refuse_missing(address: Address, topics: Iterable[str]) -> None:
    """Raise `TopicMissing` for the first that is not there, or `BrokerAway` where nobody tells."""
    named = {address.prefix + topic: topic for topic in topics}
    try:
        with entering(address) as way:
            admin = KafkaAdminClient(**way)
        try:
            seen = {each["name"]: each["error_code"] for each in admin.describe_topics([*named])}
        finally:
            admin.close()
    except failed.KafkaError as problem:
        raise not_entered(problem, address) from problem
    for name, topic in named.items():
        if seen.get(name) in (
            failed.UnknownTopicOrPartitionError.errno,
            failed.TopicAuthorizationFailedError.errno,
        ):
            raise TopicMissing(topic, address.prefix)


def not_entered(problem: failed.KafkaError, address: Address) -> BrokerFailure:
    """A failure on the way in. Where certificates do not agree, kafka-python tries until its time
    is over, and then says only that; why is in its log.
    """
    failure = told(problem, None)
    if isinstance(failure, BrokerAway) and address.security.protocol.endswith("SSL"):
        return BrokerAway(
            f"{failure} (or the certificates do not agree: the log of kafka says which)"
        )
    return failure


def told(problem: failed.KafkaError, message: Message | None) -> BrokerFailure:
    """A failure of the client as one of ours; `message` is what it happened to."""
    match problem:
        case failed.MessageSizeTooLargeError() | failed.RecordListTooLargeError():
            return BrokerFailure(str(problem)) if message is None else MessageTooLarge(message)
        case failed.UnknownTopicOrPartitionError() | failed.TopicAuthorizationFailedError():
            return TopicMissing("that was asked for" if message is None else message.topic)
        case _ if isinstance(problem, _FENCED):
            return Fenced("another process sends under the same name")
        case _ if isinstance(problem, _NOT_ALLOWED):
            return NotAllowed(f"the broker refuses this client: {problem}")
        case failed.KafkaConfigurationError():
            return BrokerFailure(f"kafka-python cannot be set up so: {problem}")
        case _:
            return BrokerAway(str(problem))  # which begins with the name of its kind
