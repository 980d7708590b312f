"""A standing as the ledger tells it over HTTP, on the topic and in the stream.

The same shapes as in `api/representations.py`, written down again so that the server need not be
imported; a test holds the two against each other. Fields that come later are passed over.
"""

from datetime import datetime
from math import inf
from sys import intern
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec.structs import force_setattr

Order: TypeAlias = tuple[int, str]
"""Position, then the instant as of which it is given: of two of one seller, the higher is newer."""


class Bucket(msgspec.Struct, frozen=True, gc=False):
    """One running total, its limit, and the way to its next milestone."""

    bucket: str
    value: int
    limit: int | None
    to_next_milestone: int | None
    next_milestone: str | None


class Sanction(msgspec.Struct, frozen=True, gc=False, rename={"starts_at": "from"}):
    """A sanction in force: from when, until when (None: without end), and because of what."""

    sanction_id: str
    kind: str
    milestone: str | None
    starts_at: str
    until: str | None
    because_of: tuple[str, ...]
    listing_ids: tuple[str, ...] = ()


class Freeze(msgspec.Struct, frozen=True, gc=False, rename={"starts_at": "from"}):
    """Money withheld, its cause and its date of release."""

    freeze_id: str
    cause: str
    starts_at: str
    until: str


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What a seller may do, and why. Instants are RFC 3339 in UTC with microseconds."""

    seller_id: str
    as_of: str
    known_at: str
    position: str
    policy: str
    status: Literal["active", "restricted", "suspended"]
    can_sell: bool
    can_promote: bool
    can_withdraw: bool
    buckets: tuple[Bucket, ...]
    sanctions: tuple[Sanction, ...]
    freezes: tuple[Freeze, ...]
    next_change_at: str | None
    valid_until: str | None
    """Up to here time alone changes nothing; None: for ever."""


class Copy(msgspec.Struct, frozen=True, gc=False):
    """A standing as it is kept: with what the reading of it has to look at."""

    standing: Standing
    position: int
    valid_until_s: float
    """Seconds since 1970; infinite where time alone changes nothing."""

    @property
    def order(self) -> Order:
        """Which of two copies of one seller is newer."""
        return self.position, self.standing.as_of


class Unreadable(Exception):
    """These bytes are no standing of that seller."""


_STANDING: Final = msgspec.json.Decoder(Standing)
_MANY: Final = msgspec.json.Decoder(dict[Literal["standings"], list[Standing]])
_SHARED_AT_MOST: Final = 10_000
_shared_buckets: dict[tuple[Bucket, ...], tuple[Bucket, ...]] = {}


def read_standing(value: bytes, seller_id: str | None = None) -> Copy:
    """The standing in these bytes; raises `Unreadable`, also where it is another seller's."""
    try:
        copy = _copy_of(_STANDING.decode(value))
    except ValueError as broken:
        raise Unreadable(str(broken)) from None
    if seller_id is not None and copy.standing.seller_id != seller_id:
        raise Unreadable("the key names one seller, and the value another")
    return copy


def read_standings(value: bytes) -> list[Copy]:
    """The standings of an answer to many; raises `Unreadable`."""
    try:
        return [_copy_of(found) for found in _MANY.decode(value)["standings"]]
    except (ValueError, KeyError) as broken:
        raise Unreadable(str(broken)) from None


def seconds_of(instant: str) -> float:
    """RFC 3339 as seconds since 1970; raises `ValueError` where a zone is missing."""
    moment = datetime.fromisoformat(instant)
    if moment.tzinfo is None:
        raise ValueError("an instant names no zone")
    return moment.timestamp()


def _copy_of(standing: Standing) -> Copy:
    """Packed: among a million standings few texts and totals differ, so equal ones are shared."""
    if len(_shared_buckets) < _SHARED_AT_MOST:
        _shared_buckets.setdefault(standing.buckets, standing.buckets)
    force_setattr(standing, "buckets", _shared_buckets.get(standing.buckets, standing.buckets))
    force_setattr(standing, "policy", intern(standing.policy))
    if standing.known_at == standing.as_of:
        force_setattr(standing, "known_at", standing.as_of)
    until = standing.valid_until
    if until is not None and standing.next_change_at == until:
        force_setattr(standing, "next_change_at", until)
    return Copy(standing, int(standing.position), inf if until is None else seconds_of(until))
