"""How far the log was published: one record on a topic of its own, written in each transaction.

A reader of the topics and this record see the same transactions, so that what was published and how
far it was noted can never differ.
"""

from typing import Final

import msgspec

from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from projections.broker.client import Reader
from projections.broker.messages import Place
from projections.latest_standings import Swept
from projections.outbox.record import Record, Sweep, when

MOST_PARKED: Final = 1_000
"""More streams that cannot be told are no accident of a few facts."""
_LOOK_BACK: Final = 10
_FIRST_ANSWER_S: Final = 1.0
_TRIES: Final = 30
"""How often a topic may give nothing although it is not read to its end."""


class Parked(msgspec.Struct, frozen=True):
    """Where a stream waits, because a fact of it cannot be told."""

    position: int
    cause: str


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far publishing has come."""

    position: int = 0
    """Every fact up to here was published, those of parked streams apart."""
    rejected: int = 0
    """Every message that was left to be sent on was, up to this number."""
    parked: dict[str, Parked] = {}
    swept_to: Instant = 0
    swept_at: int = 0
    """Where the log was published to when the last sweep began: the rules that it knew."""
    sweeping_to: Instant = 0
    sweeping_at: int = 0
    swept_after: str = ""
    looked_at: Instant = 0
    """When the publisher last looked at the log and all it saw was published then, by its machine's
    clock; 0 before it was. A ledger's own clock may stand still.
    """
    as_of: Instant = 0
    """The same instant by the ledger's clock."""

    @property
    def swept(self) -> Swept:
        """How far all sellers were gone through because rules changed."""
        return Swept(self.swept_to, max(self.swept_to, self.sweeping_to), self.swept_after)

    @property
    def is_sweeping(self) -> bool:
        """Whether sellers are gone through at the moment."""
        return self.sweeping_at > 0

    def record(self, valid_until: Instant | None, swept_until: Instant | None) -> Record:
        """This as others read it: up to when the standings that were told hold, and up to when
        those of sellers that were gone through already.
        """
        sweep = Sweep(self.swept_after, when(swept_until)) if self.is_sweeping else None
        sellers = (seller_of(stream) for stream in self.parked)
        return Record(
            position=str(self.position),
            as_of=when(self.as_of),
            looked_at=when(self.looked_at),
            valid_until=when(valid_until),
            sweep=sweep,
            held_back=sorted(seller_id for seller_id in sellers if seller_id is not None),
            publisher=msgspec.Raw(msgspec.json.encode(self)),
        )


class ProgressUnreadable(Exception):
    """The topic does not say how far the log was published."""


_RECORD: Final = msgspec.json.Decoder(Record)
_DECODER: Final = msgspec.json.Decoder(Progress)


def read_progress(reader: Reader, log: str) -> Progress:
    """How far a log was published, as the newest record of it says. Raises `BrokerAway`,
    `TopicMissing` or `ProgressUnreadable`.

    The record of a log that nobody shares the topic with is among the very last; else the topic
    is read from its beginning.
    """
    # A broker that has just come to lead the topic may hide the newest record, and what it stands
    # for would be published twice: asked for the end, it answers once it hides nothing any more.
    reader.ends()
    found = _to_the_end(reader, log, skip=True)
    if found is None:
        found = _to_the_end(reader, log, skip=False)
    return Progress() if found is None else found


def _to_the_end(reader: Reader, log: str, *, skip: bool) -> Progress | None:
    (topic, partition), *others = reader.assigned()
    if others:
        raise ProgressUnreadable(f"{topic} has {1 + len(others)} partitions: it must have one")
    reader.go_to([Place(topic, partition, 0)])
    found: Progress | None = None
    silent, left = 0, None
    while silent < _TRIES:
        arrived = reader.read(_FIRST_ANSWER_S)
        left = reader.lag().get((topic, partition))
        for each in arrived:
            if each.message.key == log.encode() and each.message.value is not None:
                found = _decoded(each.message.value)
        if left == 0:
            return found
        if skip and arrived and left is not None:
            end = arrived[-1].place.offset + 1 + left
            if end - _LOOK_BACK > arrived[-1].place.offset:
                reader.go_to([Place(topic, partition, end - _LOOK_BACK)])
            skip = False
        silent = 0 if arrived else silent + 1
    raise ProgressUnreadable(f"{topic} was not read to its end: {left} messages are left")


def _decoded(value: bytes) -> Progress:
    try:
        return _DECODER.decode(_RECORD.decode(value).publisher)
    except msgspec.MsgspecError as cause:
        raise ProgressUnreadable(f"the newest record of progress cannot be read: {cause}") from None
