"""Importing a history: each line moves the clock, and what fell due meanwhile is recorded first
(RULES §3.11).

Lines are taken in batches. How far the file was read is written in the transaction of the facts,
so that an import killed at any moment goes on at the very next line.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple, cast

from ledger.decide.commands import Command, actor_of
from ledger.earlier import told_otherwise
from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.publishing import publish_first
from ledger.store.clocks import HistoryClock
from ledger.store.journal import Journal
from ledger.store.keeping import Told
from ledger.store.lease import SQL, Lease, Progress
from ledger.store.memory import collecting_seldom
from ledger.store.opening import connect_writer, first_memory
from ledger.store.refusals import ClockBackwards
from ledger.store.turn import Turn
from ledger.taking.due import take_due
from ledger.taking.requests import Receipt, Request
from ledger.taking.take import load, take_one, told_in

LINES_AT_ONCE: Final = 1_000
MOST_SELLERS: Final = 20_000
"""Remembered at once: a history goes through sellers as they came and went, and nobody reads them
meanwhile.
"""
MOST_FACTS: Final = 5_000
"""After so many facts a transaction ends, however many fell due before its next line."""


class RecordedInFuture(Refusal):
    """History is what has happened."""

    def __init__(self, recorded_at: Instant, now: Instant) -> None:
        super().__init__(
            f"recorded_at {format_instant(recorded_at)} lies after the present",
            field="recorded_at",
            accepted=f"an instant up to {format_instant(now)}",
        )


class Line(NamedTuple):
    """A line of a history: when it was recorded and what was asked, or why it cannot be read."""

    number: int
    """Counted from 1; blank lines count."""
    recorded_at: Instant = 0
    command: Command | None = None
    problem: Refusal | None = None


class Rejected(NamedTuple):
    """A line that was not taken."""

    number: int
    problem: Refusal


class Tally(NamedTuple):
    """What became of lines."""

    lines: int = 0
    taken: int = 0
    replayed: int = 0
    refused: int = 0
    facts: int = 0

    def and_then(self, other: "Tally") -> "Tally":
        """The sum."""
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))


class History:
    """One import into one log: `open`, then `run`; `close` whatever happened.

    `now` is the present, which no line may pass.
    """

    def __init__(self, dsn: str, pack: str, now: Callable[[], Instant]) -> None:
        self._now = now
        self._clock = HistoryClock()
        self._memory = first_memory(dsn, pack, self._clock, MOST_SELLERS)
        self._journal = Journal(lambda: connect_writer(dsn), self._memory, self._clock)
        self._lease = Lease(self._journal)
        self._import_id = ""

    def open(self, import_id: str, name: str, packs: Sequence[bytes]) -> Progress:
        """Take the log for this import alone; `packs` (canonical bytes) enter an empty one.

        Raises `Importing`, `OtherImport` and `ClockChanged`.
        """
        self._import_id = import_id
        progress = self._lease.take(import_id, name)
        if not progress.finished:
            self._journal.post(lambda turn: _enter_packs(turn, packs))
        return progress

    def run(
        self,
        lines: Iterable[Line],
        done: Progress,
        report: Callable[[Tally, Sequence[Rejected]], None],
    ) -> Tally:
        """Import what follows line `done.lines_done`, then let the system clock take over.

        `report` is told of every batch just before it is durable.
        """
        tally = Tally()
        refused_before = done.lines_refused
        waiting: list[Line] = []
        ahead = (line for line in lines if line.number > done.lines_done)
        with collecting_seldom():
            while waiting := [*waiting, *islice(ahead, LINES_AT_ONCE - len(waiting))]:
                batch = waiting

                def work(turn: Turn, batch: list[Line] = batch, so_far: Tally = tally) -> Tally:
                    now = self._now()
                    part, rejected = _Batch(turn, self._clock, now).take(batch)
                    if part.lines:
                        refused = refused_before + so_far.refused + part.refused
                        at = batch[part.lines - 1].number
                        turn.cursor.execute(SQL["lines_done"], (at, refused, self._import_id))
                    report(so_far.and_then(part), rejected)
                    return part

                part = self._journal.post(work)
                tally = tally.and_then(part)
                waiting = batch[part.lines :]
            return tally.and_then(Tally(facts=self._finish()))

    def close(self) -> None:
        """Let the connection go. An import that did not finish stays open to be taken up."""
        self._lease.drop()

    def _finish(self) -> int:
        """Record what fell due up to now, and give the log back."""
        facts, part = 0, MOST_FACTS
        while part >= MOST_FACTS:
            part = self._journal.post(self._due)
            facts += part
        self._journal.post(
            lambda turn: turn.cursor.execute(SQL["finish_import"], {"import_id": self._import_id})
        )
        return facts

    def _due(self, turn: Turn) -> int:
        turn.dated = True
        return take_due(turn, self._now(), MOST_FACTS, dated=True)


class _Batch:
    """Lines taken in one turn."""

    def __init__(self, turn: Turn, clock: HistoryClock, now: Instant) -> None:
        turn.dated = True
        self._turn = turn
        self._clock = clock
        self._now = now
        self._repeats: list[tuple[Line, Told]] = []
        self._rejected: list[Rejected] = []
        self._taken = 0

    def take(self, batch: Sequence[Line]) -> tuple[Tally, list[Rejected]]:
        """Take lines in order, as many as one transaction should hold."""
        turn = self._turn
        turn.agenda.horizon = min(self._now, max(line.recorded_at for line in batch))
        load(turn, [line.command for line in batch if line.command is not None])
        lines = 0
        for line in batch:
            if not self._take_one(line):
                break
            lines += 1
        repeated = len(self._repeats)
        replayed = repeated - self._told_differently()
        self._rejected.sort(key=lambda one: one.number)
        tally = Tally(lines, self._taken, replayed, len(self._rejected), len(turn.facts))
        return tally, self._rejected

    def _take_one(self, line: Line) -> bool:
        """Take a line; False where the transaction is full before its turn."""
        turn = self._turn
        most = MOST_FACTS - len(turn.facts)
        if most <= 0:
            return False
        if line.command is None or line.recorded_at > self._now:
            problem = line.problem or RecordedInFuture(line.recorded_at, self._now)
            self._rejected.append(Rejected(line.number, problem))
            return True
        if take_due(turn, line.recorded_at, most, dated=True) >= most:
            return False
        self._decide(line, line.command)
        return True

    def _decide(self, line: Line, command: Command) -> None:
        turn = self._turn
        try:
            self._clock.move_to(line.recorded_at, turn.last_recorded_at)
        except ClockBackwards as late:
            self._decide_late(line, command, late)
            return
        outcome = take_one(turn, Request(command, actor_of(command)[1] or ""))
        match outcome:
            case Receipt():
                self._taken += 1
            case Told():
                self._repeats.append((line, outcome))
            case Refusal():
                self._rejected.append(Rejected(line.number, outcome))

    def _decide_late(self, line: Line, command: Command, late: Refusal) -> None:
        """A line from before the log's end is taken only as a repeat of what was told already."""
        told = told_in(self._turn, command)
        if told is None:
            self._rejected.append(Rejected(line.number, late))
        else:
            self._repeats.append((line, told))

    def _told_differently(self) -> int:
        """Compare every repeat with what was told first; returns how many are no repeats."""
        before = len(self._rejected)
        repeats = [(cast(Command, line.command), told) for line, told in self._repeats]
        for (line, _), other in zip(
            self._repeats, told_otherwise(self._turn, repeats), strict=True
        ):
            if other is not None:
                self._rejected.append(Rejected(line.number, other))
        return len(self._rejected) - before


def _enter_packs(turn: Turn, packs: Sequence[bytes]) -> None:
    if turn.head.next_position == 1:
        publish_first(turn, packs)
