"""The proofs of an audit bundle: whoever changes a byte of what they hold is found, also where the
sums were made anew; and what the check of it does without any library is what libraries do.
"""

import hashlib
import importlib.util
import json
import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from api.audit import bundle as bundles
from ledger.proof.checkpoints import seen
from ledger.proof.keys import SigningKey, VerifierKey
from ledger.proof.notes import sign
from ledger.proof.tlog_proof import InclusionProof
from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.test_audit_bundle import asked, checked, lines, unpacked
from tests.api.routes.world import World, sign_all, world_of
from tests.conftest import database

CHANGES = 200
PROVED = ("facts.ndjson", "checkpoint", "key", "proofs/*")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def market(postgres: str, template: str, keys: Path) -> Iterator[World]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived_in(world)
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        sign_all(world, keys)
        yield world


@pytest.fixture(scope="module")
def folder(market: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(asked(market), tmp_path_factory.mktemp("bundle"))


def checker(folder: Path) -> ModuleType:
    """The bundle's own check, as a module."""
    place = Path(bundles.__file__).with_name("check.py")
    spec = importlib.util.spec_from_file_location("check_of_a_bundle", place)
    assert spec is not None and spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    check.HERE = folder
    return check


def test_every_fact_is_proved(market: World, folder: Path) -> None:
    done = checked(folder)
    assert done.returncode == 0 and "No proofs" not in done.stdout, done.stdout + done.stderr
    told = lines(folder / "facts.ndjson")
    assert {p.name for p in folder.glob("proofs/*")} == {
        f"{fact['position']}.tlog-proof" for fact in told
    }
    key = VerifierKey.of((folder / "key").read_text())
    named = json.loads((folder / "manifest.json").read_bytes())["checkpoint"]
    assert seen((folder / "checkpoint").read_bytes(), [key]).checkpoint.size == named["size"]
    for place in folder.glob("proofs/*"):
        proof = InclusionProof.decode(place.read_bytes())
        proof.check(proof.extra, [key])
    for place in folder.glob("standings/*/explanation-known-now.json"):
        assert json.loads(place.read_bytes())["checkpoint"] == named


def test_the_same_question_has_the_same_bytes_though_more_was_signed(
    market: World, folder: Path, keys: Path, tmp_path: Path
) -> None:
    known_at = json.loads((folder / "manifest.json").read_bytes())["known_at"]
    before = asked(market, known_at=known_at)
    assert market.move("2030-01-01T00:00:00Z").status_code == 200
    market.record("s-1", "signed-later", "seeds")
    answer = market.client.get("/v1/sellers/s-1/audit-bundle")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-proved-yet")
    sign_all(market, keys)
    assert asked(market, known_at=known_at) == before
    assert len(list(unpacked(asked(market), tmp_path).glob("proofs/*"))) > len(
        list(folder.glob("proofs/*"))
    )


def sums_made_anew(folder: Path) -> None:
    named = [line.partition("  ")[2] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    told = "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in named
    )
    (folder / "SHA256SUMS").write_text(told)


def changed(place: Path, drawn: random.Random) -> bytes:
    """Change one byte of a file; what it held before."""
    before = place.read_bytes()
    told = bytearray(before)
    told[drawn.randrange(len(told))] ^= drawn.randrange(1, 256)
    place.write_bytes(told)
    return before


def test_a_changed_byte_is_found_though_the_sums_were_made_anew(folder: Path) -> None:
    drawn, check = random.Random(8), checker(folder)
    assert check.mistakes() == []
    for _ in range(CHANGES):
        place = drawn.choice(sorted(folder.glob(drawn.choice(PROVED))))
        before = changed(place, drawn)
        sums_made_anew(folder)
        try:
            found = check.mistakes()
        except check.UNREADABLE:
            found = ["it cannot be read"]
        assert found, f"{place.name}: {before!r} was changed to {place.read_bytes()!r}"
        place.write_bytes(before)
    sums_made_anew(folder)
    assert checked(folder).returncode == 0


def test_a_forged_history_is_found_by_whoever_kept_the_key(
    folder: Path, tmp_path: Path, market: World
) -> None:
    """Somebody signs all anew with a key of his own, under the log's name."""
    check = checker(folder)
    kept = (folder / "key").read_text()
    forger = SigningKey(VerifierKey.of(kept).name, b"f" * 32)
    note = (folder / "checkpoint").read_bytes().decode()
    text = note.partition("\n\n")[0] + "\n"
    forged = sign(text, forger).encode()
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for place in [folder / "checkpoint", *folder.glob("proofs/*")]:
        place.write_bytes(place.read_bytes().replace(note.encode(), forged))
    (folder / "key").write_text(f"{forger.public.line}\n")
    sums_made_anew(folder)
    try:
        assert check.mistakes() == []
        assert check.mistakes(kept) == ["the checkpoint is not signed by the key"]
    finally:
        for place, held in before.items():
            place.write_bytes(held)


def test_proofs_that_were_taken_out_are_missed(folder: Path) -> None:
    check = checker(folder)
    place = min(folder.glob("proofs/*"))
    held = place.read_bytes()
    place.unlink()
    assert any("the proofs cannot be read" in found for found in check.mistakes())
    place.write_bytes(held)
    assert check.mistakes((folder / "key").read_text()) == []


def test_signatures_are_judged_as_a_library_judges_them(folder: Path) -> None:
    drawn, check = random.Random(9), checker(folder)
    for size in range(24):
        key = SigningKey("x", drawn.randbytes(32))
        message = drawn.randbytes(size)
        signature = key.sign(message)
        assert check.verified(key.public.public, message, signature)
        for told in (message, signature):
            if told:
                wrong = bytearray(told)
                wrong[drawn.randrange(len(told))] ^= 1 << drawn.randrange(8)
                ours = check.verified(
                    key.public.public,
                    bytes(wrong) if told is message else message,
                    bytes(wrong) if told is signature else signature,
                )
                assert not ours
        # The same point named by a larger number: no second way to write a signature.
        larger = int.from_bytes(signature[32:], "little") + check.ORDER
        assert not check.verified(
            key.public.public, message, signature[:32] + larger.to_bytes(32, "little")
        )
    assert not check.verified(b"\xff" * 32, b"", bytes(64))
    assert not check.verified(b"", b"", b"")
