"""The whole log held against its tree, and its tree against what was signed.

Facts that are not what their tile says are named by position. Where tiles were changed with
them, the checkpoints tell between which two sizes the log went another way.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from ledger.proof.checkpoints import Checkpoint
from ledger.proof.edge import Edge
from ledger.proof.hashing import leaf_hash
from ledger.proof.proving import TiledTree
from ledger.proof.refusals import ProofRefused
from ledger.proof.tiles import HEIGHT, WIDTH, Tile, root_of, split, tile_for
from projections.pieces import Pieces
from projections.tree.sources import Source, moved
from projections.tree.stretches import Checked, Doubt, Finding, check, check_end

Watch: TypeAlias = Callable[[int, int | None], None]

TILES_AT_ONCE: Final = 64
"""16,384 facts: one piece of work of one process."""
MOST_COMPARED: Final = 300
"""Of facts that are not what they should be, so many are looked for at each other's places."""
MOST_CHECKPOINTS: Final = 200


class Whole(NamedTuple):
    """The tree that is checked: as it is kept, up to its edge."""

    source: Source
    edge: Edge


def verify(whole: Whole, signed: Sequence[Checkpoint], watch: Watch, work: Pieces) -> list[Finding]:
    """Everything that is not as it was signed; empty for a log that is whole.

    `signed` are checkpoints whose signatures were checked, the smallest first.
    """
    checked = list(_checked(whole, watch, work))
    lowest = [root for stretch in checked for root in stretch.roots]
    findings, above = _levels(whole, lowest)
    bad_tiles = {i for i, wanted in above.items() if lowest[i] != wanted}
    told = {i: root for stretch in checked for i, root in stretch.told.items()}
    doubts: list[Doubt] = []
    if _end_is_tiles_fault(whole, checked[-1], signed):
        path = Tile(0, whole.edge.size // WIDTH, whole.edge.size % WIDTH).path
        findings.append(Finding("tile", None, f"tile {path} is not what it was"))
        checked[-1].doubts.clear()
    for stretch in checked:
        findings += stretch.findings
        doubts += [d for d in stretch.doubts if not _is_tiles_fault(d, bad_tiles, told, above)]
    findings += _bad(whole, checked, bad_tiles - {_tile(d) for d in doubts})
    findings += _named(doubts)
    findings += _checkpoints(whole, signed)
    return sorted(findings, key=lambda finding: (finding.position is None, finding.position or 0))


def _bad(whole: Whole, checked: Sequence[Checked], indexes: set[int]) -> list[Finding]:
    """Tiles that differ from the level above, though no fact is in doubt: they were changed, or,
    where they are what their facts give, the tile above was.
    """
    doubted = {_tile(doubt) for stretch in checked for doubt in stretch.doubts}
    tiles = {
        Tile(0, index) if index in doubted else tile_for(1, index // WIDTH, whole.edge.size)
        for index in indexes
    }
    paths = [tile.path for tile in sorted(tiles)]
    return [Finding("tile", None, f"tile {path} is not what it was") for path in paths]


def _tile(doubt: Doubt) -> int:
    return (doubt.position - 1) // WIDTH


def _checked(whole: Whole, watch: Watch, work: Pieces) -> Iterable[Checked]:
    tiles, size = whole.edge.size // WIDTH, whole.edge.size
    pieces = [(at, min(at + TILES_AT_ONCE, tiles)) for at in range(0, tiles, TILES_AT_ONCE)]
    done = 0
    for stretch in work.done(check, [(whole.source, *piece) for piece in pieces]):
        done += len(stretch.roots) * WIDTH
        watch(done, size)
        yield stretch
    yield check_end(whole.source, size, whole.edge.rows[0] if whole.edge.rows else ())
    watch(size, size)


def _levels(whole: Whole, lowest: Sequence[bytes]) -> tuple[list[Finding], dict[int, bytes]]:
    """What is wrong above the lowest level, and the root that each tile of it should have."""
    findings: list[Finding] = []
    above: dict[int, bytes] = {}
    roots, level = list(lowest), 0
    while roots:
        level += 1
        full = len(roots) // WIDTH
        tiles = whole.source.tiles(level, 0, full)
        rows = [split(tiles.get(index, b"")) for index in range(full)]
        edge = whole.edge.rows[level] if level < len(whole.edge.rows) else ()
        wanted = [hash_ for row in rows for hash_ in (row if len(row) == WIDTH else [b""] * WIDTH)]
        wanted += edge
        for index, root in enumerate(roots):
            if level == 1:
                above[index] = wanted[index]
            elif wanted[index] != root:
                path = Tile(level - 1, index).path
                findings.append(Finding("tile", None, f"tile {path} is not what it was"))
        roots = [root_of(row) if len(row) == WIDTH else b"" for row in rows]
    return findings, above


def _is_tiles_fault(
    doubt: Doubt, bad: set[int], told: dict[int, bytes], above: dict[int, bytes]
) -> bool:
    """Whether the facts are those that the level above tells of, and the tile is not."""
    index = _tile(doubt)
    return index in bad and told.get(index) == above[index]


def _named(doubts: Sequence[Doubt]) -> list[Finding]:
    """What became of each fact: it is gone, stands at another's place, or was changed."""
    places = {doubt.wanted: doubt.position for doubt in doubts[:MOST_COMPARED] if doubt.wanted}
    findings: list[Finding] = []
    for number, (position, _, leaf) in enumerate(doubts):
        if leaf is None:
            says = f"the fact at position {position} is gone"
            findings.append(Finding("missing", position, says))
            continue
        home = _home(leaf, places) if number < MOST_COMPARED else None
        if home is not None and home != position:
            says = f"at position {position} stands the fact of position {home}"
            findings.append(Finding("moved", position, says))
        else:
            says = f"the fact at position {position} is not the one that was recorded"
            findings.append(Finding("changed", position, says))
    return findings


def _home(leaf: bytes, places: dict[bytes, int]) -> int | None:
    """Where a leaf belongs, if it is one of these."""
    for position in places.values():
        if places.get(leaf_hash(moved(leaf, position))) == position:
            return position
    return None


def _end_is_tiles_fault(whole: Whole, end: Checked, signed: Sequence[Checkpoint]) -> bool:
    """Whether the facts behind the last full tile are those that were signed, and the edge is
    not.
    """
    if not end.doubts or not signed or signed[-1].size != whole.edge.size:
        return False
    row = list(whole.edge.rows[0])
    for position, _, leaf in end.doubts:
        if leaf is None:
            return False
        row[(position - 1) % WIDTH] = leaf_hash(leaf)
    rows = (tuple(row), *whole.edge.rows[1:])
    return whole.edge._replace(rows=rows).root == signed[-1].root


def _checkpoints(whole: Whole, signed: Sequence[Checkpoint]) -> list[Finding]:
    """Whether the tree is what was signed, and if not, since when."""
    if not signed:
        return []
    if not _holds(whole, signed[-1]):
        low, high = -1, len(signed) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _holds(whole, signed[middle]) else (low, middle)
        whole_up_to = signed[low].size if low >= 0 else 0
        says = (
            f"the log is not what was signed at {signed[high].size} facts; up to "
            f"{whole_up_to} it is"
        )
        return [Finding("checkpoint", None, says)]
    step = max(1, len(signed) // MOST_CHECKPOINTS)
    return [
        Finding("checkpoint", None, f"the log is not what was signed at {told.size} facts")
        for told in signed[::step]
        if not _holds(whole, told)
    ]


def _holds(whole: Whole, told: Checkpoint) -> bool:
    if told.size > whole.edge.size:
        return False
    try:
        return TiledTree(told.size, partial(_read, whole)).root() == told.root
    except ProofRefused:
        return False


def _read(whole: Whole, tiles: Iterable[Tile]) -> dict[Tile, bytes]:
    found: dict[Tile, bytes] = {}
    for tile in tiles:
        full = tile.index < whole.edge.size >> (HEIGHT * (tile.level + 1))
        if full:
            kept = whole.source.tiles(tile.level, tile.index, tile.index + 1).get(tile.index, b"")
        else:
            kept = b"".join(whole.edge.rows[tile.level])
        found[tile] = kept[: tile.width * 32]
    return found
