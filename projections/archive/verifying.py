"""An archive held against the log that it was written from: nothing missing, nothing else."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.compute as pc
from psycopg import Cursor

from ledger.facts.kinds import UnreadableFact
from projections.archive import files
from projections.archive.archive import digest_of, facts_after, places_of
from projections.archive.enrolments import NAMES
from projections.archive.manifest import Manifest, Terms, read_manifest
from projections.archive.replay_columns import terms_of
from projections.taking import GapInLog

_pc: Any = pc
Watch: TypeAlias = Callable[[int, int], None]


def findings(
    folder: Path, cursor: Cursor[Any] | None, watch: Watch = lambda _done, _of: None
) -> Iterator[str]:
    """What is wrong with an archive, a sentence each; without a cursor, with its files alone.

    `watch` is told how many facts of how many were held against the log.
    """
    manifest = read_manifest(folder)
    damaged = list(_of_files(folder, manifest))
    yield from damaged
    yield from _of_positions(manifest)
    if not damaged:
        yield from _of_rows(folder, manifest)
    if cursor is not None:
        yield from _of_log(manifest, cursor, watch)


def _of_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    for segment in manifest.segments:
        if not files.is_as_written(folder, segment):
            yield f"{segment.file} is missing, or is not the file that was written"


def _of_positions(manifest: Manifest) -> Iterator[str]:
    """Segments follow one another from the first position to the last."""
    expected = 1
    for segment in manifest.log:
        for stretch in segment.read:
            if stretch.first != expected:
                yield f"positions {expected} to {stretch.first - 1} are not in the archive"
            expected = stretch.last + 1
        if segment.rows != segment.last - segment.first + 1:
            yield f"{segment.file} has {segment.rows} rows for its positions"
    if expected != manifest.position + 1:
        yield f"the archive ends at {expected - 1}, and its manifest says {manifest.position}"
    for segments in (manifest.replay, manifest.enrolments):
        for one, next_ in pairwise(segments):
            if next_.first <= one.last:
                yield f"{next_.file} begins before {one.file} ends"


def _of_rows(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Every violation and every void of the log stands among what is replayed, and all that became
    of products in campaigns among the enrolments.
    """
    told = {"violation-recorded.v1": 0, "violation-annulled.v1": 0, "violation-cancelled.v1": 0}
    told |= dict.fromkeys(NAMES, 0)
    for piece in files.pieces_of(folder, manifest.log):
        for name in told:
            told[name] += int(_pc.sum(_pc.equal(piece.column("kind"), name)).as_py() or 0)
    found = {0: 0, 1: 0}
    for piece in files.pieces_of(folder, manifest.replay):
        for kind in found:
            found[kind] += int(_pc.sum(_pc.equal(piece.column("kind"), kind)).as_py() or 0)
    enrolled = sum(told.pop(name) for name in NAMES)
    rows = sum(piece.num_rows for piece in files.pieces_of(folder, manifest.enrolments, ("kind",)))
    if enrolled != rows:
        yield f"of {enrolled} facts about products in campaigns, {rows} are ready for replay"
    violations, *voids = told.values()
    if (violations, sum(voids)) != (found[0], found[1]):
        yield (
            f"of {violations} violations and {sum(voids)} that were taken back, "
            f"{found[0]} and {found[1]} are ready for replay"
        )


def _of_log(manifest: Manifest, cursor: Cursor[Any], watch: Watch) -> Iterator[str]:
    """The stored bytes of every stretch, and the terms that its facts name, in the order of the
    log: rows know theirs only by number.
    """
    terms = dict[Terms, None]()
    whole = True
    for stretch in (stretch for segment in manifest.log for stretch in segment.read):
        try:
            facts = facts_after(cursor, stretch.first - 1, stretch.last)
        except GapInLog as gap:
            yield str(gap)
            whole = False
            continue
        except UnreadableFact as unreadable:
            yield f"of positions {stretch.first} to {stretch.last}, {unreadable}"
            continue
        watch(stretch.last, manifest.position)
        if digest_of(facts) != stretch.sha256:
            yield f"positions {stretch.first} to {stretch.last} say something else in the log"
            whole = False
        if whole:
            terms |= dict.fromkeys(terms_of(facts, places_of(cursor, facts)))
    if whole and tuple(terms) != manifest.terms:
        yield from _of_terms(manifest.terms, tuple(terms))


def _of_terms(kept: Sequence[Terms], told: Sequence[Terms]) -> Iterator[str]:
    for number, (one, other) in enumerate(zip_longest(kept, told)):
        if one != other:
            yield f"terms {number} of the manifest are not those that the log names"
