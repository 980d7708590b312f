"""Where a copy comes from, as a caller says it."""

from typing import Final, NamedTuple, TypeAlias

from projections.broker.address import Address
from projections.broker.topics import PROGRESS, STANDING

TOLD_AGE_S: Final = 45.0
"""Some times as long as a source that lives is silent: a stream says every 10 s that nothing is
missing, a publisher every 3 s, and a broker may take half a minute to find a new leader.
"""
ASKED_AGE_S: Final = 5.0
"""Where nobody tells of changes, an answer is not kept for longer than this."""


class Topic(NamedTuple):
    """The compacted topic of standings: every seller that ever changed is in memory."""

    kafka: str | Address
    """Brokers, as `host:port`, several with commas between; or all there is to say of them."""
    topic: str = STANDING
    progress: str = PROGRESS
    """Where the publisher says how far it is."""


class Stream(NamedTuple):
    """The ledger's stream of server-sent events: sellers that were asked for, or have changed
    since, are in memory.
    """


Source: TypeAlias = Topic | Stream | None
