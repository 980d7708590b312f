"""What is said of bytes that prove nothing: each kind of doubt has a name of its own."""

from ledger.facts.refusal import Refusal


class ProofRefused(Refusal):
    """Something that should prove a fact does not."""


class MalformedProof(ProofRefused):
    """Bytes that are not what they should be: cut off, padded, or of another format."""

    accepted = "the bytes exactly as they were served"


class MalformedKey(ProofRefused):
    """A line that is no verifier key."""

    accepted = "a line <name>+<key id>+<base64 of the key>, as the log shows it"


class NotSigned(ProofRefused):
    """No signature of a key that is trusted: the words above it are nobody's."""


class WrongSignature(ProofRefused):
    """A signature under the name and id of a trusted key that is not that key's."""


class OtherLog(ProofRefused):
    """A checkpoint of another log than the one that is asked about."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(
            f"the checkpoint is of the log {found!r}", field="origin", accepted=repr(wanted)
        )


class NotInTree(ProofRefused):
    """The path leads from these bytes to another root: they are not what the log holds there."""


class NotConsistent(ProofRefused):
    """Two checkpoints of one log of which the later does not contain the earlier: it was rewritten
    or it tells two stories.
    """


class BeyondTree(ProofRefused):
    """A place behind the last leaf of the tree that is asked."""

    def __init__(self, what: str, size: int) -> None:
        super().__init__(f"{what} lies beyond a tree of {size} leaves")
        self.accepted = f"what a tree of {size} leaves holds"  # type: ignore[misc]


class UnfitLeaf(ProofRefused):
    """A fact whose place in the log cannot be told in one way only."""
