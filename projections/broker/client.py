"""What the ledger asks of a Kafka client. `opening.py` says which client stands behind it.

A sender sends in transactions that only one process at a time can have: whoever opens a sender of
the same name fences the one before, and what that one had begun is undone. A reader sees what
was committed, and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from projections.broker.messages import Arrived, Message, Place


class BrokerFailure(Exception):
    """Something went wrong with the broker; the subclasses say what can be done."""


class BrokerAway(BrokerFailure):
    """No broker answers, or too few: the same again later may succeed."""


class Fenced(BrokerFailure):
    """Another process opened a sender of this name: this one must not go on."""


class TopicMissing(BrokerFailure):
    """A topic that is needed is not there, or this client may not use it."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"the topic {topic} is missing, or it may not be used")
        self.topic = topic


class MessageTooLarge(BrokerFailure):
    """The broker takes no message of that size, now or later."""

    def __init__(self, message: Message) -> None:
        size = len(message.value or b"")
        super().__init__(f"{message.topic} takes no message of {size:,} bytes")
        self.message = message


class Sender(Protocol):
    """Sends messages in transactions: all of one are seen at once, or none."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send these as one transaction, and return when it is committed.

        Raises `Fenced`, `BrokerAway`, `TopicMissing` or `MessageTooLarge`; then a new sender has
        to be opened, and whether this transaction was committed is to be read from the topics.
        """
        ...

    def close(self) -> None:
        """Send nothing more; a transaction under way is undone."""
        ...


class Reader(Protocol):
    """Reads committed messages from the partitions that it was given, each in order."""

    def read(self, patience_s: float) -> list[Arrived]:
        """What has come since, at the latest after `patience_s`; may be empty. Raises
        `BrokerAway` or `TopicMissing`.
        """
        ...

    def assigned(self) -> frozenset[tuple[str, int]]:
        """The topics and partitions that are read now."""
        ...

    def go_to(self, places: Sequence[Place]) -> None:
        """Go on from these places, each in a partition that is assigned."""
        ...

    def places(self) -> Mapping[tuple[str, int], int]:
        """The offset from which each partition is read on, as far as it is known."""
        ...

    def ends(self) -> Mapping[tuple[str, int], int]:
        """Where what is committed ends in each partition, asked of the broker now: who has read
        so far has read everything. Raises `BrokerAway`.
        """
        ...

    def lag(self) -> Mapping[tuple[str, int], int]:
        """How many messages wait in each partition, as far as it is known."""
        ...

    def close(self) -> None:
        """Read nothing more; others of the same group take over at once."""
        ...
