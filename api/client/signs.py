"""What the publisher says of itself on the topic of progress: that it lives, and for how long what
it told of standings holds.

A record and the standings of its transaction stand in different partitions, and may be seen a
moment apart. The publisher begins a transaction once the one before can be seen as a whole. So a
record is believed when another was read behind it, and the topic of standings up to where it then
ended. Doubt that a record brings counts from the moment at which it is read.
"""

import time
from collections.abc import Iterable
from math import inf
from typing import Final, NamedTuple, TypeAlias

import msgspec

from api.client.standing import seconds_of


class Horizon(NamedTuple):
    """Up to when what was told of sellers holds, by one record; in seconds since 1970."""

    until_s: float = inf
    after: str = ""
    """Sellers up to this one were told anew."""
    swept_until_s: float = inf
    """Up to when it holds of those."""

    def of(self, seller_id: str) -> float:
        """Up to when it holds of one seller."""
        return self.swept_until_s if seller_id <= self.after else self.until_s

    def is_no_later_than(self, other: "Horizon") -> bool:
        """Whether this leaves no seller a later instant than the other does."""
        return (
            self.after <= other.after
            and self.until_s <= min(other.until_s, other.swept_until_s)
            and self.swept_until_s <= other.swept_until_s
        )


Horizons: TypeAlias = tuple[Horizon, ...]


class Sign(NamedTuple):
    """One record."""

    position: int
    looked_at: float
    """What was in the log by then was told; by this process's monotonic clock."""
    horizon: Horizon
    held_back: frozenset[str]
    """Sellers that the publisher cannot tell of."""


class Signs:
    """Collects records in the order of their topic. Used by one thread."""

    def __init__(self, horizons: Horizons = ()) -> None:
        """Where another reading ended in doubt, `horizons` are its last."""
        self.newest: Sign | None = None
        self.believed: Sign | None = None
        """The newest whose standings were all read."""
        self.horizons = horizons
        """What counts now: that of the record that is believed, and doubt that came since."""
        self._log: bytes | None = None
        self._vouched_for: Sign | None = None
        self._looking_for: Sign | None = None
        self._since_look: Horizons = ()

    def take(self, log: bytes | None, value: bytes | None) -> bool:
        """A record that was read; whether it could be. Else nothing is believed because of it."""
        sign = None if value is None else _sign_of(value)
        # Another log's record says nothing of what was told of the one before.
        self._vouched_for = self.newest if log == self._log else None
        self.newest, self._log = sign, log
        if sign is None:
            return False
        self.horizons = _earliest((*self.horizons, sign.horizon))
        self._since_look = _earliest((*self._since_look, sign.horizon))
        return True

    def look(self) -> None:
        """Somebody asks now where the topic of standings ends, to read all of it up to there."""
        both = self._vouched_for, self.newest
        self._looking_for = self._vouched_for
        self._since_look = _earliest(each.horizon for each in both if each is not None)

    def looked(self) -> None:
        """All of it was read."""
        if self._looking_for is not None:
            self.believed, self.horizons = self._looking_for, self._since_look


def _earliest(horizons: Iterable[Horizon]) -> Horizons:
    """Those that are not made idle by another."""
    kept: Horizons = ()
    for each in horizons:
        if not any(other.is_no_later_than(each) for other in kept):
            kept = (*(other for other in kept if not each.is_no_later_than(other)), each)
    return kept


class _Sweep(msgspec.Struct, frozen=True):
    after: str
    valid_until: str | None


class _Record(msgspec.Struct, frozen=True):
    """As much of a record as a copy goes by; `projections/outbox/record.py` has all of it."""

    position: str
    looked_at: str | None
    valid_until: str | None
    sweep: _Sweep | None
    held_back: list[str]


_RECORD: Final = msgspec.json.Decoder(_Record)


def _sign_of(value: bytes) -> Sign | None:
    try:
        said = _RECORD.decode(value)
        horizon = Horizon(_until(said.valid_until))
        if said.sweep is not None:
            swept_until_s = _until(said.sweep.valid_until)
            horizon = Horizon(horizon.until_s, said.sweep.after, swept_until_s)
        looked_at = -inf
        if said.looked_at is not None:
            # One whose clock is ahead of ours said it no later than now.
            ago_s = max(0.0, time.time() - seconds_of(said.looked_at))
            looked_at = time.monotonic() - ago_s
        return Sign(int(said.position), looked_at, horizon, frozenset(said.held_back))
    except ValueError:
        return None


def _until(instant: str | None) -> float:
    return inf if instant is None else seconds_of(instant)
