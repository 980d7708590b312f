"""What a scenario is held to, as a ledger's log says it now."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.policy.check import policy_from_canonical
from ledger.policy.document import PackData, from_canonical
from ledger.store.clocks import Clock
from ledger.store.journal import settle
from ledger.store.loading import SQL, load_book, read_head
from ledger.store.refusals import NotSettled
from projections.archive.archive import writing
from projections.archive.belonging import refuse_other_log
from projections.what_if.world_rules import Known

_PATIENCE: Final = "-c lock_timeout=30s"
"""How long a writer's transaction is waited for."""
CONNECT_S: Final = 10


def known_now(
    dsn: str, clock: Clock, folder: Path, watch: Callable[[int, int], None] | None = None
) -> Known:
    """Bring the archive in this folder up to now, and tell what a scenario is held to.

    Up to now nothing more will be recorded, so what is answered stays true. `watch` is told the
    position that is archived and the last one. Raises `OtherLog`, `NotSettled`, `ArchiveBusy`,
    `GapInLog`.
    """
    with psycopg.connect(
        dsn, autocommit=True, connect_timeout=CONNECT_S, options=_PATIENCE
    ) as connection:
        cursor = connection.cursor()
        refuse_other_log(folder, cursor)
        now = clock.now(read_head(cursor))
        try:
            settle(connection, now)
        except psycopg.errors.LockNotAvailable:
            raise NotSettled from None
        last = read_head(cursor).last_position
        with writing(folder, patience_s=60) as archivist:
            while archivist.step(cursor):
                if watch is not None:
                    watch(archivist.manifest.position, max(last, archivist.manifest.position))
        return known_to(cursor, now)


def known_to(cursor: Cursor[Any], end: Instant) -> Known:
    """The packs of a log, up to an instant at or before which nothing more will be recorded."""
    documents: dict[str, PackData] = {}
    cursor.execute(SQL["editions"])
    for canonical, *_ in cursor.fetchall():
        documents[policy_from_canonical(canonical).ref] = from_canonical(canonical)
    return Known(load_book(cursor), read_head(cursor).pack, documents, end)
