"""Products in campaigns as the archive has them: the same whatever the steps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from projections.archive import files
from projections.archive.archive import writing
from projections.archive.enrolments import LET_BACK, OVER, REGISTERED, TAKEN_OUT
from projections.archive.manifest import Manifest, replace_manifest
from projections.archive.names import all_names
from projections.archive.verifying import findings
from tests.spec.promoted import announcement, decision, registration, taken_back
from tests.store.opened import annulment, sandbox, violation

START = parse_instant("2026-03-02T00:00:00Z")


@pytest.fixture
def cursor(dsn: str) -> Iterator["psycopg.Cursor"]:
    """A log in which a product was registered and rejected, taken back, taken out and let back."""
    with sandbox(dsn) as ledger, psycopg.connect(dsn) as connection:
        ledger.move_clock(START)
        _told(ledger)
        with connection.cursor() as cursor:
            yield cursor


def _told(ledger: Ledger) -> None:
    ledger.handle(announcement(), "")
    for product, seller in (("p-1", "s-2"), ("p-2", "s-1"), ("p-3", "s-2"), ("p-4", "s-3")):
        ledger.handle(registration(product, seller_id=seller), "")
    ledger.handle(decision("rejected", "bo", "p-1"), "bo")
    ledger.handle(taken_back("p-3"), "")
    ledger.handle(decision("approved", "bo", "p-2"), "bo")
    ledger.handle(violation("s-1", "v-1", "explosives"), "")
    ledger.handle(annulment("s-1", "v-1"), "ann")


def written(cursor: "psycopg.Cursor", folder: Path, at_once: int) -> Manifest:
    with writing(folder) as archivist:
        return archivist.catch_up(cursor, at_once)


def rows_of(folder: Path, manifest: Manifest) -> list[dict[str, Any]]:
    names = all_names(folder, manifest.sellers).to_pylist()
    found = [
        row | {"seller": names[row["seller"]]}
        for piece in files.pieces_of(folder, manifest.enrolments)
        for row in piece.to_pylist()
    ]
    return sorted(found, key=lambda row: row["position"])


def test_what_became_of_each_product(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    rows = rows_of(tmp_path, written(cursor, tmp_path, 1000))
    told = [(row["seller"], row["kind"]) for row in rows]
    assert told == [
        ("s-2", REGISTERED),
        ("s-1", REGISTERED),
        ("s-2", REGISTERED),
        ("s-3", REGISTERED),
        ("s-2", OVER),
        ("s-2", OVER),
        ("s-1", TAKEN_OUT),
        ("s-1", LET_BACK),
    ]
    assert len({row["enrolment"] for row in rows}) == 4
    assert rows[4]["enrolment"] == rows[0]["enrolment"]
    assert rows[0]["starts"] == parse_instant("2026-04-01T00:00:00Z")
    assert rows[0]["ends"] == parse_instant("2026-04-15T00:00:00Z")


@pytest.mark.parametrize("at_once", [1, 3])
def test_the_same_whatever_the_steps(
    tmp_path: Path, cursor: "psycopg.Cursor", at_once: int
) -> None:
    whole = rows_of(tmp_path / "1", written(cursor, tmp_path / "1", 1000))
    manifest = written(cursor, tmp_path / "2", at_once)
    assert rows_of(tmp_path / "2", manifest) == whole
    assert list(findings(tmp_path / "2", cursor)) == []
    left = {path.name for path in (tmp_path / "2").glob("enrolments-*")}
    assert left == {segment.file for segment in manifest.enrolments}


def test_missing_rows_are_found(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    manifest = written(cursor, tmp_path, 1000)
    replace_manifest(tmp_path, msgspec.structs.replace(manifest, enrolments=()))
    assert list(findings(tmp_path, None)) == [
        "of 8 facts about products in campaigns, 0 are ready for replay"
    ]


def test_without_campaigns_there_is_nothing(tmp_path: Path, dsn: str) -> None:
    with sandbox(dsn) as ledger, psycopg.connect(dsn) as connection:
        ledger.move_clock(START)
        ledger.handle(violation("s-1", "v-1"), "")
        with connection.cursor() as cursor:
            assert written(cursor, tmp_path, 1000).enrolments == ()
    assert list(tmp_path.glob("enrolments-*")) == []
