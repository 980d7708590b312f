"""Every seller's memo held against its facts: the clerk decides by what they say."""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.erasure import PayloadErased
from ledger.facts.ids import address_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import UnreadableFact, from_bytes
from ledger.standing.evolve import evolve
from ledger.standing.seller import ENGINE_VERSION, Seller
from ledger.store.cases import is_case
from ledger.store.loading import state_bytes
from ledger.store.sql import queries
from projections.tree.sources import one_moment
from projections.tree.stretches import Finding

SQL: Final = queries("projections.holding", "memos.sql")
FACTS_AT_ONCE: Final = 20_000
_BEFORE_ALL: Final = ""
_BEHIND_ALL: Final = "\x7f"
"""Ids of sellers are printable ASCII."""


class Memo(NamedTuple):
    """What is kept of a seller."""

    version: int
    """How many facts of the seller's it holds."""
    engine: int
    next_due_at: Instant | None
    state: bytes


class Compared(NamedTuple):
    """How many facts of sellers were folded again, and what is not as they say."""

    facts: int
    findings: list[Finding]


def spans(cursor: Cursor[Any]) -> list[tuple[str, str]]:
    """All sellers there can be, in stretches: each behind an id, and up to another."""
    cursor.execute(SQL["spans"], {"facts": FACTS_AT_ONCE})
    ends = [end for (end,) in cursor.fetchall()][:-1]
    return list(pairwise([_BEFORE_ALL, *ends, _BEHIND_ALL]))


def compare(dsn: str, after: str, to: str) -> Compared:
    """Compare what is kept of the sellers behind an id and up to another."""
    with one_moment(dsn) as cursor:
        cursor.execute(SQL["memos"], {"after": after, "to": to}, binary=True)
        memos = {seller_id: Memo(*row) for seller_id, *row in cursor.fetchall()}
        streams = {"after": seller_stream(after), "to": seller_stream(to)}
        cursor.execute(SQL["facts"], streams, binary=True)
        facts = cursor.fetchall()
    findings: list[Finding] = []
    prefix = len(seller_stream(""))
    for stream, rows in groupby(facts, lambda row: row[0]):
        seller_id = stream[prefix:]
        findings += _of_seller(seller_id, rows, memos.pop(seller_id, None))
    findings += [
        Finding("memo", None, f"of {seller_id} something is kept, and there are no facts")
        for seller_id in sorted(memos)
    ]
    return Compared(len(facts), findings)


def _of_seller(seller_id: str, rows: Iterable[Any], memo: Memo | None) -> Iterator[Finding]:
    if memo is None:
        yield Finding("memo", None, f"of {seller_id} there are facts, and nothing is kept")
    seller, gone, then = Seller(seller_id), list[int](), b""
    try:
        for _, version, name, state, position, has_text in rows:
            fact: Any = from_bytes(name, state)
            seller = evolve(seller, fact, position)
            if isinstance(fact, PayloadErased):
                gone.clear()
            elif not has_text and _has_own_text(fact):
                gone.append(position)
            if memo is not None and version == memo.version:
                then = state_bytes(seller)
    except UnreadableFact as cause:
        yield Finding("memo", None, f"what is kept of {seller_id} cannot be compared: {cause}")
        return
    for position in gone:
        says = f"the text that the fact at position {position} sealed is gone, and was not erased"
        yield Finding("text", position, says)
    # A memo of another engine's is derived again before anybody goes by it.
    if memo is not None and memo.engine == ENGINE_VERSION:
        if memo.state != then:
            yield Finding("memo", None, f"what is kept of {seller_id} is not what its facts say")
        elif memo.next_due_at != seller.next_due():
            says = f"when {seller_id} is next due is not what its facts say"
            yield Finding("memo", None, says)


def _has_own_text(fact: Any) -> bool:
    """Whether a text was kept beside this fact. What a case brought has the case's text."""
    if getattr(fact, "seal", None) is None:
        return False
    cause = None if fact.caused_by is None else address_of(fact.caused_by)
    return cause is None or not is_case(cause[0])
