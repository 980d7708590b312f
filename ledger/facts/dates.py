"""Calendar dates: `2026-11-22` outside, the number of days since 1 January 1970 inside.

Which date an instant falls on is a question of the marketplace's time zone, and asked elsewhere.
"""

from datetime import date
from functools import lru_cache
from typing import Annotated, Final

import msgspec

from ledger.facts.refusal import Refusal

DATE_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
"""`$` alone would let a line break pass at the end."""

DateText = Annotated[str, msgspec.Meta(pattern=DATE_PATTERN, extra_json_schema={"format": "date"})]

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


class MalformedDate(Refusal):
    """A date that no calendar has, or one written in another way."""

    accepted = "a date of the calendar, such as 2026-11-22"


def parse_date(text: str, field: str | None = None) -> int:
    """The date that `text` names, counted from 1 January 1970 = 0; raises `MalformedDate`."""
    try:
        return _day_number(text)
    except ValueError:
        raise MalformedDate(f"{text[:40]!r} is not a date", field=field) from None


def format_date(day: int) -> str:
    """A date as it is written: `2026-11-22`."""
    return date.fromordinal(day + _EPOCH_ORDINAL).isoformat()


@lru_cache(maxsize=4_096)
def _day_number(text: str) -> int:
    # `fromisoformat` alone would also take `20261122` and weeks.
    if len(text) != 10:
        raise ValueError
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError
    return day.toordinal() - _EPOCH_ORDINAL
