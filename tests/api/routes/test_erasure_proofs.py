"""What was proved, told and handed out before an erasure is the same to the byte after it."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.proof.keys import VerifierKey
from ledger.proof.notes import Note
from ledger.proof.tlog_proof import InclusionProof
from tests.api.routes.test_audit_bundle import checked, unpacked
from tests.api.routes.test_erasure import appealed, erase
from tests.api.routes.world import World, world_of

APPEALS = "/v1/sellers/s-1/violations/v-1/appeals"


@pytest.fixture
def proved(dsn: str, tmp_path: Path) -> Iterator[World]:
    """A ledger that signs what it holds twenty times a second."""
    with world_of(dsn, data_dir=tmp_path / "data", checkpoint_seconds=0.05) as world:
        appealed(world)
        body = {"outcome": "rejected", "reviewer": "ana", "reasons": "It is not."}
        assert world.client.post(f"{APPEALS}/1/decision", json=body).status_code == 200
        for number in range(5):
            world.record("s-1", f"v-other-{number}", "explosives")
            world.record("s-2", f"v-{number}")
        yield world


def position(world: World) -> int:
    """Where the log ends that is signed by now."""
    until = time.monotonic() + 20
    end = world.ledger.memory.head.last_position
    while (told := world.client.get("/v1/log/checkpoint")).status_code != 200 or end != size(told):
        assert time.monotonic() < until
        time.sleep(0.02)
    return end


def size(told: "object") -> int:
    return int(Note.decode(told.content).text.split("\n")[1])  # type: ignore[attr-defined]


def addresses(world: World, end: int) -> list[str]:
    """All that rests on the log up to a position: proofs, leaves, tiles, standings, exports."""
    facts = world.get("/v1/facts", limit=1000)["facts"][:end]
    known_at = facts[-1]["recorded_at"]
    about_facts = [
        f"/v1/facts/{fact['fact_id']}{part}"
        for fact in facts
        for part in ("", "/leaf", f"/proof?size={end}", "/causes")
    ]
    instants = [(fact["recorded_at"], known_at) for fact in facts]
    instants += [(known_at, fact["recorded_at"]) for fact in facts]
    about_sellers = [
        f"/v1/sellers/{seller}/standing{part}?as_of={as_of}&known_at={known}"
        for as_of, known in dict.fromkeys(instants)
        for seller in ("s-1", "s-2")
        for part in ("", "/explanation", "/forecast")
    ]
    return [
        *about_facts,
        *about_sellers,
        f"/v1/log/checkpoint?size={end}",
        f"/v1/log/checkpoint?known_at={known_at}",
        f"/v1/log/consistency?from=1&size={end}",
        f"/v1/log/tile/0/000.p/{end}",
        f"/v1/log/tile/entries/000.p/{end}",
        f"/v1/sellers/s-1/audit-bundle?at={known_at}&known_at={known_at}",
        f"/v1/facts?to={known_at}&limit=1000",
    ]


def test_proofs_standings_and_bundles_of_before_are_the_same_bytes(
    proved: World, tmp_path: Path
) -> None:
    end = position(proved)
    asked = addresses(proved, end)
    before = {address: told(proved, address) for address in asked}
    assert len(before) > 150
    done = erase(proved).json()["erasure"]
    assert done["texts"] > 5
    assert position(proved) == end + 1
    assert [address for address in asked if told(proved, address) != before[address]] == []
    # It grew by the erasure and by nothing else, and says so to who kept the checkpoint.
    grown = proved.client.get(f"/v1/log/consistency?from={end}")
    assert grown.text.startswith(f"old {end}\n")
    key = VerifierKey.of(told(proved, "/v1/log/key").decode())
    proof = InclusionProof.decode(told(proved, f"/v1/facts/{done['fact_id']}/proof"))
    proof.check(told(proved, f"/v1/facts/{done['fact_id']}/leaf"), [key])
    checks_out = checked(unpacked(told(proved, "/v1/sellers/s-1/audit-bundle"), tmp_path / "new"))
    assert checks_out.returncode == 0, checks_out.stdout + checks_out.stderr


def test_a_bundle_with_texts_still_checks_out_and_has_none(proved: World, tmp_path: Path) -> None:
    position(proved)
    asked = "/v1/sellers/s-1/audit-bundle?texts=true"
    assert b"It is ours." in texts(told(proved, asked))
    erase(proved)
    position(proved)
    after = told(proved, asked)
    assert texts(after) == b""
    assert checked(unpacked(after, tmp_path / "bundle")).returncode == 0


def told(world: World, address: str) -> bytes:
    answer = world.client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return answer.content


def texts(bundle: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(bundle)) as file:
        return file.read("texts.ndjson")
