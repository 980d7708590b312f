"""Proofs as files: that a leaf stands in a log, and that a log only grew.

The first is C2SP tlog-proof; the second is the body by which C2SP tlog-witness is asked for a
cosignature. Both end with the checkpoint that they rest on, byte for byte.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from ledger.proof.checkpoints import Checkpoint, Seen, number_of, seen
from ledger.proof.hashing import HASH_BYTES, leaf_hash
from ledger.proof.keys import VerifierKey, exact_base64
from ledger.proof.notes import LONGEST
from ledger.proof.proving import check_consistency, check_inclusion
from ledger.proof.refusals import MalformedProof

FORMAT: Final = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE: Final = "application/vnd.tlog-proof"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
_OLD: Final = "old "
_LONGEST_PATH: Final = 63


class InclusionProof(msgspec.Struct, frozen=True):
    """That a leaf stands at an index of the checkpoint's tree."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    """The signed note."""
    extra: bytes = b""
    """Of others'; it is not authenticated, and means nothing here."""

    def encode(self) -> bytes:
        """The file's bytes."""
        extra = [f"{_EXTRA}{b64encode(self.extra).decode()}"] if self.extra else []
        return _file([FORMAT, *extra, f"{_INDEX}{self.index}"], self.path, self.checkpoint)

    @classmethod
    def decode(cls, file: bytes) -> "InclusionProof":
        """The proof that a file is; raises `MalformedProof`."""
        lines, checkpoint = _parts(file)
        if not lines or lines.pop(0) != FORMAT:
            raise MalformedProof(f"the file does not begin with {FORMAT}")
        extra = b""
        if lines and lines[0].startswith(_EXTRA):
            extra = exact_base64(lines.pop(0).removeprefix(_EXTRA))
        index = _number(lines, _INDEX)
        return cls(index, _path(lines), checkpoint, extra)

    def check(self, leaf: bytes, keys: Iterable[VerifierKey]) -> Seen:
        """The checkpoint in which the leaf stands. Raises what `seen` raises, `NotInTree`,
        `BeyondTree`.
        """
        found = seen(self.checkpoint, keys)
        told = found.checkpoint
        check_inclusion(leaf_hash(leaf), self.index, told.size, self.path, told.root)
        return found


class ConsistencyProof(msgspec.Struct, frozen=True):
    """That the checkpoint's tree begins with an earlier one of this size."""

    old: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The file's bytes."""
        return _file([f"{_OLD}{self.old}"], self.path, self.checkpoint)

    @classmethod
    def decode(cls, file: bytes) -> "ConsistencyProof":
        """The proof that a file is; raises `MalformedProof`."""
        lines, checkpoint = _parts(file)
        old = _number(lines, _OLD)
        return cls(old, _path(lines), checkpoint)

    def check(self, earlier: Checkpoint, keys: Iterable[VerifierKey]) -> Seen:
        """The later checkpoint. Raises what `seen` raises, `NotConsistent`, `BeyondTree`."""
        found = seen(self.checkpoint, keys, earlier.origin)
        told = found.checkpoint
        if self.old != earlier.size:
            raise MalformedProof(
                f"the proof begins at {self.old} leaves, the earlier checkpoint at {earlier.size}"
            )
        check_consistency(earlier.size, earlier.root, told.size, told.root, self.path)
        return found


def _file(head: Sequence[str], path: Sequence[bytes], checkpoint: bytes) -> bytes:
    lines = [*head, *(b64encode(part).decode() for part in path)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + checkpoint


def _parts(file: bytes) -> tuple[list[str], bytes]:
    """The lines above the first empty one, and the bytes below it."""
    if len(file) > 2 * LONGEST:
        raise MalformedProof(f"the file is longer than {2 * LONGEST} bytes")
    above, empty, checkpoint = file.partition(b"\n\n")
    if not empty:
        raise MalformedProof("the file is cut off: it holds no checkpoint")
    try:
        return above.decode("ascii").split("\n"), checkpoint
    except UnicodeDecodeError:
        raise MalformedProof("the file holds what is not ASCII above its checkpoint") from None


def _number(lines: list[str], word: str) -> int:
    if not lines or not lines[0].startswith(word):
        raise MalformedProof(f"the file lacks its line `{word.strip()}`")
    return number_of(lines.pop(0).removeprefix(word))


def _path(lines: Sequence[str]) -> tuple[bytes, ...]:
    path = tuple(exact_base64(line) for line in lines)
    if len(path) > _LONGEST_PATH or any(len(part) != HASH_BYTES for part in path):
        raise MalformedProof(f"the path is not of up to {_LONGEST_PATH} hashes")
    return path
