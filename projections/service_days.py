"""How sellers' days add up, as known over time: `service_days` and `service_outcomes`."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from psycopg import Cursor

from ledger.facts.dates import parse_date
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from ledger.facts.performance import PerformanceReported
from ledger.service.counts import Carried, Carriers, Counts, Sums, sums_of
from ledger.standing.serving import COUNTED, first_day_of
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection
from projections.service_history import FOREVER, History, Version

SQL: Final = queries("projections", "service_days.sql")
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class _Outcome(NamedTuple):
    """How a dispute ended, as known from an instant on."""

    position: int
    known_from: Instant
    day: int
    version: int
    against: bool
    reason: str


class _Change(NamedTuple):
    """What a fact says of one of a seller's dates."""

    day: int
    known_from: Instant
    sums: Sums
    whole: bool
    """Whether it is all that is reported of the date, and not something more."""


_Changes = dict[str, list[_Change]]


class ServiceDays(Projection):
    """For each seller and date that anything was told of, the counts up to it."""

    name = "service-days"
    version = "1"
    tables = ("service_days", "service_outcomes")

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Add up the days that the batch tells of, each fact from its recording on."""
        told = [
            (f.stream, f.version, f.position, f.fact)
            for f in batch.facts
            if isinstance(f.fact, PerformanceReported | DisputeOutcomeRecorded)
        ]
        if not told:
            return
        outcomes = _Outcomes(cursor, [(s, f) for s, _, _, f in told])
        changes: _Changes = {}
        for stream, version, position, fact in told:
            if isinstance(fact, PerformanceReported):
                day = parse_date(fact.date)
                change = _Change(day, fact.recorded_at, sums_of(fact), whole=True)
                changes.setdefault(fact.seller_id, []).append(change)
            elif fact.reason in COUNTED:
                seller_id = seller_of(stream) or ""
                for change in outcomes.told(seller_id, version, position, fact):
                    changes.setdefault(seller_id, []).append(change)
        outcomes.put(cursor)
        _put(cursor, changes)


class _Outcomes:
    """The outcomes that a batch may restate, and what it makes of them."""

    def __init__(self, cursor: Cursor[Any], told: Iterable[tuple[str, Any]]) -> None:
        wanted = {
            (seller_of(stream), fact.dispute_id)
            for stream, fact in told
            if isinstance(fact, DisputeOutcomeRecorded) and fact.revision > 1
        }
        self._now: dict[tuple[str, str], _Outcome] = {}
        self._gone: list[tuple[str, str, Instant]] = []
        self._new: dict[tuple[str, str, Instant], tuple[Any, ...]] = {}
        if wanted:
            columns = [list(column) for column in zip(*sorted(wanted, key=str), strict=True)]
            for seller_id, dispute_id, *kept in cursor.execute(SQL["outcomes_known"], columns):
                self._now[seller_id, dispute_id] = _Outcome(*kept)

    def told(
        self, seller_id: str, version: int, position: int, fact: DisputeOutcomeRecorded
    ) -> Iterable[_Change]:
        """Note an outcome; what it takes from its date and adds to it."""
        key, at = (seller_id, fact.dispute_id), fact.recorded_at
        before, against = self._now.get(key), fact.at_fault == "seller"
        day = first_day_of(fact) if before is None else before.day
        if before is not None:
            self._close(key, before, at)
        now = _Outcome(position, at, day, version, against, fact.reason)
        self._now[key] = now
        self._new[*key, at] = _outcome_row(key, now, FOREVER)
        more = against - (before is not None and before.against)
        if more:
            yield _Change(day, at, _one(fact.reason, more), whole=False)

    def put(self, cursor: Cursor[Any]) -> None:
        """Write what was noted."""
        if self._gone:
            columns = [list(column) for column in zip(*self._gone, strict=True)]
            cursor.execute(SQL["remove_outcomes"], columns)
        if self._new:
            copy_rows(cursor, SQL["add_outcomes"], self._new.values())

    def _close(self, key: tuple[str, str], before: _Outcome, at: Instant) -> None:
        place = (*key, before.known_from)
        if place not in self._new:
            self._gone.append(place)
        if before.known_from < at:
            self._new[place] = _outcome_row(key, before, at)
        else:
            self._new.pop(place, None)


def _outcome_row(key: tuple[str, str], told: _Outcome, known_until: Instant) -> tuple[Any, ...]:
    position, known_from, day, version, against, reason = told
    return (*key, position, known_from, known_until, day, version, against, reason)


def _one(reason: str, more: int) -> Sums:
    counts = (
        Counts(not_received=more) if reason == "not-received" else Counts(not_as_described=more)
    )
    return Sums(counts, {})


def _put(cursor: Cursor[Any], changes: _Changes) -> None:
    """Change the rows of sellers, each by what it was told, in order."""
    gone: list[tuple[str, int, Instant]] = []
    rows: list[tuple[Any, ...]] = []
    kept = _kept(cursor, changes)
    for seller_id, told in changes.items():
        history = History(kept.get(seller_id, ()))
        for change in told:
            put = history.told if change.whole else history.changed
            put(change.day, change.known_from, change.sums)
        gone += [(seller_id, day, known_from) for day, known_from in history.gone()]
        rows += [_row(seller_id, day, version) for day, version in history.new()]
    if gone:
        cursor.execute(SQL["remove"], [list(column) for column in zip(*gone, strict=True)])
    copy_rows(cursor, SQL["add"], rows)


def _kept(cursor: Cursor[Any], changes: _Changes) -> dict[str, list[tuple[int, Version]]]:
    """What the changes may change, and what it stands upon."""
    wanted: Sequence[list[Any]] = (
        list(changes),
        [min(change.day for change in told) for told in changes.values()],
        [min(change.known_from for change in told) for told in changes.values()],
    )
    found: dict[str, list[tuple[int, Version]]] = {}
    for seller_id, day, known_from, known_until, carriers, *counts in cursor.execute(
        SQL["from_day"], wanted, binary=True
    ):
        sums = Sums(Counts(*counts), carriers_of(carriers))
        version = Version(known_from, known_until, sums)
        found.setdefault(seller_id, []).append((day, version))
    return found


def _row(seller_id: str, day: int, version: Version) -> tuple[Any, ...]:
    known_from, known_until, sums = version
    carriers = _ENCODER.encode(sums.carriers).decode() if sums.carriers else None
    return (seller_id, day, known_from, known_until, carriers, *sums.counts)


def carriers_of(told: dict[str, list[int]] | None) -> Carriers:
    """Carriers as a row tells them."""
    return {name: Carried(*carried) for name, carried in (told or {}).items()}
