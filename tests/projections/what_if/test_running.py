"""A run from beginning to end, on a real log: the same bytes however it is run, or nothing."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from ledger.decide.commands import ImposeSanction
from ledger.ledger import Ledger
from projections.archive import files
from projections.archive.archive import writing
from projections.archive.looking import Violations, last_known
from projections.archive.manifest import read_manifest, reading, replace_manifest
from projections.archive.refusals import NoArchive, OtherLog
from projections.archive.verifying import findings
from projections.what_if.kept import Kept
from projections.what_if.knowing import known_now, known_to
from projections.what_if.laying import Judge, laid_out
from projections.what_if.reading import scenario_from
from projections.what_if.replay import Cancelled
from projections.what_if.result import Result
from projections.what_if.running import on_this_machine, run
from tests.store.opened import annulment, opened, violation

RULES = ("weapons", "false-delivery", "medicines", "harassment")
LIMIT = {"name": "with a limit of 36", "policy": {"patch": {"buckets.points.limit": 36}}}
WITHOUT = {"name": "without the svc", "facts": {"leave_out": [{"reporter": "svc"}]}}
NEW = {
    "name": "one more",
    "facts": {
        "add": [{"seller_id": "s-new", "rule": "explosives", "recorded_at": "2026-07-01T00:00:00Z"}]
    },
}


@pytest.fixture
def ledger(dsn: str) -> Iterator[Ledger]:
    with opened(dsn) as ledger:
        for number in range(60):
            seller = f"s-{number * number % 7}"
            ledger.handle(violation(seller, f"v-{number}", RULES[number % 4]), "svc")
            if number % 9 == 8:
                ledger.handle(annulment(seller, f"v-{number}"), "ann")
        yield ledger


@pytest.fixture
def cursor(dsn: str, ledger: Ledger) -> Iterator["psycopg.Cursor"]:
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        yield cursor


def done(
    cursor: "psycopg.Cursor", ledger: Ledger, folder: Path, asked: dict[str, Any], **how: Any
) -> tuple[Result, Kept, dict[str, bytes]]:
    """The scenario run over an archive that was written in steps of so many facts."""
    with writing(folder / "archive") as archivist:
        archivist.catch_up(cursor, how.get("at_once", 1000))
    known = known_to(cursor, how.get("end", ledger.now()))
    with reading(folder / "archive") as manifest:
        laid = laid_out(scenario_from(asked, known), known, folder / "archive", manifest)
        engine = on_this_machine(how.get("threads", 1), how.get("stop"))
        result = run(laid, known, engine, folder / "run", lambda _done, _of: None)
        kept = Kept(folder / "run", Violations(folder / "archive", manifest))
    return result, kept, {f.name: f.read_bytes() for f in sorted((folder / "run").iterdir())}


@pytest.mark.parametrize("asked", [LIMIT, WITHOUT, NEW], ids=lambda asked: asked["name"])
def test_the_same_scenario_gives_the_same_bytes(
    tmp_path: Path,
    cursor: "psycopg.Cursor",
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, Any],
) -> None:
    end = ledger.now()
    result, kept, whole = done(cursor, ledger, tmp_path / "1", asked, end=end)
    assert sorted(whole) == ["report.html", "result.json", "sellers.parquet"]
    assert result.summary.differ > 0
    assert kept.result == result
    assert len(list(kept.all())) == result.summary.differ
    monkeypatch.setattr(files, "GROUP_ROWS", 8)
    for number, (threads, at_once) in enumerate([(1, 7), (2, 25), (2, 1)], 2):
        again = done(
            cursor, ledger, tmp_path / str(number), asked, end=end, threads=threads, at_once=at_once
        )
        assert again[2] == whole


def test_what_was_known_is_answered_the_same_when_more_is(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    end = ledger.now()
    asked = {**LIMIT, "known_at": _text(end)}
    before = done(cursor, ledger, tmp_path / "before", asked, end=end)
    for number in range(60, 90):
        ledger.handle(violation(f"s-{number % 11}", f"v-{number}", "weapons"), "other")
    cursor.connection.rollback()
    after = done(cursor, ledger, tmp_path / "after", asked)
    assert after[2] == before[2]
    assert read_manifest(tmp_path / "after" / "archive").position > before[0].checkpoint.position


def test_sellers_that_differ_are_paged_and_found(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    _, kept, _ = done(cursor, ledger, tmp_path, LIMIT)
    told = list(kept.all())
    every = kept.places(None, None, "")
    pieces = [kept.at(every[first : first + 2]) for first in range(0, len(told), 2)]
    assert [d for piece in pieces for d in piece] == told
    assert kept.at(every[len(told) :]) == []
    for prefix in ("", "s-", "s-1", "%", "nobody"):
        found = kept.at(kept.places("sanctions", "newly", prefix))
        assert found == [
            d
            for d in told
            if "sanctions" in d.differs
            and d.seller_id.startswith(prefix)
            and (d.status[0] != "suspended" == d.status[1])
        ]
    assert kept.at(kept.places("standing", None, "")) == [
        d for d in told if "standing" in d.differs
    ]
    spared = kept.places(None, "spared", "")
    assert kept.at(spared) == [d for d in told if d.status[0] == "suspended" != d.status[1]]
    assert [kept.seller(d.seller_id) for d in told] == told
    assert kept.seller("nobody") is None
    assert {d.seller_id for d in kept.foremost()} == {d.seller_id for d in told}
    assert all(d.because_of is not None for d in told if d.parted_at is not None)


def test_a_cancelled_run_leaves_nothing(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        done(cursor, ledger, tmp_path, LIMIT, stop=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


@pytest.mark.parametrize("kind", ["replay", "sellers"])
def test_a_damaged_file_is_named(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger, kind: str
) -> None:
    done(cursor, ledger, tmp_path, LIMIT)
    [file] = (tmp_path / "archive").glob(f"{kind}-*.parquet")
    (tmp_path / "run").rename(tmp_path / "before")
    for damage in (lambda: file.write_bytes(file.read_bytes()[:100]), file.unlink):
        damage()
        with pytest.raises(NoArchive, match=f"{file.name} is missing or damaged"):
            done(cursor, ledger, tmp_path, WITHOUT)


def test_what_is_read_stays_until_it_was_read(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    with writing(tmp_path) as archivist:
        archivist.step(cursor, 30)
        with reading(tmp_path) as manifest:
            archivist.catch_up(cursor, 10)
            assert all((tmp_path / segment.file).exists() for segment in manifest.segments)
        archivist.catch_up(cursor)
    with writing(tmp_path):
        pass
    assert not (tmp_path / manifest.replay[0].file).exists()
    assert list(findings(tmp_path, cursor)) == []


def test_positions_are_named_and_dated(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    with writing(tmp_path) as archivist:
        manifest = archivist.catch_up(cursor, 16)
    rows = [row for piece in files.pieces_of(tmp_path, manifest.log) for row in piece.to_pylist()]
    told = {r["position"]: r["violation"] for r in rows if r["kind"] == "violation-recorded.v1"}
    assert Violations(tmp_path, manifest)(sorted(told)) == told
    for row in rows:
        at = int(row["recorded_at"].timestamp() * 1_000_000)
        last = max(r["position"] for r in rows if r["recorded_at"] <= row["recorded_at"])
        assert last_known(tmp_path, manifest, at)[0] == last


def test_the_judge_has_a_range_for_sellers_that_only_the_scenario_knows(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    with writing(tmp_path) as archivist:
        archivist.catch_up(cursor)
    known = known_to(cursor, ledger.now())
    with reading(tmp_path) as manifest:
        judge = Judge(laid_out(scenario_from(NEW, known), known, tmp_path, manifest))
        assert judge.ranges == len(judge.archive.ranges) + 1
        [row] = judge.part(judge.ranges - 1).differing.to_pylist()
    assert (row["seller_id"], row["points_baseline"], row["points_scenario"]) == ("s-new", 0, 48)


def test_a_violation_is_added_to_a_seller_that_has_none(
    tmp_path: Path, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    quiet = ("s-quiet", "s-silent")
    for seller in quiet:
        proposed = ImposeSanction(
            seller_id=seller,
            sanction_id="desk-1",
            kind="suspension",
            reason="fraud",
            imposed_by="ann",
        )
        ledger.handle(proposed, "ann")
        ledger.handle(violation(f"{seller}-after", "v-1"), "svc")
    explosives = {"rule": "explosives", "recorded_at": "2026-07-01T00:00:00Z"}
    added = [{"seller_id": seller, **explosives} for seller in quiet]
    result, kept, _ = done(cursor, ledger, tmp_path, {"name": "more", "facts": {"add": added}})
    assert [told.seller_id for told in kept.all()] == list(quiet)
    assert result.summary.suspended.newly == len(quiet)


def _text(instant: int) -> str:
    from ledger.facts.instants import format_instant

    return format_instant(instant)


def test_the_archive_of_another_log_is_not_gone_on_with(
    tmp_path: Path, dsn: str, cursor: "psycopg.Cursor", ledger: Ledger
) -> None:
    with writing(tmp_path) as archivist:
        manifest = archivist.catch_up(cursor)
    segment = manifest.log[-1]
    read = (*segment.read[:-1], replace(segment.read[-1], sha256="0" * 64))
    replace_manifest(
        tmp_path, replace(manifest, log=(*manifest.log[:-1], replace(segment, read=read)))
    )
    with pytest.raises(OtherLog, match="says something else"):
        known_now(dsn, ledger.clock, tmp_path)
