"""Where the log ends."""

from typing import Any

from msgspec import Struct

from ledger.facts.instants import Instant


class Head(Struct, frozen=True, gc=False):
    """The one row of `log_head`: the next position, and what the clocks need."""

    next_position: int
    last_recorded_at: Instant
    settled_at: Instant
    clock: str
    clock_at: Instant | None
    pack: str
    importing: str | None
    import_idle: bool
    """Whether no history import is alive at this moment."""

    @classmethod
    def of(cls, row: Any) -> "Head":
        """From a row of `lock_head` or `read_head`."""
        return cls(*row)

    @property
    def last_position(self) -> int:
        """The position of the newest fact; 0 for an empty log."""
        return self.next_position - 1
