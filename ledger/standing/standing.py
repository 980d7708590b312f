"""`standing`: what is known of a seller, and the rules, at an instant, give the answer
(RULES §3).
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from ledger.facts.instants import Instant
from ledger.policy.policy import Bucket, Policy
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Freeze, Sanction, Seller

Status = Literal["active", "restricted", "suspended"]


class BucketStanding(msgspec.Struct, frozen=True):
    """One running total, its limit and the way to its next milestone."""

    bucket: str
    value: int
    limit: int | None
    to_next_milestone: int | None
    next_milestone: str | None


class Standing(msgspec.Struct, frozen=True):
    """A seller's standing as of one instant, as known at another. Instants are microseconds."""

    seller_id: str
    as_of: Instant
    known_at: Instant
    position: int
    policy: str
    status: Status
    can_sell: bool
    can_promote: bool
    can_withdraw: bool
    buckets: tuple[BucketStanding, ...]
    sanctions: tuple[Sanction, ...]
    """Those in force at `as_of`; the past is in the timeline."""
    freezes: tuple[Freeze, ...]
    next_change_at: Instant | None
    """When time alone will change the answer; None for never."""


def standing(seller: Seller, rulebook: Rulebook, as_of: Instant, known_at: Instant) -> Standing:
    """The standing as of any instant; `seller` holds the facts recorded by `known_at` and no
    others.

    Raises `BeforeFirstPack` where no edition was in force.
    """
    policy = rulebook.in_force(as_of, known_at)
    totals = {b.name: seller.value(b.name, as_of) for b in policy.buckets}
    next_change = min(
        (at for at in changes(seller, rulebook, known_at) if at > as_of), default=None
    )
    return standing_with(seller, policy, as_of, known_at, totals, next_change)


def standing_with(
    seller: Seller,
    policy: Policy,
    as_of: Instant,
    known_at: Instant,
    totals: Mapping[str, int],
    next_change: Instant | None,
) -> Standing:
    """The same, for who has the totals of the buckets and the next change at hand; `policy` is the
    edition in force.
    """
    sanctions = tuple(s for s in seller.sanctions if s.in_force_at(as_of))
    freezes = tuple(f for f in seller.freezes if f.in_force_at(as_of))
    barred = {what for s in sanctions for what in s.bars}
    status = status_of(sanctions)
    return Standing(
        seller_id=seller.seller_id,
        as_of=as_of,
        known_at=known_at,
        position=seller.position,
        policy=policy.ref,
        status=status,
        can_sell="selling" not in barred,
        can_promote="promotion" not in barred and status != "suspended",
        can_withdraw=not freezes,
        buckets=tuple(_bucket(b, totals.get(b.name, 0)) for b in policy.buckets),
        sanctions=sanctions,
        freezes=freezes,
        next_change_at=next_change,
    )


def current(seller: Seller, rulebook: Rulebook, now: Instant) -> Standing:
    """The live standing, given as of the instant at which it last changed.

    So the answer stays the same, byte for byte, until something happens.
    """
    known_at = max(seller.recorded_at, rulebook.known_since)
    past = (at for at in changes(seller, rulebook, known_at) if at <= now)
    return standing(seller, rulebook, max(known_at, *past, known_at), known_at)


def status_of(sanctions: tuple[Sanction, ...]) -> Status:
    """The status that sanctions in force amount to; a freeze of funds alone leaves a
    seller active.
    """
    if any(s.sanction == "suspension" for s in sanctions):
        return "suspended"
    return "restricted" if sanctions else "active"


def changes(seller: Seller, rulebook: Rulebook, known_at: Instant) -> list[Instant]:
    """Every instant at which time changes the answer, past and to come, in no order."""
    return [*rulebook.effective_instants(known_at), *own_changes(seller)]


def own_changes(seller: Seller) -> list[Instant]:
    """Those that the seller's own facts bring; editions of the pack bring others."""
    found: list[Instant] = []
    for v in seller.violations:
        if v.cancelled_at is None and v.counted:
            found += (v.effective_at, v.lapses_at)
    for s in seller.sanctions:
        until = s.until()
        found += (s.starts_at,) if until is None else (s.starts_at, until)
    for f in seller.freezes:
        found += (f.starts_at, f.ends_at)
    return found


def _bucket(bucket: Bucket, value: int) -> BucketStanding:
    nearest = min(
        ((_next_threshold(m.threshold, m.every, value), m.name) for m in bucket.milestones
         if m.every or m.threshold > value),
        default=None,
    )  # fmt: skip
    return BucketStanding(
        bucket=bucket.name,
        value=value,
        limit=bucket.limit,
        to_next_milestone=None if nearest is None else nearest[0] - value,
        next_milestone=None if nearest is None else nearest[1],
    )


def _next_threshold(threshold: int, every: bool, value: int) -> int:
    return (value // threshold + 1) * threshold if every else threshold
