"""Paths through the tree: which subtrees a proof names, read from tiles, and checked.

A subtree is told by the leaves that it spans, `[first, end)`. The same list of spans makes a
proof and checks one: a proof with a hash too many or too few is none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ledger.proof.hashing import EMPTY_ROOT, HASH_BYTES, node_hash, peaks_folded
from ledger.proof.refusals import BeyondTree, MalformedProof, NotConsistent, NotInTree
from ledger.proof.tiles import HEIGHT, WIDTH, Tile, root_of, split, tile_for

ReadTiles: TypeAlias = Callable[[Iterable[Tile]], Mapping[Tile, bytes]]
"""Gives the bytes of each tile, as wide as asked."""


class Span(NamedTuple):
    """The leaves of one subtree."""

    first: int
    end: int


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The siblings on the way from a leaf to the root, from below; raises `BeyondTree`."""
    if not 0 <= index < size:
        raise BeyondTree(f"leaf {index}", size)
    spans: list[Span] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _left_part(end - first)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(first, middle))
            first = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The subtrees that join an earlier tree to a later one, from below; raises `BeyondTree`.

    The first is the smallest subtree at the end of the earlier tree. Where that is the whole
    earlier tree, its root is known already and the list begins with what stands beside it.
    """
    if not 0 <= old <= new:
        raise BeyondTree(f"a tree of {old} leaves", new)
    spans: list[Span] = []
    first, end = 0, new
    while end != old and old:
        middle = first + _left_part(end - first)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(first, middle))
            first = middle
    if first:
        spans.append(Span(first, end))
    return spans[::-1]


class TiledTree(NamedTuple):
    """A tree of a size, over tiles that are read as they are needed."""

    size: int
    read: ReadTiles

    def root(self) -> bytes:
        """The tree's root."""
        return self.hashes([Span(0, self.size)])[0]

    def inclusion(self, index: int) -> list[bytes]:
        """The path of a leaf; raises `BeyondTree`."""
        return self.hashes(inclusion_spans(index, self.size))

    def consistency(self, old: int) -> list[bytes]:
        """That the tree holds an earlier one of this size; raises `BeyondTree`."""
        return self.hashes(consistency_spans(old, self.size))

    def hashes(self, spans: Sequence[Span]) -> list[bytes]:
        """The hash of each span; tiles are asked for all at once."""
        nodes = [_nodes(span) for span in spans]
        wanted = dict.fromkeys(_tile_of(*node, self.size) for row in nodes for node in row)
        found = self.read(wanted)
        rows: dict[Tile, list[bytes]] = {}
        for tile in wanted:
            if len(found[tile]) != tile.width * HASH_BYTES:
                raise MalformedProof(f"tile {tile.path} is not as wide as its name says")
            rows[tile] = split(found[tile])
        return [peaks_folded([_hash(*node, self.size, rows) for node in row]) for row in nodes]


def check_inclusion(
    hash_: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Raise `NotInTree` unless the path leads from this leaf to the root."""
    spans = inclusion_spans(index, size)
    _refuse_other_length(path, len(spans))
    for span, beside in zip(spans, path, strict=True):
        hash_ = node_hash(hash_, beside) if span.first > index else node_hash(beside, hash_)
    if hash_ != root:
        raise NotInTree(
            f"the path of leaf {index} leads to another root than that of the checkpoint: the "
            "leaf's bytes, the path or the index were changed"
        )


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise `NotConsistent` unless the later tree begins with the earlier one."""
    spans = consistency_spans(old, new)
    _refuse_other_length(path, len(spans))
    if old == 0:
        if old_root != EMPTY_ROOT:
            raise NotConsistent("a log of 0 facts has the root of nothing, and no other")
        return  # every tree begins with nothing
    told = list(zip(spans, path, strict=True))
    before = after = old_root
    if spans and spans[0].end == old:
        before = after = told.pop(0)[1]
    for span, beside in told:
        if span.first >= old:
            after = node_hash(after, beside)
        else:
            before, after = node_hash(beside, before), node_hash(beside, after)
    if before != old_root or after != new_root:
        raise NotConsistent(f"the log of {new} facts does not begin with that of {old}")


def _refuse_other_length(path: Sequence[bytes], wanted: int) -> None:
    if len(path) != wanted or any(len(part) != HASH_BYTES for part in path):
        raise MalformedProof(
            f"the path holds {len(path)} hashes, not {wanted} of {HASH_BYTES} bytes each"
        )


def _left_part(leaves: int) -> int:
    """The largest power of two below a number of leaves above one."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _nodes(span: Span) -> list[tuple[int, int]]:
    """The perfect subtrees that make up a span, the largest first, as (height, index)."""
    nodes: list[tuple[int, int]] = []
    first, left = span.first, span.end - span.first
    while left:
        height = left.bit_length() - 1
        nodes.append((height, first >> height))
        first += 1 << height
        left -= 1 << height
    return nodes


def _tile_of(height: int, index: int, size: int) -> Tile:
    level, within = divmod(height, HEIGHT)
    return tile_for(level, (index << within) // WIDTH, size)


def _hash(height: int, index: int, size: int, rows: Mapping[Tile, list[bytes]]) -> bytes:
    within = height % HEIGHT
    start = (index << within) % WIDTH
    return root_of(rows[_tile_of(height, index, size)][start : start + (1 << within)])
