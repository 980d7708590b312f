"""An audit bundle: whole, of one seller only, checkable without the ledger, the same twice."""

import base64
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.facts.ids import seller_stream
from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.world import World, world_of
from tests.conftest import database

AT = "2026-05-11T08:00:00.000000Z"


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived_in(world)
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        yield world


def asked(world: World, seller: str = "s-1", **query: Any) -> bytes:
    answer = world.proved(f"/v1/sellers/{seller}/audit-bundle", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    return answer.content


def unpacked(told: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(told)) as file:
        file.extractall(folder)
    return folder


def lines(place: Path) -> list[Any]:
    return [json.loads(line) for line in place.read_bytes().splitlines()]


def checked(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-I", "-B", str(folder / "check.py"), *more]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


def test_it_can_be_checked_without_the_ledger(market: World, tmp_path: Path) -> None:
    folder = unpacked(asked(market, at=[AT, "2027-01-01T00:00:00Z"]), tmp_path)
    done = checked(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    sums = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert sums.returncode == 0


def test_every_fact_is_there_as_it_is_stored(market: World, tmp_path: Path) -> None:
    folder = unpacked(asked(market), tmp_path)
    told = lines(folder / "facts.ndjson")
    own = [fact for fact in told if fact["fact_id"].startswith("seller-")]
    stored = market.ledger.reader.stream(seller_stream("s-1"))
    assert [base64.b64decode(fact["state"]) for fact in own] == [s.state for s in stored]
    listed = market.get("/v1/facts", seller_id="s-1", limit=1000)["facts"]
    withheld = lines(folder / "withheld.ndjson")
    assert {f["fact_id"] for f in listed} == {f["fact_id"] for f in [*told, *withheld]}
    assert lines(folder / "facts-read.ndjson") == [
        fact for fact in listed if fact["fact_id"] in {f["fact_id"] for f in told}
    ]
    standing = json.loads(next(folder.glob("standings/*/standing-known-now.json")).read_bytes())
    again = market.standing("s-1", as_of=standing["as_of"], known_at=standing["known_at"])
    assert standing == again


def test_standings_are_those_that_were_known_then_and_are_now(
    market: World, tmp_path: Path
) -> None:
    folder = unpacked(asked(market, at=AT), tmp_path)
    (place,) = folder.glob("standings/*")
    then = json.loads((place / "standing-known-then.json").read_bytes())
    now = json.loads((place / "standing-known-now.json").read_bytes())
    assert (then["as_of"], then["known_at"], now["as_of"]) == (AT, AT, AT)
    assert now["known_at"] == json.loads((folder / "manifest.json").read_bytes())["known_at"]
    assert then == market.standing("s-1", as_of=AT, known_at=AT)


def test_the_same_question_has_the_same_bytes(market: World) -> None:
    assert asked(market, at=AT) == asked(market, at=AT)
    early = asked(market, known_at=AT)
    market.record("s-1", f"late-{market.ledger.memory.head.last_position}", "seeds")
    assert asked(market, known_at=AT) == early


def test_nobody_else_is_in_it(market: World, tmp_path: Path) -> None:
    """Neither another seller's facts nor who reported this one."""
    listed = market.get("/v1/facts", seller_id="s-1", limit=1000)["facts"]
    reporters = {
        fact["data"]["reported_by"]
        for fact in listed
        if fact["kind"] == "report-filed.v1" and fact["data"]["about"] != "buyer"
    }
    folder = unpacked(asked(market, at=AT), tmp_path)
    assert reporters and lines(folder / "withheld.ndjson")
    states = [base64.b64decode(fact["state"]) for fact in lines(folder / "facts.ndjson")]
    names = {seller["seller_id"] for seller in market.get("/v1/sellers")["sellers"]} - {"s-1"}
    named = {f'"{name}"'.encode() for name in names | reporters}
    assert not [state for state in states for name in named if name in state]
    whole = b"".join(p.read_bytes() for p in folder.rglob("*.ndjson"))
    assert not [name for name in names if f'"{name}"'.encode() in whole]


@pytest.mark.parametrize("name", ["facts.ndjson", "facts-read.ndjson", "standings", "packs"])
def test_a_changed_file_is_found(market: World, tmp_path: Path, name: str) -> None:
    folder = unpacked(asked(market), tmp_path)
    place = folder / name
    if place.is_dir():
        place = min(p for p in place.rglob("*") if p.is_file())
    told = bytearray(place.read_bytes())
    told[len(told) // 2] ^= 1
    place.write_bytes(told)
    assert checked(folder).returncode != 0


def test_what_no_bundle_is_made_of(market: World) -> None:
    address = "/v1/sellers/s-1/audit-bundle"
    for query, status, field in (
        ({"at": "yesterday"}, 422, "at"),
        ({"known_at": "2999-01-01T00:00:00Z"}, 422, "known_at"),
        ({"at": ["2026-01-01T00:00:00Z"] * 101}, 422, "at"),
        ({"at": "2001-01-01T00:00:00Z"}, 409, "at"),
    ):
        answer = market.client.get(address, params=query)
        assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    folder = asked(market, "nobody")
    with zipfile.ZipFile(io.BytesIO(folder)) as file:
        assert file.read("facts.ndjson") == b""
