"""What cannot be answered at this moment, although nothing is wrong with the request.

Each may be asked again, unchanged, after `retry_after_s` seconds.
"""

from typing import ClassVar

from ledger.facts.refusal import Refusal


class NotNow(Refusal):
    """The ledger cannot do this now."""

    retry_after_s: ClassVar[int] = 1


class Busy(NotNow):
    """More requests wait than the ledger can hold."""


class Importing(NotNow):
    """A history is being imported: nobody else may write until it ends."""

    retry_after_s = 5


class NotSettled(NotNow):
    """A write that would still belong to the instant asked about may be under way."""


class NotSeenYet(NotNow):
    """This process has not read the log as far as the position asked for."""


class Unavailable(NotNow):
    """The database cannot be reached."""

    retry_after_s = 2


class ClockBehindLog(NotNow):
    """The system's clock stands before the last fact: time in the log would run backwards."""

    retry_after_s = 60
