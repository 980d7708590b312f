"""A whole population in two worlds, on every core: ranges of sellers, judged by threads.

Ranges are handed on in order, however many threads there are, so that the result is the same to the
byte. At most `AHEAD` of them a thread are in memory.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, local
from typing import Final

from projections.what_if.columns import Array, Compared, Facts, Span
from projections.what_if.judging import Change, Room, World, compare
from projections.what_if.loading import Replayable

AHEAD: Final = 2


class Cancelled(Exception):
    """A replay was told to stop."""


def replay(
    archive: Replayable,
    baseline: World,
    scenario: World,
    span: Span,
    *,
    hand_suspends: Array,
    change: Callable[[Facts], Change] | None = None,
    threads: int = 1,
    stop: Event | None = None,
) -> Iterator[Compared]:
    """Both worlds of all sellers, range after range. `change` says what the scenario does to the
    rows of one; `stop`, once set, raises `Cancelled` between two ranges.
    """

    rooms = local()

    def one(place: int) -> Compared:
        if not hasattr(rooms, "own"):
            rooms.own = Room()
        facts = archive.facts(place)
        changed = Change.none() if change is None else change(facts)
        return compare(facts, baseline, scenario, changed, span, hand_suspends, rooms.own)

    waiting: deque[Future[Compared]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="replay") as pool:
        try:
            for place in range(len(archive.ranges)):
                if len(waiting) >= AHEAD * threads:
                    yield waiting.popleft().result()
                if stop is not None and stop.is_set():
                    raise Cancelled
                waiting.append(pool.submit(one, place))
            while waiting:
                if stop is not None and stop.is_set():
                    raise Cancelled
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
