"""Entry bundles, as C2SP tlog-tiles serves them: leaves in a row, each behind its length."""

from collections.abc import Sequence
from typing import Final

from ledger.proof.refusals import MalformedProof, UnfitLeaf

LONGEST_LEAF: Final = (1 << 16) - 1
_LENGTH_BYTES: Final = 2


def bundled(leaves: Sequence[bytes]) -> bytes:
    """The bundle of these leaves; raises `UnfitLeaf` for one that is too long for it."""
    for leaf in leaves:
        if len(leaf) > LONGEST_LEAF:
            raise UnfitLeaf(f"a leaf of {len(leaf)} bytes fits no bundle")
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES) + leaf for leaf in leaves)


def unbundled(bundle: bytes) -> list[bytes]:
    """The leaves of a bundle; raises `MalformedProof`."""
    leaves: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(bundle[at:start])
        leaves.append(bundle[start:at])
    if at != len(bundle):
        raise MalformedProof("the bundle is cut off")
    return leaves
