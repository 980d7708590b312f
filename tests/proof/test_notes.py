"""Notes, keys and checkpoints: what is signed, by whom, and everything that is refused."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoints import Checkpoint, seen
from ledger.proof.keys import COSIGNATURE, SigningKey, VerifierKey, exact_base64
from ledger.proof.notes import Note, Signature, cosign, sign
from ledger.proof.refusals import (
    MalformedKey,
    MalformedProof,
    NotSigned,
    OtherLog,
    ProofRefused,
    WrongSignature,
)

KEY = SigningKey("ledger.example/log", bytes(range(32)))
OTHER = SigningKey("ledger.example/log", bytes(32))
WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)
CHECKPOINT = Checkpoint("ledger.example/log", 17, bytes(range(32)))
NOTE = sign(CHECKPOINT.text, KEY)

# The example that golang.org/x/mod/sumdb/note documents: its key, its text, its signature.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAID = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501
)


def test_an_example_of_others_is_read_and_believed() -> None:
    key = VerifierKey.of(PETER)
    assert key.line == PETER
    note = Note.decode(SAID.encode())
    assert note.opened([key]) == [key]
    assert note.encode().decode() == SAID


def test_a_key_is_read_as_it_is_written() -> None:
    for key in (KEY, WITNESS):
        assert VerifierKey.of(key.public.line) == key.public
    assert KEY.public.key_id != OTHER.public.key_id


@pytest.mark.parametrize(
    "line",
    ["", "a+b", "a b+00000000+AA==", KEY.public.line[:-2], KEY.public.line.replace("+", " ", 1),
     KEY.public.line.replace(KEY.public.key_id.hex(), "00000000"),
     "x" + KEY.public.line, "x+00000000+" + b64encode(b"\x02" + bytes(32)).decode()],
)  # fmt: skip
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(MalformedKey):
        VerifierKey.of(line)


def test_a_name_with_spaces_signs_nothing() -> None:
    with pytest.raises(MalformedKey):
        SigningKey("two words", bytes(32))


def test_a_checkpoint_is_seen_by_its_key() -> None:
    told = seen(NOTE.encode(), [KEY.public])
    assert told.checkpoint == CHECKPOINT
    assert list(told.keys) == [KEY.public]


def test_several_signatures_and_those_of_strangers() -> None:
    both = sign(CHECKPOINT.text, OTHER, KEY)
    assert list(seen(both.encode(), [KEY.public]).keys) == [KEY.public]
    assert list(seen(both.encode(), [KEY.public, OTHER.public]).keys) == [OTHER.public, KEY.public]


def test_a_witness_says_when_it_saw_it() -> None:
    note = cosign(NOTE, WITNESS, 1_767_225_600)
    told = seen(note.encode(), [KEY.public, WITNESS.public])
    assert list(told.keys) == [KEY.public, WITNESS.public]
    assert note.signatures[1].seconds(WITNESS.public) == 1_767_225_600
    assert note.signatures[0].seconds(KEY.public) is None
    late = note.signatures[1]._replace(signature=bytes(8) + note.signatures[1].signature[8:])
    with pytest.raises(WrongSignature):
        Note(note.text, (late,)).opened([WITNESS.public])


def test_a_witness_alone_is_not_the_log() -> None:
    alone = cosign(Note(CHECKPOINT.text, ()), WITNESS, 1)
    with pytest.raises(NotSigned, match="only witnesses"):
        seen(alone.encode(), [KEY.public, WITNESS.public])


def test_a_wrong_key_is_refused() -> None:
    with pytest.raises(NotSigned, match="no trusted key signed"):
        seen(NOTE.encode(), [OTHER.public])
    with pytest.raises(NotSigned):
        NOTE.opened([])


def test_a_forged_signature_is_refused() -> None:
    forged = Signature(KEY.public.name, KEY.public.key_id, OTHER.sign(CHECKPOINT.text.encode()))
    with pytest.raises(WrongSignature, match=r"ledger\.example/log"):
        seen(Note(CHECKPOINT.text, (forged,)).encode(), [KEY.public])
    short = forged._replace(signature=b"\x01")
    with pytest.raises(WrongSignature):
        seen(Note(CHECKPOINT.text, (short,)).encode(), [KEY.public])


def test_another_logs_checkpoint_is_refused() -> None:
    note = sign(CHECKPOINT._replace(origin="other.example/log").text, KEY)
    with pytest.raises(OtherLog, match=r"other\.example/log"):
        seen(note.encode(), [KEY.public])
    assert seen(note.encode(), [KEY.public], "other.example/log").checkpoint.size == 17


@pytest.mark.parametrize(
    "text",
    ["", "a\n", "a\n1\n", "a\n1\nAA==\n", "a\n01\n" + b64encode(bytes(32)).decode() + "\n",
     "a\n-1\n" + b64encode(bytes(32)).decode() + "\n", "a\n1\n\n\n", "\n1\nx\n",
     "a\n9999999999999999999\n" + b64encode(bytes(32)).decode() + "\n",
     "a\n1\n" + b64encode(bytes(31)).decode() + "\n",
     "a\n1\n" + b64encode(bytes(32)).decode() + "\n\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MalformedProof):
        Checkpoint.of(text)


@pytest.mark.parametrize("encoded", ["", "A", "AB==", "AA= =", "AA==\n", "A-==", "AAAA=", "é==="])
def test_base64_is_told_in_one_way(encoded: str) -> None:
    with pytest.raises(MalformedProof):
        exact_base64(encoded)


@given(st.integers(0, len(NOTE.encode()) - 1))
def test_a_note_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(ProofRefused):
        seen(NOTE.encode()[:at], [KEY.public])


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_a_byte_changed_anywhere_is_refused(at: int, by: int) -> None:
    changed = bytearray(NOTE.encode())
    changed[at] ^= by
    with pytest.raises(ProofRefused):
        seen(bytes(changed), [KEY.public])


def test_too_much_is_refused() -> None:
    line = NOTE.signatures[0]
    with pytest.raises(MalformedProof, match="more than 100"):
        Note.decode(Note(NOTE.text, (line,) * 101).encode())
    with pytest.raises(MalformedProof, match="longer"):
        Note.decode(b"x" * (1 << 20) + NOTE.encode())
    with pytest.raises(MalformedProof, match="control"):
        Note.decode(NOTE.encode().replace(b"17", b"1\r"))
    with pytest.raises(MalformedProof, match="whole lines"):
        sign("no end", KEY)
