"""What a turn writes beside its facts: memos, due instants, texts, keys of requests."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.standing.seller import ENGINE_VERSION, Seller
from ledger.store.arrays import many_bytes, numbers
from ledger.store.loading import SQL, state_bytes
from ledger.store.memory import Kept, Known
from ledger.store.seals import Sealed

MOST_LAG: Final = 32
"""Facts that a memo may lack. Of a long history, a third: so often it is written again."""


class Told(NamedTuple):
    """Where an earlier request was answered: with a fact of this stream."""

    stream: str
    version: int


def save_sellers(
    cursor: Cursor[Any],
    known: dict[str, Known],
    seller_ids: Collection[str],
    derived: Collection[str],
    due_of: Callable[[str], Instant | None],
) -> None:
    """Write what is kept of these sellers: for most that is nothing new.

    The next lapse of a seller stays the same while it gains violations, and the facts since
    its memo complete it. So both are written when they have to be, not with every fact. Where the
    memo was another engine's (`derived` has the stream), it is written anew.
    """
    memos: list[tuple[Seller, Instant | None]] = []
    dues: list[tuple[str, Instant | None]] = []
    for seller_id in sorted(seller_ids):
        seller, kept = known[seller_id].seller, known[seller_id].kept
        stream = seller_stream(seller_id)
        due_at = due_of(stream)
        if kept is None or stream in derived or _lags(kept, seller):
            memos.append((seller, due_at))
            kept = Kept(seller.version, due_at)
        elif due_at != kept.due_at:
            dues.append((seller_id, due_at))
            kept = Kept(kept.version, due_at)
        else:
            continue
        known[seller_id] = Known(seller, known[seller_id].key, kept)
    if memos:
        _save_memos(cursor, memos)
    if dues:
        cursor.execute(SQL["save_due"], [list(column) for column in zip(*dues, strict=True)])


def _save_memos(cursor: Cursor[Any], memos: Sequence[tuple[Seller, Instant | None]]) -> None:
    cursor.execute(
        SQL["save_states"],
        (
            ENGINE_VERSION,
            [seller.seller_id for seller, _ in memos],
            [seller.version for seller, _ in memos],
            [due_at for _, due_at in memos],
            [state_bytes(seller) for seller, _ in memos],
        ),
    )


def _lags(kept: Kept, seller: Seller) -> bool:
    return seller.version - kept.version > max(MOST_LAG, kept.version // 3)


def save_sealed(cursor: Cursor[Any], sealed: Sequence[tuple[int, Sealed]]) -> None:
    """Write texts beside the facts at these positions."""
    cursor.execute(
        SQL["save_sealed"],
        (
            numbers([position for position, _ in sealed]),
            many_bytes([text.salt for _, text in sealed]),
            many_bytes([text.body for _, text in sealed]),
        ),
    )


def save_told(
    cursor: Cursor[Any], told: Mapping[tuple[str, str], tuple[Told, Instant]], oldest: Instant
) -> None:
    """Write where these (actor, idempotency key) pairs were answered, and forget some before
    `oldest`.
    """
    cursor.execute(
        SQL["save_idempotency_keys"],
        (
            [actor for actor, _ in told],
            [key for _, key in told],
            [found.stream for found, _ in told.values()],
            [found.version for found, _ in told.values()],
            [at for _, at in told.values()],
        ),
    )
    # Two for each that comes: those forgotten never pile up, and nobody waits for them.
    cursor.execute(SQL["drop_idempotency_keys"], (oldest, 2 * len(told)))
