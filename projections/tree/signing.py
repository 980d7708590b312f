"""Signs checkpoints: one after the other, each proved to hold the one before it."""

from pathlib import Path
from typing import Any, Final

from psycopg import Connection, Cursor

from ledger.facts.refusal import Refusal
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.edge import Edge
from ledger.proof.keys import SigningKey, VerifierKey
from ledger.proof.notes import sign
from ledger.proof.proving import check_consistency
from ledger.proof.refusals import NotConsistent
from ledger.store.clocks import Clock
from ledger.store.loading import read_head
from projections.tree import checkpoints
from projections.tree.key_folder import KeyFolder
from projections.tree.leaves import log_end
from projections.tree.tiles import TilesRead, read_edge

_MEND: Final = (
    "the newest backup, or, where those facts are lost for good, `seller-ledger log anew`, "
    "which gives this log another name"
)


class KeyElsewhere(Refusal):
    """The private key with which this log signs is not on this machine."""


class LogSetBack(Refusal):
    """What was signed before holds more than the log does now, or something else: it was restored
    from an older backup, or rewritten. Nothing is signed, since a log that tells two stories
    proves none.
    """

    accepted = _MEND


class Signer:
    """Signs for one log, with the keys in this machine's data folder. Used by one thread."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._said: tuple[str, int] | None = None
        """Of which log and size there is nothing to say any more: a quiet log is left alone."""

    def sign(self, connection: Connection[Any]) -> int | None:
        """Sign what is new in the tree, in one transaction; its size, or None if nothing is new.

        Raises `KeyElsewhere`, `LogSetBack`, `BadKeyFolder`.
        """
        with connection.transaction(), connection.cursor() as cursor:
            if self._said is not None and _where(cursor) == self._said:
                return None
            log_id, edge = read_edge(cursor, lock=True)
            origin, folder = checkpoints.origin_of(log_id), KeyFolder(self._data_dir, log_id)
            if not _grew(cursor, origin, folder, edge):
                return None
            newest = checkpoints.newest(cursor, origin)
            if edge.size == 0 or (newest is not None and newest.size == edge.size):
                self._said = (log_id, edge.size)
                return None
            now = self._clock.now(read_head(cursor))
            keys = _keys(cursor, origin, folder, now)
            told = Checkpoint(origin, edge.size, edge.root)
            folder.remember(told)
            checkpoints.keep(cursor, told, sign(told.text, *keys), now)
            return told.size


def why_not(cursor: Cursor[Any], data_dir: Path) -> Refusal | None:
    """Why this machine would sign nothing; None if it would. Nothing is made or signed."""
    log_id, edge = read_edge(cursor)
    origin, folder = checkpoints.origin_of(log_id), KeyFolder(data_dir, log_id)
    try:
        _grew(cursor, origin, folder, edge)
        _private_halves(folder, _signing(cursor, origin))
    except Refusal as refused:
        return refused
    return None


def _where(cursor: Cursor[Any]) -> tuple[str, int]:
    log_id, edge = read_edge(cursor)
    return log_id, edge.size


def _grew(cursor: Cursor[Any], origin: str, folder: KeyFolder, edge: Edge) -> bool:
    """Whether the tree holds all that was signed; False while it is only behind. Raises
    `LogSetBack`.
    """
    before = _last_of(cursor, origin, folder)
    if before is None:
        return True
    if before.size > edge.size:
        # Facts are on the disk before anything is said of them; the tree may be behind.
        _refuse_shorter_log(cursor, before)
        return False
    path = TilesRead(cursor, edge).tree().consistency(before.size)
    _refuse_other_story(before, edge.size, edge.root, path)
    return True


def _signing(cursor: Cursor[Any], origin: str) -> list[VerifierKey]:
    return [key for key, _, retired in checkpoints.keys(cursor, origin) if retired is None]


def _keys(cursor: Cursor[Any], origin: str, folder: KeyFolder, now: int) -> list[SigningKey]:
    """Every key that signs now, the newest first; the very first one is made."""
    checkpoints.lock_keys(cursor)
    known = _signing(cursor, origin)
    if not known:
        # A backup from before the first key was made finds the key that was made since.
        found = folder.all_of(origin) or [folder.make(origin)]
        for private in found:
            checkpoints.add_key(cursor, private.public, now)
        return found
    return _private_halves(folder, known)


def _private_halves(folder: KeyFolder, known: list[VerifierKey]) -> list[SigningKey]:
    ready: list[SigningKey] = []
    for key in known:
        private = folder.find(key)
        if private is None:
            raise KeyElsewhere(
                f"the log signs with {key.line}, and the private half is not in {folder.place}",
                accepted="that file in that folder, from the machine that signed so far; "
                "or, if it is lost, `seller-ledger log rotate`",
            )
        ready.append(private)
    return ready


def _last_of(cursor: Cursor[Any], origin: str, folder: KeyFolder) -> Checkpoint | None:
    """The largest checkpoint that this log signed, as the database and this machine know it."""
    here = folder.last()
    if here is not None and here.origin != origin:
        here = None
    newest = checkpoints.newest(cursor, origin)
    there = None if newest is None else Checkpoint(origin, newest.size, newest.root)
    if here is None or there is None:
        return here or there
    if here.size == there.size and here.root != there.root:
        raise LogSetBack(f"two checkpoints of {here.size} facts have other roots")
    return max(here, there, key=lambda told: told.size)


def _refuse_shorter_log(cursor: Cursor[Any], before: Checkpoint) -> None:
    end = log_end(cursor)
    if end < before.size:
        raise LogSetBack(
            f"a checkpoint of {before.size} facts was signed, and the log ends at {end}: it was "
            "set back to an older backup"
        )


def _refuse_other_story(before: Checkpoint, size: int, root: bytes, path: list[bytes]) -> None:
    try:
        check_consistency(before.size, before.root, size, root, path)
    except NotConsistent as differs:
        raise LogSetBack(
            f"{differs}: facts that were signed for are not those of the log any more"
        ) from None
