"""Ranges of sellers, worked on by threads and handed on in order."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, local
from typing import Final, TypeVar

from projections.what_if.room import Room

AHEAD: Final = 2
Done = TypeVar("Done")


class Cancelled(Exception):
    """A replay was told to stop."""


def replay(
    work: Callable[[int, Room], Done], ranges: int, threads: int = 1, stop: Event | None = None
) -> Iterator[Done]:
    """What `work` makes of each range, in their order however many threads there are, so that the
    result is the same to the byte. At most `AHEAD` of them a thread are in memory.

    `stop`, once set, raises `Cancelled` between two ranges.
    """
    rooms = local()

    def one(place: int) -> Done:
        if not hasattr(rooms, "own"):
            rooms.own = Room()
        return work(place, rooms.own)

    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="replay") as pool:
        try:
            for place in range(ranges):
                if len(waiting) >= AHEAD * threads:
                    yield waiting.popleft().result()
                _go_on(stop)
                waiting.append(pool.submit(one, place))
            while waiting:
                _go_on(stop)
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _go_on(stop: Event | None) -> None:
    if stop is not None and stop.is_set():
        raise Cancelled
