"""The whole log as files, laid out as C2SP tlog-tiles serves it: to be checked without us."""

from pathlib import Path

import psycopg
from psycopg import Cursor

from ledger.proof.bundles import bundled
from ledger.proof.tiles import HEIGHT, WIDTH, Tile, index_path, tiles_of
from projections.tree import checkpoints
from projections.tree.leaves import dense_leaves
from projections.tree.reading import NoCheckpointYet
from projections.tree.sources import NoSuchFolder
from projections.tree.tiles import TilesRead, level_tiles, read_edge
from projections.tree.verifying import TILES_AT_ONCE, Watch


def publish(dsn: str, place: Path, watch: Watch) -> int:
    """Write key, newest checkpoint, tiles and leaves below a folder that is empty or not there;
    returns of how many facts. Raises `NoCheckpointYet`, `NoSuchFolder`.
    """
    with psycopg.connect(dsn, application_name="seller-ledger publish") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.cursor() as cursor:
            log_id, edge = read_edge(cursor)
            origin = checkpoints.origin_of(log_id)
            signed = checkpoints.newest(cursor, origin)
            if signed is None:
                raise NoCheckpointYet
            try:
                if place.is_dir() and any(place.iterdir()):
                    raise NoSuchFolder(f"{place} is not empty", accepted="a new folder")
                _tiles(cursor, place, TilesRead(cursor, edge), signed.size)
                _entries(cursor, place, signed.size, watch)
                keys = checkpoints.keys(cursor, origin)
                _write(place / "key", f"{keys[0].key.line}\n".encode())
                note = checkpoints.witnessed(cursor, origin, signed)
                _write(place / "checkpoint", note)
            except OSError as problem:
                raise NoSuchFolder(
                    f"{place} cannot be written: {(problem.strerror or 'no reason').lower()}",
                    accepted="a folder that may be written to",
                ) from None
            return signed.size


def _tiles(cursor: Cursor[tuple[object, ...]], place: Path, tiles: TilesRead, size: int) -> None:
    level = 0
    while full := size >> (HEIGHT * (level + 1)):
        for first in range(0, full, TILES_AT_ONCE):
            end = min(full, first + TILES_AT_ONCE)
            for index, hashes in level_tiles(cursor, level, first, end).items():
                _write(place / "tile" / Tile(level, index).path, hashes)
        level += 1
    for tile, hashes in tiles.read(tiles_of(size)).items():
        _write(place / "tile" / tile.path, hashes)


def _entries(cursor: Cursor[tuple[object, ...]], place: Path, size: int, watch: Watch) -> None:
    at_once = TILES_AT_ONCE * WIDTH
    for after in range(0, size, at_once):
        leaves = list(dense_leaves(cursor, after, min(size, after + at_once)))
        for start in range(0, len(leaves), WIDTH):
            some = leaves[start : start + WIDTH]
            partial = "" if len(some) == WIDTH else f".p/{len(some)}"
            name = f"{index_path((after + start) // WIDTH)}{partial}"
            _write(place / "tile" / "entries" / name, bundled(some))
        watch(after + len(leaves), size)


def _write(place: Path, what: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(what)
