"""Somebody who reads lists all the while, in a process of their own, and notes how long it took."""

import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import NamedTuple, Self

from bench.lists import page_ms, queries_asked, reading

PAUSE_S = 0.02


class Page(NamedTuple):
    """A page that was read."""

    at: float
    """On the clock `time.monotonic`, which processes of a machine share."""
    took_ms: float


class Onlooker:
    """Reads a page of sellers or of violations every twentieth of a second or so."""

    def __init__(self, dsn: str) -> None:
        spawn = get_context("spawn")
        self._ours, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_look, args=(dsn, theirs), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self._ours.recv()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.join()

    def pages(self) -> list[Page]:
        """What was read up to now; nothing is read after it."""
        self._ours.send(None)
        found: list[Page] = self._ours.recv()
        return found


def _look(dsn: str, told: "Connection") -> None:
    asked = {(query.of, query.what): query for query in queries_asked()}
    wanted = [asked["sellers", "-points {}"], asked["violations", "newest"]]
    pages: list[Page] = []
    with reading(dsn) as cursor_of:
        cursor = cursor_of()
        for query in wanted:
            page_ms(cursor, query, None)
        told.send(None)
        while not told.poll(PAUSE_S):
            for query in wanted:
                at = time.monotonic()
                pages.append(Page(at, page_ms(cursor, query, None)))
    told.send(pages)
