"""A copy of an archive for somebody else: whole, or not there."""

import os
import shutil
from collections.abc import Callable
from importlib.resources import files as resources
from pathlib import Path
from typing import Final

import msgspec

from ledger.facts.refusal import Refusal
from projections.archive.manifest import PART, Manifest, replace_manifest, sync_folder

README: Final = "README.txt"


class Given(msgspec.Struct, frozen=True):
    """What was given away, and where."""

    folder: str
    position: str
    files: int
    bytes: int
    linked: int
    """Files that share their bytes with the ledger's own, on the same disk."""


class CannotGive(Refusal):
    """A copy goes into a folder of its own."""

    def __init__(self, into: Path, why: str) -> None:
        super().__init__(
            f"the folder {into} cannot take a copy of the archive: {why}",
            field="folder",
            accepted="a folder that is empty, or not there yet, where files may be written",
        )


def give(folder: Path, manifest: Manifest, into: Path, watch: Callable[[int, int], None]) -> Given:
    """Copy an archive that is held by `reading`; `watch` is told how many files of how many are
    there. Raises `CannotGive`.
    """
    into = into.absolute()
    part = into.with_name(f".{into.name}.{os.getpid()}{PART}")
    try:
        refuse_full(into)
        part.mkdir(parents=True)
        linked = 0
        for done, segment in enumerate(manifest.segments, 1):
            linked += _linked(folder / segment.file, part / segment.file)
            watch(done, len(manifest.segments))
        (part / README).write_bytes(readme())
        replace_manifest(part, manifest)
        part.replace(into)
        sync_folder(into.parent)
    except OSError as problem:
        raise CannotGive(into, (problem.strerror or "no reason given").lower()) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Given(
        folder=str(into),
        position=str(manifest.position),
        files=len(manifest.segments) + 2,
        bytes=sum(path.stat().st_size for path in into.iterdir()),
        linked=linked,
    )


def refuse_full(into: Path) -> None:
    """Raise `CannotGive` for a folder that holds anything, and for what is no folder."""
    if into.exists() and not into.is_dir():
        raise CannotGive(into, "it is no folder")
    if into.is_dir() and any(into.iterdir()):
        raise CannotGive(into, "something is in it already")


def readme() -> bytes:
    """What a copy says of itself: every column, and questions to begin with."""
    return resources("projections.archive").joinpath("readme.txt").read_bytes()


def _linked(path: Path, copy: Path) -> bool:
    """The same file under another name where the disk can have that, else its bytes."""
    try:
        os.link(path, copy)
    except OSError:
        shutil.copyfile(path, copy)
        with copy.open("rb+") as file:
            os.fsync(file.fileno())
        return False
    return True
