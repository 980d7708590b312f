"""What is known of one day of a seller or of a product: the newest report, which says it all."""

from msgspec import Struct

from ledger.facts.instants import Instant
from ledger.facts.performance import PerformanceReported, ProductPerformanceReported

DayFact = PerformanceReported | ProductPerformanceReported


class Day(Struct, frozen=True, gc=False):
    """A day as it was last told."""

    told: DayFact
    revisions: tuple[int, ...]
    """Under which number it was told each time, from the first: always a higher one."""
    position: int

    @property
    def version(self) -> int:
        """How many times it was told."""
        return len(self.revisions)

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
    before = () if day is None else day.revisions
    return Day(fact, (*before, fact.revision), position)
