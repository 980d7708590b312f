"""What the ledger asks of a Kafka client. `opening.py` says which client stands behind it.

A sender sends in transactions that only one process at a time can have: whoever opens a sender of
the same name fences the one before, and what that one had begun is undone. A reader sees what
was committed, and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import largest

PATIENCE_S: Final = 15.0
"""How long a broker is waited for when a connection is opened, before it counts as away."""
SEND_S: Final = 20.0
"""How long a transaction may take: a partition finds a new leader within some ten seconds."""
SESSION_MS: Final = 10_000
"""After so long without a sign of life others of the group take over: places are not kept in the
group, so that nothing breaks where one is believed dead too early.
"""
QUIET_S: Final = 30.0
"""After so long without a message a reader asks whether the broker is still there."""


class BrokerFailure(Exception):
    """Something went wrong with the broker; the subclasses say what can be done."""


class BrokerAway(BrokerFailure):
    """No broker answers, or too few: the same again later may succeed."""


class Fenced(BrokerFailure):
    """Another process opened a sender of this name: this one must not go on."""


class NotAllowed(BrokerFailure):
    """The broker knows this client not, or lets it not do this: somebody has to change that."""


class TopicMissing(BrokerFailure):
    """A topic that is needed is not there, or this client may not use it."""

    def __init__(self, topic: str, prefix: str = "") -> None:
        super().__init__(f"the topic {prefix}{topic} is missing, or it may not be used")
        self.topic = topic


class MessageTooLarge(BrokerFailure):
    """The broker takes no message of that size, now or later."""

    def __init__(self, message: Message) -> None:
        super().__init__(
            f"{message.topic} takes no message of {message.size():,} bytes "
            f"(key {message.key!r}), but at most {largest(message.topic):,}, or fewer where the "
            "topic's max.message.bytes says so"
        )
        self.message = message


def refuse_too_large(messages: Sequence[Message]) -> None:
    """Raise `MessageTooLarge` for the first that no broker would take as they are usually set."""
    for message in messages:
        if message.size() > largest(message.topic):
            raise MessageTooLarge(message)


class Sender(Protocol):
    """Sends messages in transactions: all of one are seen at once, or none."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send these as one transaction, and return when it is committed.

        Raises `Fenced`, `BrokerAway`, `NotAllowed`, `TopicMissing` or `MessageTooLarge`, after
        `SEND_S` and a few seconds at the latest; then a new sender has to be opened, and whether
        this transaction was committed is to be read from the topics.
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

    def assignments(self) -> int:
        """How often partitions were given to this reader as one of a group. Where that has grown
        during a `read`, places are lost and what was read may be from anywhere: say `go_to`.
        """
        ...

    def go_to(self, places: Sequence[Place]) -> None:
        """Go on from these places, each in a partition that is assigned."""
        ...

    def lag(self) -> Mapping[tuple[str, int], int]:
        """How many messages wait in each partition, as far as it is known."""
        ...

    def ends(self) -> Mapping[tuple[str, int], int]:
        """Where what is committed ends in each partition, asked of the broker now. One that has
        just come to lead a partition shows less of it for a moment: it answers once it does not.
        Raises `BrokerAway`.
        """
        ...

    def show(self, places: Sequence[Place]) -> None:
        """Leave these with the broker as the group's, for tools that show how far a group is.
        Waits for nothing and raises nothing: that a place is not kept does no harm.
        """
        ...

    def close(self) -> None:
        """Read nothing more; others of the same group take over at once."""
        ...
