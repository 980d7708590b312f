"""What `seller-ledger verify` and `proof` do: the log, a folder or one proof, held against keys."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import psycopg

from ledger.facts.refusal import Refusal
from ledger.proof.checkpoints import Checkpoint, Seen, seen
from ledger.proof.keys import ED25519, VerifierKey
from ledger.proof.leaves import Leaf
from ledger.proof.notes import Note
from ledger.proof.refusals import MalformedProof, ProofRefused
from ledger.proof.tlog_proof import InclusionProof
from projections.pieces import Pieces
from projections.tree import checkpoints
from projections.tree.integrating import AT_ONCE
from projections.tree.leaves import log_end, read_leaves
from projections.tree.sources import Database, Folder, close
from projections.tree.stretches import OF_FACTS, Finding
from projections.tree.tiles import read_edge
from projections.tree.verifying import MOST_CHECKPOINTS, Watch, Whole, verify

LARGEST_FILE: Final = 1 << 22
_BEFORE_ALL: Final = -(1 << 63)
_BEHIND_ALL: Final = (1 << 63) - 1


class CannotRead(Refusal):
    """A file that was named cannot be read."""

    def __init__(self, place: Path, why: str, field: str) -> None:
        super().__init__(f"the file {place} cannot be read: {why}", field=field, accepted="a file")


class Report(NamedTuple):
    """What came of checking a whole log."""

    log: str
    facts: int
    """Held against the tree."""
    not_signed: int
    """Recorded since the newest checkpoint."""
    checkpoint: Checkpoint | None
    signed_by: list[str]
    findings: list[Finding]
    seconds: float
    against: tuple[str, ...] = ("tiles", "checkpoints")
    """What the facts were held against."""

    @property
    def is_log_whole(self) -> bool:
        """Whether every fact is the one that was recorded: else nothing made from them can be
        told from what was changed.
        """
        return not any(found.kind in OF_FACTS for found in self.findings)

    def with_held(self, against: Sequence[str], findings: Sequence[Finding], took: float) -> Self:
        """The same, with what else the log was held against."""
        return self._replace(
            against=(*self.against, *against),
            findings=[*self.findings, *findings],
            seconds=round(self.seconds + took, 3),
        )


class Trust(NamedTuple):
    """Whose word counts, and what was heard of the log before."""

    keys: list[VerifierKey]
    """Empty: those that the log itself names."""
    earlier: bytes | None = None
    """A checkpoint that somebody kept."""


def verify_database(dsn: str, trust: Trust, watch: Watch, work: Pieces) -> Report:
    """Check the log in a database, as it is now."""
    began = time.monotonic()
    with psycopg.connect(dsn, application_name="seller-ledger verify") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.cursor() as cursor:
            log_id, edge = read_edge(cursor)
            origin, end = checkpoints.origin_of(log_id), log_end(cursor)
            keys = trust.keys or [known.key for known in checkpoints.keys(cursor, origin)]
            notes = [signed.note for signed in checkpoints.every(cursor, origin)]
            behind = _behind(cursor, edge.size, end)
    told, findings = _believed(notes, keys, origin)
    told += _earlier(trust, keys, origin)
    try:
        found = _verify(Whole(Database(dsn), edge), told, watch, work)
    finally:
        close(dsn)
    newest = max(told, key=lambda one: one.checkpoint.size, default=None)
    size = 0 if newest is None else newest.checkpoint.size
    return _report(
        origin, edge.size, max(0, end - size), newest, [*behind, *findings, *found], began
    )


def verify_folder(place: Path, trust: Trust, watch: Watch, work: Pieces) -> Report:
    """Check a published log: nothing is asked of anybody."""
    began = time.monotonic()
    folder = Folder(place)
    newest = seen(folder.text("checkpoint"), trust.keys)
    told = newest.checkpoint
    earlier = _earlier(trust, trust.keys, told.origin)
    whole = Whole(folder, folder.edge(told.size))
    found = _verify(whole, [newest, *earlier], watch, work)
    return _report(told.origin, told.size, 0, newest, found, began)


def check_proof(file: Path, leaf: Path | None, keys: Sequence[VerifierKey]) -> tuple[Leaf, Seen]:
    """The fact that a proof file proves, and the checkpoint that it stands in. The leaf's bytes
    are in the file, or in one of their own. Raises `ProofRefused`, `CannotRead`.
    """
    proof = InclusionProof.decode(read_file(file, "FILE"))
    told = proof.extra if leaf is None else read_file(leaf, "--leaf")
    if not told:
        raise MalformedProof(
            "the proof is about a leaf that the file does not hold",
            field="--leaf",
            accepted="the file of the leaf's bytes, as /v1/facts/{fact_id}/leaf serves them",
        )
    found = proof.check(told, keys)
    fact = Leaf.decode(told)
    if fact.position != proof.index + 1:
        raise MalformedProof(f"the leaf says position {fact.position}, at index {proof.index}")
    return fact, found


def keys_in(given: Sequence[str]) -> list[VerifierKey]:
    """Verifier keys, each told as a line or as a file of lines; raises `MalformedKey`."""
    keys: list[VerifierKey] = []
    for told in given:
        lines = [told]
        if "+" not in told:
            lines = read_file(Path(told), "--key").decode("utf-8", "replace").splitlines()
        keys += [VerifierKey.of(line) for line in lines if line.strip()]
    return keys


def read_file(place: Path, field: str) -> bytes:
    """A file's bytes; raises `CannotRead`."""
    try:
        with place.open("rb") as file:
            return file.read(LARGEST_FILE)
    except OSError as problem:
        raise CannotRead(place, (problem.strerror or "no reason").lower(), field) from None


def _verify(whole: Whole, told: Sequence[Seen], watch: Watch, work: Pieces) -> list[Finding]:
    signed = sorted((one.checkpoint for one in told), key=lambda one: one.size)
    return verify(whole, signed, watch, work)


def _believed(
    notes: Sequence[bytes], keys: Sequence[VerifierKey], origin: str
) -> tuple[list[Seen], list[Finding]]:
    """Those checkpoints that a trusted key signed; each that says it and is not, is a finding."""
    told: list[Seen] = []
    findings: list[Finding] = []
    step = max(1, len(notes) // MOST_CHECKPOINTS)
    for note in [*notes[:-1:step], *notes[-1:]]:
        try:
            told.append(seen(note, keys, origin))
        except ProofRefused as refused:
            findings.append(Finding("checkpoint", None, f"{_first(note)}: {refused}"))
    return told, findings


def _first(note: bytes) -> str:
    try:
        return f"the checkpoint of {Checkpoint.of(Note.decode(note).text).size} facts"
    except ProofRefused:
        return "a checkpoint that cannot be read"


def _earlier(trust: Trust, keys: Sequence[VerifierKey], origin: str) -> list[Seen]:
    return [] if trust.earlier is None else [seen(trust.earlier, keys, origin)]


def _behind(cursor: "psycopg.Cursor[Any]", size: int, end: int) -> list[Finding]:
    """What is wrong with facts that are not in the tree yet, and outside the log's ends."""
    findings: list[Finding] = []
    if end < size:
        says = f"the log says that it ends at {end}, and {size} facts are in the tree"
        findings.append(Finding("head", None, says))
    for after in range(size, end, AT_ONCE):
        to = min(end, after + AT_ONCE)
        there = {leaf.position for leaf in read_leaves(cursor, after, to)}
        gone = [position for position in range(after + 1, to + 1) if position not in there]
        findings += [Finding("missing", p, f"the fact at position {p} is gone") for p in gone]
    findings += [
        Finding("head", leaf.position, f"a fact stands at {leaf.position}, behind the log's end")
        for leaf in read_leaves(cursor, max(size, end), _BEHIND_ALL)
    ]
    findings += [
        Finding("head", leaf.position, f"a fact stands at {leaf.position}, before the log's first")
        for leaf in read_leaves(cursor, _BEFORE_ALL, 0)
    ]
    return findings


def _report(
    origin: str,
    facts: int,
    not_signed: int,
    newest: Seen | None,
    findings: list[Finding],
    began: float,
) -> Report:
    signers = [] if newest is None else [key.line for key in newest.keys if key.kind == ED25519]
    checkpoint = None if newest is None else newest.checkpoint
    took = round(time.monotonic() - began, 3)
    return Report(origin, facts, not_signed, checkpoint, signers, findings, took)
