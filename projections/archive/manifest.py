"""What an archive holds: the one file that changes, replaced whole, which names all the others."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from projections.archive.refusals import NoArchive

FORMAT: Final = 2
"""2 has enrolments."""
FILE: Final = "manifest.json"
READERS: Final = "readers"
"""Whoever reads the archive holds a share of this file's lock."""
PART: Final = ".part"
"""How a file ends that is still being written."""


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What many rows have in common; rows name it by its number."""

    rule: str = ""
    family: str = ""
    severity: str | None = None
    source: str = ""
    bucket: str = ""
    policy: str = ""
    """The edition that gave points and life."""
    judged_by: str = ""
    """The edition whose thresholds judged it."""
    daily_cap: int | None = None
    merge_days: int | None = None
    rung: str = ""
    """Of a waiver, the milestone in its bucket whose sanction it ended."""
    multiple: int = 0
    sanction: str = ""
    """What a sanction by hand does, or why money was withheld without one."""
    bars: tuple[str, ...] = ()
    """What a sanction by hand bars its seller from."""


class Group(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a replay segment that can be read by itself: whole sellers."""

    first: int
    last: int
    rows: int


class Segment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that never changes: positions `first` to `last` of the log, or so numbered names."""

    file: str
    first: int
    last: int
    rows: int
    bytes: int
    sha256: str
    groups: tuple[Group, ...] = ()
    """Of a replay segment, by seller."""
    read: tuple["Stretch", ...] = ()
    """Of a log segment, what it was read from."""


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """Positions of the log and the SHA-256 of their stored bytes, one after the other."""

    first: int
    last: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """All that there is, up to `position` of the log."""

    format: int = FORMAT
    position: int = 0
    recorded_at: int = 0
    """When the fact there was recorded."""
    log: tuple[Segment, ...] = ()
    """Every fact, in the order of the log."""
    replay: tuple[Segment, ...] = ()
    """What judgement needs, by seller; where there are several, the later positions come later."""
    enrolments: tuple[Segment, ...] = ()
    """Products in campaigns, likewise by seller; none where nobody takes part in any."""
    sellers: tuple[Segment, ...] = ()
    """Ids by number, from 0."""
    reporters: tuple[Segment, ...] = ()
    terms: tuple[Terms, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Every file of the archive but this one."""
        return (*self.log, *self.replay, *self.enrolments, *self.sellers, *self.reporters)


def read_manifest(folder: Path) -> Manifest:
    """The archive as it was last completed; an empty one where there is none."""
    try:
        told = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return Manifest()
    try:
        manifest = msgspec.json.decode(told, type=Manifest)
    except msgspec.DecodeError as broken:
        raise NoArchive(folder, f"its manifest cannot be read ({broken})") from None
    if manifest.format != FORMAT:
        raise NoArchive(
            folder,
            f"it has format {manifest.format}, and this program reads {FORMAT}: "
            "take its folder away, and the ledger writes it anew",
        )
    ends = [*(s.last for s in manifest.log[-1:]), *(s.last for s in manifest.replay[-1:])]
    if max(ends, default=0) > manifest.position:
        # Whoever set the position back would have facts archived, and counted, twice.
        raise NoArchive(
            folder,
            f"its files go on to position {max(ends)}, and its manifest to {manifest.position}: "
            "take its folder away, and the ledger writes it anew",
        )
    return manifest


def replace_manifest(folder: Path, manifest: Manifest) -> None:
    """Complete the archive: from now on it is this, or it still is what it was."""
    part = folder / (FILE + PART)
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FILE)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder outlive the machine."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def reading(folder: Path) -> Generator[Manifest]:
    """What the archive holds now, whose files stay while it is read, wherever its writer gets to.

    Raises `NoArchive`.
    """
    if not (folder / FILE).is_file():
        raise NoArchive(folder, "nothing was archived yet")
    with (folder / READERS).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        manifest = read_manifest(folder)
        if not manifest.position:
            raise NoArchive(folder, "nothing was archived yet")
        yield manifest


def remove_debris(folder: Path, manifest: Manifest) -> list[str]:
    """Take away what no manifest names: the remains of a crash, and what was merged into others.

    Files of other names are nobody's business here, and while anybody reads the archive all stay.
    """
    with (folder / READERS).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return []
        return _removed(folder, manifest)


def _removed(folder: Path, manifest: Manifest) -> list[str]:
    kept = {segment.file for segment in manifest.segments}
    kinds = {"log", "replay", "enrolments", "sellers", "reporters"}
    removed: list[str] = []
    for path in sorted(folder.iterdir()):
        own = path.name.partition("-")[0] in kinds
        left = own and path.suffix == ".parquet" and path.name not in kept
        if left or path.name.endswith(PART):
            path.unlink(missing_ok=True)
            removed.append(path.name)
    return removed
