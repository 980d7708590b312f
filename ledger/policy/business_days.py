"""Days on which a marketplace works, where a pack counts a window in such days.

Elsewhere a day is 86,400 seconds, whatever the calendar says. Here the calendar only says how many
of those days a window takes: until so many business days lie among the local dates that follow.
"""

from datetime import date
from typing import Final, Literal

from msgspec import Struct

from ledger.facts.instants import DAY_US, Instant
from ledger.policy.window import EPOCH_ORDINAL, day_number

DaysAre = Literal["calendar", "business"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEK: Final = 7
_FIRST_WEEKDAY: Final = 3
"""1 January 1970 was a Thursday; Monday is 0."""


class BusinessDays(Struct, frozen=True):
    """Which local dates are business days: neither of the weekend nor a pinned holiday.

    Dates are day numbers, 1 January 1970 = 0; `weekend` holds weekdays, Monday = 0, never all
    seven. What lies behind the last pinned holiday knows weekends only.
    """

    weekend: frozenset[int]
    holidays: frozenset[int]
    zone: str

    def is_business_day(self, day: int) -> bool:
        """Whether work is done on a local date."""
        return (day + _FIRST_WEEKDAY) % WEEK not in self.weekend and day not in self.holidays

    def calendar_days(self, instant: Instant, business_days: int) -> int:
        """How many of the local dates after an instant's hold so many business days: the least."""
        today = day_number(instant, self.zone)
        day, left = today, business_days
        while left:
            day += 1
            left -= self.is_business_day(day)
        return day - today


def window_until(instant: Instant, days: int, business_days: BusinessDays | None) -> Instant:
    """The last instant of a window of `days` that begins at an instant."""
    taken = days if business_days is None else business_days.calendar_days(instant, days)
    return instant + taken * DAY_US


def day_of(written: str) -> int:
    """The day number of a date such as 2026-01-01; raises `ValueError` for anything else."""
    day = date.fromisoformat(written)
    if day.isoformat() != written:
        raise ValueError("not written as 2026-01-01 is")
    return day.toordinal() - EPOCH_ORDINAL
