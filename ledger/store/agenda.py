"""Which seller falls due when, as one writer's turn sees it: the database's memos, and
what the turn changed.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol
from weakref import proxy

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.facts.kinds import UnreadableFact
from ledger.standing.seller import Seller
from ledger.store.loading import SQL

LOOK_AHEAD: Final = 1_000
"""How many due sellers are read at a time."""


class Sellers(Protocol):
    """The sellers of a turn."""

    changed: set[str]

    def load(self, seller_ids: Iterable[str]) -> None:
        """Have these sellers at hand."""
        ...

    def seller(self, seller_id: str) -> Seller:
        """A loaded seller, with everything appended in the turn."""
        ...


class Agenda:
    """Due instants in order; sellers changed in the turn count as they stand now."""

    def __init__(self, cursor: Cursor[Any], sellers: Sellers) -> None:
        self.horizon: Instant = 0
        """How far ahead due work is looked up at once."""
        self.derived = set[str]()
        """Sellers whose memo said that something was due, and whose facts say otherwise."""
        self._cursor = cursor
        # The turn holds its agenda: were it held in turn, both would wait for a rare collection.
        self._sellers: Sellers = proxy(sellers)
        self.watching = False
        """Whether it has to hear of sellers that change."""
        self._heap: list[tuple[Instant, str]] = []
        self._found: dict[str, Instant | None] = {}
        self._seen: tuple[Instant, str] = (0, "")
        self._seen_to: Instant = -1

    def open(self) -> None:
        """From here on also watch sellers changed in this turn."""
        if not self.watching:
            self.watching = True
            for seller_id in sorted(self._sellers.changed):
                self.watch(self._sellers.seller(seller_id))

    def earliest(self, up_to: Instant) -> tuple[Instant, str] | None:
        """The earliest (instant, seller) due by `up_to`, taken off; None if nothing is.
        Needs `open`.
        """
        while True:
            if self._seen_to < up_to and (not self._heap or self._heap[0] > self._seen):
                self._look_ahead(max(up_to, self.horizon))
                continue
            if not self._heap or self._heap[0][0] > up_to:
                return None
            due_at, seller_id = heapq.heappop(self._heap)
            seller = self._sellers.seller(seller_id)
            if self.due_of(seller) == due_at:
                return due_at, seller_id
            if seller_id not in self._sellers.changed:
                # Its row was written by another engine: what this one derives holds.
                self.derived.add(seller_id)
                self.watch(seller)

    def watch(self, seller: Seller) -> None:
        """A seller changed: note when it is due now."""
        if not self.watching:
            return
        due_at = self._found[seller.seller_id] = seller.next_due()
        if due_at is not None:
            heapq.heappush(self._heap, (due_at, seller.seller_id))

    def due_of(self, seller: Seller) -> Instant | None:
        """When the seller is next due; of one watched, as found when it last changed."""
        if seller.seller_id in self._found:
            return self._found[seller.seller_id]
        return seller.next_due()

    def _look_ahead(self, up_to: Instant) -> None:
        self._cursor.execute(SQL["due_sellers"], (*self._seen, up_to, LOOK_AHEAD))
        rows = self._cursor.fetchall()
        unreadable = self._unreadable([seller_id for _, seller_id in rows])
        for due_at, seller_id in rows:
            if seller_id not in self._sellers.changed and seller_id not in unreadable:
                heapq.heappush(self._heap, (due_at, seller_id))
        if len(rows) == LOOK_AHEAD:
            self._seen = rows[-1]
        else:
            self._seen, self._seen_to = (up_to + 1, ""), up_to

    def _unreadable(self, seller_ids: Sequence[str]) -> set[str]:
        """Load sellers; returns those with a stored fact that no kind explains. What is due of
        them waits until that is mended; what is due of others does not wait for it.
        """
        try:
            self._sellers.load(seller_ids)
        except UnreadableFact:
            if len(seller_ids) == 1:
                return set(seller_ids)
            half = len(seller_ids) // 2
            return self._unreadable(seller_ids[:half]) | self._unreadable(seller_ids[half:])
        return set()
