"""A country's public holidays as a table [calendar], to be pinned in a pack."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final, NamedTuple

import holidays
import typer

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class PublicHolidays(NamedTuple):
    """What the collection of that version knows of a country's years."""

    country: str
    subdivision: str | None
    years: tuple[int, ...]
    weekend: tuple[str, ...]
    holidays: tuple[tuple[str, str], ...]
    """Dates, `2026-01-01`, with their names."""
    source: str


def public_holidays(
    country: str, years: Sequence[int], subdivision: str | None = None
) -> PublicHolidays:
    """The public holidays of these years; refuses a country or subdivision that is not there."""
    wanted, known = sorted(set(years)), holidays.list_supported_countries()
    code = country.upper()
    if code not in known:
        raise typer.BadParameter(f"{country!r} is no country with known holidays, such as KR or DE")
    if subdivision is not None and subdivision not in known[code]:
        accepted = ", ".join(known[code]) or "none"
        raise typer.BadParameter(f"{code} has no subdivision {subdivision!r}; it has: {accepted}")
    found = holidays.country_holidays(code, subdiv=subdivision, years=wanted)
    where = code if subdivision is None else f"{code}-{subdivision}"
    return PublicHolidays(
        code,
        subdivision,
        tuple(wanted),
        tuple(_WEEKDAYS[day] for day in sorted(found.weekend)),
        tuple((day.isoformat(), found[day]) for day in sorted(found)),
        f"public holidays of {where}, {', '.join(map(str, wanted))}: "
        f"the package holidays {version('holidays')}",
    )


def as_table(found: PublicHolidays) -> str:
    """The same in TOML, to paste into a pack; each date with its name behind it."""
    lines = [
        "[calendar]",
        f'source = "{found.source}"',
        "weekend = [" + ", ".join(f'"{day}"' for day in found.weekend) + "]",
        "holidays = [",
        *(f'  "{day}",  # {name}' for day, name in found.holidays),
        "]",
    ]
    return "\n".join(lines)
