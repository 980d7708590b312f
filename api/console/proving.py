"""What proves a fact, read for people, and checked again while they look.

All of it is what the routes under /v1 tell: the proof, the leaf, keys and checkpoints. It is
checked with the same pure functions that any other program can be written from.
"""

from asyncio import gather
from base64 import b64encode
from typing import Any, NamedTuple

from api.console.asking import Answer, Asking, Refused
from ledger.facts.ids import address_of
from ledger.facts.refusal import Refusal
from ledger.proof.checkpoints import Checkpoint, seen
from ledger.proof.keys import VerifierKey
from ledger.proof.leaves import Leaf
from ledger.proof.notes import Note
from ledger.proof.refusals import NotInTree
from ledger.proof.tlog_proof import ConsistencyProof, InclusionProof


class CheckpointRead(NamedTuple):
    """A signed checkpoint as a page shows it."""

    log: str
    size: int
    root: str
    signed_at: str | None
    signers: tuple[str, ...]
    """Whose lines stand under it: the log's own, then those of witnesses."""


class ProofRead(NamedTuple):
    """Where a fact stands in the tree, and what leads from it to the root."""

    leaf: int
    path: int
    """Hashes from the leaf up to the root."""
    checkpoint: CheckpointRead


class Step(NamedTuple):
    """One thing that was checked, and what came of it."""

    what: str
    held: bool
    said: str


async def newest_checkpoint(ask: Asking) -> CheckpointRead | None:
    """The newest checkpoint; None before the first."""
    try:
        note = (await ask.answer("GET", "/v1/log/checkpoint")).body
        size = _checkpoint(note).size
        answer = await ask.answer("GET", "/v1/log/checkpoint", {"size": size})
    except Refused:
        return None
    return checkpoint_read(answer.body, answer)


def checkpoint_read(note: bytes, answer: Answer | None = None) -> CheckpointRead:
    """What a note says; when it was signed stands beside it in the answer that brought it."""
    told = _checkpoint(note)
    headers = {} if answer is None else answer.headers
    signers = tuple(dict.fromkeys(each.name for each in Note.decode(note).signatures))
    return CheckpointRead(
        told.origin,
        told.size,
        b64encode(told.root).decode(),
        headers.get("ledger-signed-at"),
        signers,
    )


async def proof_read(ask: Asking, fact_id: str) -> ProofRead:
    """The proof of a fact; raises `Refused` while no checkpoint holds it."""
    proof = InclusionProof.decode((await ask.answer("GET", f"/v1/facts/{fact_id}/proof")).body)
    return ProofRead(proof.index, len(proof.path), checkpoint_read(proof.checkpoint))


async def checked(ask: Asking, fact: dict[str, Any]) -> list[Step]:
    """Check one fact now, step by step, up to the first that does not hold. Raises `Refused`."""
    fact_id = fact["fact_id"]
    told, proof_file, leaf = await gather(
        ask.get("/v1/log/keys"),
        ask.answer("GET", f"/v1/facts/{fact_id}/proof"),
        ask.answer("GET", f"/v1/facts/{fact_id}/leaf"),
    )
    earlier = await _first_that_held(ask, fact)
    steps: list[Step] = []
    what = "The checkpoint is signed by the log's key"
    try:
        keys = [VerifierKey.of(key["vkey"]) for key in told["keys"]]
        proof = InclusionProof.decode(proof_file.body)
        signed = seen(proof.checkpoint, keys)
        steps.append(Step(what, True, f"signed by {signed.keys[0].name}"))
        what = "The fact's leaf leads to the root of that checkpoint"
        found = proof.check(leaf.body, keys).checkpoint
        steps.append(Step(what, True, f"leaf {proof.index} of {found.size}"))
        what = "The leaf is this fact"
        steps.append(Step(what, True, _as_told(Leaf.decode(leaf.body), proof.index, fact)))
        if earlier is not None:
            what = "The log only grew since the first checkpoint that held the fact"
            steps.append(Step(what, True, await _grown(ask, earlier, keys)))
    except Refusal as refusal:
        steps.append(Step(what, False, str(refusal)))
    return steps


async def _first_that_held(ask: Asking, fact: dict[str, Any]) -> Checkpoint | None:
    """The first checkpoint after the fact was recorded; None while that instant is not settled."""
    try:
        words = {"known_at": fact["recorded_at"]}
        return _checkpoint((await ask.answer("GET", "/v1/log/checkpoint", words)).body)
    except Refused:
        return None


async def _grown(ask: Asking, earlier: Checkpoint, keys: list[VerifierKey]) -> str:
    answer = await ask.answer("GET", "/v1/log/consistency", {"from": earlier.size})
    later = ConsistencyProof.decode(answer.body).check(earlier, keys).checkpoint
    return f"from {earlier.size:,} facts to {later.size:,}"


def _as_told(leaf: Leaf, index: int, fact: dict[str, Any]) -> str:
    """What a leaf says, where it is the fact that a page shows; raises `NotInTree`."""
    same = (
        address_of(fact["fact_id"]) == (leaf.stream, leaf.version)
        and leaf.name == fact["kind"]
        and str(leaf.position) == fact["position"]
        and leaf.position == index + 1
    )
    if not same:
        raise NotInTree(f"the leaf tells {leaf.name} at position {leaf.position}, not this fact")
    return f"position {leaf.position:,}, {leaf.name}, number {leaf.version:,} of {leaf.stream}"


def _checkpoint(note: bytes) -> Checkpoint:
    return Checkpoint.of(Note.decode(note).text)
