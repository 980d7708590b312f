"""What many tests share: a PostgreSQL server for each worker, a new database for each test."""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.store.memory import collecting_seldom
from ledger.store.migrate import migrate
from ledger.store.server import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
MIGRATIONS = ROOT / "projections" / "migrations"
MEMORY = Path("/dev/shm")
FOLDERS = "ledger-tests-"
ROOM_BYTES = 4 << 30


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A browser leaves its event loop running beneath the later tests of its process, which may
    want one of their own.
    """
    loop = asyncio._get_running_loop()
    if loop is None or "browser" in getattr(item, "fixturenames", ()):
        return (yield)
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


@pytest.fixture(scope="session", autouse=True)
def _collecting_seldom() -> Iterator[None]:
    """Every ledger that a test opens would look through all that pytest and its plugins hold."""
    with collecting_seldom():
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a server to make databases on; LEDGER_DATABASE_URL wins where it is set."""
    given = os.environ.get("LEDGER_DATABASE_URL")
    if given:
        yield given
        return
    # What a test kills is a process, not the machine: without fsync the disk is spared.
    quick = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "64MB",
        "max_wal_size": "256MB",
        "min_wal_size": "64MB",
    }
    with (
        tempfile.TemporaryDirectory(prefix=f"{FOLDERS}{os.getpid()}-", dir=in_memory()) as folder,
        EmbeddedPostgres(folder, **quick) as server,
    ):
        yield server.dsn


def in_memory() -> Path | None:
    """A folder that never meets a disk, where there is room for one.

    A database for each test is 450 files made and taken away again: on a disk that alone is a
    third of what the suite takes. What was left there by a run that was killed is cleared first.
    """
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    for left in MEMORY.glob(f"{FOLDERS}*"):
        owner = left.name.removeprefix(FOLDERS).partition("-")[0]
        if not Path("/proc", owner).exists():
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM_BYTES else None


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """The name of a migrated and otherwise empty database that others are copied from."""
    with database(postgres) as (name, dsn):
        if MIGRATIONS.is_dir():
            migrate(dsn, MIGRATIONS)
        yield name


@pytest.fixture
def dsn(postgres: str, template: str) -> Iterator[str]:
    """The DSN of a migrated database that only this test knows."""
    with database(postgres, template) as (_, made):
        yield made


@pytest.fixture
def empty_dsn(postgres: str) -> Iterator[str]:
    """The DSN of a database without any table, that only this test knows."""
    with database(postgres) as (_, made):
        yield made


class database:  # noqa: N801 - reads as a phrase in `with`
    """A database on `server` from here to the end of the block."""

    def __init__(self, server: str, template: str = "template0") -> None:
        self.server, self.template = server, template
        self.name = f"test_{uuid.uuid4().hex}"

    def __enter__(self) -> tuple[str, str]:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(self.name), sql.Identifier(self.template)
                )
            )
        return self.name, make_conninfo(self.server, dbname=self.name)

    def __exit__(self, *_: object) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            # FORCE, since a test may leave followers connected.
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name))
            )
