"""What is known of one day of a seller or of a product: the newest report, which says it all."""

from msgspec import Struct

from ledger.facts.instants import Instant
from ledger.facts.performance import PerformanceReported, ProductPerformanceReported

DayFact = PerformanceReported | ProductPerformanceReported


class Day(Struct, frozen=True, gc=False):
    """A day as it was last told."""

    told: DayFact
    version: int
    """How many times it was told."""
    position: int

    @property
    def seller_id(self) -> str:
        """The seller whose day it is, or whose product's."""
        return self.told.seller_id

    @property
    def revision(self) -> int:
        """The newest one: only a higher one replaces it."""
        return self.told.revision

    def next_due(self) -> Instant | None:
        """Time alone brings nothing to a day."""
        return None


def evolve_day(day: Day | None, fact: DayFact, position: int) -> Day:
    """A day after one more report; each tells it whole."""
    return Day(fact, 1 if day is None else day.version + 1, position)
