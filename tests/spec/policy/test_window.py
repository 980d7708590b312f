"""When a violation stops counting, and on which calendar day it falls."""

import pytest

from ledger.facts.instants import DAY_US, format_instant, parse_instant
from ledger.policy.window import Window, day_number

YEAR = Window("rolling-days", days=365)
NINETY = Window("rolling-days", days=90)
QUARTER = Window("calendar-quarter")
FIRST_MONDAY = Window("calendar-quarter", anchor="first-monday")
LAST_MONDAY = Window("calendar-quarter", anchor="last-monday")
CALENDAR_YEAR = Window("calendar-year")

# fmt: off
LAPSES = [
    # window, zone, effective, the first instant at which it no longer counts
    (YEAR, "UTC", "2025-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
    (YEAR, "UTC", "2024-02-29T10:00:00Z", "2025-02-28T10:00:00Z"),   # a leap day is in it
    (YEAR, "UTC", "2023-03-01T00:00:00Z", "2024-02-29T00:00:00Z"),   # and at its end
    (YEAR, "UTC", "2025-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000001Z"),
    # Daylight saving moves the wall clock, never the life: 86,400 s a day.
    (NINETY, "America/New_York", "2026-01-31T05:00:00Z", "2026-05-01T05:00:00Z"),
    (QUARTER, "UTC", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
    (QUARTER, "UTC", "2026-03-31T23:59:59.999999Z", "2026-04-01T00:00:00Z"),
    (QUARTER, "UTC", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"),
    (QUARTER, "UTC", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
    # In New York the first of April begins under daylight saving, the first of January does not.
    (QUARTER, "America/New_York", "2026-04-01T03:59:59Z", "2026-04-01T04:00:00Z"),
    (QUARTER, "America/New_York", "2026-04-01T04:00:00Z", "2026-07-01T04:00:00Z"),
    (QUARTER, "America/New_York", "2026-12-01T00:00:00Z", "2027-01-01T05:00:00Z"),
    # Shopee: the first Monday of January, April, July, October.
    (FIRST_MONDAY, "UTC", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"),
    (FIRST_MONDAY, "UTC", "2026-01-05T00:00:00Z", "2026-04-06T00:00:00Z"),
    (FIRST_MONDAY, "UTC", "2026-12-31T00:00:00Z", "2027-01-04T00:00:00Z"),
    (FIRST_MONDAY, "UTC", "2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z"),  # the first is a Monday
    (FIRST_MONDAY, "Asia/Manila", "2026-04-05T15:59:59.999999Z", "2026-04-05T16:00:00Z"),
    # Shopee in the Philippines since 29 December 2025: the last Monday of the quarter before.
    (LAST_MONDAY, "Asia/Manila", "2025-12-28T15:59:59Z", "2025-12-28T16:00:00Z"),
    (LAST_MONDAY, "Asia/Manila", "2025-12-28T16:00:00Z", "2026-03-29T16:00:00Z"),
    (LAST_MONDAY, "UTC", "2025-12-31T00:00:00Z", "2026-03-30T00:00:00Z"),
    (LAST_MONDAY, "UTC", "2026-11-01T00:00:00Z", "2026-12-28T00:00:00Z"),
    (LAST_MONDAY, "UTC", "2029-12-31T00:00:00Z", "2030-03-25T00:00:00Z"),  # the eve is a Monday
    (CALENDAR_YEAR, "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    (CALENDAR_YEAR, "UTC", "2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z"),
    (CALENDAR_YEAR, "Asia/Shanghai", "2026-12-31T16:00:00Z", "2027-12-31T16:00:00Z"),
    # Samoa had no 30 December 2011; the year after began ten hours ahead of UTC less a day.
    (CALENDAR_YEAR, "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-31T10:00:00Z"),
]

DAYS = [
    # zone, instant, the local date
    ("UTC", "1970-01-01T00:00:00Z", "1970-01-01"),
    ("UTC", "1969-12-31T23:59:59.999999Z", "1969-12-31"),
    ("UTC", "2024-02-29T12:00:00Z", "2024-02-29"),
    ("America/New_York", "2026-03-08T04:59:59.999999Z", "2026-03-07"),
    ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08"),   # a day of 23 hours
    ("America/New_York", "2026-03-09T03:59:59.999999Z", "2026-03-08"),
    ("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09"),
    ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01"),   # a day of 25 hours
    ("America/New_York", "2026-11-02T04:59:59.999999Z", "2026-11-01"),
    ("Asia/Shanghai", "2026-01-01T15:59:59.999999Z", "2026-01-01"),
    ("Asia/Shanghai", "2026-01-01T16:00:00Z", "2026-01-02"),
    ("Asia/Shanghai", "9999-12-31T16:00:00Z", "9999-12-31"),      # there is no later date
    ("America/Sao_Paulo", "0001-01-01T00:00:00Z", "0001-01-01"),  # nor an earlier one
]
# fmt: on


@pytest.mark.parametrize(("window", "zone", "effective", "lapse"), LAPSES)
def test_a_violation_counts_until(window: Window, zone: str, effective: str, lapse: str) -> None:
    found = window.lapse(parse_instant(effective), zone)
    assert format_instant(found) == format_instant(parse_instant(lapse))


@pytest.mark.parametrize(("zone", "instant", "date"), DAYS)
def test_an_instant_falls_on_a_local_day(zone: str, instant: str, date: str) -> None:
    midnight_utc = parse_instant(date + "T00:00:00Z")
    assert day_number(parse_instant(instant), zone) == midnight_utc // DAY_US
