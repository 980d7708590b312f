"""What this process remembers of the log: sellers read or written lately, the rules, and how far it
has read.

Every commit of this process is here before its requester hears of it; a follower brings
the commits of others. Nothing here is ever the truth.
"""

import gc
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Any, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.store.head import Head
from ledger.store.serving import DaysOfTurn, RememberedDays

_SELDOM: Final = Lock()
"""Held by the outermost of the blocks in which garbage is collected seldom."""
MOST_SELLERS: Final = 250_000
"""As many are remembered by a process that serves, others may choose fewer. Beyond it the ones
remembered longest are forgotten, some of them ahead.
"""


class Kept(NamedTuple):
    """What the database keeps of a seller beside its facts: a memo of its first `version` facts,
    and when it is next due.
    """

    version: int
    due_at: Instant | None


class Known(Struct, frozen=True, gc=False):
    """A seller, the key that seals its texts, and what is kept of it; neither before its first
    fact. What another engine kept counts for nothing.
    """

    seller: Seller
    key: bytes | None = None
    kept: Kept | None = None


class Memory:
    """Sellers by id. All methods may be called from any thread."""

    def __init__(self, head: Head, rulebook: Rulebook, most_sellers: int = MOST_SELLERS) -> None:
        self._lock = Lock()
        self._known: dict[str, Known] = {}
        self.most_sellers = most_sellers
        """Beyond this many the ones remembered longest are forgotten."""
        self.head: Head = head
        """The log's end as far as this process has read it."""
        self.rulebook = rulebook
        self.days = RememberedDays()
        """Of sellers whose service was judged lately."""
        # For operators. Threads that add at once may lose one now and then, which nobody misses.
        self.hits = 0
        """Sellers asked for and remembered."""
        self.misses = 0
        """Sellers asked for and read from the database."""
        self.crowded_out = 0
        """Sellers forgotten since more came than are kept."""
        self.outdated = 0
        """Sellers forgotten since other processes changed them."""

    def get(self, seller_id: str) -> Known | None:
        """The seller, if remembered."""
        known = self._known.get(seller_id)
        if known is not None:
            self.hits += 1
        return known

    def remembers(self, seller_id: str) -> bool:
        """Whether the seller is remembered; nobody is served by it, so it is not counted."""
        return seller_id in self._known

    def size(self) -> int:
        """How many sellers are remembered."""
        return len(self._known)

    def keep(self, known: Iterable[Known], read_at: int) -> None:
        """Remember what was read while the log's next position was `read_at`, if it still is."""
        with self._lock:
            if self.head.next_position == read_at:
                self._keep(known)

    def committed(
        self,
        known: Iterable[Known],
        head: Head,
        elsewhere: Iterable[str] = (),
        rulebook: Rulebook | None = None,
        days: DaysOfTurn | None = None,
    ) -> None:
        """Take over what this process has just committed, up to `head`.

        `elsewhere`: sellers that others changed before it, which its transaction did not read.
        """
        with self._lock:
            if head.next_position < self.head.next_position:
                # The follower has read this commit and others behind it: what it left is as new,
                # and a seller that it forgot may have been changed since.
                return
            self._forget(elsewhere)
            self._keep(known)
            if days is not None:
                self.days.forget(days.changed)
                self.days.keep(days.known)
            self._move(head, rulebook)

    def caught_up(
        self,
        head: Head,
        changed: Iterable[str],
        read: Mapping[str, Known],
        rulebook: Rulebook | None = None,
        days_changed: Iterable[str] = (),
    ) -> None:
        """Take over what others committed up to `head`: sellers `changed`, of which some
        were `read`, and those of whose days something was told.
        """
        with self._lock:
            if head.next_position < self.head.next_position:
                return
            # A seller may have come to be remembered, as it was before, since those here were read.
            self._forget(seller_id for seller_id in changed if seller_id not in read)
            self._keep(k for s, k in read.items() if s in self._known)
            if head.next_position > self.head.next_position:
                # Else the clerk has told of the same commits just now, with the days as they are.
                self.days.forget(days_changed)
            self._move(head, rulebook)

    def _move(self, head: Head, rulebook: Rulebook | None) -> None:
        """Stand at `head`, unless the other of clerk and follower has come further meanwhile."""
        here = self.head
        if head.next_position < here.next_position:
            return
        if head.next_position == here.next_position:
            # Without a fact, the sandbox clock and what is settled move; they only move forwards.
            head = replace(
                head,
                clock_at=max(head.clock_at or 0, here.clock_at or 0) or None,
                settled_at=max(head.settled_at, here.settled_at),
            )
        if rulebook is not None:
            self.rulebook = rulebook
        # Last, since whoever sees how far the log is read relies on what was read.
        self.head = head

    def _forget(self, seller_ids: Iterable[str]) -> None:
        for seller_id in seller_ids:
            if self._known.pop(seller_id, None) is not None:
                self.outdated += 1

    def _keep(self, known: Iterable[Known]) -> None:
        for found in known:
            there = self._known.get(found.seller.seller_id)
            if there is None or there.seller.version <= found.seller.version:
                self._known[found.seller.seller_id] = found
        self.crowded_out += crowd_out(self._known, self.most_sellers)


def crowd_out(kept: dict[str, Any], most: int) -> int:
    """Forget those kept longest where there are more than `most`; returns how many went.

    A sixteenth more go than have to, since a dictionary finds its first entry by passing over all
    that went before it: one at a time, that took longer than to read a seller.
    """
    if len(kept) <= most:
        return 0
    going = list(islice(kept, len(kept) - most + most // 16))
    for key in going:
        del kept[key]
    return len(going)


@contextmanager
def collecting_seldom() -> Generator[None]:
    """Sellers remembered are not garbage: looking through them again and again only costs time.

    Within another such block it does nothing, since a full collection takes as long as everything
    that was there before.
    """
    if not _SELDOM.acquire(blocking=False):
        yield
        return
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        _SELDOM.release()
