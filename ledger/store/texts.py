"""The texts of one turn: sealed as they come, written behind their facts, and erased.

A key is drawn when a seller's first text is sealed, and again for the first one after an erasure.
"""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from psycopg import Cursor

from ledger.facts.ids import seller_stream
from ledger.store.keeping import save_sealed
from ledger.store.memory import Known
from ledger.store.seals import Lots, Sealed, content_digest
from ledger.store.sql import queries

SQL: Final = queries("ledger.store", "texts.sql")


class Texts:
    """What a turn seals with the keys of the sellers that it knows."""

    def __init__(self, known: dict[str, Known]) -> None:
        self._known = known
        self._new_keys = set[str]()
        self._lots = Lots()
        self._sealed: list[tuple[int, Sealed, str]] = []

    def sealed(self, seller_id: str, text: dict[str, object]) -> Sealed:
        """A text under the seal of a loaded seller; its key is drawn now if it has none yet."""
        return self._lots.sealed(text, self._key_of(seller_id))

    def content(self, seller_id: str, told: bytes) -> str:
        """A digest under a loaded seller's key, by which the same words are known again."""
        return content_digest(told, self._key_of(seller_id))

    def _key_of(self, seller_id: str) -> bytes:
        known = self._known[seller_id]
        key = known.key
        if key is None:
            key = self._lots.new_key()
            self._known[seller_id] = replace(known, key=key)
            self._new_keys.add(seller_id)
        return key

    def keep(self, position: int, sealed: Sealed, case_of: str = "") -> None:
        """Keep a text beside the fact at `position`; `case_of` is the seller whose case that
        belongs to, where it does not stand in the seller's own stream.
        """
        self._sealed.append((position, sealed, case_of))

    def kept(self, cursor: Cursor[Any], seller_id: str) -> "TextsKept":
        """What an erasure would erase; what was sealed before in this turn has to be sent."""
        return texts_kept(cursor, seller_id)

    # -- writing -------------------------------------------------------------------------

    def send(self, cursor: Cursor[Any]) -> None:
        """Write the texts gathered so far; their facts are written already."""
        sealed, self._sealed = self._sealed, []
        if sealed:
            save_sealed(cursor, sealed)

    def save_keys(self, cursor: Cursor[Any], used: Collection[str]) -> None:
        """Write the new keys of those sellers of whom something was recorded. One that was drawn
        for a request that was refused is dropped.
        """
        for refused in self._new_keys.difference(used):
            self._known[refused] = replace(self._known[refused], key=None)
        names = sorted(self._new_keys.intersection(used))
        if names:
            cursor.execute(SQL["save_keys"], (names, [self._known[n].key for n in names]))

    def erase(self, cursor: Cursor[Any], seller_id: str) -> None:
        """Erase the texts of a loaded seller, with their salts and its key. What was sealed before
        in this turn has to be sent already.
        """
        assert not self._sealed
        named = {"seller_id": seller_id, "stream": seller_stream(seller_id)}
        cursor.execute(SQL["erase_own_texts"], named)
        cursor.execute(SQL["erase_texts_of_cases"], named)
        cursor.execute(SQL["erase_key"], named)
        self._known[seller_id] = replace(self._known[seller_id], key=None)
        self._new_keys.discard(seller_id)


class TextsKept(NamedTuple):
    """How many texts are kept of a seller, and beside the facts of which of its cases."""

    texts: int
    of_cases: int
    streams: list[str]


def texts_kept(cursor: Cursor[Any], seller_id: str) -> TextsKept:
    """What an erasure would erase."""
    named = {"seller_id": seller_id, "stream": seller_stream(seller_id)}
    cursor.execute(SQL["count_texts"], named)
    row = cursor.fetchone()
    assert row is not None
    own, of_cases = row
    cursor.execute(SQL["cases_with_texts"], named)
    return TextsKept(own + of_cases, of_cases, [stream for (stream,) in cursor.fetchall()])
