"""A what-if from beginning to end: ranges judged, added up, and kept in a folder, whole or not at
all.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, Final, TypeAlias

import pyarrow as pa
from pyarrow import parquet

from ledger.standing.seller import ENGINE_VERSION
from projections.archive.looking import Violations, last_known
from projections.archive.manifest import sync_folder
from projections.what_if.answering import result_of
from projections.what_if.differing import WORDS, schema_of
from projections.what_if.kept import REPORT, RESULT, SELLERS, Kept, foremost_of
from projections.what_if.laying import Judge, Laid, Part
from projections.what_if.replay import replay
from projections.what_if.report import report
from projections.what_if.result import Checkpoint, Result, as_json
from projections.what_if.sums import added
from projections.what_if.words import in_words
from projections.what_if.world_rules import Known

_pa: Any = pa
_parquet: Any = parquet
GROUP_ROWS: Final = 1 << 14
"""Sellers that are read at once from what was kept."""

Engine: TypeAlias = Callable[[Judge], Iterator[Part]]
"""What judges all ranges of a scenario, and hands them on in their order."""
Watch: TypeAlias = Callable[[int, int], None]
"""Told how many ranges are done, and how many there are."""


def on_this_machine(threads: int | None = None, stop: Event | None = None) -> Engine:
    """The engine of threads; `stop`, once set, has it raise `Cancelled`."""
    cores = threads or os.cpu_count() or 1
    return lambda judge: replay(judge.part, judge.ranges, cores, stop)


def run(laid: Laid, known: Known, engine: Engine, folder: Path, watch: Watch) -> Result:
    """Run a scenario and keep what came of it in a new folder, which is there when it is whole.

    The same scenario on the same log gives the same bytes, whatever the engine.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        result = _run(laid, known, engine, part, watch)
        for name in (RESULT, SELLERS, REPORT):
            with (part / name).open("rb") as file:
                os.fsync(file.fileno())
        part.replace(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return result


def _run(laid: Laid, known: Known, engine: Engine, folder: Path, watch: Watch) -> Result:
    judge = Judge(laid)
    sums = judge.nothing()
    schema = schema_of(judge.buckets)
    foremost = schema.empty_table()
    with _parquet.ParquetWriter(
        folder / SELLERS, schema, compression="lz4", use_dictionary=list(WORDS),
        write_statistics=["number"], store_schema=True,
    ) as writer:  # fmt: skip
        waiting: list[Any] = [schema.empty_table()]
        for done, part in enumerate(engine(judge), 1):
            sums = added(sums, part.sums)
            waiting = _write(writer, [*waiting, part.differing])
            foremost = _foremost([foremost, part.differing])
            watch(done, judge.ranges)
        _write(writer, waiting, last=True)
    position, recorded_at = last_known(laid.folder, laid.manifest, laid.plan.span.known_at)
    result = result_of(
        laid.plan, known, judge.comparison, sums, Checkpoint.of(position, recorded_at),
        f"seller-ledger {ENGINE_VERSION}",
    )  # fmt: skip
    (folder / RESULT).write_bytes(as_json(result))
    kept = Kept(folder, Violations(laid.folder, laid.manifest))
    page = report(result, in_words(laid.plan.scenario), kept.told(foremost))
    (folder / REPORT).write_text(page, encoding="utf-8")
    return result


def _foremost(rows: list[Any]) -> Any:
    """The foremost of these sellers, taken while they are in memory: the file need not be read."""
    best = [piece.take(_pa.array(foremost_of(piece))) for piece in rows]
    both = _pa.concat_tables(best)
    return both.take(_pa.array(foremost_of(both)))


def _write(writer: Any, waiting: list[Any], *, last: bool = False) -> list[Any]:
    """Write whole groups of rows, so that how ranges were cut does not show in the file."""
    rows = _pa.concat_tables(waiting)
    while rows.num_rows and (last or rows.num_rows >= GROUP_ROWS):
        writer.write_table(rows.slice(0, GROUP_ROWS).combine_chunks(), row_group_size=GROUP_ROWS)
        rows = rows.slice(GROUP_ROWS)
    return [rows]
