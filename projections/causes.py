"""The chain of causes behind a fact: each names the one that it followed from, which is older."""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Cursor

from ledger.facts.ids import address_of
from ledger.store.loading import StoredFact
from ledger.store.sql import queries

SQL: Final = queries("projections", "causes.sql")


def causes_behind(
    cursor: "Cursor[Any]", fact_id: str, last: int | None = None
) -> Iterator[StoredFact]:
    """The causes of a fact, nearest first; those behind the position `last`, where one is told."""
    found = _fact(cursor, fact_id)
    while found is not None and found.fact.caused_by is not None:
        cause = _fact(cursor, found.fact.caused_by)
        # What a fact names is older: a forged one must not lead in a circle.
        if cause is None or cause.position >= found.position:
            return
        found = cause
        if last is None or found.position < last:
            yield found


def _fact(cursor: "Cursor[Any]", fact_id: str) -> StoredFact | None:
    address = address_of(fact_id)
    if address is None:
        return None
    stream, version = address
    asked = {"stream": stream, "version": version}
    row = cursor.execute(SQL["fact"], asked).fetchone()
    return None if row is None else StoredFact.of(row)
