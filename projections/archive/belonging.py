"""Whether an archive was written from this log: folders are copied, and databases replaced."""

from pathlib import Path
from typing import Any

from psycopg import Cursor

from ledger.store.loading import read_head
from projections.archive.archive import digest_of, facts_after
from projections.archive.manifest import read_manifest
from projections.archive.refusals import OtherLog


def refuse_other_log(folder: Path, cursor: Cursor[Any]) -> None:
    """Hold the newest stretch of the archive against the log, which tells logs apart from the
    first position on; raises `OtherLog`. What does not agree further back is for
    `verifying.findings` to find.
    """
    written = read_manifest(folder).log
    if not written:
        return
    stretch = written[-1].read[-1]
    head = read_head(cursor).last_position
    if head < stretch.last:
        raise OtherLog(folder, f"goes on to position {stretch.last}, and the log ends at {head}")
    if digest_of(facts_after(cursor, stretch.first - 1, stretch.last)) != stretch.sha256:
        raise OtherLog(
            folder, f"says something else of positions {stretch.first} to {stretch.last}"
        )
