"""The topics: their names, which others rely on, and the settings that they are made with."""

from typing import Final, NamedTuple

FACTS: Final = "seller-ledger.facts.v1"
STANDING: Final = "seller-ledger.standing.v1"
COMMANDS: Final = "seller-ledger.commands.v1"
REJECTED: Final = "seller-ledger.rejected.v1"
PROGRESS: Final = "seller-ledger.progress.v1"
"""How far the log was published: said in each transaction that publishes, and every few seconds."""

PARTITIONS: Final = 12
"""Of a topic that is made here; a seller's partition follows from its key, so that a topic never
gets others later.
"""
LARGEST_MESSAGE: Final = 1_000_000
"""Bytes of a message, as brokers take them unless they are told otherwise."""
LARGEST_REJECTED: Final = 2_000_000
"""Bytes of a rejected message with its problem: twice what the commands' topic takes."""
_LARGEST_COMMANDS: Final = 1_048_588
"""What one sender sends at once to a partition, as brokers take it unless they are told otherwise:
fewer would refuse senders that send much at once.
"""
_LARGEST_REJECTED: Final = 2 * 1_048_588
_WEEK_MS: Final = 7 * 24 * 60 * 60 * 1000
_FOR_EVER: Final = "-1"
_HOUR_MS: Final = 60 * 60 * 1000


class Topic(NamedTuple):
    """A topic as it should be."""

    name: str
    partitions: int
    settings: dict[str, str]


TOPICS: Final = (
    Topic(FACTS, PARTITIONS, {"cleanup.policy": "delete", "retention.ms": _FOR_EVER}),
    Topic(STANDING, PARTITIONS, {"cleanup.policy": "compact"}),
    Topic(
        COMMANDS,
        PARTITIONS,
        {
            "cleanup.policy": "delete",
            "retention.ms": str(_WEEK_MS),
            "max.message.bytes": str(_LARGEST_COMMANDS),
            # Unpacked by the broker: else something small could be of any size when it is read,
            # too large for memory here and for the topic of what is rejected.
            "compression.type": "uncompressed",
        },
    ),
    Topic(
        REJECTED,
        PARTITIONS,
        {
            "cleanup.policy": "delete",
            "retention.ms": str(4 * _WEEK_MS),
            # Whatever the commands' topic holds has to fit, with its problem.
            "max.message.bytes": str(_LARGEST_REJECTED),
        },
    ),
    # A record comes every few seconds, and what is superseded goes only from a piece of the topic
    # that is closed: after an hour, not after the week that brokers take unless told otherwise.
    Topic(PROGRESS, 1, {"cleanup.policy": "compact", "segment.ms": str(_HOUR_MS)}),
)


def largest(topic: str) -> int:
    """How many bytes a message of ours may have there."""
    return LARGEST_REJECTED if topic == REJECTED else LARGEST_MESSAGE
