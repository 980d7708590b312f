"""A row for each seller, as it stands: what people search, filter and sort. The table `sellers`.

A row is true from the seller's newest fact, or from the last instant at which time changed it, up
to `fresh_until`; then `pass_time` writes the next one. The engine says what it holds.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

from psycopg import Cursor

from ledger.facts.ids import is_policy, seller_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.violations import ViolationRecorded, ViolationVoided
from ledger.standing.evolve import evolve
from ledger.standing.seller import ENGINE_VERSION, Seller
from ledger.store.loading import StoredFact, load_book, load_sellers, replay
from ledger.store.memory import crowd_out
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection
from projections.seller_rows import (
    Footing,
    Lapses,
    footing,
    footing_of_stream,
    lapses_of,
    next_lapse,
    row,
)

SQL: Final = queries("projections", "sellers.sql")
MOST_REMEMBERED: Final = 50_000
STALE_AT_ONCE: Final = 1_000


class _Known(NamedTuple):
    """A seller as of its newest fact."""

    seller: Seller
    buckets: frozenset[str]
    """Those in which it ever had a violation."""
    lapse: Instant | None
    """When a violation next begins or ceases to count, as of the newest fact."""
    lapses: Lapses

    def at(self, instant: Instant) -> Footing:
        """What its row rests on, at its newest fact or later."""
        lapse = self.lapse
        if lapse is not None and lapse <= instant:
            lapse = next_lapse(self.seller, instant)
        return footing(self.seller, self.buckets, lapse, self.lapses, instant)


class Sellers(Projection):
    """Sellers as they stand where the projection is in the log."""

    name = "sellers"
    version = f"4.{ENGINE_VERSION}"
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
            self._known[seller_id] = _after(cursor, self._known.pop(seller_id), facts)
        self._put(cursor, [(s, self._known[s].seller.recorded_at) for s in changed])

    def fill(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Add the rows of whole streams, each written once."""
        found = [
            footing_of_stream(seller_id, list(facts))
            for stream, facts in groupby(batch.facts, key=lambda fact: fact.stream)
            if (seller_id := seller_of(stream)) is not None
        ]
        units = self._units_known(cursor)
        copy_rows(
            cursor, SQL["add"], (row(known, known.seller.recorded_at, units) for known in found)
        )

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
        rows = {seller_id: told for seller_id, *told in cursor.fetchall()}
        states = {s: known.seller for s, known in load_sellers(cursor, list(rows)).items()}
        ahead = {s: at for s, (at, *_) in rows.items() if states[s].position != at}
        if ahead:
            streams = _streams(cursor, ahead)
            states |= {seller_id: replay(seller_id, streams[seller_id]) for seller_id in ahead}
        for seller_id in missing:
            if seller_id not in rows:
                self._known[seller_id] = _Known(Seller(seller_id), frozenset(), None, {})
                continue
            seller, (_, lapses, buckets) = states[seller_id], rows[seller_id]
            lapse = next_lapse(seller, seller.recorded_at)
            self._known[seller_id] = _Known(seller, frozenset(buckets), lapse, lapses)

    def _put(self, cursor: Cursor[Any], wanted: list[tuple[str, Instant]]) -> None:
        """Write these sellers' rows. The old ones go first: that costs the database less than to
        change them, since indexes get a new entry of each in any case.
        """
        if not wanted:
            return
        known, units = self._known, self._units_known(cursor)
        rows = [row(known[seller_id].at(at), at, units) for seller_id, at in wanted]
        cursor.execute(SQL["remove"], ([seller_id for seller_id, _ in wanted],))
        copy_rows(cursor, SQL["add"], rows)
        crowd_out(known, MOST_REMEMBERED)

    def _units_known(self, cursor: Cursor[Any]) -> Mapping[str, str]:
        """Whether a bucket of any edition counts points or strikes."""
        if self._units is None:
            editions = load_book(cursor).editions
            self._units = {b.name: b.unit for edition in editions for b in edition.policy.buckets}
        return self._units


def _after(cursor: Cursor[Any], known: _Known, facts: list[StoredFact]) -> _Known:
    """A seller once more facts are known."""
    seller, buckets, lapse, _ = known
    lapses, annulled = dict(known.lapses), False
    for stored in facts:
        fact = stored.fact
        seller = evolve(seller, cast(SellerFact, fact), stored.position)
        if isinstance(fact, ViolationRecorded):
            if fact.bucket not in buckets:
                buckets |= {fact.bucket}
            lapses_at = fact.lapses_at
            if lapses_at > lapses.get(fact.family, 0):
                lapses[fact.family] = lapses_at
            if (lapse is None or lapses_at < lapse) and seller.violations[-1].counted:
                lapse = lapses_at
        elif isinstance(fact, ViolationVoided):
            annulled = True
    at = seller.recorded_at
    if annulled or (lapse is not None and lapse <= at):
        lapse = next_lapse(seller, at)
    if annulled and known.seller.version:
        # Which lapse is the last now, only all of the seller's violations tell.
        earlier = _streams(cursor, {seller.seller_id: known.seller.position})
        facts = [*earlier[seller.seller_id], *facts]
    if annulled:
        lapses = lapses_of(facts)
    return _Known(seller, buckets, lapse, lapses)


def _streams(cursor: Cursor[Any], up_to: Mapping[str, int]) -> dict[str, list[StoredFact]]:
    """The facts of sellers, each up to a position."""
    streams = {seller_id: list[StoredFact]() for seller_id in up_to}
    named = [seller_stream(seller_id) for seller_id in up_to]
    cursor.execute(SQL["facts_of_sellers"], (named, list(up_to.values())), binary=True)
    for told in cursor.fetchall():
        fact = StoredFact.of(told)
        streams[seller_of(fact.stream) or ""].append(fact)
    return streams
