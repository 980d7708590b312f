"""Sellers' days as the clerk judges them: read once, then kept up by what is written, as long as
there is room for them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from psycopg import Cursor

from ledger.facts.dates import format_date, parse_date
from ledger.facts.ids import seller_day_stream
from ledger.facts.kinds import from_bytes
from ledger.facts.performance import PerformanceReported
from ledger.service.counts import sums_of
from ledger.service.days import Days, Told
from ledger.store.sql import queries

SQL: Final = queries("ledger.store", "serving.sql")
MOST_DAYS: Final = 100_000
"""Days of all sellers together that are remembered, of about half a kilobyte each."""


class RememberedDays:
    """Days by seller, those used lately; nothing here is ever the truth. Its owner locks it."""

    def __init__(self, most_days: int = MOST_DAYS) -> None:
        self._known: dict[str, Days] = {}
        self._most_days = most_days
        self._size = 0

    def get(self, seller_id: str) -> Days | None:
        """The seller's days, if remembered."""
        return self._known.get(seller_id)

    def size(self) -> int:
        """How many days are remembered."""
        return self._size

    def keep(self, known: Mapping[str, Days]) -> None:
        """Remember these; those used longest ago go where there are too many."""
        for seller_id, days in known.items():
            self.forget([seller_id])
            self._known[seller_id] = days
            self._size += len(days)
        while self._size > self._most_days:
            self.forget([next(iter(self._known))])

    def forget(self, seller_ids: Iterable[str]) -> None:
        """Forget the days of these sellers: others changed them."""
        for seller_id in seller_ids:
            days = self._known.pop(seller_id, None)
            if days is not None:
                self._size -= len(days)


class DaysOfTurn:
    """Sellers' days as one writer's turn sees them, with everything appended in it."""

    def __init__(self, cursor: Cursor[Any], remembered: RememberedDays, changed: set[str]) -> None:
        self._cursor = cursor
        self._remembered = remembered
        self.changed = changed
        """Sellers of whose days something was written that is not remembered."""
        self.known: dict[str, Days] = {}

    def told(self, fact: PerformanceReported, version: int, keep: int | None) -> None:
        """A day was appended; days before `keep` may be forgotten, and all where there is none."""
        seller_id = fact.seller_id
        days = None if keep is None else self._at_hand(seller_id)
        if days is None:
            self.known.pop(seller_id, None)
            self.changed.add(seller_id)
            return
        told = Told(parse_date(fact.date), version, sums_of(fact))
        self.known[seller_id] = days.and_then(told, keep or 0)

    def has(self, seller_id: str, first: int) -> bool:
        """Whether the seller's days are at hand, complete from `first` on."""
        days = self._at_hand(seller_id)
        return days is not None and days.since <= first

    def of(self, seller_id: str, first: int, last: int) -> Days:
        """The same days; where they are not at hand, every fact of the turn has to be sent."""
        days = self._at_hand(seller_id)
        if days is None or days.since > first:
            days = self.known[seller_id] = _load(self._cursor, seller_id, first, last)
        return days

    def _at_hand(self, seller_id: str) -> Days | None:
        days = self.known.get(seller_id)
        if days is not None or seller_id in self.changed:
            return days
        return self._remembered.get(seller_id)


def _load(cursor: Cursor[Any], seller_id: str, first: int, last: int) -> Days:
    streams = (
        seller_day_stream(seller_id, format_date(first)),
        seller_day_stream(seller_id, format_date(last)),
    )
    cursor.execute(SQL["load_days"], streams)
    told: list[Told] = []
    for version, name, state in cursor.fetchall():
        fact = from_bytes(name, state)
        assert isinstance(fact, PerformanceReported)
        told.append(Told(parse_date(fact.date), version, sums_of(fact)))
    return Days.of(first, told)
