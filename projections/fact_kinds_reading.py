"""Where in the log to look for facts of a kind: for a rare one, nobody walks all of it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from psycopg import Cursor

from ledger.store.sql import queries

SQL: Final = queries("projections", "fact_kinds_reading.sql")
AT_ONCE: Final = 200
THOUSAND: Final = 1_000


def stretches_of(
    cursor: "Cursor[Any]", kinds: Sequence[str], after: int, to: int
) -> Iterator[tuple[int, int]]:
    """Stretches of positions, each above one and up to another, that hold all facts of these
    kinds behind `after` and up to `to`. Kinds are named with their versions.

    What the view has yet to read is told as one stretch at the end: nothing waits for it.
    """
    row = cursor.execute(SQL["position"]).fetchone()
    known = min(to, 0 if row is None else row[0])
    if after < known:
        for first, last in _together(_thousands(cursor, kinds, (after + 1) // THOUSAND)):
            above, up_to = max(after, first * THOUSAND - 1), min(known, (last + 1) * THOUSAND - 1)
            if above >= known:
                break
            yield above, up_to
    if known < to:
        yield max(after, known), to


def _thousands(cursor: "Cursor[Any]", kinds: Sequence[str], first: int) -> Iterator[int]:
    after = first - 1
    while True:
        asked = {"kinds": list(kinds), "after": after, "limit": AT_ONCE}
        found = cursor.execute(SQL["thousands"], asked, prepare=False).fetchall()
        yield from (thousand for (thousand,) in found)
        if len(found) < AT_ONCE:
            return
        after = found[-1][0]


def _together(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow one another as their first and last, at most so many as were read."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1 and last - first < AT_ONCE:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last
