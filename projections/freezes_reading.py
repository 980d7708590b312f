"""The list of money withheld over time: frozen now, or then, and given free.

No freeze begins before it was decided, so position and `starts_at` grow together.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, Part, last_before, rows_of

SQL: Final = queries("projections", "freezes_reading.sql")
_DOWN: Final = {
    "by_recorded": "by_recorded_down",
    "by_ends": "by_ends_down",
}
"""The pieces that sort, and those that sort the other way."""
_TOLD: Final = ("freezes", "starts_at")

FreezeSort: TypeAlias = Literal["recorded", "-recorded", "ends", "-ends"]


class FreezesWanted(NamedTuple):
    """Which freezes: None asks for all. `in_force` is judged at the instant asked about."""

    seller_id: str | None = None
    cause: str | None = None
    in_force: bool | None = None
    ends_before: Instant | None = None


def freezes_read(
    cursor: "Cursor[Any]",
    wanted: FreezesWanted,
    sort: FreezeSort,
    at: Instant,
    after: Key | None,
    at_once: int,
) -> Iterator[Any]:
    """Rows behind a key: the key's columns, one or two, then those that `rows` names."""
    down = sort.startswith("-")
    values: dict[str, Any] = {**wanted._asdict(), "at": at}
    plain = ("seller_id", "cause", "ends_before")
    pieces = ["rows", *(name for name in plain if getattr(wanted, name) is not None)]
    if wanted.in_force is not None:
        pieces.append("in_force" if wanted.in_force else "not_in_force")
    if wanted.in_force:
        (longest,) = cursor.execute(SQL["longest"]).fetchone() or (0,)
        values["above"] = last_before(cursor, *_TOLD, at - longest)
        values["up_to"] = last_before(cursor, *_TOLD, at + 1)
        pieces.append("between")
    if sort in {"ends", "-ends"}:
        asked = ["rows_by_end", *pieces, _directed("by_ends", down)]
        begin: Key = (LAST, LAST) if down else (FIRST, FIRST)
    else:
        asked = ["rows_by_position", *pieces, _directed("by_recorded", down)]
        begin = (LAST,) if down else (FIRST,)
    statement = "\n".join(SQL[piece] for piece in asked)
    return rows_of(cursor, [Part(statement, values, after or begin)], at_once)


def _directed(order: str, down: bool) -> str:
    return _DOWN[order] if down else order
