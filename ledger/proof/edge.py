"""The right edge of a growing tree: all that is needed to add leaves and to know the root."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.proof.hashing import HASH_BYTES, peaks_folded
from ledger.proof.refusals import MalformedProof
from ledger.proof.tiles import HEIGHT, WIDTH, Tile, root_of, split, tiles_of


class FullTile(NamedTuple):
    """A tile that has become full, and its bytes for ever."""

    tile: Tile
    hashes: bytes


class Edge(NamedTuple):
    """The tree's size, and the hashes of the last tile of each level that is not full."""

    size: int = 0
    rows: tuple[tuple[bytes, ...], ...] = ()

    @classmethod
    def of(cls, size: int, tiles: Sequence[bytes]) -> "Edge":
        """From the bytes of those tiles, the lowest level first; raises `MalformedProof`."""
        edge = cls(size, tuple(tuple(split(hashes)) for hashes in tiles))
        widths = {tile.level: tile.width for tile in tiles_of(size)}
        told = {level: len(hashes) for level, hashes in enumerate(tiles) if hashes}
        if told != {level: width * HASH_BYTES for level, width in widths.items()}:
            raise MalformedProof(f"the edge of the tree is not that of {size} leaves")
        return edge

    @property
    def tiles(self) -> list[bytes]:
        """The bytes of those tiles, the lowest level first."""
        return [b"".join(row) for row in self.rows]

    def grown(self, leaf_hashes: Sequence[bytes]) -> tuple["Edge", list[FullTile]]:
        """The edge with these leaves behind it, and the tiles that they made full."""
        rows: list[tuple[bytes, ...]] = []
        full: list[FullTile] = []
        added: list[bytes] = list(leaf_hashes)
        level = 0
        while added or level < len(self.rows):
            row = [*(self.rows[level] if level < len(self.rows) else ()), *added]
            first = (self.size >> (HEIGHT * level)) // WIDTH
            added = []
            whole = len(row) - len(row) % WIDTH
            for place, start in enumerate(range(0, whole, WIDTH)):
                hashes = row[start : start + WIDTH]
                full.append(FullTile(Tile(level, first + place), b"".join(hashes)))
                added.append(root_of(hashes))
            rows.append(tuple(row[whole:]))
            level += 1
        return Edge(self.size + len(leaf_hashes), tuple(rows)), full

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        peaks: list[bytes] = []
        for row in reversed(self.rows):
            peaks += peaks_of(row)
        return peaks_folded(peaks)


def peaks_of(row: Sequence[bytes]) -> list[bytes]:
    """The perfect trees that stand on a row of hashes, the largest first."""
    peaks: list[bytes] = []
    at = 0
    for height in reversed(range(len(row).bit_length())):
        if len(row) >> height & 1:
            peaks.append(root_of(list(row[at : at + (1 << height)])))
            at += 1 << height
    return peaks
