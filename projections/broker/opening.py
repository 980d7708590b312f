"""Opens what `client.py` describes, with the client that was asked for.

Each client is imported where it is opened: one of them may not be installed, and a process
without Kafka should not wait for either.
"""

from collections.abc import Sequence
from importlib.util import find_spec

from projections.broker.address import Address
from projections.broker.client import BrokerFailure, Reader, Sender


class ClientMissing(BrokerFailure):
    """The client that was asked for is not installed."""


def open_sender(address: Address, name: str) -> Sender:
    """The only sender of this name from now on: one that was there before is fenced.

    Raises `BrokerAway` or `NotAllowed`.
    """
    if _with_confluent(address):
        from projections.broker.with_confluent.sender import ConfluentSender  # noqa: PLC0415

        return ConfluentSender(address, name)
    from projections.broker.with_kafka_python.sender import KafkaPythonSender  # noqa: PLC0415

    return KafkaPythonSender(address, name)


def open_reader(address: Address, topics: Sequence[str], group: str | None = None) -> Reader:
    """A reader of these topics: as one of a group, which shares the partitions out, or of every
    partition, each from its beginning. Raises `BrokerAway`, `NotAllowed` or `TopicMissing`.
    """
    if _with_confluent(address):
        from projections.broker.with_confluent.reader import ConfluentReader  # noqa: PLC0415

        return ConfluentReader(address, topics, group)
    from projections.broker.with_kafka_python.reader import KafkaPythonReader  # noqa: PLC0415

    return KafkaPythonReader(address, topics, group)


def _with_confluent(address: Address) -> bool:
    if address.client != "confluent":
        return False
    if find_spec("confluent_kafka") is None:
        raise ClientMissing(
            "confluent-kafka is not installed: install seller-ledger[fast-kafka], or leave "
            "LEDGER_KAFKA_CLIENT at kafka-python."
        )
    return True
