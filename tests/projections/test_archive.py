"""The archive: whole or as it was, dense, resumable, and the same whatever the steps."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import msgspec
import psycopg
import pytest

from ledger.ledger import Ledger
from projections.archive import archive, files
from projections.archive.archive import writing
from projections.archive.manifest import (
    FORMAT,
    Manifest,
    read_manifest,
    replace_manifest,
)
from projections.archive.merging import RangeReader, in_order, ranges
from projections.archive.names import all_names
from projections.archive.refusals import ArchiveBusy, NoArchive, OtherLog
from projections.archive.verifying import findings
from projections.taking import GapInLog
from projections.what_if.loading import Replayable
from tests.store.opened import annulment, opened, violation

RULES = ("weapons", "false-delivery", "medicines", "harassment")


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


def written(folder: Path, cursor: "psycopg.Cursor", at_once: int = 1000) -> Manifest:
    with writing(folder) as archivist:
        return archivist.catch_up(cursor, at_once)


def content(folder: Path) -> tuple[list[dict], list[dict], list[str], list[str]]:
    """All that an archive says, however it is cut into files."""
    manifest = read_manifest(folder)
    log = [row for piece in files.pieces_of(folder, manifest.log) for row in piece.to_pylist()]
    rows: list[dict] = []
    readers = [RangeReader(folder, segment) for segment in manifest.replay]
    for low, high in ranges(manifest.replay):
        rows += in_order([reader.rows(low, high) for reader in readers]).to_pylist()
    names = [all_names(folder, part).to_pylist() for part in (manifest.sellers, manifest.reporters)]
    return log, rows, names[0], names[1]


def debris(folder: Path) -> set[str]:
    named = {segment.file for segment in read_manifest(folder).segments}
    return {path.name for path in folder.iterdir()} - named - {"manifest.json", "lock", "readers"}


def test_the_same_facts_give_the_same_archive_whatever_the_steps(
    tmp_path: Path, cursor: "psycopg.Cursor"
) -> None:
    whole = written(tmp_path / "one", cursor)
    known = content(tmp_path / "one")
    for at_once in (1, 3, 7, 50):
        folder = tmp_path / str(at_once)
        assert written(folder, cursor, at_once).position == whole.position
        assert content(folder) == known
        assert list(findings(folder, cursor)) == []
        assert not debris(folder)
    again = written(tmp_path / "again", cursor)
    assert [s.sha256 for s in again.segments] == [s.sha256 for s in whole.segments]


def test_an_analyst_reads_it_with_sql_alone(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    manifest = written(tmp_path, cursor, 20)
    log = f"read_parquet('{tmp_path}/log-*.parquet')"
    row = duckdb.execute(
        f"SELECT count(*), max(position), count(DISTINCT seller) FROM {log}"
    ).fetchone()
    assert row == (manifest.position, manifest.position, 4)
    by_rule = f"SELECT rule, sum(points) FROM {log} WHERE rule IS NOT NULL GROUP BY 1 ORDER BY 1"
    assert duckdb.execute(by_rule).fetchall() == [
        ("false-delivery", 180), ("harassment", 30), ("medicines", 90), ("weapons", 360),
    ]  # fmt: skip
    given = duckdb.execute(f"SELECT count(*) FROM {log} WHERE given").fetchone()
    assert given == (0,)


def test_nothing_personal_is_in_it(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    """Statements and reasons are sealed beside the log, and stay there."""
    written(tmp_path, cursor)
    log, rows, _, _ = content(tmp_path)
    told = repr(log) + repr(rows)
    assert "seen" not in told
    assert "found wrong" not in told


class Killed(BaseException):
    """As if the process had ended here."""


def killing(at: int) -> Callable[..., None]:
    """Raises at the n-th file operation from now."""
    left = [at]

    def counted(*_: object, **__: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return counted


@pytest.mark.parametrize("what", ["before", "after"])
def test_a_crash_at_any_file_leaves_it_whole_and_resumable(
    tmp_path: Path, cursor: "psycopg.Cursor", monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    wanted = tmp_path / "wanted"
    written(wanted, cursor, 25)
    known = content(wanted)
    replace, at = Path.replace, 0
    while True:
        folder = tmp_path / f"{what}-{at}"
        dies = killing(at)

        def crash(path: Path, target: Path, dies: Callable[..., None] = dies) -> Path:
            if what == "before":
                dies()
            found = replace(path, target)
            if what == "after":
                dies()
            return found

        monkeypatch.setattr(Path, "replace", crash)
        try:
            written(folder, cursor, 25)
        except Killed:
            monkeypatch.setattr(Path, "replace", replace)
            # What is there now is some whole archive, whatever lies beside it.
            before = read_manifest(folder).position
            assert list(findings(folder, cursor)) == []
            assert written(folder, cursor, 25).position > before or before == len(known[0])
            assert content(folder) == known
            assert not debris(folder)
            at += 1
            continue
        monkeypatch.setattr(Path, "replace", replace)
        break
    assert at > 10


def test_a_file_half_written_is_no_part_of_it(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    written(tmp_path, cursor, 25)
    known = content(tmp_path)
    (tmp_path / "log-000000000099-000000000120.parquet.part").write_bytes(b"PAR1 half of it")
    (tmp_path / "replay-000000000099-000000000120.parquet").write_bytes(b"whole, and not named")
    (tmp_path / "notes.txt").write_text("somebody else's")
    assert content(tmp_path) == known
    written(tmp_path, cursor)
    assert debris(tmp_path) == {"notes.txt"}


def test_it_is_killed_while_it_writes_and_goes_on(
    tmp_path: Path, dsn: str, cursor: "psycopg.Cursor"
) -> None:
    """A process of its own, ended by the system in the middle of a file."""
    wanted = tmp_path / "wanted"
    written(wanted, cursor, 10)
    for at in (1, 4, 9):
        folder = tmp_path / str(at)
        child = os.fork()
        if child == 0:
            try:
                _write_and_die(dsn, folder, at)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == 9
        assert list(findings(folder, cursor)) == []
        written(folder, cursor, 10)
        assert content(folder) == content(wanted)
        assert not debris(folder)


def _write_and_die(dsn: str, folder: Path, at: int) -> None:
    fsync, left = os.fsync, [at]

    def dying(descriptor: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), 9)
        fsync(descriptor)

    os.fsync = dying
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        written(folder, cursor, 10)


def test_one_writes_at_a_time(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    with writing(tmp_path), pytest.raises(ArchiveBusy), writing(tmp_path):
        pass
    written(tmp_path, cursor)


def test_a_gap_in_the_log_is_not_passed_over(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    written(tmp_path, cursor)
    cursor.execute("UPDATE log_head SET next_position = next_position + 2")
    with pytest.raises(GapInLog):
        written(tmp_path, cursor)
    cursor.connection.rollback()


def test_another_log_is_refused(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    manifest = written(tmp_path, cursor)
    cursor.execute("UPDATE log_head SET next_position = 5")
    with pytest.raises(OtherLog, match=f"position {manifest.position}"):
        written(tmp_path, cursor)
    cursor.connection.rollback()


@pytest.mark.parametrize(
    ("told", "why"),
    [(b"{", "cannot be read"), (b'{"format": 9}', f"this program reads {FORMAT}")],
)
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, told: bytes, why: str) -> None:
    (tmp_path / "manifest.json").write_bytes(told)
    with pytest.raises(NoArchive, match=why):
        read_manifest(tmp_path)


def test_verification_finds_what_was_changed(tmp_path: Path, cursor: "psycopg.Cursor") -> None:
    manifest = written(tmp_path, cursor, 30)
    assert list(findings(tmp_path, cursor)) == []
    cursor.execute(
        "UPDATE stored_events SET state = replace(encode(state, 'escape'), 'svc', 'svx')::bytea "
        "WHERE notification_id = 40"
    )
    assert list(findings(tmp_path, cursor)) == ["positions 31 to 60 say something else in the log"]
    cursor.connection.rollback()
    path = tmp_path / manifest.replay[0].file
    stored = bytearray(path.read_bytes())
    stored[len(stored) // 2] ^= 1
    path.write_bytes(bytes(stored))
    assert any(manifest.replay[0].file in finding for finding in findings(tmp_path, cursor))
    path.unlink()
    assert any("is missing" in finding for finding in findings(tmp_path, None))
    replace_manifest(tmp_path, Manifest(position=3))
    assert any("ends at 0" in finding for finding in findings(tmp_path, None))


def test_terms_that_were_edited_in_the_manifest_are_found(
    tmp_path: Path, cursor: "psycopg.Cursor"
) -> None:
    manifest = written(tmp_path, cursor, 30)
    first, *others = manifest.terms
    edited = (msgspec.structs.replace(first, source="nobody"), *others)
    replace_manifest(tmp_path, msgspec.structs.replace(manifest, terms=edited))
    says = "terms 0 of the manifest are not those that the log names"
    assert list(findings(tmp_path, cursor)) == [says]
    more = msgspec.structs.replace(first, source="somebody")
    replace_manifest(tmp_path, msgspec.structs.replace(manifest, terms=(*manifest.terms, more)))
    (found,) = findings(tmp_path, cursor)
    assert found.startswith(f"terms {len(manifest.terms)} of the manifest")


def test_what_is_merged_away_can_still_be_read_by_who_had_opened_it(
    tmp_path: Path, cursor: "psycopg.Cursor"
) -> None:
    with writing(tmp_path) as archivist:
        archivist.step(cursor, 30)
        archive_then = Replayable(tmp_path)
        archive_then.facts(0)
        archivist.catch_up(cursor, 30)
    assert sum(len(archive_then.facts(n)[0].kind) for n in range(len(archive_then.ranges))) <= 30
    assert archive.AT_ONCE > 30


def test_a_manifest_that_was_set_back_is_not_believed(
    tmp_path: Path, cursor: "psycopg.Cursor"
) -> None:
    manifest = written(tmp_path, cursor)
    replace_manifest(tmp_path, msgspec.structs.replace(manifest, position=5))
    with pytest.raises(NoArchive, match="go on to position"), writing(tmp_path):
        pass
