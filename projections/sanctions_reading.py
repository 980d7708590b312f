"""The list of sanctions over time: those in force at an instant, ended, lifted, waived.

None begins before it was decided, so position and `starts_at` grow together.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.facts.instants import DAY_US, Instant
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, Part, last_before, last_before_each, rows_of

SQL: Final = queries("projections", "sanctions_reading.sql")
_DOWN: Final = {
    "by_recorded": "by_recorded_down",
    "of_span": "of_span_down",
    "by_span": "by_span_down",
    "end_spans": "end_spans_down",
}
"""The pieces that sort, and those that sort the other way."""
_TOLD: Final = ("sanctions", "starts_at")
WITHOUT_END_DAYS: Final = 10_000_000
"""As the view has it."""
MOST_BY_SPAN: Final = 1_001
"""Pages read each kind and span by itself; a whole list is sooner read through."""

SanctionSort: TypeAlias = Literal["recorded", "-recorded"]


class SanctionsWanted(NamedTuple):
    """Which sanctions: None asks for all. `in_force` is judged at the instant asked about; a
    `from` includes its instant, a `to` does not.
    """

    seller_id: str | None = None
    kind: str | None = None
    milestone: str | None = None
    bucket: str | None = None
    because_of: str | None = None
    waiver_proposed: bool | None = None
    in_force: bool | None = None
    begun_from: Instant | None = None
    begun_to: Instant | None = None


_PLAIN: Final = ("seller_id", "kind", "milestone", "bucket", "because_of")


def sanctions_read(
    cursor: "Cursor[Any]",
    wanted: SanctionsWanted,
    sort: SanctionSort,
    at: Instant,
    after: Key | None,
    at_once: int,
) -> Iterator[Any]:
    """Rows behind a position: the columns that `rows` names."""
    down = sort == "-recorded"
    begin, end = wanted.begun_from, wanted.begun_to
    values = {
        **wanted._asdict(),
        "at": at,
        "above": FIRST if begin is None else last_before(cursor, *_TOLD, begin),
        "up_to": LAST if end is None else last_before(cursor, *_TOLD, end),
    }
    pieces = [name for name in _PLAIN if getattr(wanted, name) is not None]
    if wanted.waiver_proposed is not None:
        pieces.append("waiver_proposed" if wanted.waiver_proposed else "no_waiver_proposed")
    if wanted.in_force is not None:
        pieces.append("in_force" if wanted.in_force else "not_in_force")
    if wanted.in_force:
        values["up_to"] = min(values["up_to"], last_before(cursor, *_TOLD, at + 1))
    asked = ["rows", "between", *pieces, "by_recorded"]
    if at_once <= MOST_BY_SPAN and _by_span(wanted):
        values |= _spans(cursor, wanted, at)
        # What is of a span is of its kind.
        others = [piece for piece in pieces if piece != "kind"]
        asked = ["begin_spans", "rows", "of_span", *others, "by_span", "end_spans"]
    statement = "\n".join(SQL[_directed(piece, down)] for piece in asked)
    return rows_of(cursor, [Part(statement, values, after or (LAST if down else FIRST,))], at_once)


def _by_span(wanted: SanctionsWanted) -> bool:
    """Whether kinds and spans find what is asked for, and no other index finds it sooner."""
    few = wanted.seller_id is not None or wanted.waiver_proposed
    return not few and (wanted.kind is not None or bool(wanted.in_force))


def _spans(cursor: "Cursor[Any]", wanted: SanctionsWanted, at: Instant) -> dict[str, Any]:
    """Each kind wanted with each of its spans, and the position above which to look there."""
    found = cursor.execute(SQL["spans"], {"kind": wanted.kind}, prepare=False).fetchall()
    since = {span_days: _since(wanted.in_force, span_days, at) for _, span_days in found}
    above = last_before_each(cursor, *_TOLD, since.values())
    return {
        "kinds": [kind for kind, _ in found],
        "spans": [span_days for _, span_days in found],
        "began_above": [above[since[span_days]] for _, span_days in found],
    }


def _since(in_force: bool | None, span_days: int, at: Instant) -> Instant:
    """From when on a sanction of a span can have begun, to be as asked at an instant."""
    if in_force:
        return at - span_days * DAY_US
    if in_force is False and span_days == WITHOUT_END_DAYS:
        return at + 1
    return 0


def _directed(piece: str, down: bool) -> str:
    return _DOWN.get(piece, piece) if down else piece
