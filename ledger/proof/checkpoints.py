"""Checkpoints, as C2SP tlog-checkpoint has them: a log's name, its size and its root, signed."""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ledger.proof.hashing import HASH_BYTES
from ledger.proof.keys import ED25519, VerifierKey, exact_base64
from ledger.proof.notes import Note
from ledger.proof.refusals import MalformedProof, NotSigned, OtherLog

LARGEST: Final = (1 << 63) - 1
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class Checkpoint(NamedTuple):
    """What the whole log was: so many facts, and the hash over all of them."""

    origin: str
    """The log's name, which no other log has."""
    size: int
    root: bytes
    more: tuple[str, ...] = ()
    """Lines of others' that mean nothing here; this log writes none."""

    @property
    def text(self) -> str:
        """What is signed."""
        root = b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.more))

    @classmethod
    def of(cls, text: str) -> "Checkpoint":
        """The checkpoint that a text tells; raises `MalformedProof`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise MalformedProof("a checkpoint is a name, a size and a root, each on its line")
        origin, size, root, *more = lines[:-1]
        told = exact_base64(root)
        if len(told) != HASH_BYTES:
            raise MalformedProof(f"the root of the checkpoint is not of {HASH_BYTES} bytes")
        return cls(origin, number_of(size), told, tuple(more))


class Seen(NamedTuple):
    """A checkpoint whose signatures were checked, and by whom it is signed."""

    checkpoint: Checkpoint
    keys: Sequence[VerifierKey]


def seen(note: bytes, keys: Iterable[VerifierKey], origin: str | None = None) -> Seen:
    """The checkpoint in a note that a trusted key of the log signed.

    `origin` absent, the log is the one that the first of the keys names. Raises `NotSigned`,
    `WrongSignature`, `OtherLog`, `MalformedProof`.
    """
    trusted = list(keys)
    wanted = origin or next((key.name for key in trusted if key.kind == ED25519), "")
    opened = Note.decode(note)
    told = Checkpoint.of(opened.text)
    if told.origin != wanted:
        raise OtherLog(told.origin, wanted)
    signed = opened.opened(trusted)
    if not any(key.kind == ED25519 for key in signed):
        raise NotSigned(
            "only witnesses signed the checkpoint", accepted=f"the log {wanted!r}'s key"
        )
    return Seen(told, signed)


def number_of(told: str) -> int:
    """A number as notes and proofs hold it, without leading zeros; raises `MalformedProof`."""
    if not _NUMBER.fullmatch(told) or int(told) > LARGEST:
        raise MalformedProof(f"{told[:40]!r} is not a number of leaves")
    return int(told)
