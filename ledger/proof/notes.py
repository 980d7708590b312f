"""Signed notes, as C2SP signed-note has them: a text, an empty line, a line for each signature."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Final, NamedTuple

from ledger.proof.keys import COSIGNATURE, SigningKey, VerifierKey, exact_base64, is_key_name
from ledger.proof.refusals import MalformedProof, NotSigned, WrongSignature

LONGEST: Final = 1 << 20
MOST_SIGNATURES: Final = 100
_DASH: Final = "\N{EM DASH} "
_TIME_BYTES: Final = 8
_ID_BYTES: Final = 4


class Signature(NamedTuple):
    """One signature: whose, by which of its keys, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes
    """Of a cosignature the first eight bytes are its time."""

    @property
    def line(self) -> str:
        """As it stands in a note, without the line's end."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}"

    @classmethod
    def of(cls, line: str) -> "Signature":
        """The signature that a line tells; raises `MalformedProof`."""
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not (line.startswith(_DASH) and space and is_key_name(name)):
            raise MalformedProof(f"{line[:80]!r} is no line of a signature")
        told = exact_base64(encoded)
        if len(told) <= _ID_BYTES:
            raise MalformedProof(f"the signature of {name!r} is cut off")
        return cls(name, told[:_ID_BYTES], told[_ID_BYTES:])

    def is_of(self, key: VerifierKey) -> bool:
        """Whether it says that this key made it."""
        return (self.name, self.key_id) == (key.name, key.key_id)

    def holds(self, key: VerifierKey, text: str) -> bool:
        """Whether this key did make it, under this text."""
        if key.kind != COSIGNATURE:
            return key.verifies(text.encode(), self.signature)
        time, signature = self.signature[:_TIME_BYTES], self.signature[_TIME_BYTES:]
        return key.verifies(_cosigned(text, int.from_bytes(time)), signature)

    def seconds(self, key: VerifierKey) -> int | None:
        """When a witness saw the text, in seconds since 1970; None for a plain signature."""
        if key.kind != COSIGNATURE:
            return None
        return int.from_bytes(self.signature[:_TIME_BYTES])


class Note(NamedTuple):
    """A text and who signed it. Nothing of the text may be believed before `opened` says so."""

    text: str
    """With the end of its last line."""
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        lines = "".join(f"{signature.line}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()

    @classmethod
    def decode(cls, note: bytes) -> "Note":
        """The note that these bytes are; raises `MalformedProof`."""
        if len(note) > LONGEST:
            raise MalformedProof(f"the note is longer than {LONGEST} bytes")
        try:
            told = note.decode()
        except UnicodeDecodeError:
            raise MalformedProof("the note is not UTF-8") from None
        if any(character < " " and character != "\n" for character in told):
            raise MalformedProof("the note holds a control character")
        text, empty, lines = told.rpartition("\n\n")
        if not empty or not lines.endswith("\n"):
            raise MalformedProof("the note is cut off: its signatures do not end")
        signatures = [Signature.of(line) for line in lines[:-1].split("\n")]
        if len(signatures) > MOST_SIGNATURES:
            raise MalformedProof(f"the note has more than {MOST_SIGNATURES} signatures")
        return cls(text + "\n", tuple(signatures))

    def opened(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Which of the trusted keys signed it, in the order of their signatures.

        Signatures of others are passed over. Raises `WrongSignature` if one that names a
        trusted key is not that key's, and `NotSigned` if there is none.
        """
        trusted = list(keys)
        signed: list[VerifierKey] = []
        for signature in self.signatures:
            for key in trusted:
                if not signature.is_of(key) or key in signed:
                    continue
                if not signature.holds(key, self.text):
                    raise WrongSignature(
                        f"the signature under the name of {key.name!r} is not that key's",
                        accepted="the note exactly as it was signed",
                    )
                signed.append(key)
        if not signed:
            names = ", ".join(repr(key.line) for key in trusted) or "none"
            raise NotSigned("no trusted key signed the note", accepted=f"a signature by {names}")
        return signed


def sign(text: str, *keys: SigningKey) -> Note:
    """The text, signed with each of these keys."""
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise MalformedProof("a note is whole lines without control characters")
    made = [Signature(k.public.name, k.public.key_id, k.sign(text.encode())) for k in keys]
    return Note(text, tuple(made))


def cosign(note: Note, key: SigningKey, seconds: int) -> Note:
    """The same note with a witness's word that it saw this text at that time."""
    signature = seconds.to_bytes(_TIME_BYTES) + key.sign(_cosigned(note.text, seconds))
    made = Signature(key.public.name, key.public.key_id, signature)
    return note._replace(signatures=(*note.signatures, made))


def _cosigned(text: str, seconds: int) -> bytes:
    """What a witness signs, as C2SP tlog-cosignature has it."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
