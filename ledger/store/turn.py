"""One writer's turn: what a transaction under the log's lock reads, appends, and writes last."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from msgspec import Struct
from msgspec.structs import replace
from psycopg import Cursor

from ledger.facts.fact import Fact
from ledger.facts.ids import is_policy, seller_of, seller_of_day, seller_stream
from ledger.facts.instants import DAY_US, Instant
from ledger.facts.kinds import (
    OF_SELLERS,
    AnyFact,
    CasesOwnFact,
    SellerFact,
    from_bytes,
    name_of,
    to_bytes,
)
from ledger.service.days import Days
from ledger.standing.evolve import evolve
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.store.agenda import Agenda
from ledger.store.cases import Cases, is_case
from ledger.store.clocks import Clock
from ledger.store.head import Head
from ledger.store.inserting import insert_facts
from ledger.store.keeping import (
    Told,
    save_sealed,
    save_sellers,
    save_told,
)
from ledger.store.loading import SQL, load_book, load_sellers
from ledger.store.memory import Known, Memory
from ledger.store.seals import Lots, Sealed, content_digest
from ledger.store.serving import DaysOfTurn

KEY_LIFE_US: Final = 30 * DAY_US
"""How long an idempotency key is kept."""

SENT_AT_ONCE: Final = 200
"""Facts that are sent to the database while the next are decided."""


class Appended(Struct, frozen=True, gc=False):
    """A fact with the address and the position that it gets."""

    stream: str
    version: int
    position: int
    fact: Fact


class Turn:
    """Reads what is known under the lock, and gathers what is to be written."""

    def __init__(self, cursor: Cursor[Any], head: Head, memory: Memory, clock: Clock) -> None:
        self.cursor = cursor
        self.head = head
        self.clock = clock
        self.clock_at = head.clock_at
        self.dated = False
        """Whether a history gives each fact its own instant."""
        self.known: dict[str, Known] = {}
        self.cases = Cases(cursor)
        self.facts: list[Appended] = []
        self._memory = memory
        self.changed = set[str]()
        """Sellers with facts of this turn."""
        self.agenda = Agenda(cursor, self)
        self._new_keys = set[str]()
        self._lots = Lots()
        self._sealed: list[tuple[int, Sealed]] = []
        self._told: dict[tuple[str, str], tuple[Told, Instant]] = {}
        self._instant: Instant | None = None
        self._written = 0
        self.last_recorded_at = head.last_recorded_at
        """Of the newest fact, those of this turn included."""
        others = self._changed_by_others()
        self._others = {s for stream in others if (s := seller_of(stream)) is not None}
        self._new_rulebook = self._read_rulebook(others)
        days = {s for stream in others if (s := seller_of_day(stream)) is not None}
        self.days = DaysOfTurn(cursor, memory.days, days)

    # -- reading -------------------------------------------------------------------------

    @property
    def at(self) -> Instant:
        """The `recorded_at` of what is appended now; on the system clock, one for the
        whole turn.
        """
        if self._instant is None or self.clock.kind == "test" or self.dated:
            self._instant = self.clock.next_instant(self._head_now())
        return self._instant

    @property
    def now(self) -> Instant:
        """The present instant, where the clock was moved or facts were dated in this turn too."""
        return self.clock.now(self._head_now())

    def _head_now(self) -> Head:
        return replace(self.head, clock_at=self.clock_at, last_recorded_at=self.last_recorded_at)

    @property
    def rulebook(self) -> Rulebook:
        """The rules as they stand under the lock."""
        return self._new_rulebook or self._memory.rulebook

    def rulebook_if_new(self) -> Rulebook | None:
        """The rules, if they are newer than those remembered."""
        return self._new_rulebook

    def load(self, seller_ids: Iterable[str]) -> None:
        """Have these sellers at hand: from memory where it is up to date, else from the
        database.
        """
        missing: list[str] = []
        for seller_id in seller_ids:
            if seller_id in self.known:
                continue
            remembered = None if seller_id in self._others else self._memory.get(seller_id)
            # One without a key may have got it elsewhere since, by a dispute that left its own
            # stream as it was.
            if remembered is None or remembered.key is None:
                missing.append(seller_id)
            else:
                self.known[seller_id] = remembered
        if missing:
            self._memory.misses += len(missing)
            self.known |= load_sellers(self.cursor, missing)

    def load_cases(self, streams: Iterable[str]) -> None:
        """Have the cases of these streams at hand, and their sellers."""
        found = self.cases.load(streams)
        self.load({case.seller_id for case in found if case.seller_id is not None})

    def load_streams(self, streams: Iterable[str]) -> None:
        """Have the sellers and cases of these streams at hand."""
        names = list(streams)
        self.load(s for stream in names if (s := seller_of(stream)) is not None)
        self.load_cases(stream for stream in names if is_case(stream))

    def seller(self, seller_id: str) -> Seller:
        """A loaded seller, with everything appended in this turn."""
        return self.known[seller_id].seller

    def days_of(self, seller_id: str, first: int, last: int) -> Days:
        """A seller's days, complete from the day `first` on, with everything appended so far."""
        if not self.days.has(seller_id, first):
            self._send_facts()
        return self.days.of(seller_id, first, last)

    def fact(self, stream: str, version: int) -> AnyFact:
        """A fact by its address, of this turn or before; it has to be there."""
        self._send_facts()
        self.cursor.execute(SQL["fact_told"], (stream, version))
        row = self.cursor.fetchone()
        assert row is not None
        return from_bytes(*row)

    def changed_streams(self) -> list[str]:
        """The streams of sellers and cases with facts of this turn, in order."""
        return sorted([*map(seller_stream, self.changed), *self.cases.changed])

    def next_due(self, stream: str) -> Instant | None:
        """When a loaded seller or case is next due."""
        seller_id = seller_of(stream)
        found = self.cases[stream] if seller_id is None else self.seller(seller_id)
        return found.next_due()

    def sealed(self, seller_id: str, text: dict[str, object]) -> Sealed:
        """A text under the seal of a loaded seller; its key is drawn now if it has none yet."""
        return self._lots.sealed(text, self._key_of(seller_id))

    def content(self, seller_id: str, told: bytes) -> str:
        """A digest under a loaded seller's key, by which the same words are known again."""
        return content_digest(told, self._key_of(seller_id))

    def _key_of(self, seller_id: str) -> bytes:
        known = self.known[seller_id]
        key = known.key
        if key is None:
            key = self._lots.new_key()
            self.known[seller_id] = replace(known, key=key)
            self._new_keys.add(seller_id)
        return key

    def told(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Told]:
        """Where these (actor, idempotency key) pairs were answered in 30 days and this turn."""
        if not keys:
            return {}
        actors, texts = [list(column) for column in zip(*keys, strict=True)]
        self.cursor.execute(SQL["load_idempotency_keys"], (actors, texts, self._oldest_key()))
        found = {(a, k): Told(s, v) for a, k, s, v in self.cursor.fetchall()}
        return found | {key: self._told[key][0] for key in keys if key in self._told}

    def _oldest_key(self) -> Instant:
        return self.now - KEY_LIFE_US

    def changed_elsewhere(self) -> set[str]:
        """Sellers that others changed since this process last looked, and that were not
        read here.
        """
        return self._others - self.known.keys()

    # -- appending -----------------------------------------------------------------------

    def append(self, seller_id: str, facts: Sequence[SellerFact]) -> list[Appended]:
        """Append to a loaded seller's stream; returns the facts with their positions."""
        known = self.known[seller_id]
        seller, stream = known.seller, seller_stream(seller_id)
        position = self._next_position()
        appended: list[Appended] = []
        for fact in facts:
            seller = evolve(seller, fact, position)
            appended.append(Appended(stream, seller.version, position, fact))
            position += 1
            self.last_recorded_at = fact.recorded_at
        self.facts += appended
        self.known[seller_id] = Known(seller, known.key, known.kept)
        self.changed.add(seller_id)
        if self.agenda.watching:
            self.agenda.watch(stream)
        if len(self.facts) - self._written >= SENT_AT_ONCE:
            self._send_facts()
        return appended

    def append_case(
        self, stream: str, facts: Sequence[CasesOwnFact | SellerFact]
    ) -> list[Appended]:
        """Append to a case's stream, and what is about its seller to the seller's, in order."""
        appended: list[Appended] = []
        for fact in facts:
            if isinstance(fact, OF_SELLERS):
                seller_id = cast(str, self.cases[stream].seller_id)
                appended += self.append(seller_id, [cast(SellerFact, fact)])
                continue
            case = self.cases.add(stream, fact, self._next_position())
            appended.append(self.append_to(stream, case.version, fact))
        if self.agenda.watching:
            self.agenda.watch(stream)
        return appended

    def append_to(self, stream: str, version: int, fact: Fact) -> Appended:
        """Append to a stream that is no seller's."""
        stored = Appended(stream, version, self._next_position(), fact)
        self.facts.append(stored)
        self.last_recorded_at = fact.recorded_at
        return stored

    def _next_position(self) -> int:
        return self.head.next_position + len(self.facts)

    def version_of(self, stream: str) -> int:
        """The newest version of a stream that is no seller's."""
        self._send_facts()
        self.cursor.execute(SQL["stream_version"], (stream,))
        row = self.cursor.fetchone()
        return 0 if row is None else int(row[0])

    def keep_sealed(self, position: int, sealed: Sealed) -> None:
        """Keep a text beside the fact at `position`."""
        self._sealed.append((position, sealed))

    def keep_told(self, actor: str, key: str, told: Told, at: Instant) -> None:
        """Remember where an idempotency key was answered."""
        self._told[actor, key] = told, at

    def learn(self) -> None:
        """Read the rules again: an edition was published in this turn."""
        self._send_facts()
        book = load_book(self.cursor)
        self._new_rulebook = Rulebook(book, self._memory.rulebook.pack)

    # -- writing -------------------------------------------------------------------------

    def write(self) -> Head:
        """Write everything gathered; returns where the log ends once it is committed."""
        self._send_facts()
        derived = self.agenda.derived
        sellers = self.changed | {s for stream in derived if (s := seller_of(stream)) is not None}
        save_sellers(self.cursor, self.known, sellers, derived, self.agenda.due_of)
        self.cases.save({stream for stream in derived if is_case(stream)})
        if self._new_keys:
            names = self._keys_to_save()
            self.cursor.execute(SQL["save_keys"], (names, [self.known[n].key for n in names]))
        if self._told:
            save_told(self.cursor, self._told, self._oldest_key())
        after = replace(
            self.head,
            next_position=self._next_position(),
            last_recorded_at=self.last_recorded_at,
            clock=self.clock.kind if self.clock.kind == "test" else self.head.clock,
            clock_at=self.clock_at,
        )
        if after != self.head:
            self.cursor.execute(
                SQL["advance_head"],
                (after.next_position, after.last_recorded_at, after.clock, after.clock_at),
            )
        return after

    def _send_facts(self) -> None:
        unwritten = self.facts[self._written :]
        self._written = len(self.facts)
        if unwritten:
            insert_facts(
                self.cursor,
                streams=[f.stream for f in unwritten],
                versions=[f.version for f in unwritten],
                names=[name_of(f.fact) for f in unwritten],
                states=[to_bytes(f.fact) for f in unwritten],
                positions=[f.position for f in unwritten],
            )
        sealed, self._sealed = self._sealed, []
        if sealed:
            save_sealed(self.cursor, sealed)

    def _keys_to_save(self) -> list[str]:
        """Sellers who got their first fact; a key drawn for a request that was refused is
        dropped.
        """
        used = self.changed | self.cases.sellers()
        for refused in self._new_keys - used:
            self.known[refused] = replace(self.known[refused], key=None)
        return sorted(self._new_keys & used)

    def _changed_by_others(self) -> set[str]:
        """The streams that other processes appended to since this one last looked."""
        read, end = self._memory.head.next_position, self.head.next_position
        if read == end:
            return set()
        self.cursor.execute(SQL["changed_streams"], (read, end))
        return {cast(str, stream) for (stream,) in self.cursor.fetchall()}

    def _read_rulebook(self, others: set[str]) -> Rulebook | None:
        if not any(is_policy(stream) for stream in others):
            return None
        return Rulebook(load_book(self.cursor), self._memory.rulebook.pack)
