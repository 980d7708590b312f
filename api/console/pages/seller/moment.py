"""The instants that a page is about, as its address says them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from starlette.datastructures import QueryParams

from api.console.asking import Refused

_SHORT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?)?")
_LONG: Final = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,6}?)??)(?:\.?0*)Z$")
_A_FEW: Final = (("a week ago", 7), ("a month ago", 30), ("a year ago", 365))
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Moment(NamedTuple):
    """As of when, and known at when; None for now."""

    as_of: str | None
    known_at: str | None

    @property
    def is_now(self) -> bool:
        """Whether the page is about the present, by all that is known."""
        return self.as_of is None and self.known_at is None

    @property
    def words(self) -> dict[str, str | None]:
        """The moment as parameters, of pages and of routes alike."""
        return {"as_of": self.as_of, "known_at": self.known_at}

    @property
    def about(self) -> str | None:
        """The instant that is asked about: with `known_at` alone it is that."""
        return self.as_of or self.known_at


def moment_of(query: QueryParams) -> Moment:
    """The moment in an address; what cannot be read stays as it was typed."""
    return Moment(completed(query.get("as_of")), completed(query.get("known_at")))


def completed(typed: str | None) -> str | None:
    """An instant as people type it, `2026-03-01 09:30`, as the routes take it: in UTC."""
    text = (typed or "").strip()
    found = _SHORT.fullmatch(text)
    if found is None:
        return text or None
    day, minute, second = found.groups()
    return f"{day}T{minute or '00:00'}{second or ':00'}Z"


def shortened(instant: str | None) -> str:
    """An instant as people type it; what would lose something by it, or is none, stays as it is."""
    return _LONG.sub(r"\1 \2", instant or "")


def misread(refused: Refused) -> bool:
    """Whether a route refused the moment itself, which the overview can put right."""
    return refused.problem.get("field") in ("as_of", "known_at", "from")


def presets(now: str) -> list[tuple[str, str]]:
    """A few instants before now, by the ledger's clock."""
    return [(said, moved(now, -days)) for said, days in _A_FEW]


def moved(instant: str, days: int) -> str:
    """So many days before or after an instant that the ledger told, as far as the calendar goes."""
    then = datetime.fromisoformat(instant).astimezone(UTC)
    try:
        then += timedelta(days=days)
    except OverflowError:
        then = _LAST if days > 0 else _FIRST
    return then.isoformat(timespec="microseconds").replace("+00:00", "Z")


def steps(instants: list[str], at: str) -> tuple[str | None, str | None]:
    """Of the instants at which something changed, the one before and the one after another.

    Instants that the ledger tells have one length and are in order as texts are.
    """
    before = [instant for instant in instants if instant < at]
    after = [instant for instant in instants if instant > at]
    return (before[-1] if before else None, after[0] if after else None)
