"""The tables of what was signed: checkpoints, written once, the keys, and what witnesses said."""

from collections.abc import Iterable
from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.keys import COSIGNATURE, VerifierKey
from ledger.proof.notes import Note, Signature
from ledger.proof.refusals import MalformedKey, NotSigned
from ledger.store.sql import queries
from projections.tree.leaves import instant_of

SQL: Final = queries("projections.tree", "checkpoints.sql")


class Signed(NamedTuple):
    """A checkpoint as it was signed."""

    size: int
    root: bytes
    note: bytes
    """Without the words of witnesses, which come later."""


class Covering(NamedTuple):
    """The checkpoint that holds every fact up to a position, and what it covers."""

    origin: str
    position: int
    """The last fact that is asked about; 0: none."""
    signed: Signed
    recorded_at: Instant
    """Of the last fact that it holds, which may come behind the position."""
    signed_at: Instant


class LogKey(NamedTuple):
    """A key of the log's, and when it signed."""

    key: VerifierKey
    began_at: Instant
    retired_at: Instant | None


def origin_of(log_id: str) -> str:
    """The name under which a log signs."""
    return f"seller-ledger/{log_id[:16]}"


def newest(cursor: Cursor[Any], origin: str) -> Signed | None:
    """The newest checkpoint, if one was ever signed."""
    return _one(cursor, SQL["newest"], {"origin": origin})


def of_size(cursor: Cursor[Any], origin: str, size: int) -> Signed | None:
    """The checkpoint of exactly this size, if one was signed."""
    return _one(cursor, SQL["of_size"], {"origin": origin, "size": size})


def covering(cursor: Cursor[Any], origin: str, position: int) -> Covering | None:
    """The first checkpoint that holds a position, if one was signed."""
    cursor.execute(SQL["covering"], {"origin": origin, "position": position}, binary=True)
    row = cursor.fetchone()
    if row is None:
        return None
    *signed, recorded_at, signed_at = row
    return Covering(origin, position, _signed(signed), recorded_at, signed_at)


def spread(cursor: Cursor[Any], origin: str, about: int) -> list[Signed]:
    """All checkpoints, or of many about so many spread evenly; the smallest first, the newest
    always among them.
    """
    cursor.execute(SQL["spread"], {"origin": origin, "about": about}, binary=True)
    return [_signed(row) for row in cursor.fetchall()]


def keep(cursor: Cursor[Any], told: Checkpoint, note: Note, at: Instant) -> None:
    """Keep a checkpoint for ever."""
    cursor.execute(SQL["state_at"], {"position": told.size}, binary=True)
    row = cursor.fetchone()
    assert row is not None, "a tree has no more leaves than its log has facts"
    cursor.execute(
        SQL["keep"],
        {
            "origin": told.origin,
            "size": told.size,
            "root": told.root,
            "recorded_at": instant_of(bytes(row[0])),
            "signed_at": at,
            "note": note.encode(),
        },
    )


def witnessed(cursor: Cursor[Any], origin: str, signed: Signed) -> bytes:
    """The checkpoint with every word of a witness that came in since."""
    cursor.execute(SQL["cosignatures"], {"origin": origin, "size": signed.size})
    return signed.note + "".join(f"{line}\n" for (line,) in cursor.fetchall()).encode()


def witnesses(cursor: Cursor[Any]) -> list[VerifierKey]:
    """The witnesses whose word is taken."""
    cursor.execute(SQL["witnesses"])
    return [VerifierKey.of(vkey) for (vkey,) in cursor.fetchall()]


def trust(cursor: Cursor[Any], vkey: str, at: Instant) -> VerifierKey:
    """Take a witness's word from now on; raises `MalformedKey`."""
    key = VerifierKey.of(vkey)
    if key.kind != COSIGNATURE:
        raise MalformedKey(
            f"{key.name!r} is not a witness's key",
            accepted="a verifier key whose type is 4, timestamped cosignatures",
        )
    cursor.execute(SQL["trust"], {"vkey": key.line, "since": at})
    return key


def distrust(cursor: Cursor[Any], vkey: str) -> bool:
    """Take a witness's word no more; whether it was taken before."""
    cursor.execute(SQL["distrust"], {"vkey": VerifierKey.of(vkey).line})
    return cursor.fetchone() is not None


def cosign(cursor: Cursor[Any], origin: str, signed: Signed, lines: Iterable[str]) -> int:
    """Keep what trusted witnesses say of a checkpoint; how many did. Others are passed over.

    Raises `MalformedProof`, `WrongSignature`, and `NotSigned` where no trusted one says anything.
    """
    told = Note.decode(signed.note)
    said = Note(told.text, tuple(Signature.of(line) for line in lines))
    trusted = witnesses(cursor)
    if not trusted:
        raise NotSigned(
            "no witness is trusted here",
            accepted="a cosignature by a witness that `seller-ledger log trust` named",
        )
    signers = said.opened(trusted)
    for key in signers:
        line = next(signature.line for signature in said.signatures if signature.is_of(key))
        row = {"origin": origin, "size": signed.size, "vkey": key.line, "line": line}
        cursor.execute(SQL["add_cosignature"], row)
    return len(signers)


def keys(cursor: Cursor[Any], origin: str) -> list[LogKey]:
    """Every key that this log ever signed with, the newest first."""
    cursor.execute(SQL["keys"], {"origin": origin})
    return [LogKey(VerifierKey.of(vkey), began, ended) for vkey, began, ended in cursor.fetchall()]


def lock_keys(cursor: Cursor[Any]) -> None:
    """Until the transaction ends, nobody else adds a key."""
    cursor.execute(SQL["lock_keys"])


def add_key(cursor: Cursor[Any], key: VerifierKey, at: Instant) -> None:
    """The log signs with this key from now on."""
    cursor.execute(SQL["add_key"], {"vkey": key.line, "origin": key.name, "began_at": at})


def retire_key(cursor: Cursor[Any], key: VerifierKey, at: Instant) -> bool:
    """The log signs with this key no more; whether it did until now."""
    cursor.execute(SQL["retire_key"], {"vkey": key.line, "retired_at": at})
    return cursor.fetchone() is not None


def _one(cursor: Cursor[Any], statement: LiteralString, asked: dict[str, Any]) -> Signed | None:
    cursor.execute(statement, asked, binary=True)
    row = cursor.fetchone()
    return None if row is None else _signed(row)


def _signed(row: Any) -> Signed:
    size, root, note = row
    return Signed(size, bytes(root), bytes(note))
