"""The list of sanctions over time: those in force at an instant, ended, lifted, waived.

None begins before it was decided, so position and `starts_at` grow together.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, Part, last_before, rows_of

SQL: Final = queries("projections", "sanctions_reading.sql")
_DOWN: Final = {
    "by_recorded": "by_recorded_down",
    "end_branches": "end_branches_down",
}
"""The pieces that sort, and those that sort the other way."""
_TOLD: Final = ("sanctions", "starts_at")

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
    pieces = ["between", *(name for name in _PLAIN if getattr(wanted, name) is not None)]
    if wanted.waiver_proposed is not None:
        pieces.append("waiver_proposed" if wanted.waiver_proposed else "no_waiver_proposed")
    if wanted.in_force:
        (longest,) = cursor.execute(SQL["longest"]).fetchone() or (0,)
        values["began_above"] = last_before(cursor, *_TOLD, at - longest)
        values["up_to"] = min(values["up_to"], last_before(cursor, *_TOLD, at + 1))
        asked = _in_force(pieces, down)
    else:
        ended = ["not_in_force"] * (wanted.in_force is False)
        asked = ["rows", *pieces, *ended, _directed("by_recorded", down)]
    statement = "\n".join(SQL[piece] for piece in asked)
    return rows_of(cursor, [Part(statement, values, after or (LAST if down else FIRST,))], at_once)


def _in_force(pieces: list[str], down: bool) -> list[str]:
    """What runs without end, what ran so until it was cut, what has its end ahead: each is found
    by an index of its own.
    """
    asked = ["begin_branches"]
    for running in ("without_end", "cut_later", "ends_later"):
        if running != "without_end":
            asked.append("next_branch")
        asked += ["rows", *pieces, running, _directed("by_recorded", down)]
    return [*asked, _directed("end_branches", down)]


def _directed(order: str, down: bool) -> str:
    return _DOWN[order] if down else order
