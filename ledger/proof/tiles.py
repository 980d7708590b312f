"""Tiles: stretches of 256 neighbouring hashes of one level, as C2SP tlog-tiles serves them.

A tile of level 0 holds hashes of leaves, one of the next level the roots of 256 full tiles.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ledger.proof.hashing import HASH_BYTES, row_above
from ledger.proof.refusals import MalformedProof

WIDTH: Final = 256
HEIGHT: Final = 8
"""How many levels of nodes one tile stands for."""
LEVELS: Final = 8
"""More than a log whose positions are counted in 63 bits can fill."""
_PATH: Final = re.compile(
    r"(?P<level>0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class Tile(msgspec.Struct, frozen=True, order=True):
    """Which tile, and how many hashes of it: 256 of one that is full."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        """Whether it never changes any more."""
        return self.width == WIDTH

    @property
    def path(self) -> str:
        """Level, index in groups of three digits, and the width of one that is not full."""
        partial = "" if self.is_full else f".p/{self.width}"
        return f"{self.level}/{index_path(self.index)}{partial}"

    @classmethod
    def at(cls, path: str) -> "Tile":
        """The tile that a path names; raises `MalformedProof`."""
        found = _PATH.fullmatch(path)
        if found is not None:
            tile = cls(int(found["level"]), index_of(found["index"]), int(found["width"] or WIDTH))
            # One tile has one path: so caches hold it once, and none can be asked for by another.
            if tile.level < 64 and tile.path == path:
                return tile
        raise _no_path(path)


def index_path(index: int) -> str:
    """An index in groups of three digits, as paths hold it: 1234067 is `x001/x234/067`."""
    groups = [f"{index % 1_000:03d}"]
    while index := index // 1_000:
        groups.append(f"x{index % 1_000:03d}")
    return "/".join(reversed(groups))


def index_of(path: str) -> int:
    """The index that groups of three digits tell."""
    return int(path.replace("x", "").replace("/", ""))


def bundle_at(path: str) -> Tile:
    """The stretch of leaves that the path of an entry bundle names; raises `MalformedProof`."""
    try:
        return Tile.at(f"0/{path}")
    except MalformedProof:
        raise _no_path(path) from None


def tiles_of(size: int) -> Iterator[Tile]:
    """The last tile of each level of a tree, where that is not full."""
    level = 0
    while size:
        size, width = divmod(size, WIDTH)
        if width:
            yield Tile(level, size, width)
        level += 1


def tile_for(level: int, index: int, size: int) -> Tile:
    """A tile as wide as it is in a tree of this size; it may be empty."""
    hashes = size >> (HEIGHT * level)
    return Tile(level, index, max(0, min(WIDTH, hashes - index * WIDTH)))


def split(hashes: bytes) -> list[bytes]:
    """The hashes that a tile's bytes hold."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def root_of(row: list[bytes]) -> bytes:
    """The root over as many hashes as a power of two."""
    while len(row) > 1:
        row = row_above(row)
    return row[0]


def _no_path(path: str) -> MalformedProof:
    return MalformedProof(
        f"{path[:80]!r} names no tile",
        field="tile",
        accepted="<level>/<index> or <level>/<index>.p/<width>, such as 0/x001/234 or 1/003.p/17",
    )
