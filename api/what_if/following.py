"""Keeping the archive up with the log, at leisure."""

from pathlib import Path
from threading import Event

import psycopg

from ledger.store.loading import read_head
from projections.archive.archive import AT_ONCE, writing
from projections.archive.belonging import refuse_other_log
from projections.archive.manifest import read_manifest
from projections.what_if.knowing import CONNECT_S


def follow(dsn: str, folder: Path, asked: Event) -> None:
    """Write what the archive lacks, until it lacks nothing or something else is asked for.

    Where the log holds nothing new, nothing is opened for writing. Raises `ArchiveBusy`,
    `GapInLog`, `OtherLog`, and psycopg's errors for a database that is away.
    """
    with psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_S) as connection:
        cursor = connection.cursor()
        if read_head(cursor).last_position == read_manifest(folder).position:
            return
        refuse_other_log(folder, cursor)
        with writing(folder) as archivist:
            while not asked.is_set() and archivist.step(cursor, AT_ONCE):
                pass
