"""The primary is lost, and its synchronous replica takes its place (R3)."""

import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ledger.store.server import EmbeddedPostgres
from tests.faults.books import Books, check
from tests.faults.load import Clients, settle
from tests.faults.serving import Serving, children, kill
from tests.faults.size import times
from tests.faults.wire import Wire

REPLICATED = {
    "wal_level": "replica",
    "max_wal_senders": "4",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "hot_standby": "on",
}


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Replicated(EmbeddedPostgres):
    """A server that can be copied, and lost for good."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, listen_addresses="127.0.0.1", port=free_port(), **REPLICATED)

    def copy_from(self, primary: "Replicated") -> None:
        """Make this folder a replica of the primary, which it follows once it is started."""
        self.folder.mkdir(parents=True)
        port = conninfo_to_dict(primary.dsn)["port"]
        self._programs.settle_identity(self.folder, self.data)
        self._programs.hand_over(self.folder)
        source = f"host=127.0.0.1 port={port} user=ledger"
        made = self._programs.run(
            "pg_basebackup", "-D", str(self.data), "-d", source, "-X", "stream", "-R", "-c", "fast"
        )
        assert made.returncode == 0, made.stderr.decode()

    def lose(self) -> None:
        """Kill it with everything under it, and let nobody start it again."""
        self._stopping.set()
        assert self._watcher is not None
        self._watcher.join()
        assert self.pid is not None
        kill(self.pid, *children(self.pid))


def follows(primary: Replicated) -> bool:
    with psycopg.connect(primary.dsn) as connection:
        found = connection.execute(
            "SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'"
        )
        return found.rowcount == 1


def wait_until(holds: Callable[[], bool], most_s: float = 30) -> None:
    until = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_primary_that_is_lost(tmp_path: Path) -> None:
    """The replica is promoted, and nothing that was acknowledged is missing there."""
    books = Books()
    primary = Replicated(tmp_path / "0")
    primary.start()
    replica = primary
    try:
        with Wire(primary.dsn) as wire, Serving(tmp_path / "served", wire.dsn) as server:
            with Clients("lost", [server.base]) as clients:
                for number in range(times(1, 6)):
                    replica = Replicated(tmp_path / str(number + 1))
                    replica.copy_from(primary)
                    replica.start()
                    demand_replica(primary)
                    wait_until(partial(follows, primary))
                    time.sleep(times(1, 3))
                    primary.lose()
                    wire.cut()
                    promote(replica)
                    demand_none(replica)
                    wire.to = replica.dsn
                    _wait_for_writes(clients)
                    primary.stop()
                    primary = replica
                    books.rounds += 1
                clients.stop()
                books.unknown += settle(server.base, clients.told)
            check(primary.dsn, clients.told, books)
            assert server.broken() == []
    finally:
        replica.stop()
        primary.stop()
    print(books)


def demand_replica(server: Replicated) -> None:
    """From now on a commit is acknowledged once a replica has it on its disk."""
    _set(server, "'*'")


def demand_none(server: Replicated) -> None:
    """Acknowledge alone."""
    _set(server, "''")


def _set(server: Replicated, names: str) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = {names}")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")


def promote(replica: Replicated) -> None:
    with psycopg.connect(replica.dsn, autocommit=True) as connection:
        assert connection.execute("SELECT pg_promote(true, 30)").fetchone() == (True,)


def _wait_for_writes(clients: Clients) -> None:
    before = len(clients.told.acknowledged)
    wait_until(lambda: len(clients.told.acknowledged) > before + 50)
