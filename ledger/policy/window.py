"""How long a violation counts: one window per bucket.

A rolling window is elapsed time and knows no calendar; a calendar window starts again at a
midnight of the pack's time zone.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from ledger.facts.instants import DAY_US, Instant

WindowKind = Literal["rolling-days", "calendar-quarter", "calendar-year"]
Anchor = Literal["first-day", "first-monday", "last-monday"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()
MICROSECOND = timedelta(microseconds=1)
MONDAY = 0
QUARTER_MONTHS = (1, 4, 7, 10)


class Window(Struct, frozen=True):
    """The stretch of time in which a violation counts.

    `days` belongs to rolling windows; `anchor` to calendar quarters: the day on which a new quarter
    starts (its first day, its first Monday, or already the last Monday of the quarter before).
    """

    kind: WindowKind
    days: int | None = None
    anchor: Anchor = "first-day"

    def lapse(self, effective: Instant, zone: str) -> Instant:
        """The first instant at which a violation effective then no longer counts."""
        if self.days is not None:
            return effective + self.days * DAY_US
        today = _local_day(effective, zone)
        starts = (
            _year_starts(today.year)
            if self.kind == "calendar-year"
            else _quarter_starts(today.year, self.anchor)
        )
        return _midnight(next(day for day in starts if day > today), zone)


def day_number(instant: Instant, zone: str) -> int:
    """The local calendar day on which an instant falls, counted from 1 January 1970 = 0."""
    if zone == "UTC":
        return instant // DAY_US
    return _local_day(instant, zone).toordinal() - EPOCH_ORDINAL


def local_day(instant: Instant, zone: str) -> int | None:
    """The same where it is not the day in UTC, as facts carry it; else None."""
    if zone == "UTC":
        return None
    day = day_number(instant, zone)
    return None if day == instant // DAY_US else day


def _local_day(instant: Instant, zone: str) -> date:
    moment = EPOCH + timedelta(microseconds=instant)
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        # East of Greenwich the calendar ends before its last instant: no date comes after 9999.
        return moment.date()


def _midnight(day: date, zone: str) -> Instant:
    # Where clocks jump over midnight or show it twice, fold=0 gives the first instant of the day.
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (start.astimezone(UTC) - EPOCH) // MICROSECOND


def _year_starts(year: int) -> list[date]:
    return [date(year + 1, 1, 1)]


def _quarter_starts(year: int, anchor: Anchor) -> list[date]:
    # The quarter of January anchored to a last Monday starts in December: look a year ahead.
    firsts = [date(y, month, 1) for y in (year, year + 1) for month in QUARTER_MONTHS]
    return [_anchored(first, anchor) for first in firsts]


def _anchored(first: date, anchor: Anchor) -> date:
    match anchor:
        case "first-day":
            return first
        case "first-monday":
            return first + timedelta(days=(MONDAY - first.weekday()) % 7)
        case "last-monday":
            eve = first - timedelta(days=1)
            return eve - timedelta(days=(eve.weekday() - MONDAY) % 7)
