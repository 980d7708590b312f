"""The consumer of the commands' topic: reads a stretch, has the clerk take it, and reads on.

It keeps nothing of its own. Places come from PostgreSQL, whenever partitions were given to it and
after everything that went wrong; so it may be killed, or lose a partition in the middle of its
work, at any moment. What cannot be taken now is read again later, and meanwhile the group goes
on hearing of it.
"""

from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic
from typing import Final, NamedTuple, TypeVar

import structlog

from api.access import Actor
from api.inbox.reading import REPORTERS, Read, read
from api.inbox.taking import (
    Counts,
    Done,
    Partition,
    Stretch,
    is_of_the_database,
    positions,
    positions_seen,
    take_stretch,
)
from api.logs import where
from ledger.ledger import Ledger
from ledger.store.refusals import NotNow, Unavailable
from ledger.store.turn import Turn
from ledger.taking.requests import Outcome
from projections.broker.client import BrokerFailure, Reader
from projections.broker.messages import Place

PATIENCE_S: Final = 1.0
"""How long a step waits for messages."""
CLERK_PATIENCE_S: Final = 60.0
"""How long a stretch may wait for its turn; then it is taken back, and tried again."""
PAUSE_S: Final = 5.0
"""How long nothing is tried after what nobody expected, or while no broker answers."""
SHOW_EVERY_S: Final = 2.0
"""How often the broker is told how far partitions are taken, where that has changed."""
LOOK_EVERY_S: Final = 5.0
"""How often, while nothing comes, it is looked whether an operator set a position back."""
GROUP: Final = "seller-ledger"

_log: Final = structlog.get_logger("seller-ledger")
Result = TypeVar("Result")


class Numbers(NamedTuple):
    """How a consumer is doing, for operators."""

    counts: Counts
    lag: dict[Partition, int]
    """Messages that wait, in each partition that this consumer reads."""
    pauses: int
    """How often a stretch could not be taken, and was tried again."""
    trouble: str
    """What kind of failure keeps it now, with what the broker says of it; empty while all goes
    well."""


class Consumer:
    """Takes commands for one ledger. `step` and `run` belong to one thread; `numbers` to any."""

    def __init__(
        self, ledger: Ledger, open_reader: Callable[[], Reader], writers: Actor = REPORTERS
    ) -> None:
        self._ledger = ledger
        self._writers = writers
        self._open_reader = open_reader
        self._reader: Reader | None = None
        self._assignments = 0
        self._begins: dict[Partition, int] | None = None
        """From where each partition is read on; None where that has to be asked."""
        self._counts = Counts()
        self._places: dict[Partition, int] = {}
        """Up to where each partition was read, taken or not."""
        self._taken_to: dict[Partition, int] = {}
        self._ends: dict[Partition, int] = {}
        self._shown: dict[Partition, int] = {}
        self._show_at_s = 0.0
        self._look_at_s = 0.0
        self._pauses = 0
        self._trouble = ""
        self.pause_s = 0.0
        """How long to wait before the next step; 0 while all goes well."""

    def run(self, stop: Event) -> None:
        """Take what comes, until told to stop."""
        try:
            while not stop.is_set():
                self.step()
                if self.pause_s:
                    stop.wait(self.pause_s)
        finally:
            self.close()

    def step(self, patience_s: float = PATIENCE_S) -> int:
        """Read once, and take what was read; returns how many messages are done with. Never
        raises: after a failure nothing is done, and `pause_s` says when to come back.
        """
        self.pause_s = 0.0
        try:
            done = self._step(patience_s)
        except BrokerFailure as failure:
            self.close()
            self._pause(PAUSE_S, failure)
        except NotNow as failure:
            self._pause(failure.retry_after_s, failure)
        except Exception as failure:  # noqa: BLE001 - commands must outlive any one mistake
            if not is_of_the_database(failure):
                self.close()
            self._pause(PAUSE_S, failure)
        else:
            if self._begins is not None:
                self._trouble = ""
            return done
        return 0

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        reader, self._reader, self._begins = self._reader, None, None
        if reader is None:
            return
        try:
            reader.close()
        except Exception as failure:  # noqa: BLE001 - whatever it held is given up all the same
            _log.warning("the broker was left without a word", **where(failure))

    def numbers(self) -> Numbers:
        """What was done so far, and what waits."""
        ends, taken_to = self._ends, self._taken_to
        lag = {each: max(0, end - taken_to.get(each, end)) for each, end in ends.items()}
        return Numbers(self._counts, lag, self._pauses, self._trouble)

    def _pause(self, seconds: float, failure: Exception) -> None:
        self._begins = None
        self._pauses += 1
        self.pause_s = seconds
        kind = type(failure).__name__
        # Once for each kind of trouble: it may last for hours.
        told_before = self._trouble.partition(":")[0] == kind
        self._trouble = f"{kind}: {failure}" if isinstance(failure, BrokerFailure) else kind
        if not told_before:
            _log.warning("commands wait", why=self._trouble, **where(failure))

    def _step(self, patience_s: float) -> int:
        if self._reader is None:
            self._reader, self._assignments, self._shown = self._open_reader(), 0, {}
        reader = self._reader
        arrived = reader.read(patience_s)
        self._places |= {one.place[:2]: one.place.offset + 1 for one in arrived}
        if reader.assignments() != self._assignments:
            self._assignments, self._begins = reader.assignments(), None
        if self._begins is None:
            # What was just read may be from anywhere: it comes again, from the right place.
            self._measure(reader)
            self._go_to_positions(reader)
            return 0
        if arrived:
            self._take([read(each, self._writers) for each in arrived], self._begins)
        elif self._set_back(self._begins):
            self._begins = None
            return 0
        self._measure(reader)
        self._show(reader)
        return len(arrived)

    def _set_back(self, begins: dict[Partition, int]) -> bool:
        """Whether a position stands before what was taken. With messages the same is seen where
        they are taken; a partition to which nobody writes has to be looked at.
        """
        if monotonic() < self._look_at_s:
            return False
        self._look_at_s = monotonic() + LOOK_EVERY_S
        with self._ledger.reader.cursor() as cursor:
            found = positions_seen(cursor, sorted(begins))
        return any(found[each] < begin for each, begin in begins.items())

    def _show(self, reader: Reader) -> None:
        """Tell the broker how far partitions are taken, now and then and never before they are.
        Nobody here reads it.
        """
        taken_to = dict(self._taken_to)
        if self._begins is None or taken_to == self._shown or monotonic() < self._show_at_s:
            return
        reader.show([Place(*each, offset) for each, offset in taken_to.items()])
        self._shown, self._show_at_s = taken_to, monotonic() + SHOW_EVERY_S

    def _measure(self, reader: Reader) -> None:
        """See how far the partitions go that are read here, taken or not."""
        places = self._places
        self._ends = {p: lag + places[p] for p, lag in reader.lag().items() if p in places}

    def _go_to_positions(self, reader: Reader) -> None:
        partitions = sorted(reader.assigned())
        if not partitions:
            return
        found = self._in_turn(lambda turn: positions(turn.cursor, partitions), 1)
        reader.go_to([Place(*each, offset) for each, offset in found.items()])
        self._begins, self._places, self._taken_to = found, dict(found), dict(found)

    def _take(self, messages: Sequence[Read], begins: dict[Partition, int]) -> None:
        of_these = {one.arrived.place[:2] for one in messages}
        done = self._taken(Stretch(messages, {each: begins[each] for each in of_these}))
        self._counts.add(done.counts)
        begins |= {one.arrived.place[:2]: one.arrived.place.offset + 1 for one in messages}
        self._taken_to |= begins
        if done.moved:
            self._begins = None

    def _taken(self, stretch: Stretch) -> Done:
        """Take a stretch. Where deciding fails, each message by itself, so that one that nobody can
        decide is rejected and holds up no other.
        """
        try:
            return self._in_turn(lambda turn: take_stretch(turn, stretch), len(stretch.messages))
        except NotNow:
            raise
        except Exception as failure:
            if is_of_the_database(failure):
                raise
            if len(stretch.messages) == 1:
                return self._reject(stretch, failure)
        counts, moved = Counts(), frozenset[Partition]()
        for one in stretch.messages:
            part = self._taken(Stretch([one], {(p := one.arrived.place[:2]): stretch.begins[p]}))
            counts.add(part.counts)
            moved |= part.moved
        return Done(counts, moved)

    def _reject(self, alone: Stretch, failure: Exception) -> Done:
        _log.error("a command could not be decided", **where(failure))
        return self._in_turn(lambda turn: take_stretch(turn, alone, failure), 1)

    def _in_turn(self, work: Callable[[Turn], Result], size: int) -> Result:
        """Have work done by the clerk, and wait for it; raises what it raises."""
        found: list[Result] = []

        def kept(turn: Turn) -> list[Outcome]:
            found[:] = [work(turn)]
            return []

        done = self._ledger.clerk.submit_work(kept, size)
        try:
            done.result(CLERK_PATIENCE_S)
        except TimeoutError:
            if done.cancel():
                raise Unavailable("the ledger was busy for too long") from None
            done.result()
        return found[0]
