"""Writing the archive: a follower of the log that leaves immutable files and one manifest.

What a step wrote counts once the manifest names it. A crash before that leaves files that nobody
names, which the next step takes away; a crash after it leaves nothing to do.
"""

import fcntl
import hashlib
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import pyarrow as pa
from psycopg import Cursor

from ledger.facts.ids import seller_of
from ledger.facts.policies import PolicyPublished
from ledger.standing.rulebook import Rulebook
from ledger.store.loading import StoredFact, load_book, load_sellers, read_head
from ledger.store.memory import collecting_seldom
from ledger.store.sql import queries
from projections.archive import files
from projections.archive.enrolments import SCHEMA as ENROLMENTS_SCHEMA
from projections.archive.enrolments import enrolments_table, sellers_named
from projections.archive.log_columns import DICTIONARIES, log_table
from projections.archive.log_columns import SCHEMA as LOG_SCHEMA
from projections.archive.manifest import (
    Manifest,
    Segment,
    Stretch,
    Terms,
    read_manifest,
    remove_debris,
    replace_manifest,
    sync_folder,
)
from projections.archive.merging import group_of, merged_by_seller
from projections.archive.names import Names
from projections.archive.refusals import ArchiveBusy, OtherLog
from projections.archive.replay_columns import SCHEMA as REPLAY_SCHEMA
from projections.archive.replay_columns import Places, needs_places, replay_table
from projections.taking import GapInLog

SQL: Final = queries("projections.archive", "archive.sql")
AT_ONCE: Final = 1 << 16
"""Facts that a step takes: as many as are held in memory."""

_LOOK_S: Final = 0.05
"""How often a writer that waits looks again."""

_pa: Any = pa


@contextmanager
def writing(folder: Path, patience_s: float = 0) -> Generator["Archivist"]:
    """The archive in this folder, for one writer at a time; raises `ArchiveBusy` if another one
    does not end within so many seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience_s
    with (folder / "lock").open("w") as lock:
        while not _locked(lock):
            if time.monotonic() >= until:
                raise ArchiveBusy(folder)
            time.sleep(_LOOK_S)
        archivist = Archivist(folder)
        remove_debris(folder, archivist.manifest)
        with collecting_seldom():
            yield archivist


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Archivist:
    """Writes an archive on; made by `writing`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._rulebook: Rulebook | None = None
        """By the editions that were published when it was last asked for."""

    def catch_up(self, cursor: Cursor[Any], at_once: int = AT_ONCE) -> Manifest:
        """Write all that the log holds by now."""
        while self.step(cursor, at_once):
            pass
        return self.manifest

    def step(self, cursor: Cursor[Any], at_once: int = AT_ONCE) -> bool:
        """Write the next facts, if there are any; whether there were. Raises `GapInLog`,
        `UnreadableFact` and `OtherLog`.
        """
        before = self.manifest
        told = read_head(cursor)
        head = told.last_position
        if head < before.position:
            raise OtherLog(
                self.folder, f"goes on to position {before.position}, and the log ends at {head}"
            )
        facts = facts_after(cursor, before.position, min(head, before.position + at_once))
        if not facts:
            return False
        if self._rulebook is None or any(isinstance(s.fact, PolicyPublished) for s in facts):
            self._rulebook = _rulebook(cursor, told.pack)
        self.manifest = self._with(before, facts, places_of(cursor, facts), self._rulebook)
        replace_manifest(self.folder, self.manifest)
        remove_debris(self.folder, self.manifest)
        return True

    def _with(
        self,
        before: Manifest,
        facts: Sequence[StoredFact],
        places: dict[str, Places],
        rulebook: Rulebook | None,
    ) -> Manifest:
        sellers = Names(self.folder, "sellers", before.sellers)
        reporters = Names(self.folder, "reporters", before.reporters)
        sellers.learn(sellers_named(facts))
        reporters.learn(stored.fact.actor for stored in facts)
        terms = {known: number for number, known in enumerate(before.terms)}

        def number_of_terms(told: Terms) -> int:
            return terms.setdefault(told, len(terms))

        rows = replay_table(facts, places, sellers.number, reporters.number, number_of_terms)
        read = Stretch(facts[0].position, facts[-1].position, digest_of(facts))
        manifest = msgspec.structs.replace(
            before,
            position=facts[-1].position,
            recorded_at=facts[-1].fact.recorded_at,
            log=self._log(before.log, log_table(facts, rulebook), read),
            replay=self._by_seller("replay", REPLAY_SCHEMA, before.replay, rows, read),
            enrolments=self._by_seller(
                "enrolments", ENROLMENTS_SCHEMA, before.enrolments,
                enrolments_table(facts, sellers.number), read,
            ),
            sellers=sellers.written(),
            reporters=reporters.written(),
            terms=tuple(terms),
        )  # fmt: skip
        sync_folder(self.folder)
        return manifest

    def _log(self, known: tuple[Segment, ...], table: Any, read: Stretch) -> tuple[Segment, ...]:
        """The segments of the log with these rows; the last ones merged while they are small."""
        new = Segment("", read.first, read.last, table.num_rows, 0, "", read=(read,))
        merging = files.tail_to_merge((*known, new), files.LOG_ROWS, files.LOG_TOGETHER)
        old = known[len(known) - merging + 1 :]
        tables = chain(files.pieces_of(self.folder, old), [table])
        first = old[0].first if old else read.first
        written = files.write(
            self.folder, "log", LOG_SCHEMA, files.in_pieces(tables, files.GROUP_ROWS),
            first=first, last=read.last, compression="zstd", dictionaries=DICTIONARIES,
            read=(*(stretch for segment in old for stretch in segment.read), read),
        )  # fmt: skip
        return (*known[: len(known) - len(old)], written)

    def _by_seller(
        self, name: str, schema: Any, known: tuple[Segment, ...], rows: Any, read: Stretch
    ) -> tuple[Segment, ...]:
        """The segments by seller with these rows; the last ones merged while they are small."""
        if not rows.num_rows:
            return known
        new = Segment("", read.first, read.last, rows.num_rows, 0, "")
        merging = files.tail_to_merge((*known, new))
        old = known[len(known) - merging + 1 :]
        written = files.write(
            self.folder, name, schema, merged_by_seller(self.folder, old, rows),
            first=old[0].first if old else read.first, last=read.last, compression="lz4",
            groups=group_of,
        )  # fmt: skip
        return (*known[: len(known) - len(old)], written)


def facts_after(cursor: Cursor[Any], after: int, to: int) -> list[StoredFact]:
    """The facts of these positions, every one of them; raises `GapInLog`."""
    cursor.execute(SQL["facts_after"], {"after": after, "to": to}, binary=True)
    facts = [StoredFact.of(row) for row in cursor.fetchall()]
    for position, stored in enumerate(facts, after + 1):
        if stored.position != position:
            raise GapInLog(f"position {position} is missing: {stored.position} comes in its place")
    if len(facts) != to - after:
        raise GapInLog(f"the log ends at {after + len(facts)}, and its head says {to}")
    return facts


def _rulebook(cursor: Cursor[Any], pack: str) -> Rulebook | None:
    """The rules of the ledger's own pack; None where none of its editions is published."""
    book = load_book(cursor)
    return Rulebook(book, pack) if any(e.policy.name == pack for e in book.editions) else None


def digest_of(facts: Sequence[StoredFact]) -> str:
    """The SHA-256 of the stored bytes of these facts, one after the other."""
    digest = hashlib.sha256()
    for stored in facts:
        digest.update(stored.state)
    return digest.hexdigest()


def places_of(cursor: Cursor[Any], facts: Sequence[StoredFact]) -> dict[str, Places]:
    """Of the sellers whose rows are about other rows, where those stand; none knows less than the
    last such fact.
    """
    wanted: dict[str, int] = {}
    for stored in facts:
        if needs_places(stored) and (seller_id := seller_of(stored.stream)) is not None:
            wanted[seller_id] = stored.version
    if not wanted:
        return {}
    loaded = load_sellers(cursor, sorted(wanted), wanted)
    return {seller_id: Places(known.seller) for seller_id, known in loaded.items()}
