"""While this process publishes: one step is one transaction of the broker's."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Final, NamedTuple

import msgspec
import structlog
from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.store.reader import Reader
from projections.broker.client import MessageTooLarge, Sender
from projections.broker.messages import Message
from projections.latest_standings import LatestStandings
from projections.outbox.progress import Progress
from projections.outbox.stretches import MOST_FACTS, Piece, Pieces
from projections.outbox.sweeping import Sweeping
from projections.outbox.telling import Relayed, Relays, Telling

RELAYED_AT_ONCE: Final = 100
HEARTBEAT_S: Final = 3.0
"""After so long without a transaction one is sent that says no more than that everything is told.
Copies take a publisher for dead after 45 s: time for several of these to be late, while a broker
has a new leader to find, and few enough to cost it nothing.
"""
TRY_PARKED_S: Final = 60.0

_log: Final = structlog.get_logger("seller-ledger")


class LogWentBack(Exception):
    """The log is shorter than what was published of it: it is not the log that it was."""


class Counted(msgspec.Struct):
    """What was published since this process began."""

    position: int = 0
    log_end: int = 0
    facts: int = 0
    standings: int = 0
    relayed: int = 0
    transactions: int = 0
    """Those that told something; heartbeats tell nothing."""
    failures: int = 0
    parked: int = 0
    last_error: str | None = None
    publishes: bool = False
    """Whether this process is the one that publishes."""

    @property
    def lag(self) -> int:
        """How many facts wait."""
        return max(0, self.log_end - self.position)


class Clocks(NamedTuple):
    """Two that may differ: a sandbox's ledger has a clock that stands still."""

    ledger: Callable[[], Instant]
    machine: Callable[[], Instant]


class Publishing:
    """Publishes from where the topics say that they stand. Used by one thread, and given up at the
    first failure: what became of a transaction then is to be read from the topics.
    """

    def __init__(
        self,
        log: str,
        reader: Reader,
        sender: Sender,
        telling: Telling,
        relays: Relays,
        clocks: Clocks,
        progress: Progress,
        counted: Counted,
    ) -> None:
        self._log = log
        self._reader = reader
        self._sender = sender
        self._relays = relays
        self._clocks = clocks
        self._counted = counted
        self._latest = LatestStandings(reader)
        self._pieces = Pieces(reader, telling, self._latest)
        self._sweeping = Sweeping(reader, telling, self._latest)
        self._try_parked_at = 0.0
        self._sent_at = monotonic()
        self._beside = ThreadPoolExecutor(1, "outbox-next")
        self._ahead: tuple[Progress, Future[Piece]] | None = None
        self.progress = progress
        # What was sent and not yet forgotten, because a process ended between the two.
        relays.sent(progress.rejected)

    def close(self) -> None:
        """Make nothing more ready; the sender is closed by whoever opened it."""
        self._beside.shutdown(cancel_futures=True)

    def step(self) -> bool:
        """Send what comes next, in one transaction at most; whether there may be more.

        Raises a `BrokerFailure`, `Unavailable`, `GapInLog`, `LogWentBack` or `TooManyParked`.
        """
        # Before the look: what is committed after these may not be seen.
        looked_at, as_of = self._clocks.machine(), self._clocks.ledger()
        head = self._reader.catch_up().last_position
        self._counted.log_end = head
        before = self.progress
        if head < before.position:
            raise LogWentBack(f"{before.position} facts were published, and the log has {head}")
        piece = self._with_parked(self._piece(before, head))
        relayed = self._relays.after(piece.progress.rejected, RELAYED_AT_ONCE)
        if piece.progress == before and not relayed and monotonic() < self._sent_at + HEARTBEAT_S:
            return False
        if piece.progress.position == head:
            told = replace(piece.progress, looked_at=looked_at, as_of=as_of)
            piece = piece._replace(progress=told)
        self._send(piece, relayed, head)
        return self.progress.position < head or self.progress.is_sweeping or bool(relayed)

    def _piece(self, before: Progress, head: int) -> Piece:
        """What comes next of the log, and of sellers that are gone through."""
        piece = Piece([], [], before)
        if before.position < head:
            piece = self._next(before, head)
        if piece.progress.is_sweeping:
            return _together(piece, self._sweeping.next(piece.progress))
        if head - piece.progress.position < MOST_FACTS:
            # Behind the log, rules wait: what is told there is told under those of its time.
            begun = self._sweeping.begun(piece.progress, self._clocks.ledger())
            return piece._replace(progress=begun)
        return piece

    def _next(self, before: Progress, head: int) -> Piece:
        """What comes next, mostly made ready while the piece before it was sent."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            behind, piece = ahead[0], ahead[1].result()
            if behind == before:
                return piece
            self._latest.forget()
        return self._pieces.after(before, head)

    def _send(self, piece: Piece, relayed: list[Relayed], head: int) -> None:
        messages: list[Message] = [*piece.facts, *piece.standings]
        progress = piece.progress
        if relayed:
            messages += [each.message for each in relayed]
            progress = replace(progress, rejected=relayed[-1].number)
        record = self._sweeping.record(progress).message(self._log)
        if head - progress.position >= MOST_FACTS and not progress.is_sweeping:
            # While the broker takes this one: of a long log, waiting would be a good part.
            made = self._beside.submit(self._pieces.after, progress, head)
            self._ahead = progress, made
        try:
            self._sender.send([*messages, record])
        except MessageTooLarge as failure:
            self._shorten(relayed, failure.message)
            raise
        self.progress, self._sent_at = progress, monotonic()
        if relayed:
            self._relays.sent(progress.rejected)
        self._count(piece, len(relayed))

    def _shorten(self, relayed: list[Relayed], large: Message) -> None:
        """Leave out of a message what the topic does not take, for the next time it is sent."""
        for number, message in relayed:
            if message[:3] == large[:3]:
                _log.error("a rejected message is cut short", number=number, bytes=large.size())
                self._relays.shorten(number)

    def _with_parked(self, piece: Piece) -> Piece:
        """The same with what parked streams held back and can be told by now."""
        if not piece.progress.parked or monotonic() < self._try_parked_at:
            return piece
        for stream in piece.progress.parked:
            mended = self._pieces.of_parked(piece.progress, stream)
            if mended is not None:
                return _together(piece, mended)
        self._try_parked_at = monotonic() + TRY_PARKED_S
        return piece

    def _count(self, piece: Piece, relayed: int) -> None:
        counted = self._counted
        counted.position = self.progress.position
        counted.parked = len(self.progress.parked)
        counted.facts += len(piece.facts)
        counted.standings += len(piece.standings)
        counted.relayed += relayed
        counted.transactions += bool(piece.facts or piece.standings or relayed)
        counted.last_error = None


def _together(first: Piece, then: Piece) -> Piece:
    return Piece(first.facts + then.facts, first.standings + then.standings, then.progress)
