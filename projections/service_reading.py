"""A seller's service as the view tells it: the sums of any window, as known at any instant, and the
facts behind them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.dates import format_date
from ledger.facts.ids import seller_day_stream
from ledger.facts.instants import Instant
from ledger.service.counts import NOTHING, Counts, Sums
from ledger.store.loading import StoredFact, recorded_at_of
from ledger.store.reader import last_position_before
from ledger.store.sql import queries
from projections.service_days import carriers_of
from projections.service_history import FOREVER

SQL: Final = queries("projections", "service_reading.sql")
NOW_KNOWN: Final = FOREVER - 1
"""As known by all that the view has read."""


class Window(NamedTuple):
    """Some dates of one seller, both included, as known at an instant."""

    seller_id: str
    first: int
    last: int
    known_at: Instant = NOW_KNOWN


class DisputeCounted(NamedTuple):
    """A dispute that counts, by its newest outcome."""

    day: int
    dispute_id: str
    version: int
    """Of the outcome's fact in the seller's stream."""
    position: int
    recorded_at: Instant


def windows_summed(
    cursor: "Cursor[Any]",
    seller_ids: Sequence[str],
    last: int,
    windows: Sequence[int],
    known_at: Instant = NOW_KNOWN,
) -> Mapping[tuple[str, int], Sums]:
    """For each seller, and each window of so many days that ends with the day `last`, its sums."""
    lengths = sorted(set(windows))
    days = [last, *(last - length for length in lengths)]
    found: dict[tuple[str, int], Sums] = {}
    wanted = (list(seller_ids), days, known_at, known_at)
    for seller_id, day, carriers, *counts in cursor.execute(SQL["up_to"], wanted, binary=True):
        found[seller_id, day] = Sums(Counts(*counts), carriers_of(carriers))
    return {
        (seller_id, length): found.get((seller_id, last), NOTHING).minus(
            found.get((seller_id, last - length), NOTHING)
        )
        for seller_id in seller_ids
        for length in lengths
    }


def disputes_counted(
    cursor: "Cursor[Any]", window: Window, reason: str, after: tuple[int, str], at_once: int
) -> Iterator[DisputeCounted]:
    """The disputes that count in a window behind a (day, dispute), in this order."""
    while True:
        values = {
            **window._asdict(),
            "reason": reason,
            "after_1": after[0],
            "after_2": after[1],
            "limit": at_once,
        }
        rows = cursor.execute(SQL["outcomes"], values, prepare=False).fetchall()
        found = [DisputeCounted(*row) for row in rows]
        yield from found
        if len(found) < at_once:
            return
        after = found[-1][:2]


def reports_counted(
    cursor: "Cursor[Any]", window: Window, after: int, position: int, at_once: int
) -> Iterator[StoredFact]:
    """The newest report of each day of a window behind the day `after`, in their order."""
    stream = seller_day_stream(window.seller_id, format_date(max(after, window.first - 1)))
    last = seller_day_stream(window.seller_id, format_date(window.last))
    while True:
        values = {"after": stream, "last": last, "position": position, "limit": at_once}
        found = [
            StoredFact.of(row)
            for row in cursor.execute(SQL["reports"], values, prepare=False).fetchall()
        ]
        yield from found
        if len(found) < at_once:
            return
        stream = found[-1].stream


def position_known(cursor: "Cursor[Any]", known_at: Instant, position: int) -> int:
    """The last position recorded by an instant, or where the view is if that comes before."""
    if known_at == NOW_KNOWN:
        return position
    return min(position, last_position_before(cursor, known_at + 1))


def view_position(cursor: "Cursor[Any]") -> int:
    """How far the view has read the log, in the moment that the cursor reads."""
    row = cursor.execute(SQL["position"]).fetchone()
    assert row is not None, "nobody reads a view before it is made"
    return int(row[0])


def recorded_at(cursor: "Cursor[Any]", position: int) -> Instant:
    """When the fact at a position was recorded."""
    row = cursor.execute(SQL["recorded"], {"position": position}).fetchone()
    assert row is not None, "a view is at the position of a fact"
    return recorded_at_of(row[0])
