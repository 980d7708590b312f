"""Violations of every seller: filtered, in the order in which they were recorded or will lapse."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import Appeal, Violation, position_text, when
from ledger.facts.instants import DAY_US, Instant, format_instant
from projections.violations_reading import (
    ViolationSort,
    ViolationStatus,
    ViolationsWanted,
    violations_read,
)


class ViolationRow(Violation, frozen=True):
    """A violation, who reported it, and where in the log it stands."""

    reported_by: str
    position: str


ALL_VIOLATIONS: Final = ListOf(
    "all-violations", "violations", ViolationRow, views=("violations", "appeals")
)


def all_violations(
    wanted: ViolationsWanted, now: Callable[[], Instant], sort: ViolationSort = "recorded"
) -> Asked[ViolationRow]:
    """Violations as they stand `now`."""
    length = 2 if sort in {"lapses", "-lapses"} else 1

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, ViolationRow]]:
        instant = now()
        for told in violations_read(cursor, wanted, sort, instant, after, at_once):
            yield tuple(told[:length]), _row(told[length:], instant)

    return Asked(ALL_VIOLATIONS, rows, {**wanted._asdict(), "sort": sort})


def _row(told: Any, now: Instant) -> ViolationRow:
    (
        position, violation_id, seller_id, rule, family, severity, bucket, unit, weight,
        effective_at, recorded_at, lapses_at, cancelled_at, appeal_days, policy, source,
        listing_id, reported_by, appeal_until, *newest,
    ) = told  # fmt: skip
    cancelled = cancelled_at is not None
    points, strikes = (weight, 0) if unit == "points" else (0, weight)
    if appeal_until is None:
        # Nobody appealed: the days from notice on hold.
        appeal_until = recorded_at + appeal_days * DAY_US if appeal_days else 0
    return ViolationRow(
        violation_id=violation_id,
        seller_id=seller_id,
        rule=rule,
        family=family,
        severity=severity,
        bucket=bucket,
        points=0 if cancelled else points,
        strikes=0 if cancelled else strikes,
        points_original=points,
        effective_at=format_instant(effective_at),
        recorded_at=format_instant(recorded_at),
        lapses_at=format_instant(lapses_at),
        status=_status(cancelled, lapses_at, now),
        appealable_until=when(None if cancelled else appeal_until or None),
        appeal=_appeal(newest, now),
        policy=policy,
        source=source,
        listing_id=listing_id,
        reported_by=reported_by,
        position=position_text(position),
    )


def _appeal(newest: Any, now: Instant) -> Appeal | None:
    number, status, filed_at, evidence_until, lapses_at, next_round_until = newest
    if number is None:
        return None
    lapsed = lapses_at is not None and lapses_at <= now
    return Appeal(
        round=number,
        status="lapsed" if lapsed else status,
        filed_at=format_instant(filed_at),
        evidence_until=when(evidence_until),
        next_round_until=when(next_round_until),
    )


def _status(cancelled: bool, lapses_at: Instant, now: Instant) -> ViolationStatus:
    if cancelled:
        return "cancelled"
    return "expired" if lapses_at <= now else "current"
