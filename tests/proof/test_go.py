"""Go's `sumdb/note` and `sumdb/tlog` verify what we write: notes, tiles, entries and proofs."""

from pathlib import Path

import pytest

from ledger.proof.bundles import bundled
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.keys import COSIGNATURE, SigningKey
from ledger.proof.notes import cosign, sign
from ledger.proof.tiles import Tile, index_path, tiles_of
from ledger.proof.tlog_proof import ConsistencyProof, InclusionProof
from tests.proof.conftest import Judge
from tests.proof.trees import Tiles, grown, numbered

KEY = SigningKey("ledger.example/log", bytes(range(32)))
WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)


def note(tiles: Tiles, size: int) -> bytes:
    checkpoint = Checkpoint(KEY.public.name, size, tiles.tree(size).root())
    return cosign(sign(checkpoint.text, KEY), WITNESS, 1_767_225_600).encode()


def published(folder: Path, leaves: list[bytes]) -> Tiles:
    """The log as files, as a server of tiles has them."""
    tiles = grown(leaves)
    full = [Tile(level, index) for level, index in tiles.full]
    for tile in (*full, *tiles_of(len(leaves))):
        _write(folder / "tile" / tile.path, tiles.one(tile))
    for first in range(0, len(leaves), 256):
        some = leaves[first : first + 256]
        partial = "" if len(some) == 256 else f".p/{len(some)}"
        name = f"{index_path(first // 256)}{partial}"
        _write(folder / "tile" / "entries" / name, bundled(some))
    _write(folder / "key", f"{KEY.public.line}\n".encode())
    _write(folder / "checkpoint", note(tiles, len(leaves)))
    return tiles


def _write(place: Path, what: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(what)


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 600, 66_000])
def test_go_verifies_a_whole_log(judge: Judge, tmp_path: Path, count: int) -> None:
    leaves = numbered(count)
    tiles = published(tmp_path, leaves)
    current = (tmp_path / "checkpoint").read_bytes()
    old = tmp_path / "earlier"
    old.write_bytes(note(tiles, max(1, count // 3)))
    growth = ConsistencyProof(
        max(1, count // 3), tuple(tiles.tree().consistency(max(1, count // 3))), current
    )
    (tmp_path / "earlier.consistency").write_bytes(growth.encode())
    files: list[Path] = []
    for index in {0, count // 2, count - 1}:
        proof = InclusionProof(index, tuple(tiles.tree().inclusion(index)), current)
        files += [tmp_path / f"{index}.tlog-proof", tmp_path / f"{index}.leaf"]
        files[-2].write_bytes(proof.encode())
        files[-1].write_bytes(leaves[index])
    said = judge(tmp_path, old, *files)
    assert said.returncode == 0, said.stderr
    assert f"{count} leaves" in said.stdout and f"{count} entries" in said.stdout


@pytest.mark.parametrize(
    "name", ["key", "checkpoint", "tile/0/000", "tile/0/002.p/88", "tile/entries/001"]
)
def test_go_refuses_it_with_a_byte_changed(judge: Judge, tmp_path: Path, name: str) -> None:
    published(tmp_path, numbered(600))
    place = tmp_path / name
    told = bytearray(place.read_bytes())
    told[len(told) // 2] ^= 1
    place.write_bytes(told)
    said = judge(tmp_path)
    assert said.returncode == 1
    assert said.stderr.startswith("refused:")
