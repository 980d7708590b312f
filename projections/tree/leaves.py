"""The facts of the log as leaves of the tree."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.proof.hashing import leaf_hash
from ledger.proof.leaves import Leaf
from ledger.proof.refusals import UnfitLeaf
from ledger.store.head import Head
from ledger.store.loading import SQL as LOADING
from ledger.store.loading import StoredFact, recorded_at_of
from ledger.store.sql import queries

SQL: Final = queries("projections.tree", "leaves.sql")


class BrokenLog(Exception):
    """Positions do not follow one another, or a fact cannot be told: no tree stands on such a
    log.
    """


def log_end(cursor: Cursor[Any]) -> int:
    """The position of the newest fact; 0 for a log that nobody began."""
    cursor.execute(LOADING["read_head"])
    row = cursor.fetchone()
    return 0 if row is None else Head.of(row).last_position


def leaf_of(stored: StoredFact) -> Leaf:
    """The leaf of a fact."""
    return _leaf(
        (stored.stream, stored.version, stored.name, stored.state, stored.position),
    )


def instant_of(state: bytes) -> Instant:
    """When a fact was recorded; 0 where its bytes tell no instant. They are proved as they are:
    one bad fact stops nobody's proofs.
    """
    try:
        return max(0, recorded_at_of(state))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return 0


def read_leaves(cursor: Cursor[Any], after: int, to: int) -> list[Leaf]:
    """The leaves behind a position, up to another, in order; positions may be missing."""
    # In binary: as text, bytes come twice as long and are read one by one.
    cursor.execute(SQL["facts_after"], {"after": after, "to": to}, binary=True)
    return [_leaf(row) for row in cursor.fetchall()]


def leaf_hashes(cursor: Cursor[Any], after: int, to: int) -> list[bytes]:
    """The hash of every leaf behind a position; raises `BrokenLog` where one is missing."""
    return [leaf_hash(leaf) for leaf in dense_leaves(cursor, after, to)]


def dense_leaves(cursor: Cursor[Any], after: int, to: int) -> Iterator[bytes]:
    """The bytes of every leaf behind a position; raises `BrokenLog` where one is missing."""
    leaves = read_leaves(cursor, after, to)
    for position, leaf in enumerate(leaves, after + 1):
        if leaf.position != position:
            raise BrokenLog(f"position {position} is missing: next comes {leaf.position}")
        try:
            yield leaf.encode()
        except UnfitLeaf as unfit:
            raise BrokenLog(str(unfit)) from None
    if len(leaves) != to - after:
        raise BrokenLog(f"the log ends at {after + len(leaves)}, and its head says {to}")


def _leaf(row: Any) -> Leaf:
    stream, version, name, state, position = row
    return Leaf(position, stream, version, name, instant_of(state), bytes(state))
