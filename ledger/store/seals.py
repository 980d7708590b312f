"""Sealing what may be personal: a fact carries only a keyed digest of it.

The text lies in a side table under a key of the seller's. Erasing key and text leaves
every fact, and every proof of it, as it was. A plain digest of short text could be guessed.
"""

import secrets
from binascii import b2a_base64
from hashlib import sha256
from typing import Any

import msgspec

_KEY_BYTES = 32
_SALT_BYTES = 16
_DRAWN_AT_ONCE = 16_384
_SEAL_BYTES = 16
"""HMAC-SHA256 cut to 128 bits, as RFC 2104 §5 allows: it saves 21 bytes in every fact."""
_SEAL_CHARACTERS = 22
"""Of base64, without those that only fill up."""
_BLOCK_BYTES = 64
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_ENCODER = msgspec.json.Encoder()


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """A text, the salt that was drawn for it, and the seal that its fact carries."""

    seal: str
    salt: bytes
    body: bytes


class Lots:
    """Random bytes, drawn from the system for many at once: each drawing costs a system call."""

    def __init__(self) -> None:
        self._drawn = b""
        self._used = 0

    def draw(self, size: int) -> bytes:
        """So many bytes that nobody had before."""
        if self._used + size > len(self._drawn):
            self._drawn, self._used = secrets.token_bytes(_DRAWN_AT_ONCE), 0
        start, self._used = self._used, self._used + size
        return self._drawn[start : self._used]

    def new_key(self) -> bytes:
        """A seller's key."""
        return self.draw(_KEY_BYTES)

    def sealed(self, text: dict[str, Any], key: bytes) -> Sealed:
        """Seal what a request said in free words."""
        salt, body = self.draw(_SALT_BYTES), _ENCODER.encode(text)
        return Sealed(seal_of(body, salt, key), salt, body)


def seal_of(body: bytes, salt: bytes, key: bytes) -> str:
    """The seal of a text, 22 characters of base64url; an auditor compares it with the fact's."""
    digest = _hmac(key, salt + body)[:_SEAL_BYTES]
    return b2a_base64(digest)[:_SEAL_CHARACTERS].translate(_URL_SAFE).decode()


def content_digest(told: bytes, key: bytes) -> str:
    """A keyed digest without a salt, 22 characters: the same words of a seller's give the same."""
    return seal_of(told, b"", key)


def _hmac(key: bytes, text: bytes) -> bytes:
    """HMAC-SHA256 as RFC 2104 §2 writes it, for keys of up to a block.

    The standard library's lets other threads have the interpreter each time: under load, whoever
    writes then waits for them with every fact, for longer than the digest takes.
    """
    block = key.ljust(_BLOCK_BYTES, b"\0")
    inner = sha256(block.translate(_INNER) + text).digest()
    return sha256(block.translate(_OUTER) + inner).digest()
