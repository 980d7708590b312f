"""What a scenario is held to, as a ledger's log says it."""

from typing import Any

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.policy.check import policy_from_canonical
from ledger.policy.document import PackData, from_canonical
from ledger.store.loading import SQL, load_book, read_head
from projections.what_if.world_rules import Known


def known_to(cursor: Cursor[Any], end: Instant) -> Known:
    """The packs of a log, up to an instant at or before which nothing more will be recorded."""
    documents: dict[str, PackData] = {}
    cursor.execute(SQL["editions"])
    for canonical, *_ in cursor.fetchall():
        documents[policy_from_canonical(canonical).ref] = from_canonical(canonical)
    return Known(load_book(cursor), read_head(cursor).pack, documents, end)
