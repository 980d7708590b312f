"""The tree follows the log behind everybody; what was signed is never contradicted."""

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.ledger import Ledger
from ledger.proof.checkpoints import seen
from ledger.proof.edge import Edge
from ledger.proof.keys import COSIGNATURE, SigningKey
from ledger.proof.notes import Note, cosign
from ledger.proof.refusals import BeyondTree, MalformedKey, NotSigned
from ledger.proof.tiles import Tile
from ledger.store.clocks import SystemClock
from projections.tree import checkpoints
from projections.tree.integrating import integrate
from projections.tree.key_folder import BadKeyFolder, KeyFolder
from projections.tree.leaves import BrokenLog, leaf_of, read_leaves
from projections.tree.reading import NoCheckpointYet, NotProvedYet, Tree, UnknownCheckpoint
from projections.tree.rotating import LastKey, UnknownKey, begin_anew, retire, rotate
from projections.tree.signing import KeyElsewhere, LogSetBack, Signer
from projections.tree.tiles import read_edge
from projections.tree.worker import Notary
from tests.conftest import database
from tests.proof.trees import mth
from tests.store.opened import opened, system_now, violation

WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)
CLOCK = SystemClock(system_now)
Connection = psycopg.Connection[Any]


@pytest.fixture
def ledger(dsn: str) -> Iterator[Ledger]:
    with opened(dsn) as found:
        yield found


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as found:
        yield found


def record(ledger: Ledger, count: int, named: str = "v") -> None:
    for n in range(count):
        ledger.handle(violation("s-1", f"{named}-{n}", "seeds", points=0), "svc")


def keep_up(connection: Connection, most: int = 10_000) -> None:
    while integrate(connection, most):
        pass


def edge(connection: Connection) -> Edge:
    with connection.cursor() as cursor:
        return read_edge(cursor).edge


def leaves(connection: Connection) -> list[bytes]:
    with connection.cursor() as cursor:
        return [leaf.encode() for leaf in read_leaves(cursor, 0, 10**9)]


def test_the_tree_is_that_of_the_log_whatever_the_batches(
    ledger: Ledger, connection: Connection
) -> None:
    record(ledger, 300)
    assert integrate(connection, 7)
    keep_up(connection, 100)
    facts = leaves(connection)
    assert edge(connection).size == len(facts) == ledger.reader.head().last_position > 256
    assert edge(connection).root == mth(facts)
    assert not integrate(connection)


def test_tiles_and_checkpoints_are_written_once(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    record(ledger, 300)
    keep_up(connection)
    Signer(tmp_path, CLOCK).sign(connection)
    for statement in (
        "UPDATE tree_tile SET level = 3",
        "DELETE FROM tree_tile",
        "UPDATE log_checkpoint SET size = 1",
        "DELETE FROM log_checkpoint",
        "TRUNCATE tree_tile",
        "TRUNCATE log_checkpoint CASCADE",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="written once"):
            connection.execute(statement.encode())


def test_a_gap_in_the_log_stops_the_tree(ledger: Ledger, connection: Connection) -> None:
    record(ledger, 3)
    connection.execute("DELETE FROM stored_events WHERE notification_id = 3")
    with pytest.raises(BrokenLog, match="position 3 is missing"):
        integrate(connection)
    assert edge(connection).size == 0


def test_a_fact_that_no_leaf_can_tell_stops_the_tree(
    ledger: Ledger, connection: Connection
) -> None:
    record(ledger, 1)
    connection.execute("UPDATE stored_events SET topic = 'a b' WHERE notification_id = 3")
    with pytest.raises(BrokenLog, match="position 3"):
        integrate(connection)


def test_a_fact_without_an_instant_is_proved_all_the_same(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    record(ledger, 1)
    connection.execute("UPDATE stored_events SET state = 'x' WHERE notification_id = 3")
    keep_up(connection)
    assert b"\nrecorded_at 0\n\nx" in leaves(connection)[2]
    assert Signer(tmp_path, CLOCK).sign(connection) == 3
    assert edge(connection).root == mth(leaves(connection))


def test_a_fact_is_proved_to_whoever_has_the_key(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    record(ledger, 5)
    tree = Tree(ledger.reader)
    fact = ledger.reader.facts(4, 1, to=5)[0]
    with pytest.raises(NotProvedYet, match="position 5"):
        tree.proof(fact)
    with pytest.raises(NoCheckpointYet):
        tree.checkpoint()
    keep_up(connection)
    signed = Signer(tmp_path, CLOCK).sign(connection)
    assert signed is not None
    key = tree.log_keys()[0].key
    told = tree.proof(fact).check(leaf_of(fact).encode(), [key])
    assert told.checkpoint.size == signed == ledger.reader.head().last_position
    assert tree.checkpoint() == tree.proof(fact).checkpoint
    with pytest.raises(UnknownCheckpoint):
        tree.checkpoint(signed - 1)
    with pytest.raises(BeyondTree):
        tree.tile(Tile(0, 0, signed + 1))
    with pytest.raises(BeyondTree):
        tree.tile(Tile(1, 0, 1))


def test_nothing_new_is_not_signed_again(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    signer = Signer(tmp_path, CLOCK)
    assert signer.sign(connection) is None
    keep_up(connection)
    assert signer.sign(connection) == 2
    assert signer.sign(connection) is None
    record(ledger, 1)
    assert signer.sign(connection) is None
    keep_up(connection)
    assert signer.sign(connection) == 3
    tree = Tree(ledger.reader)
    earlier = seen(tree.checkpoint(2), [tree.log_keys()[0].key]).checkpoint
    assert tree.consistency(2).check(earlier, [tree.log_keys()[0].key]).checkpoint.size == 3


def test_the_key_is_its_owners_alone(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    keep_up(connection)
    Signer(tmp_path, CLOCK).sign(connection)
    (place,) = (tmp_path / "keys").rglob("*.key")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    for folder in (tmp_path / "keys", place.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    record(ledger, 1)
    keep_up(connection)
    place.chmod(0o640)
    with pytest.raises(BadKeyFolder, match="read by others"):
        Signer(tmp_path, CLOCK).sign(connection)
    place.chmod(0o600)
    place.write_text("PRIVATE+KEY+x+00000000+AA==\n")
    with pytest.raises(BadKeyFolder, match="no private key"):
        Signer(tmp_path, CLOCK).sign(connection)


def test_a_server_without_the_key_signs_nothing(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    keep_up(connection)
    Signer(tmp_path / "a", CLOCK).sign(connection)
    record(ledger, 1)
    keep_up(connection)
    with pytest.raises(KeyElsewhere, match=r"not in .*/b/keys"):
        Signer(tmp_path / "b", CLOCK).sign(connection)
    assert Signer(tmp_path / "a", CLOCK).sign(connection) == 3


@pytest.fixture
def backup(postgres: str, dsn: str) -> Iterator[Any]:
    """Takes a copy of the test's database, as of the call; nobody may be connected."""
    made: list[str] = []

    def copy() -> str:
        given = database(postgres)
        with psycopg.connect(postgres, autocommit=True) as server:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(given.name), sql.Identifier(str(conninfo_to_dict(dsn)["dbname"]))
                )
            )
        made.append(given.name)
        return make_conninfo(postgres, dbname=given.name)

    yield copy
    with psycopg.connect(postgres, autocommit=True) as server:
        for name in made:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def write_and_sign(dsn: str, folder: Path, count: int, named: str) -> None:
    with opened(dsn) as ledger, psycopg.connect(dsn, autocommit=True) as connection:
        record(ledger, count, named=named)
        keep_up(connection)
        Signer(folder, CLOCK).sign(connection)


def test_a_log_set_back_to_a_backup_is_not_signed(dsn: str, backup: Any, tmp_path: Path) -> None:
    write_and_sign(dsn, tmp_path, 3, "v")
    old = backup()
    write_and_sign(dsn, tmp_path, 2, "w")
    with psycopg.connect(old, autocommit=True) as restored:
        refused = pytest.raises(LogSetBack, match="7 facts was signed, and the log ends at 5")
        with refused:
            Signer(tmp_path, CLOCK).sign(restored)
    # Written on, it is as long as before, and another story.
    with pytest.raises(LogSetBack, match="does not begin with that of 7"):
        write_and_sign(old, tmp_path, 4, "x")
    with psycopg.connect(old, autocommit=True) as restored:
        name = begin_anew(restored)
        assert Signer(tmp_path, CLOCK).sign(restored) == 9
        with restored.cursor() as cursor:
            signed = checkpoints.newest(cursor, name)
            assert signed is not None and signed.note.startswith(name.encode())


def test_a_backup_that_is_taken_to_its_end_again_is_signed(
    dsn: str, backup: Any, tmp_path: Path
) -> None:
    write_and_sign(dsn, tmp_path, 3, "v")
    write_and_sign(backup(), tmp_path, 1, "w")


def test_a_rewritten_fact_is_not_signed_over(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    record(ledger, 3)
    keep_up(connection)
    signer = Signer(tmp_path, CLOCK)
    signer.sign(connection)
    # Somebody who owns the database rewrites history, tree and all.
    connection.execute("UPDATE stored_events SET state = state || ' '::bytea "
                       "WHERE notification_id = 4")  # fmt: skip
    connection.execute("UPDATE tree_edge SET size = 0, tiles = '{}'")
    record(ledger, 1, named="w")
    keep_up(connection)
    with pytest.raises(LogSetBack, match="not those of the log any more"):
        signer.sign(connection)


def test_a_tree_behind_its_checkpoint_is_waited_for(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    record(ledger, 3)
    keep_up(connection)
    signer = Signer(tmp_path, CLOCK)
    assert signer.sign(connection) == 5
    connection.execute("UPDATE tree_edge SET size = 0, tiles = '{}'")
    assert signer.sign(connection) is None
    keep_up(connection)
    record(ledger, 1, named="w")
    keep_up(connection)
    assert signer.sign(connection) == 6


def test_a_signer_killed_before_its_commit_says_the_same_again(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    record(ledger, 3)
    keep_up(connection)
    with connection.transaction(force_rollback=True):
        assert Signer(tmp_path, CLOCK).sign(connection) == 5
    (key,) = (tmp_path / "keys").rglob("*.key")
    assert Signer(tmp_path, CLOCK).sign(connection) == 5
    assert list((tmp_path / "keys").rglob("*.key")) == [key]


def test_keys_are_rotated_with_both_signing_for_a_while(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    keep_up(connection)
    signer, tree = Signer(tmp_path, CLOCK), Tree(ledger.reader)
    signer.sign(connection)
    old = tree.log_keys()[0].key
    with pytest.raises(LastKey):
        retire(connection, tmp_path, old.key_id.hex(), 2)
    new, lost = rotate(connection, tmp_path, 1)
    assert lost == []
    record(ledger, 1)
    keep_up(connection)
    signer.sign(connection)
    assert list(seen(tree.checkpoint(), [old, new]).keys) == [new, old]
    retire(connection, tmp_path, old.key_id.hex(), 2)
    with pytest.raises(UnknownKey):
        retire(connection, tmp_path, old.key_id.hex(), 2)
    record(ledger, 1, named="w")
    keep_up(connection)
    signer.sign(connection)
    assert list(seen(tree.checkpoint(), [new]).keys) == [new]
    with pytest.raises(NotSigned):
        seen(tree.checkpoint(), [old])
    assert [(k.key, k.retired_at) for k in tree.log_keys()] == [(new, None), (old, 2)]
    assert len(list((tmp_path / "keys").rglob("*.key"))) == 1


def test_a_lost_key_is_replaced(ledger: Ledger, connection: Connection, tmp_path: Path) -> None:
    keep_up(connection)
    Signer(tmp_path, CLOCK).sign(connection)
    old = Tree(ledger.reader).log_keys()[0].key
    for place in (tmp_path / "keys").rglob("*.key"):
        place.unlink()
    new, lost = rotate(connection, tmp_path, 1)
    assert lost == [old]
    record(ledger, 1)
    keep_up(connection)
    assert Signer(tmp_path, CLOCK).sign(connection) == 3
    assert seen(Tree(ledger.reader).checkpoint(), [new])


def test_a_witness_that_is_trusted_is_heard(
    ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    keep_up(connection)
    Signer(tmp_path, CLOCK).sign(connection)
    tree = Tree(ledger.reader)
    said = cosign(Note.decode(tree.checkpoint()), WITNESS, 1_767_225_600).signatures[-1].line
    with pytest.raises(NotSigned, match="no witness is trusted"):
        tree.cosign(2, [said])
    with connection.cursor() as cursor:
        checkpoints.trust(cursor, WITNESS.public.line, 1)
        with pytest.raises(MalformedKey, match="not a witness's"):
            checkpoints.trust(cursor, tree.log_keys()[0].key.line, 1)
    assert tree.cosign(2, [said]) == 1
    key = tree.log_keys()[0].key
    assert list(seen(tree.checkpoint(), [key, WITNESS.public]).keys) == [key, WITNESS.public]
    with pytest.raises(UnknownCheckpoint):
        tree.cosign(1, [said])
    with connection.cursor() as cursor:
        assert checkpoints.distrust(cursor, WITNESS.public.line)
    assert list(seen(tree.checkpoint(), [key, WITNESS.public]).keys) == [key]


def test_two_notaries_on_one_database_do_not_fight(
    dsn: str, ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    with structlog.testing.capture_logs() as logs:
        notaries = [Notary(dsn, CLOCK, tmp_path / name, 0.05) for name in ("a", "b")]
        for notary in notaries:
            notary.start()
        for n in range(5):
            record(ledger, 60, named=f"v{n}")
        end, until = ledger.reader.head().last_position, time.monotonic() + 10
        while checkpoints_of(connection)[-1:] != [end]:
            assert time.monotonic() < until, logs
            time.sleep(0.05)
        for notary in notaries:
            notary.stop()
    assert edge(connection).root == mth(leaves(connection))
    assert [entry for entry in logs if entry["log_level"] == "error"] == []
    assert len(list(tmp_path.rglob("*.key"))) == 1


def test_another_server_with_the_key_takes_over(
    dsn: str, ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    first, second = (Notary(dsn, CLOCK, tmp_path, 0.05) for _ in range(2))
    for notary in (first, second):
        notary.start()
    _until(connection, 2)
    first.stop()
    record(ledger, 3)
    _until(connection, 5)
    second.stop()


def test_a_signer_that_refuses_says_so_once(
    dsn: str, ledger: Ledger, connection: Connection, tmp_path: Path
) -> None:
    keep_up(connection)
    Signer(tmp_path, CLOCK).sign(connection)
    record(ledger, 1)
    notary = Notary(dsn, CLOCK, tmp_path / "elsewhere", 0.01)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            notary.step(connection)
            notary._sign_at = 0.0
    (told,) = [entry for entry in logs if entry["event"] == "no checkpoint is signed here"]
    assert "private half is not in" in told["why"]
    assert edge(connection).size == 3


def checkpoints_of(connection: Connection) -> list[int]:
    rows = connection.execute("SELECT size FROM log_checkpoint ORDER BY size").fetchall()
    return [size for (size,) in rows]


def _until(connection: Connection, size: int) -> None:
    until = time.monotonic() + 10
    while checkpoints_of(connection)[-1:] != [size]:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(BadKeyFolder, match="cannot be written"):
        KeyFolder(tmp_path, "0" * 32).make("seller-ledger/0")
