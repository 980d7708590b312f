"""What a bundle tells in plain words follows from the facts that it proves: whoever edits it is
found, also where the sums were made anew and nobody's key is missing.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from api.fact_data import data_of
from ledger.facts.kinds import name_of
from ledger.facts.money import money_of
from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.test_audit_bundle import AT, asked, checked, lines, unpacked
from tests.api.routes.test_bundle_proofs import checker, sums_made_anew
from tests.api.routes.world import World, sign_all, world_of
from tests.conftest import database
from tests.spec.facts.examples import COMPLETE, MINIMAL

INSTANTS = [AT, "2026-03-01T00:00:00Z", "2026-06-20T12:00:00Z", "2027-01-01T00:00:00Z"]


@pytest.fixture(scope="module")
def market(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived_in(world)
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        for number in range(2):
            world.record("caught", f"c-{number}", "weapons")
        sign_all(world, tmp_path_factory.mktemp("keys"))
        yield world


@pytest.fixture
def folder(market: World, tmp_path: Path) -> Path:
    return unpacked(asked(market, "caught"), tmp_path / "bundle")


def edited(place: Path, edit: Callable[[Any], Any]) -> None:
    if place.suffix == ".ndjson":
        told = lines(place)
        edit(told)
        place.write_text("".join(f"{json.dumps(one)}\n" for one in told))
    else:
        told = json.loads(place.read_bytes())
        edit(told)
        place.write_text(json.dumps(told))


def found(folder: Path) -> list[str]:
    sums_made_anew(folder)
    return checker(folder).mistakes((folder / "key").read_text())


def test_the_standings_of_every_seller_follow_from_its_facts(market: World, tmp_path: Path) -> None:
    for row in market.get("/v1/sellers", limit=1000)["sellers"]:
        seller = row["seller_id"]
        place = unpacked(asked(market, seller, at=INSTANTS), tmp_path / seller)
        assert checker(place).mistakes() == [], seller


def test_a_suspended_seller_is_not_made_an_active_one(folder: Path) -> None:
    free = {"status": "active", "can_sell": True, "can_promote": True, "sanctions": []}
    (standing,) = folder.glob("standings/*/standing-*")
    (explained,) = folder.glob("standings/*/explanation-*")
    assert json.loads(standing.read_bytes())["status"] == "suspended"
    edited(standing, lambda told: told.update(free))
    edited(explained, lambda told: told["standing"].update(free))
    edited(explained, lambda told: told.update(sanctions=[]))
    wrong = found(folder)
    assert any("its sanctions are not those that facts give" in one for one in wrong)
    assert any("status does not follow" in one for one in wrong)


def test_a_violation_that_counts_is_not_left_out(folder: Path) -> None:
    (standing,) = folder.glob("standings/*/standing-*")
    (explained,) = folder.glob("standings/*/explanation-*")

    def fewer(told: Any) -> None:
        told["buckets"][0]["violations"].pop()
        for bucket in (told["buckets"][0], told["standing"]["buckets"][0]):
            bucket["value"] = 24

    edited(explained, fewer)
    edited(standing, lambda told: told["buckets"][0].update(value=24))
    assert any("is not counted" in one for one in found(folder))


@pytest.mark.parametrize(
    ("field", "value"), [("points", 2), ("rule", "seeds"), ("source", "nobody"), ("severity", "x")]
)
def test_what_is_read_is_what_is_stored(folder: Path, field: str, value: object) -> None:
    edited(folder / "facts-read.ndjson", lambda told: told[0]["data"].update({field: value}))
    assert any("is told otherwise than it is stored" in one for one in found(folder))


def test_a_fact_of_somebody_else_is_named(market: World, tmp_path: Path) -> None:
    """Each is proved, and none is this seller's."""
    folder = unpacked(asked(market, "s-1"), tmp_path / "one")
    edited(folder / "manifest.json", lambda told: told.update(seller_id="s-2"))
    assert any("is another seller's" in one for one in found(folder))


@pytest.mark.parametrize("what", ["standing", "explanation"])
def test_a_standing_that_was_taken_out_is_missed(folder: Path, what: str) -> None:
    (place,) = folder.glob(f"standings/*/{what}-*")
    place.unlink()
    named = folder / "SHA256SUMS"
    rows = named.read_text().splitlines(keepends=True)
    named.write_text("".join(row for row in rows if f"/{what}-" not in row))
    assert any("missing" in one or "cannot be read" in one for one in found(folder))


def test_a_kept_key_may_end_without_a_line_end(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.key"
    kept.write_text((folder / "key").read_text().rstrip())
    done = checked(folder, str(kept))
    assert done.returncode == 0, done.stdout
    missing = checked(folder, str(tmp_path / "nowhere.key"))
    assert missing.returncode == 1 and "Traceback" not in missing.stderr


@pytest.fixture(scope="module")
def check() -> ModuleType:
    return checker(Path())


@pytest.mark.parametrize("kind", COMPLETE)
def test_every_kind_of_fact_is_read_as_it_is_stored(check: ModuleType, kind: str) -> None:
    for fact in (COMPLETE[kind], MINIMAL[kind]):
        state = json.loads(msgspec.json.encode(fact))
        stored = dict.fromkeys(("fact_id", "position", "recorded_at"), "") | {"kind": name_of(fact)}
        told = json.loads(msgspec.json.encode(data_of(fact)))
        assert check.as_read(stored, state, told, "s-1")["data"] == told
        for field in told:
            wrong = told | {field: "something else"}
            assert check.as_read(stored, state, wrong, "s-1")["data"] is None, field


def test_amounts_have_the_decimals_of_their_currency(check: ModuleType) -> None:
    for code in ("EUR", "JPY", "TND", "CLF", "VND", "USD", "UYW", "KRW", "BHD"):
        told = msgspec.to_builtins(money_of(7, code))
        assert check.same("", [7, code], told)
        assert not check.same("", [70, code], told)


def test_bytes_are_read_only_in_the_one_way_in_which_they_are_written(check: ModuleType) -> None:
    assert check.exact("QQ==") == b64decode("QQ==")
    with pytest.raises(ValueError, match="base64"):
        check.exact("QR==")
