"""The canonical bytes of a fact: what a leaf of the tree is the hash of.

They begin with lines that anybody can read, each a name, a space and a value, and end with the
stored bytes untouched, behind an empty line. No value holds a line break, so there is one way to
read them. `docs/proofs.md` publishes test vectors.
"""

import re
from typing import Final, NamedTuple

from ledger.proof.refusals import MalformedProof, UnfitLeaf

FORMAT: Final = "seller-ledger/fact@v1"
_TEXT: Final = r"[!-~]+"
_NUMBER: Final = r"0|[1-9][0-9]{0,18}"
_HEAD: Final = re.compile(
    (
        rf"{re.escape(FORMAT)}\nposition ({_NUMBER})\nstream ({_TEXT})\nversion ({_NUMBER})\n"
        rf"name ({_TEXT})\nrecorded_at ({_NUMBER})\n\n"
    ).encode(),
    re.ASCII,
)


class Leaf(NamedTuple):
    """A fact with its place: where it stands in the log, and in whose stream."""

    position: int
    """From 1; a leaf's index in the tree is one less."""
    stream: str
    """Whose it is: `seller-s-1` is the stream of seller `s-1`."""
    version: int
    """Its place in the stream, from 1."""
    name: str
    """The kind of fact, with its version."""
    recorded_at: int
    """Microseconds since 1970-01-01T00:00:00Z."""
    state: bytes
    """The stored bytes."""

    def encode(self) -> bytes:
        """The bytes that are hashed; raises `UnfitLeaf`."""
        if not (_is_word(self.stream) and _is_word(self.name)):
            raise UnfitLeaf(f"the fact at position {self.position} stands in no stream that can be")
        if not self.position > 0 or not self.version > 0 or self.recorded_at < 0:
            raise UnfitLeaf(f"the fact at position {self.position} has a number below its least")
        return (
            f"{FORMAT}\nposition {self.position}\nstream {self.stream}\nversion {self.version}\n"
            f"name {self.name}\nrecorded_at {self.recorded_at}\n\n".encode()
            + self.state
        )

    @classmethod
    def decode(cls, leaf: bytes) -> "Leaf":
        """The fact that a leaf's bytes tell; raises `MalformedProof`."""
        head = _HEAD.match(leaf)
        if head is None:
            raise MalformedProof(f"the bytes do not begin as a leaf of {FORMAT} does")
        position, stream, version, name, recorded_at = (part.decode() for part in head.groups())
        return cls(int(position), stream, int(version), name, int(recorded_at), leaf[head.end() :])


def _is_word(text: str) -> bool:
    """Whether a text is printable ASCII without spaces. Every fact is asked twice: a pattern would
    take longer.
    """
    return text.isascii() and text.isprintable() and " " not in text and text != ""
