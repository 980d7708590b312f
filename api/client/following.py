"""What both followers of a source have in common: pauses that grow, and one line for the log each
time the source is lost or found again.
"""

import logging
from random import SystemRandom
from typing import Final

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0

_LOGGER: Final = logging.getLogger(__name__)
_CHANCE: Final = SystemRandom()


class Following:
    """How it goes with one source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._pause_s = FIRST_PAUSE_S
        self.problem: str | None = None
        """Why the source is away; None while it is not."""
        self.breaks = 0

    def silent(self, why: str) -> None:
        """The source is there, and does not tell what it should."""
        if self.problem is None:
            self.breaks += 1
            _LOGGER.warning("standings: %s is lost, trying again: %s", self._source, why)
        self.problem = why

    def lost(self, why: str) -> float:
        """The source is away: how long to wait before it is tried again."""
        self.silent(why)
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        # Not all storefronts at once, when a ledger comes back to which all of them turn.
        return pause_s * _CHANCE.uniform(0.5, 1.0)

    def found(self) -> None:
        """The source has told everything up to now."""
        self._pause_s = FIRST_PAUSE_S
        if self.problem is not None:
            self.problem = None
            _LOGGER.warning("standings: %s is there again", self._source)
