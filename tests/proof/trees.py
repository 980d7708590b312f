"""A tree as RFC 6962 defines it, slowly and word for word, and tiles kept in a dictionary."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from ledger.proof.edge import Edge
from ledger.proof.hashing import leaf_hash
from ledger.proof.proving import TiledTree
from ledger.proof.tiles import Tile

# The leaves of the RFC's reference implementation, and roots that others have published of them.
REFERENCE = tuple(
    bytes.fromhex(told)
    for told in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                 "606162636465666768696a6b6c6d6e6f")
)  # fmt: skip


def mth(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of a list of leaves (section 2.1)."""
    match len(leaves):
        case 0:
            return sha256(b"").digest()
        case 1:
            return sha256(b"\x00" + leaves[0]).digest()
        case n:
            k = half(n)
            return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The audit path of a leaf (section 2.1.1)."""
    n = len(leaves)
    if n == 1:
        return []
    k = half(n)
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """The consistency proof from the first m leaves (section 2.1.2)."""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = half(n)
    if m <= k:
        return [*proof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof(m - k, leaves[k:], False), mth(leaves[:k])]


def half(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


class Tiles:
    """A growing tree's tiles: full ones for ever, others as the edge has them."""

    def __init__(self) -> None:
        self.edge = Edge()
        self.full: dict[tuple[int, int], bytes] = {}

    def add(self, leaves: Iterable[bytes]) -> None:
        self.edge, full = self.edge.grown([leaf_hash(leaf) for leaf in leaves])
        for tile, hashes in full:
            assert (tile.level, tile.index) not in self.full
            self.full[tile.level, tile.index] = hashes

    def read(self, wanted: Iterable[Tile]) -> dict[Tile, bytes]:
        return {tile: self.one(tile)[: tile.width * 32] for tile in wanted}

    def one(self, tile: Tile) -> bytes:
        found = self.full.get((tile.level, tile.index))
        return self.edge.tiles[tile.level] if found is None else found

    def tree(self, size: int | None = None) -> TiledTree:
        return TiledTree(self.edge.size if size is None else size, self.read)


def grown(leaves: Sequence[bytes]) -> Tiles:
    tiles = Tiles()
    tiles.add(leaves)
    return tiles


def numbered(count: int) -> list[bytes]:
    return [b"leaf %d" % n for n in range(count)]
