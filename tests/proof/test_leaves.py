"""The bytes of a leaf: the published vectors, read as they were written, and nothing besides."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.edge import Edge
from ledger.proof.hashing import leaf_hash
from ledger.proof.leaves import Leaf
from ledger.proof.refusals import MalformedProof, UnfitLeaf

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "proofs.md"
FIRST = Leaf(
    1, "policy-aliexpress", 1, "policy-published.v1", 1_577_836_800_000_000,
    b'{"at":1577836800000000,"by":"ledger"}',
)  # fmt: skip
SECOND = Leaf(
    2, "seller-s-1", 1, "violation-recorded.v1", 1_767_225_600_000_001,
    '{"at":1767225600000001,"by":"monitor","note":"naïve"}'.encode(),
)  # fmt: skip
LEAVES = st.builds(
    Leaf,
    st.integers(1, 10**18),
    st.text("abcXYZ019._:@~,-", min_size=1),
    st.integers(1, 10**6),
    st.text("abc-.v1", min_size=1),
    st.integers(0, 10**18),
    st.binary(max_size=60),
)


def test_the_vectors_are_those_that_are_published() -> None:
    text = DOCUMENT.read_text()
    blocks = re.findall(r"^```leaf\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert [block.encode() for block in blocks] == [FIRST.encode(), SECOND.encode()]
    hashes = [leaf_hash(leaf.encode()) for leaf in (FIRST, SECOND)]
    for told in (*hashes, Edge().grown(hashes)[0].root):
        assert f"`{told.hex()}`" in text


@given(LEAVES)
def test_a_leaf_is_read_as_it_was_written(leaf: Leaf) -> None:
    assert Leaf.decode(leaf.encode()) == leaf


@given(LEAVES, LEAVES)
def test_two_facts_never_share_their_bytes(one: Leaf, other: Leaf) -> None:
    assert (one == other) == (one.encode() == other.encode())


@pytest.mark.parametrize(
    "leaf",
    [SECOND._replace(stream="a\nb"), SECOND._replace(stream=""), SECOND._replace(name="a b"),
     SECOND._replace(position=0), SECOND._replace(version=0), SECOND._replace(recorded_at=-1),
     SECOND._replace(stream="é")],
)  # fmt: skip
def test_what_cannot_be_told_in_one_way_is_refused(leaf: Leaf) -> None:
    with pytest.raises(UnfitLeaf):
        leaf.encode()


@pytest.mark.parametrize("at", range(0, len(SECOND.encode()) - len(SECOND.state), 7))
def test_a_leaf_cut_within_its_lines_is_refused(at: int) -> None:
    with pytest.raises(MalformedProof):
        Leaf.decode(SECOND.encode()[:at])


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"position 2", b"position 02"), (b"@v1", b"@v2"), (b"\n\n", b"\n"), (b"stream ", b"stream  "),
     (b"version 1\n", b""), (b"name ", b"Name ")],
)  # fmt: skip
def test_other_lines_are_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(MalformedProof):
        Leaf.decode(SECOND.encode().replace(old, new, 1))
