"""Proof files and bundles: written, read again byte for byte, and refused when touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.bundles import bundled, unbundled
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.keys import COSIGNATURE, SigningKey
from ledger.proof.notes import cosign, sign
from ledger.proof.refusals import (
    BeyondTree,
    MalformedProof,
    NotConsistent,
    NotInTree,
    NotSigned,
    OtherLog,
    ProofRefused,
    UnfitLeaf,
)
from ledger.proof.tlog_proof import ConsistencyProof, InclusionProof
from tests.proof.trees import grown, mth, numbered

KEY = SigningKey("ledger.example/log", bytes(range(32)))
OTHER = SigningKey("other.example/log", bytes(32))
WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)
LEAVES = numbered(300)
TILES = grown(LEAVES)
EARLIER = Checkpoint(KEY.public.name, 100, mth(LEAVES[:100]))
NOW = Checkpoint(KEY.public.name, 300, mth(LEAVES))
NOTE = cosign(sign(NOW.text, KEY), WITNESS, 1_767_225_600)
INCLUDED = InclusionProof(7, tuple(TILES.tree().inclusion(7)), NOTE.encode())
CONSISTENT = ConsistencyProof(100, tuple(TILES.tree().consistency(100)), NOTE.encode())


def test_a_proof_says_what_the_format_says() -> None:
    lines = INCLUDED.encode().decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 7"]
    empty = lines.index("")
    assert empty == 2 + len(INCLUDED.path)
    assert lines[empty + 1 : empty + 3] == ["ledger.example/log", "300"]
    assert lines[-1] == ""


def test_files_are_read_as_they_were_written() -> None:
    assert InclusionProof.decode(INCLUDED.encode()) == INCLUDED
    assert ConsistencyProof.decode(CONSISTENT.encode()) == CONSISTENT
    more = InclusionProof(7, INCLUDED.path, INCLUDED.checkpoint, b"what others add")
    assert InclusionProof.decode(more.encode()) == more
    assert more.check(LEAVES[7], [KEY.public]).checkpoint == NOW
    only = InclusionProof(
        0, (), sign(NOW._replace(size=1, root=mth(LEAVES[:1])).text, KEY).encode()
    )
    assert InclusionProof.decode(only.encode()).check(LEAVES[0], [KEY.public])


def test_a_fact_is_proved_to_those_who_trust_the_key() -> None:
    seen = INCLUDED.check(LEAVES[7], [KEY.public, WITNESS.public])
    assert seen.checkpoint == NOW
    assert list(seen.keys) == [KEY.public, WITNESS.public]
    with pytest.raises(NotSigned):
        INCLUDED.check(LEAVES[7], [SigningKey(KEY.public.name, bytes(32)).public])
    with pytest.raises(OtherLog):
        INCLUDED.check(LEAVES[7], [OTHER.public])


def test_another_fact_or_place_is_not_proved() -> None:
    with pytest.raises(NotInTree):
        INCLUDED.check(LEAVES[8], [KEY.public])
    with pytest.raises(NotInTree):
        InclusionProof(8, INCLUDED.path, INCLUDED.checkpoint).check(LEAVES[7], [KEY.public])
    with pytest.raises(BeyondTree):
        InclusionProof(300, INCLUDED.path, INCLUDED.checkpoint).check(LEAVES[7], [KEY.public])


def test_a_log_that_only_grew_shows_it() -> None:
    assert CONSISTENT.check(EARLIER, [KEY.public]).checkpoint == NOW
    rewritten = EARLIER._replace(root=mth(numbered(101)[1:]))
    with pytest.raises(NotConsistent, match="300 facts does not begin with that of 100"):
        CONSISTENT.check(rewritten, [KEY.public])
    with pytest.raises(OtherLog):
        CONSISTENT.check(EARLIER._replace(origin=OTHER.public.name), [KEY.public])
    with pytest.raises(MalformedProof, match="begins at 100"):
        CONSISTENT.check(EARLIER._replace(size=99), [KEY.public])


@given(st.integers(0, len(INCLUDED.encode()) - 1))
def test_a_file_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(ProofRefused):
        InclusionProof.decode(INCLUDED.encode()[:at]).check(LEAVES[7], [KEY.public, WITNESS.public])


@given(st.integers(0, len(INCLUDED.encode()) - 1), st.integers(1, 255))
def test_a_file_with_any_byte_changed_is_refused(at: int, by: int) -> None:
    # With the witness trusted too: a signature of nobody known is passed over, as it has to be.
    changed = bytearray(INCLUDED.encode())
    changed[at] ^= by
    try:
        proof = InclusionProof.decode(bytes(changed))
        seen = proof.check(LEAVES[7], [KEY.public, WITNESS.public])
    except ProofRefused:
        return
    # What is left is a line of the witness's under another name or id: it counts for nothing.
    assert list(seen.keys) == [KEY.public]


@pytest.mark.parametrize(
    "head",
    [b"", b"c2sp.org/tlog-proof@v2\nindex 7\n", b"c2sp.org/tlog-proof@v1\n",
     b"c2sp.org/tlog-proof@v1\nindex 07\n", b"c2sp.org/tlog-proof@v1\nextra \nindex 7\n",
     b"c2sp.org/tlog-proof@v1\nindex 7\nAAAA\n", b"c2sp.org/tlog-proof@v1\nindex 7\n\xff\n",
     b"c2sp.org/tlog-proof@v1\nindex 7\n" + b"A" * 43 + b"=\n" * 1 + (b"A" * 43 + b"=\n") * 63],
)  # fmt: skip
def test_what_is_no_proof_is_refused(head: bytes) -> None:
    with pytest.raises(MalformedProof):
        InclusionProof.decode(head + b"\n" + NOTE.encode())


def test_bundles() -> None:
    leaves = [b"", b"a", b"b" * 300]
    assert unbundled(bundled(leaves)) == leaves
    for cut in range(1, len(bundled(leaves))):
        try:
            assert unbundled(bundled(leaves)[:cut]) in (leaves[:1], leaves[:2])
        except MalformedProof:
            continue
    with pytest.raises(UnfitLeaf, match="65536"):
        bundled([b"x" * 65_536])
