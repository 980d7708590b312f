"""What `seller-ledger doctor` looks at, from the outside inwards: each finding is one sentence."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import psycopg

from api.doctor_finding import Finding
from api.doctor_kafka import kafka
from api.doctor_log import log
from api.doctor_machine import machine
from api.doctor_queries import SQL
from api.doctor_views import beside_the_log
from api.opening import MIGRATIONS, reachable, system_now
from api.settings import Settings
from ledger.facts.instants import SECOND_US
from ledger.store.migrate import DatabaseIsNewer, missing, versions

OLDEST_POSTGRES: Final = 150_000
FULL: Final = 0.8
"""Of the connections that the server allows."""
SKEW_US: Final = 2 * SECOND_US


class _Server(NamedTuple):
    version: str
    number: int
    size: int
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    most_connections: int
    connections: int
    now: int
    archive_mode: str


def examine(settings: Settings, host: str = "127.0.0.1", port: int = 8080) -> Iterator[Finding]:
    """Look at everything; a database that cannot be reached ends it."""
    yield from machine(settings, host, port)
    try:
        with _connected(settings) as connection:
            yield from _database(connection, settings)
    except psycopg.OperationalError as away:
        reason = (str(away).strip().splitlines() or ["no reason given"])[0]
        yield Finding(
            "database",
            "fail",
            f"it cannot be reached: {reason}",
            "see that PostgreSQL runs, and that LEDGER_DATABASE_URL names it",
        )


@contextmanager
def _connected(settings: Settings) -> Generator["psycopg.Connection[Any]"]:
    with reachable(settings) as dsn, psycopg.connect(dsn, connect_timeout=5) as connection:
        # One picture for all findings, whatever is written meanwhile.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def _database(connection: "psycopg.Connection[Any]", settings: Settings) -> Iterator[Finding]:
    before = system_now()
    row = connection.execute(SQL["server"]).fetchone()
    assert row is not None
    server = _Server(*row)
    yield _version(server)
    yield _durability(server)
    yield _connections(server)
    yield _skew(server, before, system_now())
    yield _backups(server, settings)
    try:
        with connection.transaction():
            lacking = missing(connection, versions(MIGRATIONS))
    except psycopg.errors.UndefinedTable:
        lacking = versions(MIGRATIONS)
    except DatabaseIsNewer as newer:
        yield Finding("migrations", "fail", str(newer), "start the newer program")
        return
    if lacking:
        says = f"{', '.join(lacking)} will be applied at the next start; the log was not looked at"
        yield Finding("migrations", "warn", says, "start the server, then ask again")
        return
    yield Finding("migrations", "ok", f"all applied, up to {versions(MIGRATIONS)[-1]}")
    yield from log(connection, settings)
    yield from beside_the_log(connection, settings)
    yield from kafka(connection, settings)


def _version(server: _Server) -> Finding:
    says = f"PostgreSQL {server.version}, {server.size / (1 << 20):,.1f} MiB"
    if server.number >= OLDEST_POSTGRES:
        return Finding("database", "ok", says)
    return Finding("database", "fail", says, "use PostgreSQL 15 or later")


def _durability(server: _Server) -> Finding:
    """An answer says that a fact is on disk: these settings are what makes it true."""
    settings = {
        "fsync": server.fsync,
        "full_page_writes": server.full_page_writes,
        "synchronous_commit": server.synchronous_commit,
    }
    says = ", ".join(f"{name}={value}" for name, value in settings.items())
    off = [name for name, value in settings.items() if value == "off"]
    if not off:
        return Finding("durability", "ok", says)
    return Finding(
        "durability",
        "fail",
        f"{says}: what was acknowledged can be lost when the machine stops",
        f"set {' and '.join(off)} to on",
    )


def _connections(server: _Server) -> Finding:
    says = f"{server.connections} of {server.most_connections} in use"
    if server.connections <= FULL * server.most_connections:
        return Finding("connections", "ok", says)
    return Finding("connections", "warn", says, "raise max_connections, or run fewer programs")


def _skew(server: _Server, before: int, after: int) -> Finding:
    """The machine's clock against the database server's; facts are dated by the former."""
    apart = max(before - server.now, server.now - after, 0)
    if apart <= SKEW_US:
        return Finding("clock skew", "ok", "this machine and the database server agree")
    return Finding(
        "clock skew",
        "warn",
        f"this machine and the database server are {apart / SECOND_US:,.1f} s apart",
        "keep both by NTP: facts are dated by the machine that serves",
    )


def _backups(server: _Server, settings: Settings) -> Finding:
    if settings.database_url is None:
        says = "the embedded PostgreSQL writes no archive"
        return Finding("backups", "ok", says, "stop the ledger and copy the data folder")
    says = f"archive_mode={server.archive_mode}; what else is done cannot be seen from here"
    do = "archive continuously if no acknowledged fact may be lost" if (
        server.archive_mode == "off"
    ) else None  # fmt: skip
    return Finding("backups", "ok", says, do)
