"""Standing changes: what storefronts have to hear of, derived from the log and kept nowhere.

An append is one decision: a fact and the facts that followed from it, recorded with it. It brings a
change if what a storefront sees right after it differs from what it saw right after the seller's
append before. The change has the position of the append's last fact. Whoever asks later, from
wherever, gets the same changes: nothing here depends on who wrote what in which transaction.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Final, NamedTuple, TypeAlias, cast

from ledger.facts.appeals import AppealLapsed
from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.policies import PolicyPublished
from ledger.facts.sanctions import FundsReleased, SanctionEnded
from ledger.facts.violations import ViolationExpired
from ledger.policy.book import Book
from ledger.standing.evolve import evolve
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, Status, standing
from ledger.store.loading import StoredFact
from ledger.store.memory import crowd_out
from ledger.store.reader import Reader
from ledger.store.sql import queries
from projections.taking import Unreadable, decoded, read_stretch

SQL: Final = queries("projections", "standing_changes.sql")
FACTS_AT_ONCE: Final = 500
SELLERS_REMEMBERED: Final = 5_000

Face: TypeAlias = tuple[object, ...]
"""What a storefront sees of a standing, and nothing else."""


class StandingChange(NamedTuple):
    """A seller's standing after an append that changed it; `was` is its status before."""

    position: int
    standing: Standing
    was: Status


class PolicyChange(NamedTuple):
    """An edition was published: from `effective_at` on, every seller's limits may be others."""

    position: int
    policy: str
    effective_at: Instant


Change: TypeAlias = StandingChange | PolicyChange


class Chunk(NamedTuple):
    """All changes of a piece of the log, in its order; it ends at the position `end`."""

    end: int
    changes: tuple[Change, ...]


class _Seen(NamedTuple):
    """A seller after an append, and the face that it had then."""

    seller: Seller
    face: Face
    status: Status


class StandingChanges:
    """Derives changes from a log; remembers sellers, so that following its end asks for no more
    than the new facts. May be used from any thread.
    """

    def __init__(self, reader: Reader, remembered: int = SELLERS_REMEMBERED) -> None:
        self._reader = reader
        self._most = remembered
        self._seen: dict[str, _Seen] = {}
        self._rules = RulesByPosition(reader.memory.rulebook)
        self._lock = Lock()

    def after(self, position: int, to: int, at_once: int = FACTS_AT_ONCE) -> Chunk:
        """The changes after a position, from about `at_once` facts; `to` is how far the log is
        read here, or where an append ends. Raises `Unavailable`.
        """
        with self._lock:
            with self._reader.cursor() as cursor:
                stretch = read_stretch(cursor, position, to, at_once)
            facts, end = readable(stretch.facts, stretch.unreadable), to
            if stretch.last < to:
                facts = without_last_append(facts)
                end = facts[-1].position if facts else position
            if end > position or stretch.last == to:
                return Chunk(end, tuple(sorted(self._changes(facts, position), key=_position)))
        return self.after(position, to, 4 * at_once)

    def _changes(self, facts: Sequence[StoredFact], after: int) -> Iterator[Change]:
        if self._rules.whole is not self._reader.memory.rulebook:
            self._rules = RulesByPosition(self._reader.memory.rulebook)
        streams: dict[str, list[StoredFact]] = {}
        for stored in facts:
            if isinstance(stored.fact, PolicyPublished):
                yield from self._published(stored.fact, stored.position)
            elif seller_of(stored.stream) is not None:
                # What a dispute brings a seller stands in the seller's own stream as well.
                streams.setdefault(stored.stream, []).append(stored)
        # All of them now: to remember one seller may make another forgotten.
        known = {stream: self._before(new) for stream, new in streams.items()}
        unknown = [stream for stream, before in known.items() if before is None]
        if unknown:
            streams |= self._whole(unknown, facts[-1].position)
        for stream, new in streams.items():
            if new:
                # What is not remembered was loaded from its first fact on.
                yield from self._of_seller(known[stream] or Seller(_seller(new)), new, after)

    def _published(self, fact: PolicyPublished, position: int) -> Iterator[PolicyChange]:
        """Of packs that do not decide here, nobody has to hear."""
        if fact.policy.partition("@")[0] == self._rules.whole.pack:
            yield PolicyChange(position, fact.policy, fact.effective_at)

    def _before(self, new: Sequence[StoredFact]) -> _Seen | Seller | None:
        """What is known of a seller right before these facts of its stream; None if nothing is."""
        if new[0].version == 1:
            return Seller(_seller(new))
        seen = self._seen.get(_seller(new))
        return seen if seen is not None and seen.seller.version == new[0].version - 1 else None

    def _whole(self, streams: list[str], to: int) -> dict[str, list[StoredFact]]:
        loaded: dict[str, list[StoredFact]] = {stream: [] for stream in streams}
        with self._reader.cursor() as cursor:
            cursor.execute(SQL["streams_up_to"], {"streams": streams, "to": to})
            for stored in readable(*decoded(cursor.fetchall())):
                loaded[stored.stream].append(stored)
        return loaded

    def _of_seller(
        self, before: _Seen | Seller, facts: Sequence[StoredFact], after: int
    ) -> Iterator[StandingChange]:
        seen, seller = (before, before.seller) if isinstance(before, _Seen) else (None, before)
        for append in appends(facts):
            last = append[-1]
            if last.position > after and seen is None:
                seen = self._as_it_stood(seller, last)
            for stored in append:
                seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
            if last.position <= after:
                seen = None
                continue
            assert seen is not None
            found = self._standing(seller, last.position, seller.recorded_at)
            now = _Seen(seller, face(found), found.status)
            if now.face != seen.face:
                yield StandingChange(last.position, found, seen.status)
            seen = now
        if seen is not None:
            self._remember(seen)

    def _as_it_stood(self, seller: Seller, following: StoredFact) -> _Seen:
        """The seller right after its last append; one without facts was clean until its first."""
        if seller.version:
            found = self._standing(seller, seller.position, seller.recorded_at)
        else:
            found = self._standing(seller, following.position, following.fact.recorded_at)
        return _Seen(seller, face(found), found.status)

    def _standing(self, seller: Seller, position: int, at: Instant) -> Standing:
        return standing(seller, self._rules.at(position), at, at)

    def _remember(self, seen: _Seen) -> None:
        seller_id = seen.seller.seller_id
        known = self._seen.pop(seller_id, seen)
        # Who asks about the past must not make those forget who follow the log's end.
        self._seen[seller_id] = max(known, seen, key=lambda each: each.seller.version)
        crowd_out(self._seen, self._most)


class RulesByPosition:
    """The rulebook as it was at each place in the log: an answer never knows later editions."""

    def __init__(self, whole: Rulebook) -> None:
        self.whole = whole
        self._editions = whole.book.editions
        self._positions = [edition.position for edition in self._editions]
        self._known: dict[int, Rulebook] = {len(self._editions): whole}

    def at(self, position: int) -> Rulebook:
        """The rules as they were published up to a position."""
        count = bisect_right(self._positions, position)
        known = self._known.get(count)
        if known is None:
            book = Book()
            for edition in self._editions[:count]:
                book = book.with_edition(edition)
            known = self._known[count] = Rulebook(book, self.whole.pack)
        return known


def appends(facts: Iterable[StoredFact]) -> Iterator[list[StoredFact]]:
    """A stream's facts, one list for each decision: a fact and those that it brought at once."""
    append: list[StoredFact] = []
    addresses: set[str] = set()
    for stored in facts:
        fact = stored.fact
        follows = (
            fact.caused_by in addresses
            and fact.recorded_at == append[-1].fact.recorded_at
            and not _brought_by_time(fact)
        )
        if append and not follows:
            yield append
            append, addresses = [], set()
        append.append(stored)
        addresses.add(f"{stored.stream}.{stored.version}")
    if append:
        yield append


def face(found: Standing) -> Face:
    """What a storefront sees of a standing. Of sanctions and freezes only the end ever changes."""
    return (
        found.status,
        found.can_sell,
        found.can_promote,
        found.can_withdraw,
        found.buckets,
        tuple((s.sanction_id, s.until()) for s in found.sanctions),
        tuple((f.freeze_id, f.ends_at) for f in found.freezes),
    )


def _seller(facts: Sequence[StoredFact]) -> str:
    """Whose stream these facts stand in."""
    return cast(str, seller_of(facts[0].stream))


def _brought_by_time(fact: object) -> bool:
    """Whether this is due work, which names what it ends as its cause and is yet a decision of its
    own: on a clock that stands still it may be recorded at the same instant.
    """
    match fact:
        case ViolationExpired() | SanctionEnded() | AppealLapsed() | FundsReleased(why="due"):
            return True
        case _:
            return False


def readable(facts: list[StoredFact], unreadable: Sequence[Unreadable]) -> list[StoredFact]:
    """Facts from which changes follow: of a stream those before the first that nobody can read.
    Views park its seller there, and tell; the others go on.
    """
    ends: dict[str, int] = {}
    for stream, position, _ in unreadable:
        ends.setdefault(stream, position)
    return [f for f in facts if f.stream not in ends or f.position < ends[f.stream]]


def without_last_append(facts: list[StoredFact]) -> list[StoredFact]:
    """Without what may go on behind the last fact that was read."""
    if not facts:
        return facts
    last = facts[-1]
    end = len(facts)
    while end and (facts[end - 1].stream, facts[end - 1].fact.recorded_at) == (
        last.stream,
        last.fact.recorded_at,
    ):
        end -= 1
    return facts[:end]


def _position(change: Change) -> int:
    return change.position
