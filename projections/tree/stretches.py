"""One stretch of a log, checked leaf by leaf against its tiles."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from ledger.proof.hashing import HASH_BYTES, leaf_hash
from ledger.proof.tiles import WIDTH, root_of, split
from projections.tree.sources import Source

Kind = Literal[
    "changed", "missing", "doubled", "moved", "head", "tile", "checkpoint",
    "memo", "text", "policy", "archive", "view",
]  # fmt: skip
OF_FACTS: Final = frozenset({"changed", "missing", "doubled", "moved", "head"})
"""Findings about facts themselves, and not about what is kept beside them."""


class Finding(NamedTuple):
    """Something that is not as it was signed."""

    kind: Kind
    position: int | None
    says: str


class Doubt(NamedTuple):
    """A fact that is not what its tile says, or is not there."""

    position: int
    wanted: bytes
    """The hash in the tile."""
    leaf: bytes | None
    """What stands there instead; None for nothing."""


class Checked(NamedTuple):
    """What came of a stretch."""

    first: int
    """The index of its first tile."""
    leaves: int
    roots: list[bytes]
    """Of each tile as it is kept; empty for one that is not there."""
    told: dict[int, bytes]
    """Of tiles with doubts: the roots that the facts themselves give, where all are there."""
    doubts: list[Doubt]
    findings: list[Finding]


def check(source: Source, first: int, end: int) -> Checked:
    """Check the full tiles of the lowest level from one index to before another."""
    tiles = source.tiles(0, first, end)
    found = _found(source, first * WIDTH, end * WIDTH)
    checked = Checked(first, 0, [], {}, [], [])
    leaves = 0
    for index in range(first, end):
        hashes = tiles.get(index, b"")
        if len(hashes) != WIDTH * HASH_BYTES:
            hashes = b""
        checked.roots.append(root_of(split(hashes)) if hashes else b"")
        wanted = split(hashes) if hashes else [b""] * WIDTH
        leaves += _compare(checked, found, index, wanted)
    return checked._replace(leaves=leaves)


def check_end(source: Source, size: int, wanted: Sequence[bytes]) -> Checked:
    """Check what stands behind the last full tile, of which the hashes are given."""
    index = size // WIDTH
    checked = Checked(index, 0, [], {}, [], [])
    found = _found(source, index * WIDTH, size)
    return checked._replace(leaves=_compare(checked, found, index, wanted))


def _found(source: Source, after: int, to: int) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = defaultdict(list)
    for position, leaf in source.leaves(after, to):
        found[position].append(leaf)
    return found


def _compare(
    checked: Checked, found: dict[int, list[bytes]], index: int, wanted: Sequence[bytes]
) -> int:
    """Compare one tile's leaves with its hashes; how many leaves there were."""
    hashes: list[bytes] = []
    doubts: list[Doubt] = []
    leaves = 0
    for position, hash_ in enumerate(wanted, index * WIDTH + 1):
        stands = found.get(position)
        if not stands:
            doubts.append(Doubt(position, hash_, None))
            continue
        leaves += len(stands)
        if len(stands) > 1:
            says = f"{len(stands)} facts stand at position {position}"
            checked.findings.append(Finding("doubled", position, says))
        told = leaf_hash(stands[0])
        hashes.append(told)
        if told != hash_:
            doubts.append(Doubt(position, hash_, stands[0]))
    checked.doubts.extend(doubts)
    if doubts and len(hashes) == WIDTH:
        checked.told[index] = root_of(hashes)
    return leaves
