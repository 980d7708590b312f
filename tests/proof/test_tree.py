"""The tree: roots and paths are those of RFC 6962, however it grew and from whichever tiles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proof.edge import Edge
from ledger.proof.hashing import EMPTY_ROOT, leaf_hash
from ledger.proof.proving import check_consistency, check_inclusion
from ledger.proof.refusals import BeyondTree, MalformedProof, NotConsistent, NotInTree, ProofRefused
from ledger.proof.tiles import Tile, tiles_of
from tests.proof.trees import REFERENCE, Tiles, grown, mth, numbered, path, proof

LEAVES = numbered(700)
SIZES = st.one_of(st.integers(0, 20), st.integers(0, 700), st.sampled_from([255, 256, 257, 512]))


@pytest.mark.parametrize(
    ("size", "begins", "ends"),
    [(1, "6e340b9c", "afa01d"), (2, "fac54203", "e3c125"), (3, "aeb6bcfe", "e06e77"),
     (8, "5dc9da79", "604328")],
)  # fmt: skip
def test_published_roots(size: int, begins: str, ends: str) -> None:
    root = grown(REFERENCE[:size]).edge.root.hex()
    assert (root[:8], root[-6:]) == (begins, ends)


def test_an_empty_log_has_the_root_of_nothing() -> None:
    assert Edge().root == EMPTY_ROOT == mth([])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 513, 65_536, 65_537, 66_100])
def test_the_edge_gives_the_root_that_the_definition_gives(size: int) -> None:
    leaves = numbered(size)
    tiles = grown(leaves)
    assert tiles.edge.root == tiles.tree().root() == mth(leaves)
    assert Edge.of(size, tiles.edge.tiles) == tiles.edge


@given(st.lists(st.integers(0, 300), max_size=6))
@settings(deadline=None, max_examples=60)
def test_batches_do_not_matter(batches: list[int]) -> None:
    tiles, at = Tiles(), 0
    for count in batches:
        tiles.add(b"leaf %d" % n for n in range(at, at + count))
        at += count
    whole = grown(numbered(at))
    assert (tiles.edge, tiles.full) == (whole.edge, whole.full)


@given(SIZES, st.data())
@settings(deadline=None, max_examples=150)
def test_inclusion_is_the_definitions_and_holds(size: int, data: st.DataObject) -> None:
    if size == 0:
        return
    index = data.draw(st.integers(0, size - 1))
    tree = grown(LEAVES).tree(size)
    made, root = tree.inclusion(index), tree.root()
    assert made == path(index, LEAVES[:size])
    check_inclusion(leaf_hash(LEAVES[index]), index, size, made, root)
    with pytest.raises(NotInTree):
        check_inclusion(leaf_hash(b"another"), index, size, made, root)
    with pytest.raises(MalformedProof):
        check_inclusion(leaf_hash(LEAVES[index]), index, size, [*made, root], root)
    with pytest.raises(ProofRefused):
        check_inclusion(leaf_hash(LEAVES[index]), index, size, made[:-1], mth(LEAVES[:5]))


@given(SIZES, SIZES)
@settings(deadline=None, max_examples=150)
def test_consistency_is_the_definitions_and_holds(one: int, other: int) -> None:
    old, new = sorted((one, other))
    tiles = grown(LEAVES)
    made = tiles.tree(new).consistency(old)
    assert made == (proof(old, LEAVES[:new]) if old else [])
    before, after = mth(LEAVES[:old]), mth(LEAVES[:new])
    check_consistency(old, before, new, after, made)
    with pytest.raises(NotConsistent):
        check_consistency(old, leaf_hash(b"another"), new, after, made)
    if old:
        with pytest.raises(NotConsistent):
            check_consistency(old, before, new, leaf_hash(b"another"), made)
    with pytest.raises(MalformedProof):
        check_consistency(old, before, new, after, [*made, before])


def test_an_empty_tree_has_one_root() -> None:
    root = grown(LEAVES[:10]).edge.root
    check_consistency(0, EMPTY_ROOT, 10, root, [])
    with pytest.raises(NotConsistent):
        check_consistency(0, root, 10, root, [])


def test_what_lies_beyond_the_tree_is_refused() -> None:
    tree = grown(LEAVES[:10]).tree()
    with pytest.raises(BeyondTree, match="leaf 10 lies beyond a tree of 10 leaves"):
        tree.inclusion(10)
    with pytest.raises(BeyondTree):
        tree.consistency(11)
    with pytest.raises(BeyondTree):
        check_inclusion(leaf_hash(b""), -1, 10, [], b"")


def test_a_tile_of_another_width_is_refused() -> None:
    tree = grown(LEAVES[:10]).tree()
    short = tree._replace(read=lambda wanted: dict.fromkeys(wanted, b"\x00" * 32))
    with pytest.raises(MalformedProof, match="not as wide"):
        short.root()
    with pytest.raises(MalformedProof, match="not that of 10 leaves"):
        Edge.of(10, [b"\0" * 32 * 9])


def test_a_tree_of_70000_has_the_partial_tiles_that_the_format_says() -> None:
    assert list(tiles_of(70_000)) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles_of(256)) == [Tile(1, 0, 1)]


@pytest.mark.parametrize(
    ("tile", "path_"),
    [(Tile(0, 1_234_067), "0/x001/x234/067"), (Tile(1, 0, 17), "1/000.p/17"),
     (Tile(63, 999), "63/999"), (Tile(0, 1_000, 255), "0/x001/000.p/255")],
)  # fmt: skip
def test_paths_of_tiles(tile: Tile, path_: str) -> None:
    assert tile.path == path_
    assert Tile.at(path_) == tile


@pytest.mark.parametrize(
    "told",
    ["", "0", "0/1", "0/0000", "64/000", "00/000", "0/x000/001", "0/000.p/0", "0/000.p/256",
     "0/000.p/01", "-1/000", "0/000.p", "0/000/000", "0/x001/x000", "8/0/000", "0/000\n",
     "0/\u0660\u0660\u0660"],
)  # fmt: skip
def test_what_names_no_tile_is_refused(told: str) -> None:
    with pytest.raises(MalformedProof, match="names no tile"):
        Tile.at(told)
