"""Changing what a log signs with: another key, one key less, or another name."""

from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection

from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.proof.keys import VerifierKey
from projections.tree import checkpoints
from projections.tree.key_folder import KeyFolder
from projections.tree.tiles import read_edge, rename


class UnknownKey(Refusal):
    """The log does not sign with this key now."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"the log does not sign with a key {key_id!r} now",
            field="KEY_ID",
            accepted="one of those that `seller-ledger log` shows as signing",
        )


class LastKey(Refusal):
    """A log without a key signs nothing."""

    def __init__(self) -> None:
        super().__init__(
            "it is the only key that signs",
            field="KEY_ID",
            accepted="another one, or this one after `seller-ledger log rotate`",
        )


class Rotated(NamedTuple):
    """The key that signs first from now on, and those that are gone."""

    key: VerifierKey
    lost: list[VerifierKey]


def rotate(connection: Connection[Any], data_dir: Path, now: Instant) -> Rotated:
    """Sign with a new key too: whoever trusts the old one goes on, and learns the new one.

    A key whose private half is not here any more signs no longer.
    """
    with connection.transaction(), connection.cursor() as cursor:
        log_id = read_edge(cursor, lock=True).log_id
        origin, folder = checkpoints.origin_of(log_id), KeyFolder(data_dir, log_id)
        checkpoints.lock_keys(cursor)
        known = [key for key, _, retired in checkpoints.keys(cursor, origin) if retired is None]
        lost = [key for key in known if folder.find(key) is None]
        for key in lost:
            checkpoints.retire_key(cursor, key, now)
        made = folder.make(origin).public
        checkpoints.add_key(cursor, made, now)
        return Rotated(made, lost)


def retire(connection: Connection[Any], data_dir: Path, key_id: str, now: Instant) -> VerifierKey:
    """Sign with a key no more, and forget its private half. Raises `UnknownKey`, `LastKey`."""
    with connection.transaction(), connection.cursor() as cursor:
        log_id = read_edge(cursor, lock=True).log_id
        origin = checkpoints.origin_of(log_id)
        checkpoints.lock_keys(cursor)
        known = [key for key, _, retired in checkpoints.keys(cursor, origin) if retired is None]
        named = [key for key in known if key.key_id.hex() == key_id]
        if not named:
            raise UnknownKey(key_id)
        if len(known) == 1:
            raise LastKey
        checkpoints.retire_key(cursor, named[0], now)
    KeyFolder(data_dir, log_id).remove(named[0])
    return named[0]


def begin_anew(connection: Connection[Any]) -> str:
    """Give the log another name, under which it signs from its first fact on; returns it.

    What was signed under the old one stays, and is of another log.
    """
    with connection.transaction(), connection.cursor() as cursor:
        read_edge(cursor, lock=True)
        return checkpoints.origin_of(rename(cursor))
