"""The right to import history: one import at a time has the log for itself.

Two things hold other writers off: a lock of the importing session, which dies with it, and the
import's label in `log_head`, which stays. So an import that died is found again, and goes on.
"""

from typing import Any, Final, NamedTuple

import psycopg

from ledger.facts.refusal import Refusal
from ledger.store.journal import Journal
from ledger.store.refusals import ClockChanged, Importing
from ledger.store.sql import queries

SQL: Final = queries("ledger.store", "lease.sql")


class OtherImport(Refusal):
    """An import that was begun is finished, or abandoned, before another begins."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"the history import {label!r} was begun and is not finished",
            field="history",
            accepted="the same file again, which goes on where it stopped, or --abandon",
        )


class Progress(NamedTuple):
    """How far a history was imported."""

    import_id: str
    name: str
    lines_done: int
    lines_refused: int
    finished: bool

    @property
    def label(self) -> str:
        """What `log_head` calls it while it runs: its name, and enough of its id to be its own."""
        return f"{self.name} ({self.import_id[:12]})"


class Lease:
    """The exclusive right to write; dropped before the import is finished, it is taken up again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def take(self, import_id: str, name: str) -> Progress:
        """Begin an import or take it up again; a finished one is only told, and takes no lease.

        Raises `Importing` while another is at work, `OtherImport`, and `ClockChanged` for a log
        that a sandbox clock drove.
        """
        connection = self._journal.connection()
        try:
            progress = _begun(connection, import_id, name)
        except BaseException:
            self.drop()
            raise
        if progress.finished:
            self.drop()
        else:
            self._journal.holds_import = True
        return progress

    def drop(self) -> None:
        """Let go of the log's lock; the label stays, and so do all who would write."""
        self._journal.holds_import = False
        # Closing ends the session, and its lock with it, in whatever state it was.
        self._journal.close()


def _begun(connection: "psycopg.Connection[Any]", import_id: str, name: str) -> Progress:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["read_importing"])
        importing, _ = cursor.fetchone() or (None, False)
        cursor.execute(SQL["patience"])
        try:
            cursor.execute(SQL["take_lease"])
        except psycopg.errors.LockNotAvailable:
            raise Importing(importing or "history") from None
        cursor.execute(SQL["lock_importing"])
        importing, clock = cursor.fetchone() or (None, "system")
        if clock == "test":
            raise ClockChanged
        cursor.execute(SQL["begin_import"], {"import_id": import_id, "name": name})
        cursor.execute(SQL["read_import"], {"import_id": import_id})
        progress = Progress(*(cursor.fetchone() or ()))
        if importing is not None and importing != progress.label:
            raise OtherImport(importing)
        if not progress.finished:
            cursor.execute(SQL["set_importing"], {"importing": progress.label})
        return progress


class Importers(NamedTuple):
    """Who holds the log: the label of an unfinished import, and whether it is at work now."""

    label: str | None
    alive: bool


def importing(connection: "psycopg.Connection[Any]") -> Importers:
    """Whether an import holds the log."""
    label, alive = connection.execute(SQL["read_importing"]).fetchone() or (None, False)
    return Importers(label, bool(alive))


def imports(connection: "psycopg.Connection[Any]") -> list[Progress]:
    """Every history that was ever begun here."""
    return [Progress(*row) for row in connection.execute(SQL["imports"]).fetchall()]


def facts_of_others(connection: "psycopg.Connection[Any]") -> int:
    """How many facts the log holds beside published policies, which every log has."""
    row = connection.execute(SQL["facts_of_others"]).fetchone()
    return 0 if row is None else int(row[0])


def abandon(connection: "psycopg.Connection[Any]") -> str | None:
    """Give the log free again; the label of the import that had it, or None if none had.

    What it recorded stays. Raises `Importing` while it is still at work.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SQL["lock_importing"])
        label, _ = cursor.fetchone() or (None, "system")
        cursor.execute(SQL["read_importing"])
        if (cursor.fetchone() or (None, False))[1]:
            raise Importing(label or "history")
        cursor.execute(SQL["set_importing"], {"importing": None})
        return label
