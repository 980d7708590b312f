"""Windows in business days: weekends and pinned holidays, in the pack's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.facts.instants import DAY_US, HOUR_US, Instant, parse_instant
from ledger.policy.business_days import BusinessDays, day_of
from ledger.policy.check import policy_from, policy_from_canonical
from ledger.policy.document import PackData, canonical, read
from ledger.policy.mistakes import MalformedPack
from ledger.policy.patch import PatchValue, patched
from ledger.policy.policy import Policy
from ledger.policy.shipped import load_pack
from ledger.policy.window import day_number
from tests.spec.described import instant_of
from tests.spec.given import given as story_given
from tests.spec.given import pack, report, report_strike

HOLIDAYS = ["2026-01-01", "2026-04-03", "2026-04-06", "2026-12-25"]
CALENDAR = f"""
[calendar]
source = "the public holidays of nowhere"
weekend = ["saturday", "sunday"]
holidays = {HOLIDAYS}
"""
BUSINESS: dict[str, PatchValue] = {
    "appeals.prohibited.days_are": "business",
    "appeals.intellectual-property-by-platform.days_are": "business",
    "disputes.days_are": "business",
}


def data_with(patch: dict[str, PatchValue], table: str = CALENDAR) -> PackData:
    """The shipped pack with a calendar, and other values where a patch names them."""
    return patched(read(load_pack("aliexpress") + table), patch)


WORKDAYS = policy_from(data_with(BUSINESS))


def calendar(*holidays: str, weekend: tuple[int, ...] = (5, 6), zone: str = "UTC") -> BusinessDays:
    return BusinessDays(frozenset(weekend), frozenset(map(day_of, holidays)), zone)


def until(policy: Policy, notice: str) -> Instant | None:
    return policy.appeal_window("prohibited", "platform").first_until(instant_of(notice))


# -- by example ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_", "days", "ends"),
    [
        ("2026-03-02T10:00:00", 4, "2026-03-06T10:00:00"),  # Monday to Friday
        ("2026-03-05T10:00:00", 4, "2026-03-11T10:00:00"),  # over a weekend
        ("2026-03-07T10:00:00", 1, "2026-03-09T10:00:00"),  # from a Saturday
        ("2026-04-02T10:00:00", 1, "2026-04-07T10:00:00"),  # over Easter
        ("2025-12-31T23:59:59.999999", 1, "2026-01-02T23:59:59.999999"),  # over New Year
        ("2028-02-28T00:00:00", 2, "2028-03-01T00:00:00"),  # over a leap day, a Tuesday
        ("2026-03-02T10:00:00", 0, "2026-03-02T10:00:00"),
    ],
)
def test_a_window_takes_as_many_days_as_hold_its_business_days(from_: str, days: int, ends: str):
    started = instant_of(from_)
    counted = calendar(*HOLIDAYS).calendar_days(started, days)
    assert started + counted * DAY_US == instant_of(ends)


def test_the_local_date_decides_and_the_days_stay_86_400_seconds() -> None:
    # Friday evening in UTC is Saturday in Seoul: its first business day is Monday either way.
    friday = instant_of("2026-03-06T20:00:00")
    assert calendar(zone="UTC").calendar_days(friday, 1) == 3
    assert calendar(zone="Asia/Seoul").calendar_days(friday, 1) == 2
    # Clocks go forward in New York on 8 March 2026: elapsed days, so an hour later by the wall.
    noon = instant_of("2026-03-06T17:00:00")
    ends = noon + calendar(zone="America/New_York").calendar_days(noon, 1) * DAY_US
    assert ends == instant_of("2026-03-09T17:00:00")


def test_behind_the_last_pinned_holiday_only_weekends_are_known() -> None:
    assert calendar(*HOLIDAYS).calendar_days(instant_of("2026-12-31"), 1) == 1


# -- by law -------------------------------------------------------------------------------

ZONES = ("UTC", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", "America/Sao_Paulo")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(parse_instant("2017-01-01T00:00:00Z"), parse_instant("2032-12-31T00:00:00Z"))
dates = st.dates(date(2017, 1, 1), date(2033, 6, 1))
calendars = st.builds(
    lambda weekend, holidays, zone: (weekend, holidays, zone),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.frozensets(dates, max_size=12),
    st.sampled_from(ZONES),
)
Drawn = tuple[frozenset[int], frozenset[date], str]


def of(drawn: Drawn) -> BusinessDays:
    weekend, holidays, zone = drawn
    return BusinessDays(weekend, frozenset(day_of(day.isoformat()) for day in holidays), zone)


def day_by_day(drawn: Drawn, instant: Instant, days: int) -> int:
    """The same with a calendar in hand: one local date after the other."""
    weekend, holidays, zone = drawn
    today = (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone)).date()
    walked, found = 0, 0
    while found < days:
        walked += 1
        day = today + timedelta(days=walked)
        found += day.weekday() not in weekend and day not in holidays
    return walked


@given(drawn=calendars, instant=instants, days=st.integers(0, 40))
@example(drawn=(frozenset({5, 6}), frozenset(), "UTC"), instant=instant_of("2028-02-28"), days=2)
@example(
    drawn=(frozenset({5, 6}), frozenset(), "America/Sao_Paulo"),
    instant=instant_of("2018-11-04T02:59:59.999999"),
    days=1,
)
def test_it_is_what_counting_day_by_day_gives(drawn: Drawn, instant: Instant, days: int) -> None:
    assert of(drawn).calendar_days(instant, days) == day_by_day(drawn, instant, days)


@given(drawn=calendars, instant=instants, days=st.integers(0, 30), more=st.integers(0, 9))
def test_more_days_never_end_sooner(drawn: Drawn, instant: Instant, days: int, more: int) -> None:
    days_of = of(drawn)
    fewer = days_of.calendar_days(instant, days)
    assert days <= fewer <= days_of.calendar_days(instant, days + more) - more


@given(drawn=calendars, instant=instants, later=st.integers(0, 12 * DAY_US), days=st.integers(0, 9))
@example(
    drawn=(frozenset({5, 6}), frozenset(), "UTC"),
    instant=instant_of("2026-03-06T20:00:00"),
    later=4 * HOUR_US,
    days=1,
)
def test_a_later_start_never_ends_on_a_sooner_date(
    drawn: Drawn, instant: Instant, later: int, days: int
) -> None:
    """On a sooner hour of that date it may: the hour is that of the start."""
    days_of = of(drawn)

    def last_date(start: Instant) -> int:
        return day_number(start, days_of.zone) + days_of.calendar_days(start, days)

    assert last_date(instant + later) >= last_date(instant)


@given(instant=instants, days=st.integers(0, 60), zone=st.sampled_from(ZONES))
def test_without_weekend_and_holidays_all_days_are_business_days(
    instant: Instant, days: int, zone: str
) -> None:
    assert calendar(weekend=(), zone=zone).calendar_days(instant, days) == days


# -- in a pack ----------------------------------------------------------------------------


def test_a_pack_says_for_each_window_which_days_it_counts() -> None:
    thursday = "2026-04-02T10:00:00"
    assert until(WORKDAYS, thursday) == instant_of("2026-04-10T10:00:00")
    assert WORKDAYS.appeal_window("transaction", None).first_until(instant_of(thursday)) == (
        instant_of("2026-04-06T10:00:00")
    )
    assert WORKDAYS.days_after(instant_of(thursday), 5) == instant_of("2026-04-13T10:00:00")


def test_hours_for_evidence_are_hours_whatever_the_days_are() -> None:
    window = WORKDAYS.appeal_window("prohibited", None)
    assert window.evidence_until(instant_of("2026-04-03")) == instant_of("2026-04-05")


def test_further_rounds_are_counted_likewise() -> None:
    window = WORKDAYS.appeal_window("intellectual-property", "platform")
    assert window.next_until(instant_of("2026-03-02"), 1) == instant_of("2026-04-15")


def test_the_shipped_packs_count_elapsed_days() -> None:
    for name in ("aliexpress", "aliexpress-ladder"):
        policy = pack(name)
        assert all(window.business_days is None for window in policy.appeals)
        assert policy.days_after(instant_of("2026-04-02"), 5) == instant_of("2026-04-07")


def test_a_violation_keeps_the_days_that_were_decided() -> None:
    story = story_given(WORKDAYS, report("v1", "weapons", "2026-04-02"))
    assert story.recorded["v1"].appeal_days == 8
    story = story.also(report_strike("v2", "2026-04-02"))
    assert story.recorded["v2"].appeal_days == 7


def test_the_log_alone_gives_the_same_calendar() -> None:
    data = data_with(BUSINESS)
    assert policy_from_canonical(canonical(data)) == policy_from(data)


@pytest.mark.parametrize("where", ["appeals.prohibited.days_are", "disputes.days_are"])
def test_business_days_need_a_calendar(where: str) -> None:
    with pytest.raises(MalformedPack) as refused:
        pack("aliexpress", {where: "business"})
    assert [mistake.where for mistake in refused.value.mistakes] == [where]
    assert "[calendar]" in refused.value.mistakes[0].accepted


@pytest.mark.parametrize(
    ("where", "value", "accepted"),
    [
        ("disputes.days_are", "working", "calendar, business"),
        ("calendar.weekend", ["sunny"], "sunday"),
        ("calendar.weekend", ["monday"] * 7, "at most six"),
        ("calendar.holidays", ["2026-02-30"], "2026-01-01"),
        ("calendar.holidays", ["20260101"], "2026-01-01"),
        ("calendar.holidays", "2026-01-01", "a list"),
    ],
)
def test_a_malformed_calendar_is_told(where: str, value: PatchValue, accepted: str) -> None:
    with pytest.raises(MalformedPack) as refused:
        policy_from(data_with({**BUSINESS, where: value}))
    assert {mistake.where for mistake in refused.value.mistakes} == {where}
    assert accepted in refused.value.mistakes[0].accepted


def test_holidays_may_be_written_as_dates() -> None:
    text = load_pack("aliexpress")
    text += '[calendar]\nsource = "x"\nweekend = []\nholidays = [2026-01-01]\n'
    calendar_of = policy_from(read(text.replace("[disputes]", '[disputes]\ndays_are = "business"')))
    assert calendar_of.days_after(instant_of("2025-12-31"), 1) == instant_of("2026-01-02")
