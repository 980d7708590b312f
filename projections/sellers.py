"""A row for each seller, as it stands: what people search, filter and sort. The table `sellers`.

A row is true from the seller's newest fact, or from the last instant at which time changed it, up
to `fresh_until`; then `pass_time` writes the next one. The engine says what it holds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

import msgspec
from psycopg import Cursor

from ledger.facts.ids import is_policy, seller_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact, from_bytes
from ledger.facts.violations import ViolationAnnulled, ViolationRecorded
from ledger.standing.evolve import evolve
from ledger.standing.seller import ENGINE_VERSION, Seller
from ledger.standing.standing import own_changes, status_of
from ledger.store.loading import (
    StoredFact,
    load_book,
    load_sellers,
    replay,
)
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
    version = f"3.{ENGINE_VERSION}"
    tables = ("sellers",)
    by_stream = True

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
        self._remember(cursor, list(changed))
        for seller_id, facts in changed.items():
            # Put last again, so that those longest unchanged are forgotten first.
            known = self._known.pop(seller_id)
            families = _families_after(cursor, known, facts)
            self._known[seller_id] = _Known(_after(known.seller, facts), families)
        self._put(cursor, [(s, self._known[s].seller.recorded_at) for s in changed])

    def stale(self, cursor: Cursor[Any], now: Instant, parked: Collection[str]) -> Sequence[str]:
        """Those whose rows were true until now."""
        aside = [seller_of(stream) for stream in parked]
        cursor.execute(SQL["stale"], {"now": now, "limit": STALE_AT_ONCE, "aside": aside})
        return [seller_stream(seller_id) for (seller_id,) in cursor.fetchall()]

    def pass_time(self, cursor: Cursor[Any], streams: Sequence[str], now: Instant) -> None:
        """Write sellers anew as of now."""
        stale = [seller_id for stream in streams if (seller_id := seller_of(stream)) is not None]
        self._remember(cursor, stale)
        self._put(cursor, [(seller_id, now) for seller_id in stale])

    def next_stale(self, cursor: Cursor[Any], parked: Collection[str]) -> Instant | None:
        """The earliest instant up to which a row is true."""
        aside = [seller_of(stream) for stream in parked]
        cursor.execute(SQL["next_stale"], {"aside": aside})
        row = cursor.fetchone()
        return None if row is None else row[0]

    def forget(self) -> None:
        """Forget sellers and the units of buckets."""
        self._known.clear()
        self._units = None

    def _remember(self, cursor: Cursor[Any], wanted: list[str]) -> None:
        """Have these sellers at hand as they were when their rows were written: by the memo where
        it says no more than that, else by their facts. One without a row has had no fact.
        """
        missing = [seller_id for seller_id in wanted if seller_id not in self._known]
        if not missing:
            return
        cursor.execute(SQL["rows"], (missing,))
        rows = {seller_id: (at, lapses) for seller_id, at, lapses in cursor.fetchall()}
        states = {s: known.seller for s, known in load_sellers(cursor, list(rows)).items()}
        ahead = {s: at for s, (at, _) in rows.items() if states[s].position != at}
        if ahead:
            streams = _streams(cursor, ahead)
            states |= {seller_id: replay(seller_id, streams[seller_id]) for seller_id in ahead}
        for seller_id in missing:
            if seller_id in rows:
                self._known[seller_id] = _Known(states[seller_id], rows[seller_id][1])
            else:
                self._known[seller_id] = _Known(Seller(seller_id), {})

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


def _streams(cursor: Cursor[Any], up_to: Mapping[str, int]) -> dict[str, list[StoredFact]]:
    """The facts of sellers, each up to a position."""
    streams = {seller_id: list[StoredFact]() for seller_id in up_to}
    named = [seller_stream(seller_id) for seller_id in up_to]
    cursor.execute(SQL["facts_of_sellers"], (named, list(up_to.values())), binary=True)
    for stream, version, name, state, position in cursor.fetchall():
        fact = StoredFact(stream, version, position, name, from_bytes(name, state), state)
        streams[seller_of(stream) or ""].append(fact)
    return streams


def _families_after(cursor: Cursor[Any], known: _Known, facts: list[StoredFact]) -> Lapses:
    seller, lapses = known
    if seller.version and any(isinstance(stored.fact, ViolationAnnulled) for stored in facts):
        # Which lapse is the last now, only all of the seller's violations tell.
        earlier = _streams(cursor, {seller.seller_id: seller.position})
        lapses, facts = {}, [*earlier[seller.seller_id], *facts]
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
