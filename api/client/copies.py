"""Copies of standings in memory, and which of them may be answered from.

Reading takes no lock: it looks into dictionaries whose values never change, each of them replaced
whole by one writer at a time. What a source told (`told`) is right for as long as the source shows
signs of life. What was asked over HTTP (`asked`) is right for a while after it was asked, and as
long as the source lives that would tell of its next change.
"""

import time
from collections.abc import Callable
from itertools import islice
from math import inf
from threading import Event, Lock
from typing import Final

import msgspec

from api.client.standing import Copy, Standing

MOST_ASKED: Final = 200_000
"""Answers over HTTP that are kept: sellers that nobody heard of can be asked for without end."""
ASKED_AGAIN_AFTER_S: Final = 3_600.0
"""An answer over HTTP is asked for anew after so long, though its source tells of no change: of a
seller without facts the topic says nothing when only a limit becomes another.
"""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """An answer over HTTP: for how long it is right by itself, and how long with a source."""

    copy: Copy
    alone_until: float
    """By the monotonic clock, as everything here that is no `valid_until`."""
    told_until: float


class Copies:
    """What is known of sellers. May be used from any thread."""

    def __init__(self, max_age_s: float, now: Callable[[], float]) -> None:
        self.max_age_s = max_age_s
        self._now = now
        self._told: dict[str, Copy] = {}
        self._asked: dict[str, Asked] = {}
        self._unreadable: set[str] = set()
        self._again: set[str] | None = None
        self._writing = Lock()
        self._alive_until = -inf
        self._keep_from = 0
        self.alive_at = -inf
        """When the source last showed that nothing was missing here."""
        self.position = 0
        """The highest that was told of."""
        self.complete = Event()
        """Set once the source was read to its end, and answers are given from here."""
        self.changes = self.repeated = self.unreadable = 0

    def __len__(self) -> int:
        """Of how many sellers something is known."""
        return len(self._told) + len(self._asked)

    def get(self, seller_id: str) -> Standing | None:
        """The standing, if it can be answered from here at this instant."""
        at = time.monotonic()
        told = self._told.get(seller_id)
        if told is not None and at < self._alive_until and self._now() < told.valid_until_s:
            return told.standing
        asked = self._asked.get(seller_id)
        if asked is None or self._now() >= asked.copy.valid_until_s:
            return None
        if at < asked.alone_until or at < min(asked.told_until, self._alive_until):
            return asked.copy.standing
        return None

    def newest(self, seller_id: str) -> Copy | None:
        """What is held, whether or not it may be answered from; nothing older may replace it."""
        asked = self._asked.get(seller_id)
        return asked.copy if asked is not None else self._told.get(seller_id)

    def alive(self, at: float) -> None:
        """The source had told everything at `at`."""
        if self._again is not None:
            self._read_again(self._again)
        self.alive_at = max(self.alive_at, at)
        self._alive_until = self.alive_at + self.max_age_s
        if time.monotonic() < self._alive_until:
            # Else the first reading took longer than a copy may be old: the next look is soon.
            self.complete.set()

    def doubtful(self) -> None:
        """What is here may miss changes: nothing is answered until the source lives again."""
        self.alive_at = self._alive_until = -inf

    def begin_again(self) -> None:
        """The source is read from its beginning: what it does not tell again is gone from it."""
        self._again = set() if self._told else None

    def keep_from(self, position: int) -> None:
        """Keep no answer of a server that had not read so far: a change in between would not be
        told again.
        """
        self._keep_from = max(self._keep_from, position)

    def take(self, seller_id: str, copy: Copy) -> None:
        """What the source told, unless something newer is here."""
        with self._writing:
            if self._again is not None:
                self._again.add(seller_id)
            self._unreadable.discard(seller_id)
            held = self.newest(seller_id)
            if held is not None and copy.order <= held.order:
                # The source may be behind what was asked for, or be read again.
                self.repeated += 1
                copy = held
            else:
                self.position = max(self.position, copy.position)
                self.changes += 1
            self._told[seller_id] = copy
            self._asked.pop(seller_id, None)

    def take_away(self, seller_id: str) -> None:
        """The source knows the seller no more."""
        with self._writing:
            self._forget(seller_id)
            self._unreadable.discard(seller_id)
            self.changes += 1

    def take_unreadable(self, seller_id: str | None) -> None:
        """Something was told that cannot be read: of that seller, if any, nothing is answered
        from here until something can.
        """
        with self._writing:
            self.unreadable += 1
            if seller_id is not None:
                self._forget(seller_id)
                self._unreadable.add(seller_id)

    def take_asked(self, copy: Copy, asked_at: float, read_to: int) -> Standing | None:
        """Keep an answer of a server that had read so far; the newest known, or None where that
        may not be answered any more and this is older.
        """
        seller_id = copy.standing.seller_id
        with self._writing:
            held = self.newest(seller_id)
            if held is not None and copy.order < held.order:
                return held.standing if self._now() < held.valid_until_s else None
            told_until = -inf
            if (
                asked_at < self._alive_until
                and read_to >= self._keep_from
                and seller_id not in self._unreadable
            ):
                told_until = asked_at + ASKED_AGAIN_AFTER_S
            self._asked[seller_id] = Asked(copy, asked_at + self.max_age_s, told_until)
            if held is not None and held.order < copy.order:
                # Else the source, alive again and still behind, would be answered from.
                self._told.pop(seller_id, None)
            if len(self._asked) > MOST_ASKED:
                for each in list(islice(self._asked, MOST_ASKED // 10)):
                    del self._asked[each]
            return copy.standing

    def no_longer_than(self, until_s: float) -> None:
        """Answer nothing of what is here now from an instant on: an edition takes effect then."""
        with self._writing:
            for seller_id, told in self._told.items():
                self._told[seller_id] = _shortened(told, until_s)
            for seller_id, asked in self._asked.items():
                self._asked[seller_id] = Asked(
                    _shortened(asked.copy, until_s), asked.alone_until, asked.told_until
                )

    def drop(self) -> None:
        """Forget everything: it was another log's, or changes were missed."""
        with self._writing:
            self._told, self._asked, self._unreadable = {}, {}, set()
            self._again, self._keep_from, self.position = None, 0, 0
            self.doubtful()

    def in_child(self) -> None:
        """In a forked process: nobody follows here any more, and nobody holds the lock."""
        self._writing, self.complete = Lock(), Event()
        self.doubtful()

    def _forget(self, seller_id: str) -> None:
        self._told.pop(seller_id, None)
        self._asked.pop(seller_id, None)

    def _read_again(self, again: set[str]) -> None:
        with self._writing:
            self._again = None
            for seller_id in self._told.keys() - again:
                del self._told[seller_id]


def _shortened(copy: Copy, until_s: float) -> Copy:
    return Copy(copy.standing, copy.position, min(copy.valid_until_s, until_s))
