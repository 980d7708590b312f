"""The ledger as one object: what requests, commands and workers call.

Writes go through the clerk; what can be read is in log.py. This is where the two meet, where
repeats are answered, and where time moves.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from ledger.clerk import Clerk
from ledger.decide.commands import Command
from ledger.earlier import Earlier
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.instants import Instant
from ledger.facts.policies import PolicyImpactAssessed
from ledger.facts.refusal import Refusal
from ledger.impact import Assessed, ImpactReportMissing, record_impact
from ledger.log import Log
from ledger.policy.policy import Policy
from ledger.publishing import PublishedTooLate, is_known, publish, publish_first
from ledger.standing.seller import Seller
from ledger.store.cases import Case
from ledger.store.clocks import Clock, SandboxClock
from ledger.store.connections import Pulse, Readers
from ledger.store.follower import Follower
from ledger.store.journal import Journal
from ledger.store.keeping import Told
from ledger.store.opening import connect_writer, first_memory
from ledger.store.reader import Reader
from ledger.store.refusals import ClockBackwards, Importing
from ledger.store.rehearsal import Rehearsal, rules_known
from ledger.store.turn import Appended, Turn
from ledger.taking.due import take_due
from ledger.taking.preview import Preview, foresee
from ledger.taking.requests import Outcome, Receipt, Request

DUE_AT_ONCE = 2_000
"""Due facts in one transaction, so that requests never wait long behind them."""


class Answer(NamedTuple):
    """What a request brought: the seller right after it, and its facts."""

    of_seller: Seller | None
    """None where it is about no seller."""
    facts: tuple[Appended, ...]
    replayed: bool
    case: Case | None = None
    """The case right after it, where the request was about one."""

    @property
    def seller(self) -> Seller:
        """The seller right after a request that is about one."""
        assert self.of_seller is not None
        return self.of_seller

    @property
    def position(self) -> int:
        """Where the last of its facts stands in the log."""
        return self.facts[-1].position


class Ledger(Log):
    """One log, open for reading and writing. May be used from any thread."""

    def __init__(self, dsn: str, clock: Clock, pack: str, readers: int = 8) -> None:
        memory = first_memory(dsn, pack, clock)
        self.dsn = dsn
        """Where the log is; may hold a password."""
        self.pulse = Pulse()
        """Whether the database answers whoever reads."""
        self._pool = Readers(dsn, readers, self.pulse)
        super().__init__(Reader(self._pool, memory), clock)
        self.journal = Journal(lambda: connect_writer(dsn), memory, clock)
        self.clerk = Clerk(self.journal)
        self._follower = Follower(self.reader)

    def start(self, shipped: Sequence[bytes], chosen: bytes | None = None) -> None:
        """Let packs (canonical bytes) enter that have not yet, then take requests.

        Of the shipped ones what the log holds already stands, and what would reach back is left
        out; a pack that the operator chose is published or refused. While an import holds the
        log, it is only read.
        """
        with suppress(Importing):
            self.journal.post(lambda turn: _enter_packs(turn, shipped, chosen))
        self.clerk.start()
        self._follower.start()

    def stop(self) -> None:
        """Finish what waits and close every connection."""
        self._follower.stop()
        self.clerk.stop()
        self._pool.close()

    # -- writing -------------------------------------------------------------------------

    def handle(self, command: Command, actor: str, key: str | None = None) -> Answer:
        """Have a command decided and its facts made durable; raises its `Refusal`.

        A repeat gives the answer that was given before; one with other content raises
        `ToldDifferently`.
        """
        outcome = self.clerk.submit([Request(command, actor, key)]).result()[0]
        return self.answer(command, outcome)

    def answer(self, command: Command, outcome: Outcome) -> Answer:
        """The outcome of a command as its answer; raises if it is a refusal."""
        match outcome:
            case Receipt():
                return Answer(outcome.seller, outcome.facts, replayed=False, case=outcome.case)
            case Told():
                return self._told(command, outcome)
            case Refusal():
                raise outcome

    def _told(self, command: Command, told: Told) -> Answer:
        """The answer given before, from the facts; they say what was known then."""
        earlier = Earlier.read(self.reader, [told])
        facts = earlier.facts(command, told)
        case = earlier.case(told, facts)
        if case is None:
            return Answer(earlier.seller(told, facts), facts, replayed=True)
        seller = None if case.seller_id is None else Seller(case.seller_id)
        return Answer(seller, facts, replayed=True, case=case)

    def preview(self, command: Command, actor: str) -> Preview:
        """What `handle` would bring about now, decided as there; nothing is written and no lock
        is taken. Raises the command's `Refusal`.
        """
        known = rules_known(self.reader)
        with self.reader.snapshot() as cursor:
            turn = Rehearsal(cursor, known, self.clock)
            found = foresee(turn, Request(command, actor))
        match found.outcome:
            case Refusal():
                raise found.outcome
            case Told():
                # Raises where the words differ from those that were told under the same id.
                self.earlier([found.outcome]).facts(command, found.outcome)
            case Receipt():
                pass
        return found

    def earlier(self, outcomes: Iterable[object]) -> Earlier:
        """What the repeats among these outcomes were answered before, read for all at once."""
        return Earlier.read(self.reader, [o for o in outcomes if isinstance(o, Told)])

    def publish(self, canonical: bytes, actor: str) -> Policy:
        """Publish an edition of a pack (canonical bytes)."""
        found: list[Policy] = []

        def work(turn: Turn) -> list[Outcome]:
            found[:] = [publish(turn, canonical, actor)]
            return []

        self.clerk.submit_work(work, 1).result()
        return found[0]

    def record_impact(self, found: PolicyImpactAssessed) -> Assessed:
        """Record what an edition would change; `recorded_at` is given here."""
        told: list[Assessed] = []

        def work(turn: Turn) -> list[Outcome]:
            told[:] = [record_impact(turn, found)]
            return []

        self.clerk.submit_work(work, 1).result()
        return told[0]

    # -- time ----------------------------------------------------------------------------

    def record_due(self) -> int:
        """Record what has fallen due by now; returns how many facts that gave."""
        return self._due(self.now(), dated=self.clock.kind == "test")

    def move_clock(self, instant: Instant) -> None:
        """Move the sandbox clock; everything due by then is recorded first. Raises
        `ClockBackwards`.
        """
        assert isinstance(self.clock, SandboxClock)
        moved = False

        def work(turn: Turn) -> list[Outcome]:
            nonlocal moved
            if instant < turn.now:
                raise ClockBackwards("now", instant, turn.now)
            # In one transaction with the last of what falls due, so that no request comes between.
            moved = take_due(turn, instant, DUE_AT_ONCE, dated=True) < DUE_AT_ONCE
            if moved:
                turn.clock_at = instant
            return []

        while not moved:
            self.clerk.submit_work(work, DUE_AT_ONCE).result()

    def _due(self, up_to: Instant, *, dated: bool) -> int:
        recorded = 0

        def work(turn: Turn) -> list[Outcome]:
            nonlocal recorded
            recorded = take_due(turn, up_to, DUE_AT_ONCE, dated=dated)
            return []

        self.clerk.submit_work(work, DUE_AT_ONCE).result()
        return recorded


def _enter_packs(turn: Turn, shipped: Sequence[bytes], chosen: bytes | None) -> None:
    if turn.head.next_position == 1:
        publish_first(turn, [*shipped, *([] if chosen is None else [chosen])])
        return
    for canonical in shipped:
        if not is_known(turn.rulebook.book, canonical):
            with suppress(PublishedTooLate, ImpactReportMissing):
                publish(turn, canonical, LEDGER_ACTOR)
    if chosen is not None:
        publish(turn, chosen, LEDGER_ACTOR)
