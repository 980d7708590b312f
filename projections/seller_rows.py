"""What a row of `sellers` says, from what is known of a seller.

There are two ways to know it. Who follows the log has the engine's state, and puts fact after fact
on top of it. Who makes the view anew has all facts of a seller at hand, and adds up what the row
needs once: `footing_of_stream`. Both give the same row, which tests/projections/test_seller_rows.py
holds them to.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

import msgspec

from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.violations import ViolationExpired, ViolationRecorded, ViolationVoided
from ledger.standing.appeals import lapsing
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.standing.standing import status_of
from ledger.store.loading import StoredFact, replay

Lapses = dict[str, Instant]
"""For each family with violations that were not cancelled, when the last of them lapses."""

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class Footing(NamedTuple):
    """What a seller's row rests on, as of one instant."""

    seller: Seller
    """Its sanctions, freezes and appeals, and its newest fact; violations may be left out."""
    totals: Mapping[str, int]
    """By bucket in which the seller ever had a violation."""
    next_lapse: Instant | None
    """When a violation next begins or ceases to count."""
    lapses: Lapses


def footing_of_stream(seller_id: str, facts: Sequence[StoredFact]) -> Footing:
    """What the row rests on after a whole stream, from its first fact on, as of its newest.

    Violations are added up once, not after each fact. Where caps and merges decide what one
    counts, the engine says it fact by fact.
    """
    recorded: list[ViolationRecorded] = []
    cancelled: set[str] = set()
    seller, at = Seller(seller_id), facts[-1].fact.recorded_at
    for stored in facts:
        fact = stored.fact
        if isinstance(fact, ViolationRecorded):
            if fact.daily_cap is not None or fact.merge_days is not None:
                return _by_the_engine(seller_id, facts, at)
            recorded.append(fact)
        elif isinstance(fact, ViolationVoided):
            cancelled.add(fact.violation_id)
        elif not isinstance(fact, ViolationExpired):
            seller = evolve(seller, cast(SellerFact, fact), stored.position)
    # Of violations the row needs no more than their sums: the rest is as if there were none.
    seller = msgspec.structs.replace(seller, recorded_at=at, position=facts[-1].position)
    totals = dict.fromkeys([fact.bucket for fact in recorded], 0)
    standing = [f for f in recorded if f.violation_id not in cancelled] if cancelled else recorded
    lapses: Lapses = {}
    next_lapse: Instant | None = None
    for fact in standing:
        lapses_at, weight = fact.lapses_at, fact.points or fact.strikes
        if lapses_at > lapses.get(fact.family, 0):
            lapses[fact.family] = lapses_at
        if weight and lapses_at > at:
            totals[fact.bucket] += weight
            if next_lapse is None or lapses_at < next_lapse:
                next_lapse = lapses_at
    return Footing(seller, totals, next_lapse, lapses)


def _by_the_engine(seller_id: str, facts: Sequence[StoredFact], at: Instant) -> Footing:
    seller = replay(seller_id, facts)
    buckets = {v.bucket for v in seller.violations}
    return footing(seller, buckets, next_lapse(seller, at), lapses_of(facts), at)


def footing(
    seller: Seller, buckets: Iterable[str], lapse: Instant | None, lapses: Lapses, at: Instant
) -> Footing:
    """What the row rests on by the engine's state of a seller."""
    return Footing(seller, {bucket: seller.value(bucket, at) for bucket in buckets}, lapse, lapses)


def next_lapse(seller: Seller, at: Instant) -> Instant | None:
    """When a violation next begins or ceases to count, behind an instant."""
    counting = [v for v in seller.violations if v.cancelled_at is None and v.counted]
    ends = [v.lapses_at for v in counting if v.lapses_at > at]
    return min(ends + [v.effective_at for v in counting if v.effective_at > at], default=None)


def lapses_of(facts: Iterable[StoredFact]) -> Lapses:
    """The families' lapses by all of a seller's facts."""
    told = [stored.fact for stored in facts]
    cancelled = {fact.violation_id for fact in told if isinstance(fact, ViolationVoided)}
    lapses: Lapses = {}
    for fact in told:
        if isinstance(fact, ViolationRecorded) and fact.violation_id not in cancelled:
            lapses[fact.family] = max(lapses.get(fact.family, 0), fact.lapses_at)
    return lapses


def row(known: Footing, at: Instant, units: Mapping[str, str]) -> tuple[Any, ...]:
    """The seller's row as of an instant, as COPY wants it."""
    seller, totals, lapse, lapses = known
    sanctions = tuple(s for s in seller.sanctions if s.in_force_at(at))
    freezes = [f for f in seller.freezes if f.in_force_at(at)]
    barred = {what for sanction in sanctions for what in sanction.bars}
    status = status_of(sanctions)
    next_change = min(_changes(seller, lapse, at), default=None)
    current = [family for family, end in lapses.items() if end > at]
    ends = [lapses[family] for family in current]
    ends += [instant for instant, _ in lapsing(seller.appeals) if instant > at]
    if next_change is not None:
        ends.append(next_change)
    return (
        seller.seller_id,
        seller.position,
        seller.recorded_at,
        next_change,
        min(ends, default=None),
        _points(totals, units),
        max((value for b, value in totals.items() if units[b] == "strikes"), default=0),
        status,
        "selling" not in barred,
        "promotion" not in barred and status != "suspended",
        not freezes,
        _ENCODER.encode(totals).decode(),
        _array(tuple(sorted(current))),
        _ENCODER.encode(lapses).decode(),
        _array(tuple(sorted({s.sanction for s in sanctions}))),
        _array(tuple(sorted({f.cause for f in freezes}))),
        sum(appeal.newest.at(at).status == "filed" for appeal in seller.appeals),
    )


def _changes(seller: Seller, lapse: Instant | None, at: Instant) -> list[Instant]:
    """The instants behind `at` at which time changes what is known here."""
    found = [] if lapse is None else [lapse]
    for s in seller.sanctions:
        until = s.until()
        found += [i for i in (s.starts_at, until) if i is not None and i > at]
    for f in seller.freezes:
        found += [i for i in (f.starts_at, f.ends_at) if i > at]
    return found


def _points(totals: Mapping[str, int], units: Mapping[str, str]) -> int:
    """The bucket that is called points, or the fullest that counts points."""
    if "points" in units:
        return totals.get("points", 0)
    return max((value for b, value in totals.items() if units[b] == "points"), default=0)


@lru_cache(maxsize=4_096)
def _array(names: tuple[str, ...]) -> str:
    """Names as the database writes an array."""
    quoted = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    return "{" + ",".join(f'"{name}"' for name in quoted) + "}"
