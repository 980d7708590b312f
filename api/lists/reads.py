"""Who read sensitive records: the list of what `api/reads.py` wrote down."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When
from ledger.facts.instants import Instant, format_instant
from ledger.store.sql import queries
from projections.keyset import FIRST, Part, rows_of

SQL: Final = queries("api.lists", "reads.sql")


class ReadRow(msgspec.Struct, frozen=True):
    """One read of sensitive records: a page, a single record, or a file."""

    number: str
    read_at: When
    who: str
    """The subject of a key; `operator` at the terminal, and where keys are off."""
    what: str
    seller_id: str | None
    """The seller who was asked about, where one was."""
    asked: dict[str, list[str]]
    """Ids and filters of the question, by name."""
    rows: int | None
    """Null for a file that has not come to its end."""
    fact_id: str | None
    """The fact of it, where what people wrote was read."""


class ReadsWanted(NamedTuple):
    """Which reads: None asks for all. From `begin` on, and before `before`."""

    who: str | None = None
    what: str | None = None
    seller_id: str | None = None
    begin: Instant | None = None
    before: Instant | None = None


READS: Final = ListOf("reads", "reads", ReadRow)
_NARROWING: Final = ("who", "what", "seller_id", "before")


def reads(wanted: ReadsWanted) -> Asked[ReadRow]:
    """Reads in the order in which they were recorded, each found by an index."""
    pieces = [name for name in _NARROWING if getattr(wanted, name) is not None]
    statement = "\n".join(SQL[piece] for piece in ("rows", *pieces, "by_instant"))
    begin: Key = (FIRST if wanted.begin is None else wanted.begin - 1, 2**63 - 1)

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, ReadRow]]:
        part = Part(statement, wanted._asdict(), after or begin)
        for told in rows_of(cursor, [part], at_once):
            yield (told[0], told[1]), _row(told)

    return Asked(READS, rows, wanted._asdict())


def _row(told: Any) -> ReadRow:
    read_at, number, *rest = told
    return ReadRow(str(number), format_instant(read_at), *rest)
