"""A database whose connections break, that restarts, whose commits are held, whose disk is full."""

import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg
import pytest

from ledger.store.server import EmbeddedPostgres
from tests.faults.books import Books, check
from tests.faults.load import Clients, Connection, settle
from tests.faults.serving import Serving
from tests.faults.size import lots, times
from tests.faults.wire import Wire
from tests.store.test_commits import at_commit


@pytest.fixture
def wire(empty_dsn: str) -> Iterator[Wire]:
    with Wire(empty_dsn) as wire:
        yield wire


def break_it(wire: Wire, fault: str, chance: random.Random) -> None:
    """One of the ways in which a network fails."""
    match fault:
        case "all are cut":
            wire.cut()
        case "one is cut":
            wire.cut(one=chance.randrange(100))
        case "one is half closed":
            wire.close_half(one=chance.randrange(100))
        case "the database is away":
            wire.closed = True
            wire.cut()
            time.sleep(chance.uniform(0.1, 0.6))
            wire.closed = False
        case _:
            raise AssertionError(fault)


def test_connections_that_break(tmp_path: Path, empty_dsn: str, wire: Wire) -> None:
    faults = ("all are cut", "one is cut", "one is half closed", "the database is away")
    chance, books = lots(), Books()
    with Serving(tmp_path, wire.dsn) as server, Clients("cut", [server.base]) as clients:
        for number in range(times(24, 400)):
            time.sleep(chance.uniform(0.02, 0.25))
            break_it(wire, faults[number % len(faults)], chance)
            books.rounds += 1
        clients.stop()
        books.unknown += settle(server.base, clients.told)
        check(empty_dsn, clients.told, books)
        assert server.broken() == []
    print(books)


def test_a_database_that_restarts(tmp_path: Path) -> None:
    """The service resumes by itself, and standings that are remembered are told meanwhile."""
    chance, books = lots(), Books()
    folder = tmp_path / "database"
    database = EmbeddedPostgres(folder)
    database.start()
    with Wire(database.dsn) as wire, Serving(tmp_path, wire.dsn) as server:
        try:
            asking = Connection(server.base)
            with Clients("restart", [server.base]) as clients:
                for _ in range(times(3, 30)):
                    time.sleep(chance.uniform(0.3, 0.8))
                    known = clients.told.acknowledged[0].seller
                    database.stop()
                    status, _ = asking.get(f"/v1/sellers/{known}/standing")
                    assert status == 200
                    database = EmbeddedPostgres(folder)
                    database.start()
                    wire.to = database.dsn
                    books.rounds += 1
                clients.stop()
                books.unknown += settle(server.base, clients.told)
            asking.close()
            check(database.dsn, clients.told, books)
            assert server.broken() == []
        finally:
            server.stop()
            database.stop()
    print(books)


def test_commits_that_are_held(tmp_path: Path, empty_dsn: str) -> None:
    """One writer's commit stays open while another server writes, and both are read (R2)."""
    books = Books()
    with Serving(tmp_path / "a", empty_dsn) as one, Serving(tmp_path / "b", empty_dsn) as two:
        at_commit(
            empty_dsn,
            "IF NEW.notification_id % 7 = 0 THEN PERFORM pg_sleep(0.05 + random() / 4); END IF",
        )
        watching = Watcher(empty_dsn)
        with watching, Clients("held", [one.base, two.base]) as clients:
            time.sleep(times(5, 120))
        books.rounds = 1
        books.unknown += settle(one.base, clients.told)
        last = check(empty_dsn, clients.told, books)
        watching.read()
        assert watching.seen == list(range(1, last + 1))
        for server in (one, two):
            assert server.broken() == []
    print(books, f"reads={watching.reads}")


class Watcher:
    """Follows the log as every follower does: each time from the last position that it saw."""

    def __init__(self, dsn: str) -> None:
        self.seen: list[int] = []
        self.reads = 0
        self._dsn = dsn
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._connection = psycopg.connect(dsn, autocommit=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.read()

    def read(self) -> None:
        """Whatever is behind the last position: nothing before it may ever appear afterwards."""
        found = self._connection.execute(
            "SELECT notification_id FROM stored_events WHERE notification_id > %s ORDER BY 1",
            (self.seen[-1] if self.seen else 0,),
        ).fetchall()
        self.seen += [position for (position,) in found]
        self.reads += 1


def test_two_servers_on_one_database(tmp_path: Path, empty_dsn: str) -> None:
    """Both are correct, and neither starves the other."""
    books = Books()
    with Serving(tmp_path / "a", empty_dsn) as one, Serving(tmp_path / "b", empty_dsn) as two:
        with Clients("two", [one.base, two.base], pause_s=0) as clients:
            time.sleep(times(4, 60))
        shares = [len([a for a in clients.told.acknowledged if a.by % 2 == n]) for n in (0, 1)]
        books.rounds, books.unknown = 1, settle(one.base, clients.told)
        check(empty_dsn, clients.told, books)
        assert min(shares) > max(shares) / 4, shares
        for server in (one, two):
            assert server.broken() == []
    print(books, f"shares={shares}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in which 96 MiB have room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no full disk here: there is no mount")
    if mounted.returncode:
        pytest.skip(f"no full disk here: {mounted.stderr.strip() or 'mount is not permitted'}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_full(small_disk: Path) -> None:
    """Writes are refused, nothing is half written, and it goes on once there is room."""
    books, filler = Books(), small_disk / "filler"
    settings = {"max_wal_size": "32MB", "min_wal_size": "32MB"}
    with (
        EmbeddedPostgres(small_disk, **settings) as database,
        Serving(small_disk.parent / "served", database.dsn) as server,
        Clients("full", [server.base]) as clients,
    ):
        for _ in range(times(2, 10)):
            time.sleep(0.5)
            room = os.statvfs(small_disk)
            with suppress(OSError):  # the server may have taken the last of it meanwhile
                filler.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - (256 << 10))))
            _wait_for_refusals(clients, most_s=60)
            filler.unlink()
            _wait_for_writes(clients, most_s=60)
            books.rounds += 1
        clients.stop()
        books.unknown += settle(server.base, clients.told)
        check(database.dsn, clients.told, books)
        assert server.broken() == []
    print(books)


def _wait_for_refusals(clients: Clients, most_s: float) -> None:
    until, before = time.monotonic() + most_s, len(clients.told.unknown)
    while len(clients.told.unknown) == before:
        assert time.monotonic() < until, "the disk was full and nobody was refused"
        time.sleep(0.05)


def _wait_for_writes(clients: Clients, most_s: float) -> None:
    until, before = time.monotonic() + most_s, len(clients.told.acknowledged)
    while len(clients.told.acknowledged) < before + 20:
        assert time.monotonic() < until, "there is room again and nothing is written"
        time.sleep(0.05)
