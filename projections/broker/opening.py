"""Opens what `client.py` describes, with the client that was asked for."""

from collections.abc import Sequence

from projections.broker.address import Address
from projections.broker.client import Reader, Sender
from projections.broker.with_kafka_python import KafkaPythonReader, KafkaPythonSender


def open_sender(address: Address, name: str) -> Sender:
    """The only sender of this name from now on: one that was there before is fenced.

    Raises `BrokerAway`.
    """
    return KafkaPythonSender(address, name)


def open_reader(address: Address, topics: Sequence[str], group: str | None = None) -> Reader:
    """A reader of these topics: as one of a group, which shares the partitions out, or of every
    partition, each from its beginning. Raises `BrokerAway` or `TopicMissing`.
    """
    return KafkaPythonReader(address, topics, group)
