"""The tamper drill: whatever is changed behind the ledger's back is named by its position."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psycopg
import pytest

from api.verifying import Report, Trust, verify_database, verify_folder
from ledger.proof.bundles import bundled, unbundled
from ledger.proof.keys import SigningKey, VerifierKey
from ledger.proof.refusals import NotSigned, ProofRefused
from ledger.store.clocks import SystemClock
from projections.pieces import Pieces
from projections.tree.integrating import integrate
from projections.tree.publishing import publish
from projections.tree.reading import Tree
from projections.tree.signing import Signer
from projections.tree.sources import NoSuchFolder
from tests.conftest import database
from tests.store.opened import opened, system_now, violation

FACTS = 700
TRUST = Trust([])


def quiet(done: int, of: int | None) -> None:
    return


class Made(NamedTuple):
    """A signed log, to be copied: the database's name, the key, and a checkpoint of half of it."""

    name: str
    key: VerifierKey
    earlier: bytes


@pytest.fixture(scope="module")
def made(postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("data")
    with database(postgres, template) as (name, dsn):
        with opened(dsn) as ledger, psycopg.connect(dsn, autocommit=True) as connection:
            halves: list[bytes] = []
            for half in (0, 1):
                for n in range(FACTS // 2):
                    seller = f"s-{n % 7}"
                    ledger.handle(violation(seller, f"v-{half}-{n}", "seeds", points=0), "svc")
                integrate(connection)
                Signer(folder, SystemClock(system_now)).sign(connection)
                halves.append(Tree(ledger.reader).checkpoint())
            key = Tree(ledger.reader).log_keys()[0].key
        yield Made(name, key, halves[0])


class Log(NamedTuple):
    """A signed log in a test's database, and ways to change it behind everybody's back."""

    dsn: str
    key: VerifierKey
    earlier: bytes

    def run(self, statement: str, *given: Any) -> None:
        """Change it as the owner of the database can: triggers and all."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.encode(), given)

    def one(self, query: str, *given: Any) -> tuple[Any, ...]:
        """The one row that it answers with."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode(), given).fetchone() or ()

    def verify(self, trust: Trust = TRUST) -> Report:
        with Pieces() as work:
            return verify_database(self.dsn, trust, quiet, work)

    def named(self) -> set[tuple[str, int | None]]:
        return {(row.kind, row.position) for row in self.verify().findings}


@pytest.fixture
def log(postgres: str, made: Made) -> Iterator[Log]:
    with database(postgres, made.name) as (_, dsn):
        yield Log(dsn, made.key, made.earlier)


def test_a_log_that_nobody_touched_is_whole(log: Log) -> None:
    report = log.verify(Trust([log.key], log.earlier))
    assert report.findings == []
    assert report.facts == FACTS + 2 and report.not_signed == 0
    assert report.signed_by == [log.key.line]
    assert report.checkpoint is not None and report.checkpoint.size == report.facts


class Change(NamedTuple):
    """One byte of one column of a fact's row, as it is and as it will be."""

    position: int
    column: str
    old: Any
    new: Any

    @property
    def named(self) -> set[tuple[str, int | None]]:
        """What `verify` has to say of it."""
        if self.column == "notification_id":
            return {("missing", self.position), ("head", self.new)}
        return {("changed", self.position)}


COLUMNS = ["state"] * 22 + ["topic", "originator_id", "originator_version", "notification_id"] * 7
"""Of fifty changes; most bytes of a row are its state's."""


def one_byte(random: Random, column: str, old: Any) -> Any:
    """The same with one byte changed. No fact's place is taken: the database would refuse that."""
    if isinstance(old, bytes):
        at = random.randrange(len(old))
        return old[:at] + bytes([old[at] ^ random.randrange(1, 256)]) + old[at + 1 :]
    if isinstance(old, str):
        at = random.randrange(len(old))
        other = random.choice([chr(n) for n in range(1, 128) if chr(n) != old[at]])
        return old[:at] + other + old[at + 1 :]
    size, lowest = (4, 7) if column == "originator_version" else (8, 10)
    changed = old ^ (1 << random.randrange(lowest, 8 * size))
    return int.from_bytes(changed.to_bytes(size), signed=True)


def changed(log: Log, change: Change, *, back: bool = False) -> None:
    """Make a change, or take it back."""
    now, then = (change.new, change.old) if back else (change.old, change.new)
    position = now if change.column == "notification_id" else change.position
    log.run(
        f"UPDATE stored_events SET {change.column} = %s WHERE notification_id = %s", then, position
    )


def test_two_hundred_single_bytes_are_all_named(log: Log) -> None:
    random = Random(8)
    log.run("CREATE TABLE kept_events AS SELECT * FROM stored_events")
    for _ in range(4):
        positions = random.sample(range(1, FACTS + 3), len(COLUMNS))
        changes: list[Change] = []
        for position, column in zip(positions, COLUMNS, strict=True):
            (old,) = log.one(
                f"SELECT {column} FROM kept_events WHERE notification_id = %s", position
            )
            changes.append(Change(position, column, old, one_byte(random, column, old)))
            changed(log, changes[-1])
        assert log.named() == set[tuple[str, int | None]]().union(*(c.named for c in changes))
        for change in changes:
            changed(log, change, back=True)
        other = "SELECT count(*) FROM (TABLE stored_events EXCEPT TABLE kept_events) AS other"
        assert log.one(other) == (0,)
        assert log.named() == set()


@pytest.mark.parametrize("position", [1, 2, 255, 256, 257, 512, 513, FACTS + 2])
def test_one_byte_anywhere_is_named(log: Log, position: int) -> None:
    log.run("UPDATE stored_events SET state = set_byte(state, 9, get_byte(state, 9) # 1) "
            "WHERE notification_id = %s", position)  # fmt: skip
    assert log.named() == {("changed", position)}


def test_a_fact_of_another_version_or_position_is_named(log: Log) -> None:
    log.run("UPDATE stored_events SET originator_version = originator_version + 5000 "
            "WHERE notification_id = 300")  # fmt: skip
    assert log.named() == {("changed", 300)}


@pytest.mark.parametrize("position", [1, 300, FACTS + 2])
def test_a_fact_taken_out_is_named(log: Log, position: int) -> None:
    log.run("DELETE FROM stored_events WHERE notification_id = %s", position)
    assert log.named() == {("missing", position)}


def test_a_log_cut_short_is_named_though_its_head_agrees(log: Log) -> None:
    log.run("DELETE FROM stored_events WHERE notification_id > %s", FACTS)
    log.run("UPDATE log_head SET next_position = %s", FACTS + 1)
    assert log.named() == {("missing", FACTS + 1), ("missing", FACTS + 2), ("head", None)}


def test_facts_that_changed_places_are_named(log: Log) -> None:
    log.run("UPDATE stored_events SET notification_id = -1 WHERE notification_id = 20")
    log.run("UPDATE stored_events SET notification_id = 20 WHERE notification_id = 600")
    log.run("UPDATE stored_events SET notification_id = 600 WHERE notification_id = -1")
    report = log.verify()
    assert {row.says for row in report.findings} == {
        "at position 20 stands the fact of position 600",
        "at position 600 stands the fact of position 20",
    }


def test_a_doubled_fact_is_named(log: Log) -> None:
    log.run("DROP INDEX stored_events_notification_id_idx")
    log.run("INSERT INTO stored_events (originator_id, originator_version, topic, state, "
            "notification_id) SELECT originator_id, originator_version + 9000, topic, state, "
            "notification_id FROM stored_events WHERE notification_id = 300")  # fmt: skip
    assert ("doubled", 300) in log.named()


def test_a_fact_behind_the_logs_end_is_named(log: Log) -> None:
    log.run("INSERT INTO stored_events (originator_id, originator_version, topic, state, "
            "notification_id) SELECT 'seller-x', 1, topic, state, 9999 "
            "FROM stored_events WHERE notification_id = 300")  # fmt: skip
    assert log.named() == {("head", 9999)}


@pytest.mark.parametrize("position", [0, -9])
def test_a_fact_before_the_logs_beginning_is_named(log: Log, position: int) -> None:
    log.run("INSERT INTO stored_events (originator_id, originator_version, topic, state, "
            "notification_id) SELECT originator_id, 9000, topic, state, %s "
            "FROM stored_events WHERE notification_id = 300", position)  # fmt: skip
    assert log.named() == {("head", position)}


def test_a_changed_tile_is_told_from_a_changed_fact(log: Log) -> None:
    log.run("UPDATE tree_tile SET hashes = set_byte(hashes, 100, get_byte(hashes, 100) # 1) "
            "WHERE level = 0 AND tile_index = 1")  # fmt: skip
    report = log.verify()
    assert {row.says for row in report.findings if row.kind == "tile"} == {
        "tile 0/001 is not what it was"
    }
    assert [row for row in report.findings if row.kind == "changed"] == []


def test_a_tile_that_is_gone_is_named(log: Log) -> None:
    log.run("DELETE FROM tree_tile WHERE level = 0 AND tile_index = 1")
    assert "tile 0/001 is not what it was" in {row.says for row in log.verify().findings}


def test_who_changes_facts_and_tree_together_meets_the_checkpoint(log: Log) -> None:
    log.run("UPDATE stored_events SET state = set_byte(state, 9, get_byte(state, 9) # 1) "
            "WHERE notification_id = 500")  # fmt: skip
    log.run("DELETE FROM tree_tile")
    log.run("UPDATE tree_edge SET size = 0, tiles = '{}'")
    with psycopg.connect(log.dsn, autocommit=True) as connection:
        integrate(connection)
    (found,) = log.verify().findings
    assert found.says == "the log is not what was signed at 702 facts; up to 352 it is"


def test_a_changed_checkpoint_is_named(log: Log) -> None:
    log.run("UPDATE log_checkpoint SET note = overlay(note PLACING '3'::bytea FROM 32 FOR 1) "
            "WHERE size = 702")  # fmt: skip
    (found,) = log.verify().findings
    assert found.kind == "checkpoint"
    assert "the signature under the name of" in found.says


def test_a_checkpoint_that_was_kept_is_held_against_the_log(log: Log) -> None:
    log.run("UPDATE stored_events SET state = set_byte(state, 9, get_byte(state, 9) # 1) "
            "WHERE notification_id = 100")  # fmt: skip
    log.run("DELETE FROM tree_tile")
    log.run("DELETE FROM log_checkpoint")
    log.run("UPDATE tree_edge SET size = 0, tiles = '{}'")
    with psycopg.connect(log.dsn, autocommit=True) as connection:
        integrate(connection)
    assert log.verify().findings == []  # nothing here remembers
    (found,) = log.verify(Trust([log.key], log.earlier)).findings
    assert found.kind == "checkpoint" and "352 facts" in found.says


def test_another_logs_key_is_refused(log: Log) -> None:
    other = SigningKey(log.key.name, bytes(32)).public
    with pytest.raises(NotSigned):
        log.verify(Trust([other], log.earlier))
    assert {row.kind for row in log.verify(Trust([other])).findings} == {"checkpoint"}


@pytest.fixture
def published(log: Log, tmp_path: Path) -> Path:
    publish(log.dsn, tmp_path / "published", quiet)
    return tmp_path / "published"


def folder_verified(place: Path, trust: Trust) -> Report:
    with Pieces() as work:
        return verify_folder(place, trust, quiet, work)


def key_of(place: Path) -> Trust:
    return Trust([VerifierKey.of((place / "key").read_text())])


def test_a_published_log_is_whole_without_its_database(published: Path, log: Log) -> None:
    trust = Trust([log.key], log.earlier)
    report = folder_verified(published, trust)
    assert report.findings == []
    assert (report.facts, report.log) == (FACTS + 2, log.key.name)
    with pytest.raises(NoSuchFolder, match="not empty"):
        publish(log.dsn, published, quiet)


@pytest.mark.parametrize(("name", "first"), [("000", 0), ("001", 256), ("002.p/190", 512)])
def test_a_byte_in_a_bundle_is_named(published: Path, name: str, first: int) -> None:
    place = published / "tile" / "entries" / name
    leaves = unbundled(place.read_bytes())
    leaves[7] = leaves[7][:-2] + b"x" + leaves[7][-1:]
    place.write_bytes(bundled(leaves))
    report = folder_verified(published, key_of(published))
    assert [(row.kind, row.position) for row in report.findings] == [("changed", first + 8)]


def test_leaves_in_another_order_are_named(published: Path) -> None:
    place = published / "tile" / "entries" / "001"
    leaves = unbundled(place.read_bytes())
    leaves[3], leaves[200] = leaves[200], leaves[3]
    place.write_bytes(bundled(leaves))
    found = folder_verified(published, key_of(published)).findings
    assert [(row.kind, row.position) for row in found] == [("moved", 260), ("moved", 457)]


def test_a_bundle_that_is_gone_is_named(published: Path) -> None:
    (published / "tile" / "entries" / "001").unlink()
    found = folder_verified(published, key_of(published)).findings
    assert {row.kind for row in found} == {"missing"}
    assert [row.position for row in found] == list(range(257, 513))


@pytest.mark.parametrize("name", ["0/001", "0/002.p/190", "1/000.p/2"])
def test_a_byte_in_a_tile_is_told_from_one_in_a_fact(published: Path, name: str) -> None:
    place = published / "tile" / name
    told = bytearray(place.read_bytes())
    told[40] ^= 1
    place.write_bytes(told)
    found = folder_verified(published, key_of(published)).findings
    assert found
    assert {row.kind for row in found} <= {"tile", "checkpoint"}
    assert [row.says for row in found if row.kind == "tile"] == [f"tile {name} is not what it was"]


def test_a_forged_or_cut_checkpoint_is_refused(published: Path) -> None:
    place = published / "checkpoint"
    told = place.read_bytes()
    for forged in (told[:-3], told.replace(b"702", b"701"), b""):
        place.write_bytes(forged)
        with pytest.raises(ProofRefused):
            folder_verified(published, key_of(published))
    place.unlink()
    with pytest.raises(NoSuchFolder):
        folder_verified(published, key_of(published))
