"""The numbers that transparency reports ask for, as a list: pages, files, command line."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.refusals import MalformedParameter
from ledger.facts.instants import Instant, format_instant
from ledger.store.reader import last_position_before
from projections.facts_wanted import Span
from projections.transparency import EVERY, VIEWS, Number, numbers

_HOUR_US: Final = 3_600_000_000


class Count(msgspec.Struct, frozen=True):
    """How often something was recorded in a span."""

    about: str
    """`complaints`, `notices`, `violations`, `sources`, `sanctions` or `freezes`."""
    what: str
    of: str
    """Of which family, reporter, cause or manner; `all` of any."""
    count: int
    share: float | None
    """Of sanctions imposed: which part of all was automated, or by hand; null of all."""
    median_hours: float | None
    """From filing to the end, of those that ended."""


TRANSPARENCY: Final = ListOf("transparency", "counts", Count, views=VIEWS)


def transparency(begin: Instant, end: Instant, known_at: Instant | None = None) -> Asked[Count]:
    """What was recorded at `begin` or later and before `end`, by `known_at` where that is told."""
    if end <= begin:
        raise MalformedParameter(
            "the span ends before it begins",
            field="to",
            accepted=f"an instant behind {format_instant(begin)}",
        )

    def rows(
        cursor: "Cursor[Any]",
        after: Key | None,
        at_once: int,  # noqa: ARG001
    ) -> Iterator[tuple[Key, Count]]:
        last = end if known_at is None else min(end, known_at + 1)
        above = last_position_before(cursor, begin)
        span = Span(above, max(above, last_position_before(cursor, last)))
        told = numbers(cursor, span)
        imposed = sum(n.number for n in told if n[:3] == ("sanctions", "imposed", EVERY))
        for number in told:
            key = (number.about, number.what, number.of)
            if after is None or key > after:
                yield key, _count(number, imposed)

    return Asked(TRANSPARENCY, rows, {"from": begin, "to": end, "known_at": known_at})


def _count(number: Number, imposed: int) -> Count:
    part = (number.about, number.what) == ("sanctions", "imposed") and number.of != EVERY
    took = number.median_us
    return Count(
        about=number.about,
        what=number.what,
        of=number.of,
        count=number.number,
        share=round(number.number / imposed, 4) if part else None,
        median_hours=None if took is None else round(took / _HOUR_US, 2),
    )
