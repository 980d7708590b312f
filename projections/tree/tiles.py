"""The tables of the tree: its edge, which grows, and its full tiles, which are written once."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.proof.edge import Edge, FullTile
from ledger.proof.hashing import HASH_BYTES
from ledger.proof.proving import TiledTree
from ledger.proof.refusals import BeyondTree
from ledger.proof.tiles import HEIGHT, WIDTH, Tile
from ledger.store.sql import queries

SQL: Final = queries("projections.tree", "tiles.sql")


class Grown(NamedTuple):
    """How far the tree is, and of which log."""

    log_id: str
    edge: Edge


def read_edge(cursor: Cursor[Any], *, lock: bool = False) -> Grown:
    """The tree as it is. `lock`: until the transaction ends nobody else adds to it or signs it."""
    cursor.execute(SQL["edge_locked"] if lock else SQL["edge"], binary=True)
    row = cursor.fetchone()
    assert row is not None, "the migration made this row"
    log_id, size, tiles = row
    return Grown(log_id, Edge.of(size, [bytes(tile) for tile in tiles]))


def write(cursor: Cursor[Any], edge: Edge, full: Sequence[FullTile]) -> None:
    """Keep the tiles that became full, and the new edge."""
    if full:
        cursor.execute(
            SQL["add_tiles"],
            {
                "levels": [tile.level for tile, _ in full],
                "indexes": [tile.index for tile, _ in full],
                "hashes": [hashes for _, hashes in full],
            },
        )
    cursor.execute(SQL["move_edge"], {"size": edge.size, "tiles": edge.tiles})


class TilesRead:
    """Tiles as they are in the database, those of the edge among them."""

    def __init__(self, cursor: Cursor[Any], edge: Edge) -> None:
        self._cursor = cursor
        self._edge = edge

    def tree(self, size: int | None = None) -> TiledTree:
        """The tree as it is now, or as it was at a smaller size; raises `BeyondTree`."""
        wanted = self._edge.size if size is None else size
        if wanted > self._edge.size:
            raise BeyondTree(f"a tree of {wanted} leaves", self._edge.size)
        return TiledTree(wanted, self.read)

    def read(self, wanted: Iterable[Tile]) -> dict[Tile, bytes]:
        """The bytes of these tiles, each as wide as asked; raises `BeyondTree`."""
        tiles = list(wanted)
        for tile in tiles:
            hashes = self._edge.size >> (HEIGHT * tile.level)
            if tile.index * WIDTH + tile.width > hashes:
                raise BeyondTree(f"tile {tile.path}", self._edge.size)
        stored = self._stored(tiles)
        found: dict[Tile, bytes] = {}
        for tile in tiles:
            whole = stored.get((tile.level, tile.index))
            if whole is None:
                whole = b"".join(self._edge.rows[tile.level])
            found[tile] = whole[: tile.width * HASH_BYTES]
        return found

    def _stored(self, tiles: Sequence[Tile]) -> dict[tuple[int, int], bytes]:
        asked = {
            "levels": [tile.level for tile in tiles],
            "indexes": [tile.index for tile in tiles],
        }
        self._cursor.execute(SQL["tiles"], asked, binary=True)
        return {(level, index): bytes(hashes) for level, index, hashes in self._cursor.fetchall()}


def level_tiles(cursor: Cursor[Any], level: int, first: int, end: int) -> dict[int, bytes]:
    """The full tiles of a level from one index to before another."""
    asked = {"level": level, "first": first, "end": end}
    cursor.execute(SQL["tiles_of_level"], asked, binary=True)
    return {index: bytes(hashes) for index, hashes in cursor.fetchall()}


def rename(cursor: Cursor[Any]) -> str:
    """Draw another name for this log; returns it."""
    cursor.execute(SQL["rename"])
    (log_id,) = cursor.fetchone() or ("",)
    return str(log_id)
