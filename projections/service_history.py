"""What was known of a seller's days over time: sums up to each date, from one instant to another.

A fact that is recorded later than all others, as facts are, adds one version to the dates that it
changes. One that a view takes late, since it was parked, finds its place in the past.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ledger.facts.instants import Instant
from ledger.service.counts import NOTHING, Sums

FOREVER: Final = 2**63 - 1
"""Known until something else is."""


class Version(NamedTuple):
    """The sums of all dates up to one, as they were known for a while."""

    known_from: Instant
    known_until: Instant
    sums: Sums


class History:
    """Some of a seller's dates, and the last before them; changed in place."""

    def __init__(self, kept: Iterable[tuple[int, Version]] = ()) -> None:
        self._days: dict[int, list[Version]] = {}
        for day, version in sorted(kept, key=lambda one: (one[0], one[1].known_from)):
            self._days.setdefault(day, []).append(version)
        self._kept = {
            (day, version.known_from): version
            for day, versions in self._days.items()
            for version in versions
        }
        self._order = sorted(self._days)
        self._changed = dict[int, None]()

    def told(self, day: int, known_from: Instant, sums: Sums) -> None:
        """A report of a date is known from an instant on; its disputes stay as they are."""
        if day not in self._days:
            self.changed(day, known_from, sums)
            return
        own = self._at(day, known_from).minus(self._before(day, known_from))
        counts = own.counts._replace(not_received=0, not_as_described=0)
        self.changed(day, known_from, sums.minus(Sums(counts, own.carriers)))

    def changed(self, day: int, known_from: Instant, by: Sums) -> None:
        """From an instant on, a date comes to so much more."""
        if by == NOTHING:
            return
        self._begin(day, known_from)
        for later in self._order[bisect_left(self._order, day) :]:
            self._days[later] = list(_raised(self._days[later], known_from, by))
            self._changed[later] = None

    def gone(self) -> Iterator[tuple[int, Instant]]:
        """The kept versions that are others now."""
        for (day, known_from), version in self._kept.items():
            if day in self._changed and version not in self._days[day]:
                yield day, known_from

    def new(self) -> Iterator[tuple[int, Version]]:
        """The versions that are not kept as they are."""
        for day in self._changed:
            for version in self._days[day]:
                if self._kept.get((day, version.known_from)) != version:
                    yield day, version

    def _begin(self, day: int, known_from: Instant) -> None:
        """Have a date begin at an instant, or before it, as the dates before it stood then."""
        versions = self._days.get(day, [])
        until = versions[0].known_from if versions else FOREVER
        if until <= known_from:
            return
        place = bisect_left(self._order, day)
        changes = {
            version.known_from
            for earlier in self._order[:place]
            for version in self._days[earlier]
            if known_from < version.known_from < until
        }
        since = [known_from, *sorted(changes)]
        self._days[day] = [
            Version(at, end, self._before(day, at))
            for at, end in zip(since, [*since[1:], until], strict=True)
        ] + versions
        if not versions:
            self._order.insert(place, day)

    def _before(self, day: int, instant: Instant) -> Sums:
        for place in range(bisect_left(self._order, day) - 1, -1, -1):
            for version in reversed(self._days[self._order[place]]):
                if version.known_from <= instant < version.known_until:
                    return version.sums
        return NOTHING

    def _at(self, day: int, instant: Instant) -> Sums:
        """The sums up to a date as known at an instant."""
        return self._before(day + 1, instant)


def _raised(versions: Iterable[Version], known_from: Instant, by: Sums) -> Iterator[Version]:
    for version in versions:
        if version.known_until <= known_from:
            yield version
            continue
        if version.known_from < known_from:
            yield version._replace(known_until=known_from)
        since = max(version.known_from, known_from)
        yield Version(since, version.known_until, version.sums.plus(by))
