"""Hashes of leaves and nodes, as RFC 6962 section 2.1 gives them.

A leaf and a node are hashed with different first bytes: nobody can pass one off as the other.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a log without any fact."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours, under which they stand."""
    return sha256(b"\x01" + left + right).digest()


def row_above(row: Sequence[bytes]) -> list[bytes]:
    """The nodes right above a row of an even number of hashes."""
    # Called for every leaf of the log: a function for each pair would cost half as much again.
    pairs = zip(row[::2], row[1::2], strict=True)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def peaks_folded(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect trees that stand side by side, the largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root
