"""Reading sellers and rules from the database, on whichever connection the caller has."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec
from msgspec.structs import replace
from psycopg import Cursor

from ledger.facts.ids import seller_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import AnyFact, SellerFact, from_bytes
from ledger.facts.policies import PolicyPublished
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import policy_from_canonical
from ledger.standing.appeals import Appeal
from ledger.standing.evolve import evolve
from ledger.standing.keeping import Keeping
from ledger.standing.proposals import Proposal
from ledger.standing.seller import ENGINE_VERSION, Freeze, Sanction, Seller
from ledger.standing.serving import Served
from ledger.standing.violations import Violation, Violations
from ledger.store.head import Head
from ledger.store.memory import Kept, Known
from ledger.store.sql import queries

SQL: Final = queries("ledger.store", "journal.sql")


class _Memo(msgspec.Struct, frozen=True, array_like=True):
    """A seller as its memo tells it."""

    seller_id: str
    version: int
    recorded_at: Instant
    position: int
    violations: tuple[Violation, ...]
    sanctions: tuple[Sanction, ...]
    freezes: tuple[Freeze, ...]
    appeals: tuple[Appeal, ...]
    proposals: tuple[Proposal, ...]
    served: Served
    keeping: Keeping


_MEMOS: Final = msgspec.msgpack.Decoder(_Memo)
_ENCODER: Final = msgspec.msgpack.Encoder()


class StoredFact(NamedTuple):
    """A fact with its address and its place in the log."""

    stream: str
    version: int
    position: int
    name: str
    fact: AnyFact
    state: bytes
    """The stored bytes, which proofs are about."""

    @classmethod
    def of(cls, row: Any) -> "StoredFact":
        """From a row of the log: stream, version, name, bytes, position. Raises
        `UnreadableFact`.
        """
        stream, version, name, state, position = row
        return cls(stream, version, position, name, from_bytes(name, state), state)


class _RecordedAt(msgspec.Struct):
    """The one field of any stored fact that the log itself looks at."""

    at: Instant


_RECORDED_AT: Final = msgspec.json.Decoder(_RecordedAt)


def recorded_at_of(state: bytes) -> Instant:
    """When a stored fact of any kind, known or not, was recorded."""
    return _RECORDED_AT.decode(state).at


def read_head(cursor: Cursor[Any]) -> Head:
    """Where the log ends."""
    cursor.execute(SQL["read_head"])
    return Head.of(cursor.fetchone())


def state_bytes(seller: Seller) -> bytes:
    """The memo of a seller as it is stored."""
    return _ENCODER.encode(
        _Memo(
            seller.seller_id,
            seller.version,
            seller.recorded_at,
            seller.position,
            tuple(seller.violations),
            seller.sanctions,
            seller.freezes,
            seller.appeals,
            seller.proposals,
            seller.served,
            seller.keeping,
        )
    )


def _from_state(state: bytes) -> Seller:
    memo = _MEMOS.decode(state)
    return Seller(
        memo.seller_id,
        memo.version,
        memo.recorded_at,
        memo.position,
        Violations.of(memo.violations),
        memo.sanctions,
        memo.freezes,
        memo.appeals,
        memo.proposals,
        memo.served,
        memo.keeping,
    )


def load_sellers(
    cursor: Cursor[Any], seller_ids: Sequence[str], enough: Mapping[str, int] | None = None
) -> dict[str, Known]:
    """The sellers asked for; one without facts is a seller of whom nothing is known.

    A memo may be older than the newest facts: those recorded since are put on top of it. A seller
    of whom `enough` gives a version may be known as it was then, or at any time since.
    """
    found = {seller_id: Known(Seller(seller_id)) for seller_id in seller_ids}
    cursor.execute(SQL["load_states"], (list(seller_ids),))
    memos: list[tuple[str, int]] = []
    for seller_id, version, engine, due_at, state, key in cursor.fetchall():
        if engine is None:
            found[seller_id] = Known(Seller(seller_id), key)
        elif engine == ENGINE_VERSION:
            found[seller_id] = Known(_from_state(state), key, Kept(version, due_at))
            if enough is None or version < enough[seller_id]:
                memos.append((seller_id, version))
        else:
            # Written by another engine: what it concluded is derived again from the facts.
            found[seller_id] = Known(Seller(seller_id), key)
            memos.append((seller_id, 0))
    if memos:
        _bring_up_to_date(cursor, found, memos)
    return found


def _bring_up_to_date(
    cursor: Cursor[Any], found: dict[str, Known], memos: Sequence[tuple[str, int]]
) -> None:
    """Put the facts that were recorded after the memos on top of them."""
    streams = [seller_stream(seller_id) for seller_id, _ in memos]
    cursor.execute(SQL["load_since"], (streams, [version for _, version in memos]))
    for stream, name, state, position in cursor.fetchall():
        known = found[cast(str, seller_of(stream))]
        fact = cast(SellerFact, from_bytes(name, state))
        found[known.seller.seller_id] = replace(known, seller=evolve(known.seller, fact, position))


def load_stream(cursor: Cursor[Any], stream: str) -> list[StoredFact]:
    """All facts of one stream, in order."""
    cursor.execute(SQL["load_stream"], (stream,))
    return [
        StoredFact(stream, version, position, name, from_bytes(name, state), state)
        for version, name, state, position in cursor.fetchall()
    ]


def load_told(
    cursor: Cursor[Any], addresses: Collection[tuple[str, int]]
) -> dict[tuple[str, int], tuple[AnyFact, dict[str, Any] | None]]:
    """The facts at these addresses (stream and version), with the texts kept beside them; None
    where there is no text, or no longer.
    """
    if not addresses:
        return {}
    streams, versions = zip(*addresses, strict=True)
    cursor.execute(SQL["facts_told"], (list(streams), list(versions)))
    return {
        (stream, version): (
            from_bytes(name, state),
            None if body is None else msgspec.json.decode(body),
        )
        for stream, version, name, state, body in cursor.fetchall()
    }


def replay(seller_id: str, facts: Iterable[StoredFact], known_at: Instant | None = None) -> Seller:
    """What is known of a seller after these facts, or after those recorded by `known_at`."""
    seller = Seller(seller_id)
    for stored in facts:
        if known_at is not None and stored.fact.recorded_at > known_at:
            break
        seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
    return seller


def load_book(cursor: Cursor[Any]) -> Book:
    """Every edition that entered the log, from its canonical bytes."""
    book = Book()
    cursor.execute(SQL["editions"])
    for canonical, state, position in cursor.fetchall():
        published = from_bytes("policy-published.v1", state)
        assert isinstance(published, PolicyPublished)
        policy = policy_from_canonical(canonical)
        book = book.with_edition(PublishedEdition(policy, published.recorded_at, position))
    return book
