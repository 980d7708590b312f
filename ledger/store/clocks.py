"""Three clocks give `recorded_at`: the system's, a sandbox's moved by hand, and a history file's
(RULES §3.11).
"""

from collections.abc import Callable
from typing import Final, Literal, Protocol

from ledger.facts.instants import SECOND_US, Instant
from ledger.store.head import Head
from ledger.store.refusals import ClockBackwards, ClockChanged, LogAhead

MOST_AHEAD_US: Final = 300 * SECOND_US
"""A log further ahead of the system's clock than this refuses to be written."""


class Clock(Protocol):
    """Says what time it is, and at which instant the next fact is recorded."""

    kind: Literal["system", "test"]

    def now(self, head: Head) -> Instant:
        """The present instant."""
        ...

    def next_instant(self, head: Head) -> Instant:
        """The `recorded_at` of what is written now, under the log's lock."""
        ...


class SystemClock:
    """The machine's clock. Each transaction gets an instant of its own, later than the last."""

    kind: Literal["system", "test"] = "system"

    def __init__(self, system_now: Callable[[], Instant]) -> None:
        self._system_now = system_now

    def now(self, head: Head) -> Instant:
        """The machine's instant, but never before the newest fact."""
        return max(self._system_now(), head.last_recorded_at)

    def next_instant(self, head: Head) -> Instant:
        """Later than every fact and every answer that was called final."""
        if head.clock == "test":
            raise ClockChanged
        now = self._system_now()
        if head.last_recorded_at > now + MOST_AHEAD_US:
            raise LogAhead(head.last_recorded_at, now)
        return max(now, head.last_recorded_at + 1, head.settled_at + 1)


class SandboxClock:
    """Stands still until it is moved; it is kept in the log, so that every process sees it."""

    kind: Literal["system", "test"] = "test"

    def now(self, head: Head) -> Instant:
        """Where the clock was last moved to."""
        return max(head.clock_at or 0, head.last_recorded_at)

    def next_instant(self, head: Head) -> Instant:
        """Exactly where the clock stands: several writes may share it."""
        return self.now(head)


class HistoryClock:
    """Driven by the `recorded_at` of each imported line; never backwards, never past the
    present.
    """

    kind: Literal["system", "test"] = "system"

    def __init__(self) -> None:
        self.line_at: Instant = 0

    def now(self, head: Head) -> Instant:
        """The instant of the line that is being imported."""
        return max(self.line_at, head.last_recorded_at)

    def next_instant(self, head: Head) -> Instant:
        """Exactly that of the line; facts of several lines may share it."""
        if head.clock == "test":
            raise ClockChanged
        return self.now(head)

    def move_to(self, instant: Instant, last_recorded_at: Instant) -> None:
        """Stand at a line's instant; raises `ClockBackwards` if the log has a later fact already.

        Lines that left no fact hold nobody back, so an import taken up again decides alike.
        """
        if instant < last_recorded_at:
            raise ClockBackwards("recorded_at", instant, last_recorded_at)
        self.line_at = instant
