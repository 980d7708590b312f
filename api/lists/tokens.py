"""Page tokens: where a page ended, in words that only this ledger can have said.

A token holds the list's name, a digest of the filters and the sort, and the last row's key. It
is signed, so that a made-up key never reaches a statement. It opens nothing: who shows it still
needs the scope of the list.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from api.refusals import MalformedParameter
from ledger.store.reader import Reader
from ledger.store.sql import queries

Key: TypeAlias = tuple[int | str | bool | None, ...]
"""A row's one place in a list: the values that sort it, and an id that makes it unique."""

SQL: Final = queries("api.lists", "tokens.sql")
LONGEST: Final = 2_000
ACCEPTED: Final = "`next` of a page of this list, asked for with the same filters and sort"

_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{22})", re.ASCII)
_DIGEST_BYTES: Final = 9
_SIGNATURE_BYTES: Final = 16


class _Told(msgspec.Struct, array_like=True, frozen=True):
    """What a token says."""

    of: str
    asked: str
    key: Key


_DECODER: Final = msgspec.json.Decoder(_Told)


class Tokens:
    """Makes and reads tokens. May be used from any thread."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._secret: bytes | None = None

    def token(self, name: str, asked: Mapping[str, object], key: Key) -> str:
        """The token of a page of list `name`, asked for in this way, that ended with `key`."""
        told = msgspec.json.encode(_Told(name, _digest(asked), key))
        return f"{_text(told)}.{self._signature(told)}"

    def key(self, name: str, asked: Mapping[str, object], token: str, field: str) -> Key:
        """The key in a token; raises `MalformedParameter` for one of any other making."""
        told = self._told(token, field)
        if told.of != name:
            raise _refusal(f"{field} is a token of the list {told.of}", field)
        if told.asked != _digest(asked):
            raise _refusal(f"{field} is a token of other filters or another sort", field)
        return told.key

    def _told(self, token: str, field: str) -> _Told:
        shape = _TOKEN.fullmatch(token) if len(token) <= LONGEST else None
        if shape is None:
            raise _refusal(f"{field} is not a token", field)
        try:
            told = urlsafe_b64decode(shape[1] + "=" * (-len(shape[1]) % 4))
        except ValueError:
            raise _refusal(f"{field} is cut", field) from None
        # Compared as it is written: one token has one spelling.
        if not hmac.compare_digest(f"{_text(told)}.{self._signature(told)}", token):
            raise _refusal(f"{field} was not made by this ledger, or is cut", field)
        return _DECODER.decode(told)

    def _signature(self, told: bytes) -> str:
        if self._secret is None:
            self._secret = self._kept_secret()
        return _text(hmac.digest(self._secret, told, hashlib.sha256)[:_SIGNATURE_BYTES])

    def _kept_secret(self) -> bytes:
        with self._reader.cursor() as cursor:
            found = cursor.execute(SQL["page_key"]).fetchone()
            if found is None:
                cursor.execute(SQL["keep_page_key"], {"secret": secrets.token_bytes(32)})
                found = cursor.execute(SQL["page_key"]).fetchone()
        assert found is not None
        return bytes(found[0])


def _refusal(told: str, field: str) -> MalformedParameter:
    return MalformedParameter(told, field=field, accepted=ACCEPTED)


def _digest(asked: Mapping[str, object]) -> str:
    told = msgspec.json.encode(dict(asked), order="deterministic")
    return _text(hashlib.sha256(told).digest()[:_DIGEST_BYTES])


def _text(told: bytes) -> str:
    return urlsafe_b64encode(told).rstrip(b"=").decode()
