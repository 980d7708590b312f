"""The facts behind a service metric: reports of its window's days, and disputes that count."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.refusals import MalformedParameter
from api.representations import When, position_text
from api.reputation import VIEWS, CalendarDate, Judged, judging, metric_of
from ledger.facts.dates import format_date, parse_date
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import Instant, format_instant
from ledger.facts.performance import PerformanceReported
from ledger.ledger import Ledger
from ledger.policy.service import MetricName, MetricRules
from ledger.service.counts import Carried, sums_of
from ledger.service.metrics import OF_DISPUTES, counted_for
from ledger.store.loading import StoredFact
from projections.keyset import FIRST
from projections.service_reading import (
    Window,
    disputes_counted,
    position_known,
    reports_counted,
)

_DISPUTES, _REPORTS = 0, 1
"""Disputes are told first, then days, each in the order of their dates."""


class FactBehind(msgspec.Struct, frozen=True):
    """A fact, and what it adds to the metric."""

    fact_id: str
    kind: str
    date: CalendarDate
    dispute_id: str | None
    """Of an outcome: the dispute."""
    numerator: int
    denominator: int
    recorded_at: When
    position: str


REPUTATION_FACTS: Final = ListOf("reputation-facts", "facts", FactBehind, views=VIEWS)


def reputation_facts(
    ledger: Ledger,
    seller_id: str,
    metric: MetricName,
    window_days: int | None,
    as_of: Instant | None,
    known_at: Instant | None,
) -> Asked[FactBehind]:
    """What is behind a metric in one of its windows; the first of them if none is said."""

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, FactBehind]]:
        judged = judging(ledger, cursor, as_of, known_at)
        rules = next(r for r in judged.rules.metrics if r.metric == metric)
        behind = _Behind(judged, rules, seller_id, _window_of(rules, window_days))
        part, day, name = after or (_DISPUTES, FIRST, "")
        if part == _DISPUTES:
            yield from behind.disputes((int(day or 0), str(name)), at_once)
            day = FIRST
        yield from behind.reports(int(day or 0), at_once)

    asked = {"seller_id": seller_id, "metric": metric, "window_days": window_days}
    return Asked(REPUTATION_FACTS, rows, {**asked, "as_of": as_of, "known_at": known_at})


class _Behind:
    """The facts behind one metric of one window."""

    def __init__(
        self, judged: Judged, rules: MetricRules, seller_id: str, window_days: int
    ) -> None:
        self._judged = judged
        self._metric: MetricName = rules.metric
        self._seller_id = seller_id
        first = judged.day - window_days + 1
        self._window = Window(seller_id, first, judged.day, judged.known_at)
        self._carrier = metric_of(seller_id, judged, rules, window_days).carrier

    def disputes(self, after: tuple[int, str], at_once: int) -> Iterator[tuple[Key, FactBehind]]:
        """Disputes that count, behind a (day, dispute)."""
        reason = OF_DISPUTES.get(self._metric)
        if reason is None:
            return
        cursor = self._judged.cursor
        for told in disputes_counted(cursor, self._window, reason, after, at_once):
            yield (
                (_DISPUTES, told.day, told.dispute_id),
                FactBehind(
                    fact_id=fact_id(seller_stream(self._seller_id), told.version),
                    kind="dispute-outcome-recorded.v1",
                    date=format_date(told.day),
                    dispute_id=told.dispute_id,
                    numerator=1,
                    denominator=0,
                    recorded_at=format_instant(told.recorded_at),
                    position=position_text(told.position),
                ),
            )

    def reports(self, after: int, at_once: int) -> Iterator[tuple[Key, FactBehind]]:
        """Days behind a day, as they were last told by then."""
        judged = self._judged
        position = position_known(judged.cursor, judged.known_at, judged.position)
        for stored in reports_counted(judged.cursor, self._window, after, position, at_once):
            fact = stored.fact
            assert isinstance(fact, PerformanceReported)
            numerator, denominator = self._adds(fact)
            if numerator or denominator:
                key = (_REPORTS, parse_date(fact.date), "")
                yield key, _told(stored, fact, numerator, denominator)

    def _adds(self, fact: PerformanceReported) -> tuple[int, int]:
        counts, carriers = sums_of(fact)
        names = counted_for(self._metric)
        if names is None:
            shipped, on_time = carriers.get(self._carrier or "", Carried())
            return on_time, shipped
        return getattr(counts, names[0]), getattr(counts, names[1])


def _told(
    stored: StoredFact, fact: PerformanceReported, numerator: int, denominator: int
) -> FactBehind:
    return FactBehind(
        fact_id=fact_id(stored.stream, stored.version),
        kind=stored.name,
        date=fact.date,
        dispute_id=None,
        numerator=numerator,
        denominator=denominator,
        recorded_at=format_instant(fact.recorded_at),
        position=position_text(stored.position),
    )


def _window_of(rules: MetricRules, window_days: int | None) -> int:
    if window_days is None:
        return rules.window_days[0]
    if window_days not in rules.window_days:
        raise MalformedParameter(
            f"{rules.metric} has no window of {window_days} days",
            field="window_days",
            accepted=", ".join(map(str, rules.window_days)),
        )
    return window_days
