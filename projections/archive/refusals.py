"""Why an archive cannot be read or written now; light to import, for those who only tell of it."""

from pathlib import Path

from ledger.facts.refusal import Refusal
from ledger.store.refusals import NotNow


class ArchiveBusy(NotNow):
    """Two writers would take each other's files for debris."""

    retry_after_s = 5

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another process is writing the archive in {folder}",
            field="archive",
            accepted="the same, once that one has ended",
        )


class OtherLog(Refusal):
    """The archive and the log do not belong together."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"the archive in {folder} {why}",
            field="archive",
            accepted="the log that it was written from, or an empty folder",
        )


class NoArchive(Refusal):
    """There is nothing to read, or it is another program's."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"there is no archive to read in {folder}: {why}",
            field="archive",
            accepted="a folder that the ledger has archived into",
        )


class NotArchived(Refusal):
    """The archive was written without a column that a filter asks for."""

    def __init__(self, field: str, column: str) -> None:
        super().__init__(
            f"this archive does not hold what {field!r} asks about (the column {column!r})",
            field=field,
            accepted="the archive written anew by this version, or another filter",
        )
