"""Others' program reads our tiles: its roots, proofs and signatures are ours."""

from dataclasses import dataclass

import pytest
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint as TheirCheckpoint
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from ledger.proof.checkpoints import Checkpoint
from ledger.proof.hashing import leaf_hash
from ledger.proof.keys import COSIGNATURE, SigningKey
from ledger.proof.notes import cosign, sign
from ledger.proof.tiles import Tile
from tests.proof.trees import Tiles, grown, numbered

KEY = SigningKey("ledger.example/log", bytes(range(32)))
WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)
COUNT = 1_111
LEAVES = numbered(COUNT)


@dataclass
class Served:
    """What a server of tiles would answer."""

    tiles: Tiles
    note: bytes

    def get(self, *path: str) -> bytes | None:
        if path == ("checkpoint",):
            return self.note
        tile = Tile.at("/".join(path[1:]))
        return self.tiles.one(tile)[: tile.width * 32]


@pytest.fixture(scope="module")
def served() -> Served:
    tiles = grown(LEAVES)
    note = sign(Checkpoint(KEY.public.name, COUNT, tiles.edge.root).text, KEY)
    return Served(tiles, cosign(note, WITNESS, 1_767_225_600).encode())


def test_the_checkpoint_is_verified_by_them(served: Served) -> None:
    told = TheirCheckpoint.from_text(served.note.decode())
    told.verify(Vkey.from_string(KEY.public.line))
    told.verify(Vkey.from_string(WITNESS.public.line))


def test_their_root_is_ours(served: Served) -> None:
    reader = TilesReader(served)
    told = reader.get_checkpoint()
    assert reader.calculate_root_hash() == told.root_hash


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 1_000, COUNT - 1])
def test_inclusion_either_way(served: Served, index: int) -> None:
    reader = TilesReader(served)
    root = reader.get_checkpoint().root_hash
    ours = served.tiles.tree().inclusion(index)
    assert reader.get_inclusion_proof(index, COUNT).node_hashes == ours
    InclusionProof(index, COUNT, ours).check(leaf_hash(LEAVES[index]), root)


@pytest.mark.parametrize("old", [1, 2, 3, 256, 257, 512, 700, COUNT - 1])
def test_consistency_either_way(served: Served, old: int) -> None:
    reader = TilesReader(served)
    root = reader.get_checkpoint().root_hash
    ours = served.tiles.tree().consistency(old)
    assert reader.get_consistency_proof(old, COUNT).node_hashes == ours
    ConsistencyProof(old, COUNT, ours).check(served.tiles.tree(old).root(), root)
