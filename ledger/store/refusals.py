"""Why the store cannot take or answer something now. The caller may come back; nothing was half
done.
"""

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal


class NotNow(Refusal):
    """Ask again after `retry_after_s` seconds."""

    retry_after_s: int = 1


class Unavailable(NotNow):
    """The database does not answer."""


class NotReadable(NotNow):
    """A stored fact is of a kind, or in a shape, that this version of the program does not know."""

    retry_after_s = 60

    def __init__(self, cause: str) -> None:
        super().__init__(cause, accepted="a server of the version that wrote it")


class Importing(NotNow):
    """A history import holds the log for itself; reads go on."""

    retry_after_s = 5

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the history import {name!r} holds the log until it is finished or abandoned"
        )


class NotSettled(NotNow):
    """A write still under way could be recorded before the instant asked about."""

    def __init__(self) -> None:
        super().__init__("a write under way may still change what was known then")


class NotThereYet(NotNow):
    """This process has not read the log as far as `min_position` asks."""

    def __init__(self, wanted: str, read: int) -> None:
        super().__init__(
            f"position {wanted} is not read here yet: the log is known up to {read}",
            field="min_position",
        )


class Busy(NotNow):
    """More requests wait than can be taken."""


class LogAhead(NotNow):
    """The log's last fact lies further in the future than clocks differ."""

    retry_after_s = 60

    def __init__(self, last: Instant, now: Instant) -> None:
        super().__init__(
            f"the log's last fact is of {format_instant(last)} and the clock says "
            f"{format_instant(now)}: nothing is written until that is explained"
        )


class ClockChanged(Refusal):
    """A log that a sandbox clock drove never goes back to the system's."""

    def __init__(self) -> None:
        super().__init__(
            "this log was driven by the sandbox clock and cannot be written by the system clock",
            field="LEDGER_CLOCK",
            accepted="LEDGER_CLOCK=test, or another data folder",
        )


class OtherPack(Refusal):
    """A log is kept under one policy pack."""

    def __init__(self, begun: str, asked: str) -> None:
        super().__init__(
            f"this log was begun under the pack {begun!r}, not {asked!r}",
            field="LEDGER_POLICY",
            accepted=f"LEDGER_POLICY={begun}, or another database",
        )


class ClockBackwards(Refusal):
    """The sandbox clock, and a history, only move forwards."""

    def __init__(self, field: str, asked: Instant, now: Instant) -> None:
        super().__init__(
            f"{field} {format_instant(asked)} lies before {format_instant(now)}",
            field=field,
            accepted=f"{format_instant(now)} or later",
        )
