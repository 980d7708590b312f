"""Instants: whole microseconds since 1970-01-01T00:00:00Z, as `int`.

The engine compares and adds instants millions of times a second, so inside the
ledger an instant is a plain integer. People see RFC 3339 in UTC with six digits.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from ledger.facts.refusal import Refusal

Instant: TypeAlias = int

SECOND_US: Final = 1_000_000
HOUR_US: Final = 3_600 * SECOND_US
DAY_US: Final = 86_400 * SECOND_US
"""A day is 86,400 elapsed seconds, leap day and daylight saving or not (RULES §2)."""

# datetime reads more than RFC 3339 allows, and would cut a seventh digit off in silence.
_RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE_US: Final = 60 * SECOND_US
_MINUTES: Final = tuple(f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))
_FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


class MalformedInstant(Refusal):
    """An instant that cannot be read, or that names no time zone."""

    accepted = "an RFC 3339 instant with a zone, such as 2026-03-01T09:30:00.000000Z"


def parse_instant(text: str, field: str | None = None) -> Instant:
    """The instant that `text` names; raises `MalformedInstant` if it names none."""
    shape = _RFC_3339.fullmatch(text)
    if shape is None:
        raise MalformedInstant(f"{text[:40]!r} is not an instant", field=field)
    if shape["zone"] is None:
        raise MalformedInstant(f"{text[:40]!r} names no time zone", field=field)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise MalformedInstant(f"{text[:40]!r} is not an instant", field=field) from None
    instant = (moment - _EPOCH) // _MICROSECOND
    if not _FIRST <= instant <= _LAST:
        # A zone can push the first and the last day out of the years that can be written.
        raise MalformedInstant(f"{text[:40]!r} lies outside the years 1 to 9999", field=field)
    return instant


def format_instant(instant: Instant) -> str:
    """RFC 3339 in UTC with microseconds: `2026-03-01T09:30:00.000000Z`."""
    # An answer holds a dozen of them: a datetime for each would cost as much as the standing.
    day, within_us = divmod(instant, DAY_US)
    minute, within_us = divmod(within_us, _MINUTE_US)
    digits = f"{within_us:08d}"
    return f"{_date(day)}{_MINUTES[minute]}{digits[:2]}.{digits[2:]}Z"


@lru_cache(maxsize=4_096)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(day)).date().isoformat()
