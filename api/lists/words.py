"""What was said with a seller's facts: the texts kept beside them, as far as they were not erased.

Whoever shows them shows null for a text that was erased, and says so by `erased`.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from psycopg import Cursor

from ledger.facts.ids import seller_stream
from ledger.store.sql import queries

SQL: Final = queries("api.lists", "words.sql")


class Said(NamedTuple):
    """Where a fact stands, and the words kept beside it."""

    position: int
    words: dict[str, Any]
    """None of them where they were erased."""
    erased: bool


def said_with(cursor: Cursor[Any], seller_id: str, versions: Iterable[int]) -> dict[int, Said]:
    """What was said with facts of a seller's stream that all had words once, by version."""
    wanted = {"stream": seller_stream(seller_id), "versions": [v for v in versions if v]}
    return {
        version: Said(position, {} if body is None else msgspec.json.decode(body), body is None)
        for version, position, body in cursor.execute(SQL["said"], wanted).fetchall()
    }
