"""Every dispute as it stands, and what runs of it: the tables `disputes` and `dispute_deadlines`.

A row is true from the dispute's newest fact, or from the last deadline that passed, up to
`fresh_until`: then the next default falls, and `pass_time` writes what the rules say to that,
recorded or not.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

from psycopg import Cursor

from ledger.decide.dispute_due import as_of
from ledger.disputes.dispute import Dispute
from ledger.disputes.evolve import evolve_dispute
from ledger.facts.ids import dispute_of, dispute_stream, is_policy
from ledger.facts.instants import Instant
from ledger.facts.kinds import DisputesOwnFact
from ledger.facts.money import decimals_of
from ledger.standing.rulebook import Rulebook
from ledger.store.loading import StoredFact, load_book, read_head
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "disputes.sql")
STALE_AT_ONCE: Final = 1_000


class _Known(NamedTuple):
    """A dispute with what no other fact than its opening says."""

    opened: int
    """Where it was opened."""
    recorded_at: Instant
    """When its newest fact was recorded."""
    dispute: Dispute


class Disputes(Projection):
    """Disputes as they stand where the projection is in the log."""

    name = "disputes"
    version = "1"
    tables = ("dispute_deadlines", "disputes")

    def __init__(self) -> None:
        self._rulebook: Rulebook | None = None

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write the disputes that the batch changed, each as of its newest fact."""
        told: list[StoredFact] = []
        for stored in batch.facts:
            if dispute_of(stored.stream) is not None:
                told.append(stored)
            elif is_policy(stored.stream):
                self._rulebook = None
        if told:
            begun = {stored.stream: stored.version for stored in reversed(told)}
            later = {stream: version for stream, version in begun.items() if version > 1}
            earlier = list[StoredFact]()
            if later:
                wanted = (list(later), list(later.values()))
                earlier = _read(cursor, "facts_before", wanted)
            _put(cursor, _folded([*earlier, *told]))

    def stale(self, cursor: Cursor[Any], now: Instant, parked: Collection[str]) -> Sequence[str]:
        """Those whose next default has fallen."""
        aside = [dispute_of(stream) for stream in parked]
        cursor.execute(SQL["stale"], {"now": now, "limit": STALE_AT_ONCE, "aside": aside})
        return [dispute_stream(dispute_id) for (dispute_id,) in cursor.fetchall()]

    def pass_time(self, cursor: Cursor[Any], streams: Sequence[str], now: Instant) -> None:
        """Write disputes anew as of now."""
        rulebook = self._rules(cursor)
        named = [dispute_of(stream) for stream in streams]
        facts = _read(cursor, "facts_known", (named, list(streams)))
        _put(
            cursor,
            [
                known._replace(dispute=as_of(known.dispute, now, rulebook))
                for known in _folded(facts)
            ],
        )

    def next_stale(self, cursor: Cursor[Any], parked: Collection[str]) -> Instant | None:
        """When the next default falls."""
        aside = [dispute_of(stream) for stream in parked]
        row = cursor.execute(SQL["next_stale"], {"aside": aside}).fetchone()
        return None if row is None else row[0]

    def forget(self) -> None:
        """Forget the rules."""
        self._rulebook = None

    def _rules(self, cursor: Cursor[Any]) -> Rulebook:
        if self._rulebook is None:
            self._rulebook = Rulebook(load_book(cursor), read_head(cursor).pack)
        return self._rulebook


def _read(cursor: Cursor[Any], statement: str, wanted: tuple[Any, ...]) -> list[StoredFact]:
    rows = cursor.execute(SQL[statement], wanted, binary=True).fetchall()
    return [StoredFact.of(row) for row in rows]


def _folded(facts: Iterable[StoredFact]) -> list[_Known]:
    """Disputes after all of their facts."""
    found: list[_Known] = []
    by_stream = sorted(facts, key=lambda stored: (stored.stream, stored.version))
    for _, own in groupby(by_stream, key=lambda stored: stored.stream):
        dispute: Dispute | None = None
        opened = 0
        for stored in own:
            opened = opened or stored.position
            dispute = evolve_dispute(dispute, cast(DisputesOwnFact, stored.fact), stored.position)
        assert dispute is not None
        found.append(_Known(opened, dispute.recorded_at, dispute))
    return found


def _put(cursor: Cursor[Any], known: Sequence[_Known]) -> None:
    cursor.execute(SQL["remove"], ([one.dispute.dispute_id for one in known],))
    cursor.execute(SQL["remove_deadlines"], ([one.opened for one in known],))
    copy_rows(cursor, SQL["add"], (_row(one) for one in known))
    copy_rows(cursor, SQL["add_deadlines"], (row for one in known for row in _deadlines(one)))


def _row(known: _Known) -> tuple[Any, ...]:
    dispute = known.dispute
    closed = dispute.closed
    running = dispute.deadlines()
    return (
        known.opened,
        dispute.opened_at,
        dispute.position,
        known.recorded_at,
        running[0].due_at if running else None,
        dispute.appealable_until(),
        None if closed is None else closed.effective_at,
        dispute.order_minor,
        dispute.asked_minor,
        dispute.offer_minor,
        None if closed is None else closed.refund_minor,
        decimals_of(dispute.currency),
        dispute.asked_returns,
        dispute.offer_returns,
        None if closed is None else closed.by_default,
        None if closed is None else closed.returned,
        dispute.dispute_id,
        dispute.seller_id,
        dispute.buyer_id,
        dispute.order_id,
        dispute.reason,
        dispute.currency,
        dispute.phase,
        dispute.status,
        running[0].what if running else None,
        None if closed is None else closed.at_fault,
        None if closed is None else closed.why,
        None if dispute.ruling is None else dispute.ruling.reviewer,
        dispute.policy,
        None if closed is None else closed.commission_owed,
        None if closed is None else closed.return_paid_by,
    )


def _deadlines(known: _Known) -> Iterable[tuple[Any, ...]]:
    dispute = known.dispute
    running: list[tuple[str, Instant]] = [(d.what, d.until) for d in dispute.deadlines()]
    appealable = dispute.appealable_until()
    if appealable is not None:
        running.append(("ruling-appeal", appealable))
    for what, until in running:
        yield known.opened, what, until, dispute.seller_id, dispute.dispute_id
