"""A database that hangs: its processes stand still, its connections stay open, nothing fails."""

import os
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psycopg

from api.keys import BELIEVED_S, REMEMBERED_S, create_key
from tests.api.routes.world import report
from tests.faults.books import Books, check
from tests.faults.load import Clients, settle
from tests.faults.serving import Serving, children
from tests.faults.size import LONG, lots, times

SOON_S = 9.0
"""How long the first who ask a database that hangs wait for their refusal, on a busy machine."""
AT_ONCE_S = 2.0
"""How long others wait who ask once that is known; and who needs no database at all."""
BACK_S = 20.0


@contextmanager
def hanging(server: Serving) -> Generator[None]:
    """Have every process of the server's own PostgreSQL stand still."""
    first = server.postmaster()
    assert first
    os.kill(first, signal.SIGSTOP)  # the first one first: it makes no others then
    stopped = [first, *children(first)]
    try:
        for pid in stopped[1:]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class Asking:
    """Somebody with a key; notes how long each answer took."""

    def __init__(self, server: Serving, *scopes: str) -> None:
        self._server = server
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            key = create_key(connection, subject="svc", scopes=scopes, created_by="ops")
        self._head = {"Authorization": f"Bearer {key}"}

    def ask(self, path: str, body: Any = None) -> tuple[int, Any, float]:
        began = time.monotonic()
        status, told = self._server.ask(path, body, headers=self._head)
        return status, told, time.monotonic() - began

    def standing(self, seller: str) -> tuple[int, Any, float]:
        return self.ask(f"/v1/sellers/{seller}/standing")


class Reader:
    """Reads one remembered standing, again and again, while a test does something else."""

    def __init__(self, asking: Asking) -> None:
        self.told: list[tuple[int, float]] = []
        self._asking = asking
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(SOON_S)

    def _run(self) -> None:
        while not self._stopping.wait(0.05):
            status, _, took_s = self._asking.standing("s-1")
            self.told.append((status, took_s))


def test_whoever_needs_it_is_told_and_the_others_are_answered(tmp_path: Path) -> None:
    with Serving(tmp_path, LEDGER_AUTH="keys") as server:
        known, writer = Asking(server, "standing:read"), Asking(server, "facts:write")
        for number in range(times(1, 5)):
            path = "/v1/sellers/s-1/violations"
            assert writer.ask(path, report(f"v-{number}"))[0] == 201
            never_seen = Asking(server, "standing:read")
            assert known.standing("s-1")[0] == 200
            with Reader(known) as reader, hanging(server):
                _silence_is_told(server, known, writer, never_seen, number)
            assert {status for status, _ in reader.told} == {200}
            assert max(took_s for _, took_s in reader.told) < SOON_S / 2
            _wait_until_ready(server)
            assert never_seen.standing("s-2")[0] == 200
            assert writer.ask(path, report(f"w-{number}"))[0] in (200, 201)
        assert server.broken() == []


def _silence_is_told(
    server: Serving, known: Asking, writer: Asking, never_seen: Asking, number: int
) -> None:
    told, took_s = [], []
    for ask in (
        lambda: never_seen.standing("s-1"),
        lambda: known.standing(f"s-unheard-of-{number}"),
        lambda: known.ask("/v1/health/ready"),
    ):
        status, problem, seconds = ask()
        told.append((status, problem["type"]))
        took_s.append(seconds)
    assert told == [(503, "/problems/unavailable")] * 3
    assert max(took_s) < SOON_S
    for _ in range(20):
        status, _, seconds = never_seen.standing("s-1")
        assert (status, seconds < AT_ONCE_S) == (503, True), seconds
    # What a key opened a minute ago it still opens where nobody can be asked; it writes nothing.
    if LONG:
        time.sleep(REMEMBERED_S)
        status, problem, seconds = writer.ask("/v1/sellers/s-1/violations", report(f"w-{number}"))
        assert (status, problem["type"]) == (503, "/problems/unavailable")
        assert seconds < AT_ONCE_S < BELIEVED_S


def _wait_until_ready(server: Serving) -> None:
    until = time.monotonic() + BACK_S
    while server.ask("/v1/health/ready")[0] != 200:
        assert time.monotonic() < until, "the database is back, and the server is not"
        time.sleep(0.05)


def test_writers_lose_nothing(tmp_path: Path) -> None:
    chance, books = lots(), Books()
    with Serving(tmp_path) as server:
        with Clients("hang", [server.base]) as clients:
            for _ in range(times(2, 20)):
                time.sleep(chance.uniform(0.3, 0.8))
                with hanging(server):
                    time.sleep(chance.uniform(0.2, times(3, 20)))
                _wait_until_ready(server)
                books.rounds += 1
            clients.stop()
        books.unknown += settle(server.base, clients.told)
        check(server.dsn, clients.told, books)
        assert server.broken() == []
    print(books)
