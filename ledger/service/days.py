"""A seller's days in order, each with all that was counted up to it: a window is a difference of
two of them, however long it is.

A value: another day, or another revision of one, gives other `Days`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ledger.facts.dates import format_date
from ledger.facts.ids import fact_id, seller_day_stream
from ledger.service.counts import NOTHING, Sums


class Told(NamedTuple):
    """What is known of one day."""

    day: int
    """Counted from 1970, in the pack's calendar."""
    version: int
    """Of the newest fact in the day's stream."""
    sums: Sums


class Days:
    """Days of one seller, complete from `since` on; earlier ones may be left out."""

    __slots__ = ("_days", "_totals", "_versions", "since")

    def __init__(
        self, since: int, days: list[int], versions: list[int], totals: list[Sums]
    ) -> None:
        self.since: Final = since
        self._days = days
        self._versions = versions
        self._totals = totals

    @classmethod
    def of(cls, since: int, told: Iterable[Told]) -> "Days":
        """These days, each told once."""
        days = cls(since, [], [], [])
        for one in sorted(told):
            days.put(one)
        return days

    def __len__(self) -> int:
        return len(self._days)

    def and_then(self, told: Told, keep: int) -> "Days":
        """These, with what is known of one day now; those before the day `keep` may go."""
        if told.day < self.since:
            return self
        first = max(0, bisect_left(self._days, keep) - 1)
        since = max(self.since, self._days[first] + 1) if first else self.since
        days = Days(since, self._days[first:], self._versions[first:], self._totals[first:])
        days.put(told)
        return days

    def put(self, told: Told) -> None:
        """Say what is known of a day; only for who has just made these and shows nobody else."""
        place = bisect_left(self._days, told.day)
        if place == len(self._days):
            before = self._totals[-1] if self._totals else NOTHING
            self._days.append(told.day)
            self._versions.append(told.version)
            self._totals.append(before.plus(told.sums))
            return
        if self._days[place] == told.day:
            change = told.sums.minus(self._own(place))
            self._versions[place] = told.version
        else:
            change = told.sums
            before = self._totals[place - 1] if place else NOTHING
            self._days.insert(place, told.day)
            self._versions.insert(place, told.version)
            self._totals.insert(place, before)
        for later in range(place, len(self._days)):
            self._totals[later] = self._totals[later].plus(change)

    def window(self, first: int, last: int) -> Sums:
        """What the dates from `first` to `last` come to, both included."""
        return self._up_to(last).minus(self._up_to(first - 1))

    def behind(self, first: int, last: int, counted: str | None) -> Iterator[Told]:
        """The days of a window that add to a count, newest first; None: to those of carriers."""
        low, high = bisect_left(self._days, first), bisect_right(self._days, last)
        for place in range(high - 1, low - 1, -1):
            own = self._own(place)
            if own.carriers if counted is None else getattr(own.counts, counted):
                yield Told(self._days[place], self._versions[place], own)

    def _own(self, place: int) -> Sums:
        return self._totals[place].minus(self._totals[place - 1] if place else NOTHING)

    def _up_to(self, day: int) -> Sums:
        place = bisect_right(self._days, day)
        return self._totals[place - 1] if place else NOTHING


def day_fact(seller_id: str, told: Told) -> str:
    """The address of the fact that a day is known by."""
    return fact_id(seller_day_stream(seller_id, format_date(told.day)), told.version)
