"""The archive of the ledger that the settings name: given away, or held against its log."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import psycopg

from api.settings import Settings
from api.upkeep import clock_of_log
from projections.archive.giving import Given, give, refuse_full
from projections.archive.manifest import reading
from projections.archive.verifying import findings
from projections.what_if.knowing import known_now

FOLDER: Final = "archive"
"""Of the data folder, the archive's."""


class Verified(NamedTuple):
    """Up to where an archive was held against its log, and what is wrong with it."""

    position: int
    findings: tuple[str, ...]


def export_archive(
    dsn: str, settings: Settings, into: Path, watch: Callable[[int, int | None], None]
) -> Given:
    """Bring the archive up to now and copy it into a folder; `watch` is told the facts archived,
    then the files copied. Raises `CannotGive`, `NotSettled` and `ArchiveBusy`.
    """
    folder = settings.data_dir / FOLDER
    refuse_full(into)
    known_now(dsn, clock_of_log(dsn), folder, watch)
    with reading(folder) as manifest:
        return give(folder, manifest, into, watch)


def verify_archive(
    dsn: str, settings: Settings, watch: Callable[[int, int | None], None]
) -> Verified:
    """Hold the archive against the log; `watch` is told how many facts were compared. Raises
    `NoArchive` where there is none yet.
    """
    folder = settings.data_dir / FOLDER
    with reading(folder) as manifest, psycopg.connect(dsn) as connection:
        found = tuple(findings(folder, connection.cursor(), watch))
    return Verified(manifest.position, found)
