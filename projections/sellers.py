"""A row for each seller, as it stands: what people search, filter and sort. The table `sellers`.

A row is true from the seller's newest fact, or from the last instant at which time changed it, up
to `fresh_until`; then `pass_time` writes the next one. The engine says what it holds.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

import msgspec
from psycopg import Cursor

from ledger.facts.ids import is_policy, seller_of
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.violations import ViolationAnnulled, ViolationRecorded
from ledger.standing.evolve import evolve
from ledger.standing.seller import ENGINE_VERSION, Seller
from ledger.standing.standing import own_changes, status_of
from ledger.store.loading import StoredFact, load_book, load_sellers, load_stream, replay
from ledger.store.sql import queries
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "sellers.sql")
MOST_REMEMBERED: Final = 50_000
STALE_AT_ONCE: Final = 1_000

Lapses = dict[str, Instant]
"""For each family with violations that were not cancelled, when the last of them lapses."""


class _Known(NamedTuple):
    seller: Seller
    lapses: Lapses


class Sellers(Projection):
    """Sellers as they stand where the projection is in the log."""

    name = "sellers"
    version = f"2.{ENGINE_VERSION}"
    tables = ("sellers",)

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._units: dict[str, str] | None = None

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write the sellers that the batch changed, each as of its newest fact."""
        if any(is_policy(fact.stream) for fact in batch.facts):
            self._units = None
        by_stream = sorted(batch.facts, key=lambda fact: fact.stream)
        changed = {
            seller_id: list(facts)
            for stream, facts in groupby(by_stream, key=lambda fact: fact.stream)
            if (seller_id := seller_of(stream)) is not None
        }
        before = self._remembered(changed)
        lost = [seller_id for seller_id in changed if seller_id not in before]
        states = self._states(cursor, lost, batch.last)
        lapses = _lapses(cursor, lost)
        for seller_id, facts in changed.items():
            known = before.get(seller_id)
            if known is None:
                seller, families = states[seller_id], lapses.get(seller_id, {})
            else:
                seller, families = _after(known.seller, facts), known.lapses
            families = _families_after(cursor, seller_id, families, facts, batch.last)
            self._known[seller_id] = _Known(seller, families)
        self._put(cursor, [(s, self._known[s].seller.recorded_at) for s in changed])

    def pass_time(self, cursor: Cursor[Any], position: int, now: Instant) -> Instant | None:
        """Write anew the sellers that time changed by `now`, some at a time."""
        cursor.execute(SQL["stale"], {"now": now, "limit": STALE_AT_ONCE})
        stale = [seller_id for (seller_id,) in cursor.fetchall()]
        if stale:
            lost = [seller_id for seller_id in stale if seller_id not in self._known]
            states, lapses = self._states(cursor, lost, position), _lapses(cursor, lost)
            self._known |= {s: _Known(states[s], lapses.get(s, {})) for s in lost}
            self._put(cursor, [(seller_id, now) for seller_id in stale])
        cursor.execute(SQL["next_stale"])
        row = cursor.fetchone()
        return None if row is None else row[0]

    def forget(self) -> None:
        """Forget sellers and the units of buckets."""
        self._known.clear()
        self._units = None

    def _remembered(self, seller_ids: Iterable[str]) -> dict[str, _Known]:
        known = self._known
        return {seller_id: known[seller_id] for seller_id in seller_ids if seller_id in known}

    def _states(self, cursor: Cursor[Any], wanted: list[str], position: int) -> dict[str, Seller]:
        """Sellers as their facts up to a position leave them. The memo says it where it is not
        ahead of us.
        """
        found: dict[str, Seller] = {}
        if wanted:
            for seller_id, known in load_sellers(cursor, wanted).items():
                found[seller_id] = known.seller
                if known.seller.position > position:
                    stream = load_stream(cursor, seller_id)
                    found[seller_id] = replay(
                        seller_id, [fact for fact in stream if fact.position <= position]
                    )
        return found

    def _put(self, cursor: Cursor[Any], wanted: list[tuple[str, Instant]]) -> None:
        if not wanted:
            return
        units = self._units = self._units or _units(cursor)
        rows = [_row(self._known[seller_id], at, units) for seller_id, at in wanted]
        cursor.execute(SQL["put"], [list(column) for column in zip(*rows, strict=True)])
        while len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]


def _after(seller: Seller, facts: Iterable[StoredFact]) -> Seller:
    for stored in facts:
        seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
    return seller


def _lapses(cursor: Cursor[Any], seller_ids: list[str]) -> dict[str, Lapses]:
    """What the rows that are there say."""
    if not seller_ids:
        return {}
    cursor.execute(SQL["family_lapses"], (seller_ids,))
    return dict(cursor.fetchall())


def _families_after(
    cursor: Cursor[Any], seller_id: str, lapses: Lapses, facts: list[StoredFact], position: int
) -> Lapses:
    if any(isinstance(stored.fact, ViolationAnnulled) for stored in facts):
        # Which lapse is the last now, only all of the seller's violations tell.
        stream = load_stream(cursor, seller_id)
        lapses, facts = {}, [stored for stored in stream if stored.position <= position]
    cancelled = {s.fact.violation_id for s in facts if isinstance(s.fact, ViolationAnnulled)}
    after = dict(lapses)
    for stored in facts:
        fact = stored.fact
        if isinstance(fact, ViolationRecorded) and fact.violation_id not in cancelled:
            after[fact.family] = max(after.get(fact.family, 0), fact.lapses_at)
    return after


def _units(cursor: Cursor[Any]) -> dict[str, str]:
    """Whether a bucket of any edition counts points or strikes."""
    editions = load_book(cursor).editions
    return {b.name: b.unit for edition in editions for b in edition.policy.buckets}


def _row(known: _Known, at: Instant, units: dict[str, str]) -> tuple[Any, ...]:
    """The seller's row as of an instant."""
    seller, lapses = known
    names = sorted({v.bucket for v in seller.violations})
    totals = {bucket: seller.value(bucket, at) for bucket in names}
    sanctions = tuple(s for s in seller.sanctions if s.in_force_at(at))
    freezes = [f for f in seller.freezes if f.in_force_at(at)]
    barred = {what for sanction in sanctions for what in sanction.bars}
    status = status_of(sanctions)
    next_change = min((i for i in own_changes(seller) if i > at), default=None)
    current = {family: lapse for family, lapse in lapses.items() if lapse > at}
    ends = [*current.values(), *([] if next_change is None else [next_change])]
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
        _json(totals),
        ",".join(sorted(current)),
        _json(dict(sorted(lapses.items()))),
        ",".join(sorted({s.sanction for s in sanctions})),
        ",".join(sorted({f.cause for f in freezes})),
    )


def _points(totals: dict[str, int], units: dict[str, str]) -> int:
    """The bucket that is called points, or the fullest that counts points."""
    if "points" in units:
        return totals.get("points", 0)
    return max((value for b, value in totals.items() if units[b] == "points"), default=0)


def _json(told: object) -> str:
    return msgspec.json.encode(told).decode()
