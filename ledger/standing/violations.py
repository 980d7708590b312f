"""A seller's violations in recorded order, so kept that a long history costs a write no more
than a short one.

A value, like all that is known of a seller: another violation, or a change to one, gives another
`Violations`, which shares with the first all that it has in common with it. They lie in pages of
which one is rewritten at a time; totals and the next lapse are carried along.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, overload

import msgspec

from ledger.facts.instants import Instant

PAGE: Final = 32
"""Violations that are looked through one by one, or written again when one of them changes."""


class Violation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A violation as judgement needs it; its other particulars stay in its fact."""

    violation_id: str
    version: int
    """The version of its fact in the seller's stream, by which the fact is found."""
    bucket: str
    weight: int
    """Points or strikes as decided."""
    counted: int
    """What it counts after caps and merges; 0 once cancelled."""
    effective_at: Instant
    recorded_at: Instant
    lapses_at: Instant
    policy: str
    judged_by: str
    added: bool
    """Whether it raised its bucket's total when it was recorded, so that milestones were judged."""
    day: int
    """The pack's calendar day of `effective_at`, counted from 1970."""
    daily_cap: int | None = None
    merge_days: int | None = None
    cancelled_at: Instant | None = None
    cancelled_version: int = 0
    """The version of the fact that cancelled it."""
    expired: bool = False
    """Whether its expiry has been recorded; it is true at `lapses_at` all the same."""

    def counts_at(self, instant: Instant) -> bool:
        """At its last instant exactly it no longer counts."""
        return self.cancelled_at is None and self.effective_at <= instant < self.lapses_at

    @property
    def open(self) -> bool:
        """Whether its expiry is still to be recorded."""
        return not self.expired and self.cancelled_at is None


class Page(msgspec.Struct, frozen=True, gc=False):
    """Violations that follow each other, and the first lapse among those still open."""

    violations: tuple[Violation, ...]
    next_lapse: Instant | None


class Violations(msgspec.Struct, frozen=True, gc=False):
    """Violations in recorded order."""

    pages: tuple[Page, ...] = ()
    recent: tuple[Violation, ...] = ()
    """Those after the last whole page: always fewer than make one."""
    places: dict[str, int] = {}
    """Where each id stands. Shared by histories that agree on it: ids are added to it and
    never moved, and what one finds there holds for it if it stands there.
    """
    totals: dict[str, int] = {}
    """By bucket, what those count that are still open: from the instant `totals_from` on,
    until the next lapse, this is what counts at all.
    """
    totals_from: Instant = 0
    next_lapse: Instant | None = None
    """When the first of those still open lapses."""

    @classmethod
    def of(cls, violations: Iterable[Violation]) -> "Violations":
        """These violations, in this order."""
        every = tuple(violations)
        whole = len(every) - len(every) % PAGE
        totals: dict[str, int] = {}
        for v in every:
            if v.open:
                totals[v.bucket] = totals.get(v.bucket, 0) + v.counted
        return cls(
            tuple(_page(every[start : start + PAGE]) for start in range(0, whole, PAGE)),
            every[whole:],
            {v.violation_id: place for place, v in enumerate(every)},
            totals,
            max((_counts_by_totals_from(v) for v in every), default=0),
            min((v.lapses_at for v in every if v.open), default=None),
        )

    def find(self, violation_id: str) -> Violation | None:
        """The violation of this id."""
        if violation_id not in self.places:
            return None
        place = self._place(violation_id)
        return None if place is None else self[place]

    def value(self, bucket: str, instant: Instant) -> int:
        """The bucket's total at an instant, by what is known here (RULES §3.2)."""
        if self.totals_from <= instant and (self.next_lapse is None or instant < self.next_lapse):
            return self.totals.get(bucket, 0)
        return sum(v.counted for v in self if v.bucket == bucket and v.counts_at(instant))

    def lapsing(self, up_to: Instant) -> Iterator[Violation]:
        """Those that lapse by an instant and whose expiry is still to be recorded."""
        for page in (*self.pages, _page(self.recent)):
            if page.next_lapse is not None and page.next_lapse <= up_to:
                yield from (v for v in page.violations if v.open and v.lapses_at <= up_to)

    def and_then(self, violation: Violation) -> "Violations":
        """These, and one recorded after them."""
        recent = (*self.recent, violation)
        pages = self.pages
        place = len(pages) * PAGE + len(self.recent)
        # The first of all takes a dictionary of its own: everybody begins with no violations.
        places = self.places if place else {}
        if places.setdefault(violation.violation_id, place) != place:
            # It stands elsewhere in a history that went another way from here.
            places = {v.violation_id: i for i, v in enumerate(chain(self, (violation,)))}
        if len(recent) == PAGE:
            pages, recent = (*pages, _page(recent)), ()
        totals, bucket = self.totals.copy(), violation.bucket
        totals[bucket] = totals.get(bucket, 0) + violation.counted
        next_lapse, lapses_at = self.next_lapse, violation.lapses_at
        recorded_at = violation.recorded_at
        return Violations(
            pages,
            recent,
            places,
            totals,
            max(recorded_at, self.totals_from),
            lapses_at if next_lapse is None or lapses_at < next_lapse else next_lapse,
        )

    def changed(self, violation: Violation) -> "Violations":
        """These, with this one in the place of the one of its id; without such a one, these."""
        place = self._place(violation.violation_id)
        if place is None:
            return self
        before = self[place]
        number, within = divmod(place, PAGE)
        pages, recent = self.pages, self.recent
        if number < len(pages):
            page = _page(_put(pages[number].violations, within, violation))
            pages = (*pages[:number], page, *pages[number + 1 :])
        else:
            recent = _put(recent, within, violation)
        totals = dict(self.totals)
        for v, sign in ((before, -1), (violation, 1)):
            if v.open:
                totals[v.bucket] = totals.get(v.bucket, 0) + sign * v.counted
        lapses = [p.next_lapse for p in (*pages, _page(recent)) if p.next_lapse is not None]
        return Violations(
            pages,
            recent,
            self.places,
            totals,
            max(self.totals_from, _counts_by_totals_from(violation)),
            min(lapses, default=None),
        )

    def _place(self, violation_id: str) -> int | None:
        place = self.places.get(violation_id)
        if place is None or place >= len(self) or self[place].violation_id != violation_id:
            return None
        return place

    def __len__(self) -> int:
        return len(self.pages) * PAGE + len(self.recent)

    def __iter__(self) -> Iterator[Violation]:
        return chain(chain.from_iterable(page.violations for page in self.pages), self.recent)

    def __reversed__(self) -> Iterator[Violation]:
        yield from reversed(self.recent)
        for page in reversed(self.pages):
            yield from reversed(page.violations)

    @overload
    def __getitem__(self, place: int) -> Violation: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Violation, ...]: ...
    def __getitem__(self, place: int | slice) -> Violation | tuple[Violation, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        number, within = divmod(place if place >= 0 else place + len(self), PAGE)
        if 0 <= number < len(self.pages):
            return self.pages[number].violations[within]
        if number != len(self.pages):
            raise IndexError(place)
        return self.recent[within]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Violations) and (
            (self.recent, self.pages) == (other.recent, other.pages)
        )

    def __hash__(self) -> int:
        return hash((self.recent, len(self.pages)))

    def __repr__(self) -> str:
        return f"Violations.of({list(self)!r})"


def _page(violations: tuple[Violation, ...]) -> Page:
    return Page(violations, min((v.lapses_at for v in violations if v.open), default=None))


def _put(violations: tuple[Violation, ...], place: int, new: Violation) -> tuple[Violation, ...]:
    return (*violations[:place], new, *violations[place + 1 :])


def _counts_by_totals_from(violation: Violation) -> Instant:
    """Earlier than its recording, or than a lapse that was recorded, it counts by its dates."""
    return (
        max(violation.recorded_at, violation.lapses_at)
        if violation.expired
        else (violation.recorded_at)
    )
