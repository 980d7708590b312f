"""Erasures and legal holds in the archive: rows as every fact's, and no figure is another."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.decide.erasure_commands import EraseSeller, LiftLegalHold, PlaceLegalHold
from ledger.facts.instants import DAY_US, format_instant, parse_instant
from ledger.ledger import Ledger
from projections.archive.verifying import findings
from tests.projections.test_archive import content, written
from tests.projections.what_if.test_running import done
from tests.spec import reported
from tests.spec.promoted import announcement, registration
from tests.store.opened import annulment, appeal, review, sandbox, violation, waiver

START = parse_instant("2026-03-02T00:00:00Z")
RULES = ("explosives", "weapons", "false-delivery", "medicines")
QUIET = "s-quiet"
"""Of whom only a report was told, and nothing of its own but what is about its texts."""
ERASED = ("s-1", "s-3", QUIET)
LIMIT = {"name": "a limit of 36", "policy": {"patch": {"buckets.points.limit": 36}}}
WITHOUT = {"name": "without weapons", "facts": {"leave_out": [{"rule": "weapons"}]}}
MORE = {
    "name": "one more each",
    "facts": {
        "add": [
            {"seller_id": seller, "rule": "explosives", "recorded_at": "2026-03-02T00:00:00Z"}
            for seller in ("s-1", "s-2", QUIET)
        ]
    },
}
RESTS_ON = ("scenario", "digest", "known_at", "checkpoint")
"""Parts of a result that say from what it was made, and not what came of it."""
NEW_KINDS = ["legal-hold-placed.v1", "legal-hold-lifted.v1", "payload-erased.v1"]


@pytest.fixture
def ledger(dsn: str) -> Iterator[Ledger]:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(announcement(), "")
        for seller in ("s-1", "s-2"):
            ledger.handle(registration(f"p-{seller}", seller_id=seller), "")
            _punished(ledger, seller)
        for number in range(3):
            for seller in ("s-3", "s-4"):
                ledger.handle(violation(seller, f"v-{number}"), "svc")
        ledger.handle(reported.complaint(seller_id=QUIET), "app")
        ledger.handle(reported.dismissed(), "ana")
        yield ledger


def _punished(ledger: Ledger, seller: str) -> None:
    """Violations, one taken back, one overturned, and the newest sanction waived."""
    for number in range(12):
        ledger.handle(violation(seller, f"v-{number}", RULES[number % 4]), "svc")
    ledger.move_clock(ledger.now() + DAY_US)
    ledger.handle(annulment(seller, "v-1"), "ann")
    ledger.handle(appeal(seller, "v-2"), "shop")
    ledger.handle(review(seller, "v-2", 1, "upheld"), "ana")
    waived = ledger.reader.seller(seller).sanctions[-1].sanction_id
    for by in ("ann", "bob"):
        ledger.handle(waiver(seller, waived, by), by)


@pytest.fixture
def cursor(dsn: str, ledger: Ledger) -> Iterator["psycopg.Cursor"]:
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        yield cursor


def erase_all(ledger: Ledger) -> None:
    """Place and lift a hold on the texts of some sellers and erase them, a day later."""
    ledger.move_clock(ledger.now() + DAY_US)
    for seller in ERASED:
        about: dict[str, Any] = {"seller_id": seller, "hold_id": "h-1", "reason": "a court"}
        ledger.handle(PlaceLegalHold(**about, placed_by="leo"), "leo")
        ledger.handle(LiftLegalHold(**about, lifted_by="leo"), "leo")
        wish = EraseSeller(seller_id=seller, reason="asked-by-seller", erased_by="desk")
        ledger.handle(wish, "desk")


def test_holds_and_erasures_are_rows_of_the_log_and_are_verified(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    written(tmp_path / "3", cursor, 3)
    erase_all(ledger)
    whole = written(tmp_path / "one", cursor)
    log, *_ = content(tmp_path / "one")
    new = [row for row in log if row["kind"] in NEW_KINDS]
    assert [(row["kind"], row["seller"]) for row in new] == [
        (kind, seller) for seller in ERASED for kind in NEW_KINDS
    ]
    said = {name for row in new for name, value in row.items() if value is not None}
    assert said == {"position", "kind", "seller", "about", "version", "recorded_at"}
    for at_once in (1, 3, 7):
        assert written(tmp_path / str(at_once), cursor, at_once).position == whole.position
        assert content(tmp_path / str(at_once)) == content(tmp_path / "one")
        assert list(findings(tmp_path / str(at_once), cursor)) == []
    for old, other, says in (
        ('"desk"', '"desc"', "say something else in the log"),
        ('"asked', '"asket', "a stored payload-erased.v1 cannot be read"),
    ):
        with cursor.connection.transaction(force_rollback=True):
            cursor.execute(
                "UPDATE stored_events SET state = replace(encode(state, 'escape'), %s, %s)::bytea"
                " WHERE notification_id = %s",
                (old, other, new[2]["position"]),
            )
            found = [f for f in findings(tmp_path / "one", cursor) if says in f]
            assert len(found) == 1 and f"positions 1 to {whole.position}" in found[0]


@pytest.mark.parametrize("asked", [LIMIT, WITHOUT, MORE], ids=lambda asked: asked["name"])
def test_a_what_if_is_the_same_bytes_before_and_after_an_erasure(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger, asked: dict[str, Any]
) -> None:
    """By an archive that was there before and goes on, and by one that is written after."""
    known_then = asked | {"known_at": format_instant(ledger.now())}
    result, _, before = done(cursor, ledger, tmp_path / "on", known_then)
    assert result.summary.differ > 0
    erase_all(ledger)
    (tmp_path / "on" / "run").rename(tmp_path / "before")
    for folder in ("on", "anew"):
        assert done(cursor, ledger, tmp_path / folder, known_then)[2] == before
    assert sorted(before) == ["report.html", "result.json", "sellers.parquet"]


@pytest.mark.parametrize("asked", [LIMIT, WITHOUT, MORE], ids=lambda asked: asked["name"])
def test_no_figure_is_another_once_the_erasure_is_known(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger, asked: dict[str, Any]
) -> None:
    asked = asked | {"to": format_instant(ledger.now())}
    before = done(cursor, ledger, tmp_path / "before", asked)[2]
    erase_all(ledger)
    after = done(cursor, ledger, tmp_path / "after", asked)[2]
    assert after["sellers.parquet"] == before["sellers.parquet"]
    assert _figures(after) == _figures(before)
    assert json.loads(after["result.json"]) != json.loads(before["result.json"])


def _figures(told: dict[str, bytes]) -> dict[str, Any]:
    result = json.loads(told["result.json"])
    return {name: value for name, value in result.items() if name not in RESTS_ON}
