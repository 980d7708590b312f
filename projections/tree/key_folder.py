"""The folder of one log's private keys, and what this machine last signed with them.

The database may be set back to an older backup; this folder remembers what was said before.
"""

import os
import re
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Final

from ledger.facts.refusal import Refusal
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.keys import KEY_BYTES, SigningKey, VerifierKey, exact_base64
from ledger.proof.refusals import ProofRefused

_LAST: Final = "last-checkpoint"
_FOR_OTHERS: Final = 0o077
_PRIVATE: Final = re.compile(
    r"PRIVATE\+KEY\+(?P<name>[^+\s]+)\+[0-9a-f]{8}\+(?P<material>[A-Za-z0-9+/=]+)"
)


class BadKeyFolder(Refusal):
    """The folder of keys, or a file in it, cannot be used as it is."""


class KeyFolder:
    """Keys as files: `<key id>.key`, a line as Go's `sumdb/note` writes private keys."""

    def __init__(self, data_dir: Path, log_id: str) -> None:
        self.place = data_dir / "keys" / log_id[:16]

    def make(self, name: str) -> SigningKey:
        """Draw a new key and keep it, before anybody signs with it."""
        seed = secrets.token_bytes(KEY_BYTES)
        key = SigningKey(name, seed)
        self._write(f"{key.public.key_id.hex()}.key", f"{_private_line(key, seed)}\n")
        return key

    def all_of(self, name: str) -> list[SigningKey]:
        """Every key here that signs under a name; raises `BadKeyFolder`."""
        found: list[SigningKey] = []
        for place in sorted(self.place.glob("*.key")):
            key = self._read(place, name)
            if key is not None:
                found.append(key)
        return found

    def find(self, key: VerifierKey) -> SigningKey | None:
        """The private half of a key, if it is here; raises `BadKeyFolder`."""
        place = self.place / f"{key.key_id.hex()}.key"
        found = self._read(place, key.name) if place.exists() else None
        if found is not None and found.public != key:
            raise BadKeyFolder(f"{place} does not hold the key {key.line}")
        return found

    def _read(self, place: Path, name: str) -> SigningKey | None:
        """The key in a file; None if it signs under another name."""
        try:
            if place.stat().st_mode & _FOR_OTHERS:
                raise BadKeyFolder(
                    f"{place} can be read by others",
                    accepted="a file that only its owner may read: chmod 600",
                )
            told = _PRIVATE.fullmatch(place.read_text().strip())
        except (OSError, ValueError) as problem:
            raise BadKeyFolder(f"{place} cannot be read: {problem}") from None
        try:
            key = told and SigningKey(told["name"], exact_base64(told["material"])[1:])
        except ProofRefused:
            key = None
        if not key:
            raise BadKeyFolder(f"{place} holds no private key")
        return key if key.public.name == name else None

    def remove(self, key: VerifierKey) -> None:
        """Forget a private key for ever."""
        (self.place / f"{key.key_id.hex()}.key").unlink(missing_ok=True)

    def last(self) -> Checkpoint | None:
        """What was last signed here; raises `BadKeyFolder`."""
        try:
            return Checkpoint.of((self.place / _LAST).read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ProofRefused) as problem:
            raise BadKeyFolder(
                f"{self.place / _LAST} cannot be read: {problem}",
                accepted="the file as this program wrote it",
            ) from None

    def remember(self, signing: Checkpoint) -> None:
        """Keep what is about to be signed: from then on nothing else is, whatever happens."""
        self._write(_LAST, signing.text)

    def _write(self, name: str, what: str) -> None:
        """Whole or not at all, and on the disk before this returns."""
        part = self.place / f".{name}.{os.getpid()}.part"
        try:
            for folder in (self.place.parent.parent, self.place.parent, self.place):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(what)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.place / name)
            opened = os.open(self.place, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as problem:
            raise BadKeyFolder(
                f"{self.place} cannot be written: {problem.strerror}",
                accepted="a data folder of the server's own",
            ) from None


def _private_line(key: SigningKey, seed: bytes) -> str:
    material = b64encode(bytes([key.public.kind]) + seed).decode()
    return f"PRIVATE+KEY+{key.public.name}+{key.public.key_id.hex()}+{material}"
