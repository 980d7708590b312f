"""Counts wrong keys, so that trying many is slow. In this process's memory, and of bounded size.

A secret of 256 bits is not found by trying; what is kept small is the load, and the temptation.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 60.0
MOST_OF_ADDRESS: Final = 20
"""An office may share one address."""
MOST_OF_KEY: Final = 5
"""Whoever knows a key's id can keep its owner from signing in for a minute, and no longer."""
_COUNTED_AT_MOST: Final = 10_000


class Throttle:
    """Wrong tries by name within a minute; a name that has too many waits for the minute's end."""

    def __init__(self, most: int, tick: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._tick = tick
        self._counts: dict[str, tuple[float, int]] = {}
        self._writing = threading.Lock()

    def wait_s(self, name: str) -> int:
        """The seconds that this name has to wait; 0 where it may try."""
        until, count = self._counts.get(name, (0.0, 0))
        left = until - self._tick()
        return math.ceil(left) if count >= self._most and left > 0 else 0

    def wrong(self, name: str) -> None:
        """This name showed a wrong key."""
        now = self._tick()
        with self._writing:
            until, count = self._counts.pop(name, (0.0, 0))
            if until <= now:
                until, count = now + WINDOW_S, 0
            while len(self._counts) >= _COUNTED_AT_MOST:
                del self._counts[next(iter(self._counts))]
            self._counts[name] = (until, count + 1)
