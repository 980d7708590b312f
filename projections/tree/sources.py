"""Where a log is read from to be checked: the database, or a folder that was published.

A source is a few words, so that every process of a check can open its own.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psycopg

from ledger.facts.refusal import Refusal
from ledger.proof.bundles import unbundled
from ledger.proof.edge import Edge
from ledger.proof.refusals import MalformedProof, UnfitLeaf
from ledger.proof.tiles import WIDTH, Tile, index_path, tiles_of
from projections.tree.leaves import read_leaves
from projections.tree.tiles import level_tiles

FOLDER_ACCEPTED = "a folder that `seller-ledger log publish` wrote"


class NoSuchFolder(Refusal):
    """The folder is not there, or holds no published log."""

    accepted = FOLDER_ACCEPTED


class Standing(NamedTuple):
    """A leaf as it is found: the place where it stands, and its bytes."""

    position: int
    leaf: bytes


class Source(Protocol):
    """A log to be checked, and its tree."""

    def leaves(self, after: int, to: int) -> Iterator[Standing]:
        """The leaves that stand behind a position and up to another, as they are found."""
        ...

    def tiles(self, level: int, first: int, end: int) -> dict[int, bytes]:
        """The full tiles of a level, as far as they are there."""
        ...


class Database(NamedTuple):
    """The log in a database."""

    dsn: str

    def leaves(self, after: int, to: int) -> Iterator[Standing]:
        """Rows of the log, in order of position."""
        with _connection(self.dsn).cursor() as cursor:
            for leaf in read_leaves(cursor, after, to):
                try:
                    yield Standing(leaf.position, leaf.encode())
                except UnfitLeaf:
                    yield Standing(leaf.position, b"")

    def tiles(self, level: int, first: int, end: int) -> dict[int, bytes]:
        """Rows of the tree."""
        with _connection(self.dsn).cursor() as cursor:
            return level_tiles(cursor, level, first, end)


class Folder(NamedTuple):
    """A log in files, as C2SP tlog-tiles lays them out."""

    place: Path

    def leaves(self, after: int, to: int) -> Iterator[Standing]:
        """Leaves from bundles, each at the place where it is found."""
        for index in range(after // WIDTH, -(-to // WIDTH)):
            first = index * WIDTH
            width = min(WIDTH, to - first)
            bundle = self._read(f"entries/{index_path(index)}", width)
            try:
                found = [] if bundle is None else unbundled(bundle)
            except MalformedProof:
                found = []
            for at, leaf in enumerate(found):
                yield Standing(first + at + 1, leaf)

    def tiles(self, level: int, first: int, end: int) -> dict[int, bytes]:
        """Files of full tiles."""
        found: dict[int, bytes] = {}
        for index in range(first, end):
            hashes = self._read(f"{level}/{index_path(index)}", WIDTH)
            if hashes is not None:
                found[index] = hashes
        return found

    def edge(self, size: int) -> Edge:
        """The last tile of each level; raises `MalformedProof` where one is not there."""
        tiles = {tile.level: tile for tile in tiles_of(size)}
        rows = [
            b"" if level not in tiles else self._partial(tiles[level])
            for level in range(max(tiles, default=-1) + 1)
        ]
        return Edge.of(size, rows)

    def text(self, name: str) -> bytes:
        """A file of the folder; raises `NoSuchFolder`."""
        try:
            return (self.place / name).read_bytes()
        except OSError as problem:
            raise NoSuchFolder(
                f"{self.place / name} cannot be read: {(problem.strerror or 'no reason').lower()}"
            ) from None

    def _partial(self, tile: Tile) -> bytes:
        found = self._read(f"{tile.level}/{index_path(tile.index)}", tile.width)
        return b"" if found is None else found

    def _read(self, name: str, width: int) -> bytes | None:
        partial = "" if width == WIDTH else f".p/{width}"
        try:
            return (self.place / "tile" / f"{name}{partial}").read_bytes()
        except OSError:
            return None


def moved(leaf: bytes, position: int) -> bytes:
    """The same leaf, if it stood elsewhere."""
    return re.sub(rb"\nposition \d+\n", b"\nposition %d\n" % position, leaf, count=1)


@contextmanager
def one_moment(dsn: str) -> Generator["psycopg.Cursor[Any]"]:
    """A cursor that sees the database as it is now, whatever is written meanwhile."""
    connection = _connection(dsn)
    with connection.transaction(), connection.cursor() as cursor:
        yield cursor


@cache
def _connection(dsn: str) -> "psycopg.Connection[Any]":
    """One connection for each process that checks; it ends with it."""
    connection = psycopg.connect(dsn, autocommit=True, application_name="seller-ledger verify")
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def close(dsn: str) -> None:
    """Let go of what this process opened to read a database."""
    _connection(dsn).close()
    _connection.cache_clear()
