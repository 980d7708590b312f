"""Facts with the newest first.

What finds facts goes forwards. So the log is taken in stretches from its end, each read forwards
and told backwards: short ones where much is found, ever longer ones where there is little.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from psycopg import Cursor

from ledger.store.loading import StoredFact
from projections.facts_reading import facts_found
from projections.facts_wanted import FactsWanted, Span

FIRST_STRETCH: Final = 256
TIMES_LONGER: Final = 4
MOST_HELD: Final = 2_000
LEAST_HELD: Final = 256
"""Facts of a stretch that are kept at once: in one that has more, a shorter one is read. For a page
fewer than for a file, since what is read behind a page's end is read for nothing."""


def newest_first(
    cursor: "Cursor[Any]", wanted: FactsWanted, span: Span, at_once: int
) -> Iterator[StoredFact]:
    """The facts wanted, the newest first, and none read too early."""
    length, end = FIRST_STRETCH, span.up_to
    most = min(MOST_HELD, max(LEAST_HELD, TIMES_LONGER * at_once))
    while end > span.above:
        stretch = Span(max(span.above, end - length), end)
        facts = facts_found(cursor, wanted, stretch, at_once)
        found = list(islice(facts, most + 1))
        if len(found) > most:
            # A stretch has no more facts than positions, so this comes to an end.
            length //= TIMES_LONGER
            continue
        yield from reversed(found)
        end = stretch.above
        if len(found) * TIMES_LONGER <= most:
            length *= TIMES_LONGER
