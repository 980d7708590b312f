"""Parquet files of an archive: how they are written, whole or not at all, and merged."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet

from projections.archive.manifest import PART, Group, Segment, Stretch
from projections.archive.refusals import NoArchive

_pa: Any = pa
_parquet: Any = parquet

GROUP_ROWS: Final = 1 << 17
"""Rows that a replay reads at a time: so few that they stay in a processor's cache."""
LOG_ROWS: Final = 1 << 20
"""Log segments are merged up to so many rows; then they stay as they are."""
GROWTH: Final = 4
"""A segment is merged with the next one once that has a quarter of its rows."""
LOG_TOGETHER: Final = 8
"""Of the log so many segments become one: what is merged twice is written twice, and whoever reads
it reads all of it.
"""


def write(
    folder: Path,
    name: str,
    schema: Any,
    pieces: Iterable[Any],
    *,
    first: int,
    last: int,
    compression: str,
    groups: Callable[[Any], Group] | None = None,
    dictionaries: Sequence[str] | bool = False,
    read: tuple[Stretch, ...] = (),
) -> Segment:
    """A file of these tables, a row group each; there under its name only when it is whole."""
    file = f"{name}-{first:012d}-{last:012d}.parquet"
    part = folder / (file + PART)
    rows, found = 0, list[Group]()
    with _parquet.ParquetWriter(
        part, schema, compression=compression, use_dictionary=dictionaries, version="2.6",
        write_statistics=True, store_schema=False,
    ) as writer:  # fmt: skip
        for piece in pieces:
            writer.write_table(piece, row_group_size=max(1, piece.num_rows))
            rows += piece.num_rows
            if groups is not None:
                found.append(groups(piece))
    digest, size = _digest(part)
    part.replace(folder / file)
    return Segment(file, first, last, rows, size, digest, tuple(found), read)


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb+") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def is_as_written(folder: Path, segment: Segment) -> bool:
    """Whether the file is there and has the bytes that the manifest says."""
    path = folder / segment.file
    return path.is_file() and _digest_of(path) == (segment.sha256, segment.bytes)


def _digest_of(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def opened(folder: Path, segment: Segment) -> Any:
    """The file for reading, mapped into memory: it can be read even if it is removed meanwhile.

    Raises `NoArchive` for a file that is missing, or that was cut short or overwritten.
    """
    try:
        return _parquet.ParquetFile(folder / segment.file, memory_map=True)
    except (FileNotFoundError, _pa.ArrowInvalid):
        damaged = f"{segment.file} is missing or damaged; once that folder is removed, the ledger"
        raise NoArchive(folder, f"{damaged} archives anew") from None


def pieces_of(
    folder: Path, segments: Iterable[Segment], columns: Sequence[str] | None = None
) -> Iterator[Any]:
    """All row groups of these files, one after the other; None: with all columns."""
    for segment in segments:
        file = opened(folder, segment)
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=columns, use_threads=False)


def tail_to_merge(
    segments: Sequence[Segment], most_rows: int | None = None, together: int = 2
) -> int:
    """How many of the last segments should become one, at least `together`; 1 or 0 for none.

    So every row is written some times more as the log grows, and the files are few.
    """
    count = min(1, len(segments))
    rows = sum(segment.rows for segment in segments[-1:])
    for segment in reversed(segments[: len(segments) - count]):
        grown = rows + segment.rows
        if segment.rows > GROWTH * rows or (most_rows is not None and grown > most_rows):
            break
        count, rows = count + 1, grown
    return count if count >= together else min(1, count)


def in_pieces(tables: Iterable[Any], rows: int) -> Iterator[Any]:
    """The same rows in tables of about so many."""
    waiting: list[Any] = []
    for table in tables:
        waiting.append(table)
        if sum(t.num_rows for t in waiting) >= rows:
            yield _pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield _pa.concat_tables(waiting).combine_chunks()
