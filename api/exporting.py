"""Writing a whole list to a file, from the command line."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias, cast

import msgspec

from api.bodies import NDJSON
from api.lists.exports import Export, Exports
from api.lists.formats import CSV, PARQUET, XLSX
from api.lists.listing import Asked
from api.lists.moments import Moments
from api.reads import OPERATOR, Read, Recording, record_end, record_read
from api.representations import position_text
from api.sensitive import ids_asked, is_sensitive
from ledger.facts.refusal import Refusal
from projections.catalogue import projections
from projections.views import Views

MEDIA_TYPES: Final = {"csv": CSV, "ndjson": NDJSON, "parquet": PARQUET, "xlsx": XLSX}
_SHOWN_AFTER_S: Final = 1.0

Watch: TypeAlias = Callable[[int, int | None], None]
"""Told how far it is, and how far it will be where that is known."""


class Summary(msgspec.Struct, frozen=True):
    """What an export wrote."""

    list: str
    format: str
    file: str | None
    """None: standard output."""
    rows: int
    bytes: int
    position: str
    """What the file rests on."""
    seconds: float


class PlaceRefused(Refusal):
    """Nothing can be written there."""

    def __init__(self, place: Path, why: str) -> None:
        super().__init__(
            f"{place} cannot be written: {why}",
            field="--out",
            accepted="a file in a folder that may be written to, or - for standard output",
        )


def export(
    log: Recording,
    asked: Asked[Any],
    format_: str,
    out: Path | None,
    stdout: BinaryIO,
    watch: Watch,
) -> Summary:
    """Write the list to `out`: whole, or not at all. None names the file by list and position.

    Where it tells of what is sensitive, that is recorded first; raises `ReadNotRecorded`.
    """
    began = time.monotonic()
    # Before and after: a command has one connection, which the export keeps meanwhile.
    number = _recorded(log, asked)
    with ExitStack() as ending:
        exported = Exports(Moments(log.reader, Views(log.reader, projections()))).begin(
            asked, None, MEDIA_TYPES[format_]
        )
        ending.callback(exported.close)
        place = None if out == Path("-") else out or Path(exported.file_name)
        if place is None:
            written = _write(exported, asked, stdout, watch)
        else:
            written = _write_file(exported, asked, place, watch)
    if number is not None:
        record_end(log, number, exported.rows_told)
    return Summary(
        list=asked.of.name,
        format=format_,
        file=None if place is None else str(place),
        rows=exported.rows_told,
        bytes=written,
        position=position_text(exported.moment.position),
        seconds=round(time.monotonic() - began, 3),
    )


def _recorded(log: Recording, asked: Asked[Any]) -> int | None:
    if not is_sensitive(asked):
        return None
    ids = ids_asked(asked.filters.items())
    return record_read(log, Read(OPERATOR, asked.of.name, ids, None, asked.of.words))


def _write_file(exported: Export, asked: Asked[Any], place: Path, watch: Watch) -> int:
    return written_whole(place, lambda file: _write(exported, asked, file, watch))


def written_whole(place: Path, write: Callable[[BinaryIO], int]) -> int:
    """Write a file that appears when it is whole; returns what `write` does. Raises
    `PlaceRefused`.
    """
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            written = write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except OSError as problem:
        raise PlaceRefused(place, (problem.strerror or "no reason given").lower()) from None
    finally:
        part.unlink(missing_ok=True)
    return written


def _write(exported: Export, asked: Asked[Any], file: BinaryIO, watch: Watch) -> int:
    began, written = time.monotonic(), 0
    for piece in exported.pieces:
        written += file.write(piece)
        if time.monotonic() - began > _SHOWN_AFTER_S:
            if asked.of.by_position and exported.last_key is not None:
                watch(cast(int, exported.last_key[0]), exported.moment.position)
            else:
                watch(exported.rows_told, None)
    return written
