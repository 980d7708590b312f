"""A log that a command only looks at, whoever writes it and by whatever clock."""

from collections.abc import Callable, Sequence
from typing import Self, TypeVar

import psycopg

from api.opening import packs_of, system_now
from api.settings import Settings
from ledger.facts.instants import Instant
from ledger.log import Log
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import policy_from_canonical
from ledger.policy.document import PackData, from_canonical, read
from ledger.policy.policy import Policy
from ledger.policy.shipped import shipped_packs
from ledger.standing.rulebook import Rulebook
from ledger.store.clocks import Clock, SandboxClock, SystemClock
from ledger.store.connections import Pulse, Readers
from ledger.store.head import Head
from ledger.store.journal import Journal
from ledger.store.loading import SQL as LOADING
from ledger.store.opening import connect_writer, first_memory
from ledger.store.reader import Reader
from ledger.store.turn import Turn

Result = TypeVar("Result")


class Looking(Log):
    """A log that is only read: from `with` to its end. One that was not begun is begun empty."""

    def __init__(self, dsn: str, settings: Settings) -> None:
        clock = _clock_of_log(dsn)
        pack, packs = packs_of(settings)
        memory = first_memory(dsn, pack, clock)
        if memory.head.last_position == 0:
            memory.rulebook = Rulebook(_book_to_be(packs), pack)
        self._dsn = dsn
        self._pool = Readers(dsn, 1, Pulse())
        super().__init__(Reader(self._pool, memory), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def post(self, work: Callable[[Turn], Result]) -> Result:
        """Write, in a transaction of its own, the one thing that looking leaves in the log: that
        it was done. Raises what `Journal.post` does.
        """
        journal = Journal(lambda: connect_writer(self._dsn), self.memory, self.clock)
        try:
            return journal.post(work)
        finally:
            journal.close()

    def pack_in_force(self, pack: str, at: Instant) -> tuple[Policy, PackData]:
        """The edition in force at an instant, as far as is known now, and what it says."""
        policy = self.rulebook.book.in_force(pack, at, self.now())
        if self.memory.head.last_position == 0:
            return policy, read(shipped_packs()[policy.ref])
        return policy, from_canonical(self.reader.edition(policy.digest))


def _book_to_be(packs: Sequence[bytes]) -> Book:
    """The editions that a log which nobody has written to yet will begin with."""
    policies = sorted(map(policy_from_canonical, packs), key=lambda p: (p.published_at, p.ref))
    book = Book()
    for position, policy in enumerate(policies, start=1):
        book = book.with_edition(PublishedEdition(policy, policy.published_at, position))
    return book


def _clock_of_log(dsn: str) -> Clock:
    """A sandbox's log is read by the sandbox's clock, whatever the settings say."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(LOADING["read_head"]).fetchone()
    return SandboxClock() if row and Head.of(row).clock == "test" else SystemClock(system_now)
