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
from msgspec.structs import replace

from api.client.signs import Horizons, Sign
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
        self._untold: set[str] = set()
        self._held_back: frozenset[str] = frozenset()
        self._horizons: Horizons = ()
        self._sure_until_s = inf
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
        if told is not None and at < self._alive_until:
            now_s = self._now()
            if now_s < told.valid_until_s and (
                now_s < self._sure_until_s or self._holds(seller_id, now_s)
            ):
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
        if self.is_alive():
            # Else the first reading took longer than a copy may be old: the next look is soon.
            self.complete.set()

    def is_alive(self) -> bool:
        """Whether answers of the source may be given now."""
        return time.monotonic() < self._alive_until

    def doubtful(self) -> None:
        """What is here may miss changes: nothing is answered until the source lives again."""
        self.alive_at = self._alive_until = -inf

    def begin_again(self) -> None:
        """The source is read from its beginning: what it does not tell again is gone from it, and
        what it told meanwhile of editions was missed.
        """
        self._again = set() if self._told else None
        with self._writing:
            for seller_id, asked in self._asked.items():
                self._asked[seller_id] = replace(asked, told_until=-inf)

    def heard(self, newest: Sign, horizons: Horizons) -> None:
        """The publisher said something: up to when what it told holds by all that counts now, and
        of whom it cannot tell. An edition of which it said nothing before is not known to whoever
        answered earlier.
        """
        if horizons == self._horizons and newest.held_back == self._held_back:
            return
        with self._writing:
            known, self._horizons = self._horizons, horizons
            self._sure_until_s = min(
                (min(each.until_s, each.swept_until_s) for each in horizons), default=inf
            )
            for until_s in _instants(horizons) - _instants(known):
                self._keep_from = max(self._keep_from, newest.position)
                self._shorten_asked(until_s)
            for seller_id in newest.held_back - self._held_back:
                self._doubt(seller_id)
            self._held_back = newest.held_back

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
            self._untold.discard(seller_id)
            held = self.newest(seller_id)
            if held is not None and copy.order <= held.order:
                # The source may be behind what was asked for, or be read again.
                self.repeated += 1
                copy = held
            else:
                self.position = max(self.position, copy.position)
                self.changes += 1
            if seller_id in self._held_back:
                copy = _shortened(copy, -inf)
            self._told[seller_id] = copy
            self._asked.pop(seller_id, None)

    def take_away(self, seller_id: str) -> None:
        """The source cannot say how the seller stands, and does not know what was asked for: until
        it can, answers over HTTP are kept as if there were no source.
        """
        with self._writing:
            self._forget(seller_id)
            self._untold.add(seller_id)
            self.changes += 1

    def take_unreadable(self, seller_id: str | None) -> None:
        """Something was told that cannot be read: of that seller, if any, nothing is answered
        from here until something can.
        """
        with self._writing:
            self.unreadable += 1
            if seller_id is not None:
                self._forget(seller_id)
                self._untold.add(seller_id)

    def take_asked(self, copy: Copy, asked_at: float, read_to: int) -> Standing | None:
        """Keep an answer of a server that had read so far; the newest known, or None where that
        may not be answered any more and this is older.
        """
        seller_id = copy.standing.seller_id
        with self._writing:
            held = self.newest(seller_id)
            if held is not None and copy.order < held.order:
                return held.standing if self._now() < held.valid_until_s else None
            alone_until = told_until = -inf
            if read_to >= self._keep_from:
                alone_until = asked_at + self.max_age_s
                if asked_at < self._alive_until and self._is_told(seller_id):
                    told_until = asked_at + ASKED_AGAIN_AFTER_S
            self._asked[seller_id] = Asked(copy, alone_until, told_until)
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
            self._shorten_asked(until_s)

    def drop(self) -> None:
        """Forget everything: it was another log's, or changes were missed."""
        with self._writing:
            self._told, self._asked, self._untold = {}, {}, set()
            self._horizons, self._sure_until_s, self._held_back = (), inf, frozenset()
            self._again, self._keep_from, self.position = None, 0, 0
            self.doubtful()

    def in_child(self) -> None:
        """In a forked process: nobody follows here any more, and nobody holds the lock."""
        self._writing, self.complete = Lock(), Event()
        self.doubtful()

    def _holds(self, seller_id: str, now_s: float) -> bool:
        """Whether no edition took effect that what was told of a seller may not know."""
        return all(now_s < each.of(seller_id) for each in self._horizons)

    def _is_told(self, seller_id: str) -> bool:
        """Whether the source would tell of a seller's next change."""
        return seller_id not in self._untold and seller_id not in self._held_back

    def _shorten_asked(self, until_s: float) -> None:
        for seller_id, asked in self._asked.items():
            self._asked[seller_id] = replace(asked, copy=_shortened(asked.copy, until_s))

    def _doubt(self, seller_id: str) -> None:
        """Answer nothing of a seller, and remember that nothing older may be answered."""
        told, asked = self._told.get(seller_id), self._asked.get(seller_id)
        if told is not None:
            self._told[seller_id] = _shortened(told, -inf)
        if asked is not None:
            self._asked[seller_id] = replace(asked, copy=_shortened(asked.copy, -inf))

    def _forget(self, seller_id: str) -> None:
        self._told.pop(seller_id, None)
        self._asked.pop(seller_id, None)

    def _read_again(self, again: set[str]) -> None:
        with self._writing:
            self._again = None
            for seller_id in self._told.keys() - again:
                del self._told[seller_id]


def _instants(horizons: Horizons) -> set[float]:
    every = (at for each in horizons for at in (each.until_s, each.swept_until_s))
    return {at for at in every if at < inf}


def _shortened(copy: Copy, until_s: float) -> Copy:
    return Copy(copy.standing, copy.position, min(copy.valid_until_s, until_s))
