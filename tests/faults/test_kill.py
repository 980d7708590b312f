"""`kill -9` of any process, at any moment, under load (R1)."""

import random
import time
from pathlib import Path

from tests.faults.books import Books, check
from tests.faults.load import Clients, settle
from tests.faults.serving import DidNotStart, Serving, children, kill
from tests.faults.size import lots, times

VICTIMS = ("server", "postmaster", "backend", "everything", "server while it starts")
LOAD_S = times(500, 1000) / 1000


def strike(server: Serving, victim: str, chance: random.Random) -> None:
    """Kill what is to be killed, and bring the server back where it went with it."""
    postmaster = server.postmaster()
    if victim == "backend":
        kill(chance.choice(children(postmaster)))
        return
    if victim == "everything":
        kill(server.process.pid, postmaster, *children(postmaster))
    elif victim == "postmaster":
        kill(postmaster)
        return
    else:
        kill(server.process.pid)
    server.process.wait(30)
    server.begin()
    if victim == "server while it starts":
        time.sleep(chance.uniform(0, 1))
        kill(server.process.pid)
        server.process.wait(30)
        server.begin()
    try:
        server.wait_until_ready()
    except DidNotStart:
        raise AssertionError(f"after {victim}: {server.log.read_text()[-2000:]}") from None


def test_nothing_acknowledged_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    rounds, chance, books = times(20, 100), lots(), Books()
    checked = 0
    with Serving(tmp_path / "data") as server:
        for number in range(rounds):
            victim = VICTIMS[number % len(VICTIMS)]
            with Clients(f"r{number}", [server.base]) as clients:
                time.sleep(chance.uniform(0.1, LOAD_S))
                strike(server, victim, chance)
                time.sleep(0.05)
            books.unknown += settle(server.base, clients.told)
            views = number % times(4, 20) == times(4, 20) - 1 or number < len(VICTIMS)
            checked = check(server.dsn, clients.told, books, checked, views=views)
            books.rounds += 1
            print(f"{victim}: {books}")
        assert server.broken() == []
    print(books)
