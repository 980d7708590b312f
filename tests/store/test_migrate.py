"""Bringing a database to our migrations: once, in turns, never backwards, telling no secret."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.store import migrate as migrating
from ledger.store.migrate import DatabaseIsNewer, MigrationFailed, dbmate_url, migrate
from ledger.store.server import EmbeddedPostgres

NOTES = "-- migrate:up\nCREATE TABLE note (words text);\n\n-- migrate:down\nDROP TABLE note;\n"
AUTHORS = "-- migrate:up\nALTER TABLE note ADD author text;\n\n-- migrate:down\nSELECT 1;\n"


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations in a folder"
    folder.mkdir()
    (folder / "0001_notes.sql").write_text(NOTES)
    return folder


def columns(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'note' ORDER BY ordinal_position"
        )
        return [str(name) for (name,) in rows]


def test_a_fresh_database_gets_every_migration_and_an_older_one_the_rest(
    empty_dsn: str, migrations: Path
) -> None:
    assert migrate(empty_dsn, migrations) == ["0001"]
    assert columns(empty_dsn) == ["words"]
    (migrations / "0002_authors.sql").write_text(AUTHORS)
    assert migrate(empty_dsn, migrations) == ["0002"]
    assert columns(empty_dsn) == ["words", "author"]


def test_a_database_that_has_them_all_starts_no_program(
    empty_dsn: str, migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_dsn, migrations)
    monkeypatch.setattr(migrating, "run_dbmate", lambda *_: pytest.fail("dbmate was started"))
    assert migrate(empty_dsn, migrations) == []


def test_a_newer_database_is_refused_untouched(empty_dsn: str, migrations: Path) -> None:
    migrate(empty_dsn, migrations)
    with psycopg.connect(empty_dsn) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES ('0007')")
    (migrations / "0003_authors.sql").write_text(AUTHORS)
    with pytest.raises(DatabaseIsNewer) as refused:
        migrate(empty_dsn, migrations)
    assert str(refused.value) == (
        "This database was made by a newer seller-ledger (migration 0007); this program knows up "
        "to 0003. Upgrade the program, or give it another database."
    )
    assert (refused.value.found, refused.value.known) == ("0007", "0003")
    assert columns(empty_dsn) == ["words"]


def test_a_migration_that_fails_leaves_nothing_half_done(empty_dsn: str, migrations: Path) -> None:
    broken = "-- migrate:up\nCREATE TABLE half (n int);\nSELECT 1 / 0;\n\n-- migrate:down\n"
    (migrations / "0002_broken.sql").write_text(broken)
    with pytest.raises(MigrationFailed, match="division by zero"):
        migrate(empty_dsn, migrations)
    with psycopg.connect(empty_dsn) as connection:
        found = connection.execute("SELECT to_regclass('half'), to_regclass('note')").fetchone()
    assert found == (None, "note")
    (migrations / "0002_broken.sql").unlink()
    (migrations / "0002_authors.sql").write_text(AUTHORS)
    assert migrate(empty_dsn, migrations) == ["0002"]


def test_programs_that_start_at_once_take_turns(
    empty_dsn: str, migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (migrations / "0001_notes.sql").write_text(
        NOTES.replace("CREATE", "SELECT pg_sleep(0.5); CREATE")
    )
    run_dbmate = migrating.run_dbmate
    runs: list[int] = []

    def counted(*arguments: object) -> None:
        runs.append(1)
        run_dbmate(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(migrating, "run_dbmate", counted)
    together = threading.Barrier(4)

    def one(_: int) -> list[str]:
        together.wait()
        return migrate(empty_dsn, migrations)

    with ThreadPoolExecutor(4) as programs:
        applied = list(programs.map(one, range(4)))
    assert sorted(applied) == [[], [], [], ["0001"]]
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [("one.sql", "is not named like"), ("0001_again.sql", "is the second migration 0001")],
)
def test_a_misnamed_migration_is_refused(migrations: Path, name: str, said: str) -> None:
    (migrations / name).write_text(NOTES)
    (migrations / "0001_notes.sql").touch()
    with pytest.raises(MigrationFailed, match=said):
        migrating.versions(migrations)


SECRET = "a b'c/d@e:f%&?#ü"


@pytest.fixture
def role(empty_dsn: str) -> Iterator[str]:
    """A role with an awkward name and password that may do what it likes in this database."""
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("""CREATE ROLE "some@one" LOGIN SUPERUSER PASSWORD 'x'""")
        yield "some@one"
        connection.execute('REASSIGN OWNED BY "some@one" TO CURRENT_USER')
        connection.execute('DROP ROLE "some@one"')


@pytest.mark.parametrize("form", ["keywords", "url"])
def test_the_password_reaches_dbmate_by_its_environment_alone(
    empty_dsn: str, migrations: Path, role: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = make_conninfo(empty_dsn, user=role, password=SECRET)
    if form == "url":
        parts = conninfo_to_dict(dsn)
        dsn = "postgresql://{user}:{password}@/{dbname}?host={host}&port={port}".format(
            **{name: migrating.quote(str(value), safe="") for name, value in parts.items()}
        )
    seen: list[list[str]] = []
    run = subprocess.run

    def watched(command: list[str], **how: object) -> object:
        seen.append(command)
        return run(command, **how)  # pyright: ignore[reportCallIssue, reportArgumentType]

    monkeypatch.setattr(migrating.subprocess, "run", watched)
    assert migrate(dsn, migrations) == ["0001"]
    assert len(seen) == 1
    assert not any(SECRET in word or migrating.quote(SECRET) in word for word in seen[0])


def test_what_dbmate_says_is_told_without_the_password(
    empty_dsn: str, migrations: Path, role: str
) -> None:
    (migrations / "0001_notes.sql").write_text(
        "-- migrate:up\nSELECT 'hunter22'::int;\n\n-- migrate:down\n"
    )
    with pytest.raises(MigrationFailed, match="invalid input syntax") as failed:
        migrate(make_conninfo(empty_dsn, user=role, password="hunter22"), migrations)
    assert "hunter22" not in str(failed.value)


def test_a_server_reached_by_network_with_a_password(tmp_path: Path, migrations: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with EmbeddedPostgres(tmp_path, listen_addresses="127.0.0.1", port=port) as server:
        gate = server.data / "pg_hba.conf"
        gate.write_text("local all all trust\nhost all some@one 127.0.0.1/32 scram-sha-256\n")
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL('CREATE ROLE "some@one" LOGIN SUPERUSER PASSWORD {}').format(SECRET)
            )
            connection.execute("SELECT pg_reload_conf()")
        dsn = make_conninfo(
            "", host="127.0.0.1", port=port, dbname="ledger", user="some@one", password=SECRET
        )
        assert migrate(dsn, migrations) == ["0001"]
        assert columns(dsn) == ["words"]


class Info:
    """What an open connection says of itself."""

    def __init__(self, host: str, **parameters: str) -> None:
        self.host, self.port, self.user, self.dbname = host, 6543, "u@x", "a/b"
        self.password = parameters.pop("password", "")
        self.parameters = parameters

    def get_parameters(self) -> dict[str, str]:
        return self.parameters


class Connection:
    def __init__(self, info: Info, ssl: bool) -> None:
        self.info = info
        self.pgconn = type("PGconn", (), {"ssl_in_use": ssl})


@pytest.mark.parametrize(
    ("info", "ssl", "url"),
    [
        (Info("db.example"), False, "postgres://u%40x@db.example:6543/a%2Fb?sslmode=disable"),
        (Info("db.example"), True, "postgres://u%40x@db.example:6543/a%2Fb?sslmode=require"),
        (
            Info("::1", password="p:/@", sslmode="prefer"),
            False,
            "postgres://u%40x:p%3A%2F%40@[::1]:6543/a%2Fb?sslmode=disable",
        ),
        (
            Info("db.example", sslmode="verify-full", sslrootcert="/etc/ca file.pem"),
            True,
            "postgres://u%40x@db.example:6543/a%2Fb?sslrootcert=/etc/ca%20file.pem&sslmode=verify-full",
        ),
        (
            Info("/run/a b", sslmode="prefer"),
            False,
            "postgres://u%40x@:6543/a%2Fb?socket=/run/a%20b&sslmode=disable",
        ),
    ],
)
def test_every_kind_of_address_is_told_as_the_driver_wants_it(
    info: Info, ssl: bool, url: str
) -> None:
    told = dbmate_url(Connection(info, ssl))  # pyright: ignore[reportArgumentType]
    assert told.replace("%2F", "/") == url.replace("%2F", "/")
