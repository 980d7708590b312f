"""Keys of those who sign notes: the log itself, and witnesses that cosign its checkpoints.

A verifier key is one line, `<name>+<key id>+<base64>`, as C2SP signed-note and Go's
`golang.org/x/mod/sumdb/note` write it.
"""

import re
from base64 import b64decode, b64encode
from functools import cached_property
from hashlib import sha256
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.proof.refusals import MalformedKey, MalformedProof

ED25519: Final = 1
"""The key signs the note's text."""
COSIGNATURE: Final = 4
"""The key signs the text with the time at which it saw it: a witness's."""
KEY_BYTES: Final = 32
LONGEST_NAME: Final = 200
NAME_ACCEPTED: Final = "up to 200 printable characters, without spaces and +"
_NAME: Final = re.compile(rf"[^\s+\x00-\x20]{{1,{LONGEST_NAME}}}")
_ID: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)

Kind = Literal[1, 4]


def is_key_name(name: str) -> bool:
    """Whether a key, or a log, can be called so."""
    return _NAME.fullmatch(name) is not None and name.isprintable()


class VerifierKey(msgspec.Struct, frozen=True, dict=True):
    """The public half of a key, and the name under which it signs."""

    name: str
    public: bytes
    kind: Kind = ED25519

    @cached_property
    def key_id(self) -> bytes:
        """Four bytes that tell which key of this name it is."""
        return sha256(self.name.encode() + b"\n" + self._material).digest()[:4]

    @property
    def line(self) -> str:
        """The key as it is published."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self._material).decode()}"

    @classmethod
    def of(cls, line: str) -> "VerifierKey":
        """The key that a line tells; raises `MalformedKey`."""
        name, plus, rest = line.strip().partition("+")
        key_id, plus_too, encoded = rest.partition("+")
        if not (plus and plus_too and is_key_name(name) and _ID.fullmatch(key_id)):
            raise MalformedKey(f"{line.strip()[:80]!r} is no verifier key")
        try:
            material = exact_base64(encoded)
        except MalformedProof:
            raise MalformedKey(f"the key {name!r} is not written in base64") from None
        if len(material) != 1 + KEY_BYTES or material[0] not in (ED25519, COSIGNATURE):
            raise MalformedKey(f"the key {name!r} is no Ed25519 key")
        key = cls(name, material[1:], ED25519 if material[0] == ED25519 else COSIGNATURE)
        if key.key_id.hex() != key_id:
            raise MalformedKey(f"the id {key_id} is not that of the key {name!r}")
        return key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's under these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @property
    def _material(self) -> bytes:
        return bytes([self.kind]) + self.public


class SigningKey:
    """The private half: 32 bytes that must stay with who signs."""

    def __init__(self, name: str, seed: bytes, kind: Kind = ED25519) -> None:
        if not is_key_name(name) or len(seed) != KEY_BYTES:
            raise MalformedKey(f"{name[:80]!r} can name no key", accepted=NAME_ACCEPTED)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = VerifierKey(name, self._private.public_key().public_bytes_raw(), kind)

    def sign(self, message: bytes) -> bytes:
        """The signature under these bytes: 64 bytes, always the same."""
        return self._private.sign(message)


def exact_base64(encoded: str) -> bytes:
    """The bytes that a text tells in the one way in which it can; raises `MalformedProof`."""
    try:
        told = b64decode(encoded.encode("ascii"), validate=True)
    except ValueError:
        told = b""
    # Python reads texts whose last bits say nothing; another reader may not.
    if not told or b64encode(told).decode() != encoded:
        raise MalformedProof(f"{encoded[:80]!r} is not base64 as it is written")
    return told
