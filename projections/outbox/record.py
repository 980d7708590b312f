"""The record of progress as it stands on its topic: what readers may rely on, and what is the
publisher's own.

A reader of a copy hears here that the publisher lives, and for how long it may believe what the
topic of standings told it. docs/messages/progress.v1.json is the schema.
"""

from typing import Annotated, Final, TypeAlias

import msgspec

from ledger.facts.instants import Instant, format_instant
from projections.broker.messages import Message
from projections.broker.topics import PROGRESS

When: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        description="RFC 3339 in UTC with microseconds.",
        extra_json_schema={"format": "date-time"},
    ),
]
CONTENT_TYPE: Final = ("content-type", b"application/json")


class Sweep(msgspec.Struct, frozen=True):
    """All sellers are gone through, in the order of their ids, because an edition of the rules
    took effect.

    `after` is the last seller that was: those up to it were told again where they stand otherwise
    now. Ids are compared byte by byte. `valid_until` is for those sellers what that of the record
    is for all others.
    """

    after: str
    valid_until: When | None


class Record(msgspec.Struct, frozen=True):
    """How far a log was published, and how long that holds.

    `position` is the last fact that was published, streams that are held back apart. Everything
    that was committed by `looked_at`, on the clock of the publisher's machine, was published.
    `as_of` is the same instant on the ledger's own clock. Both stay as they are while the
    publisher is behind the log, and are null until it first was not. No standing on the topic
    holds longer than `valid_until`, whatever it says itself: an edition takes effect then that
    it may not know. Standings of the sellers in `held_back` cannot be told: ask the ledger.
    `publisher` is what the publisher goes on from, and nobody else reads it.

    What a record says was told can be read once another record stands behind it.
    """

    position: str
    as_of: When | None
    looked_at: When | None
    valid_until: When | None
    sweep: Sweep | None
    held_back: list[str]
    publisher: msgspec.Raw

    def message(self, log: str) -> Message:
        """This as the newest record of a log."""
        return Message(PROGRESS, log.encode(), msgspec.json.encode(self), (CONTENT_TYPE,))


def when(instant: Instant | None) -> str | None:
    """An instant as others read it; null for one that has not been yet, or never will be."""
    return None if not instant else format_instant(instant)
