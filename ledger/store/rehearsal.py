"""A turn that is played through and never written: what requests would bring, as the log stands.

It reads one moment of the log on a reader's connection, in a transaction in which the database
itself refuses every write, and takes no lock: nobody who writes waits for it.
"""

from typing import Any

from psycopg import Cursor

from ledger.facts.dates import parse_date
from ledger.facts.kinds import AnyFact
from ledger.facts.performance import PerformanceReported
from ledger.service.counts import sums_of
from ledger.service.days import Days
from ledger.service.days import Told as DayTold
from ledger.store.clocks import Clock
from ledger.store.loading import read_head
from ledger.store.memory import Memory
from ledger.store.reader import Reader
from ledger.store.refusals import Importing
from ledger.store.texts import Texts, TextsKept
from ledger.store.turn import Turn


class Rehearsal(Turn):
    """Decides as any turn; what it appends stays here, where a writer's next statement would find
    it in the database.
    """

    def __init__(self, cursor: Cursor[Any], known: Memory, clock: Clock) -> None:
        """On a snapshot's cursor. Of what is `known`, only rules and the place up to which they
        were read are used: sellers may be remembered from behind the snapshot.

        Raises `Importing` where a writer would.
        """
        head = read_head(cursor)
        if head.importing is not None:
            raise Importing(head.importing)
        super().__init__(cursor, head, known, clock)
        self.texts = _TextsOfRehearsal(self.known)

    def fact(self, stream: str, version: int) -> AnyFact:
        """A fact by its address, of this turn or before; it has to be there."""
        for appended in self.facts:
            if (appended.stream, appended.version) == (stream, version):
                return appended.fact  # type: ignore[return-value]
        return super().fact(stream, version)

    def days_of(self, seller_id: str, first: int, last: int) -> Days:
        """A seller's days, complete from the day `first` on, with everything appended so far."""
        days = super().days_of(seller_id, first, last)
        for appended in self.facts:
            fact = appended.fact
            if isinstance(fact, PerformanceReported) and fact.seller_id == seller_id:
                told = DayTold(parse_date(fact.date), appended.version, sums_of(fact))
                days = days.and_then(told, first)
        return days

    def _send_facts(self) -> None:
        """Nothing is sent."""


class _TextsOfRehearsal(Texts):
    """Texts that are sealed and counted, and then forgotten."""

    def kept(self, cursor: Cursor[Any], seller_id: str) -> TextsKept:
        """Those of the database and those of the turn, which is about this seller."""
        found = super().kept(cursor, seller_id)
        return found._replace(texts=found.texts + len(self._sealed))

    def erase(self, cursor: Cursor[Any], seller_id: str) -> None:
        """Nothing is erased."""


def rules_known(reader: Reader) -> Memory:
    """What a rehearsal takes over from the process. Ask before the snapshot is taken: then it
    finds by itself what was published in between.
    """
    head = reader.memory.head
    return Memory(head, reader.memory.rulebook)
