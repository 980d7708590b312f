"""The list of appeals, round by round: those to decide, those of a seller, those of a reviewer."""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.facts.instants import HOUR_US, Instant
from ledger.standing.appeals import RoundStatus
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, Part, last_before, rows_of

SQL: Final = queries("projections", "appeals_reading.sql")
_TOLD: Final = ("appeals", "filed_at")

AppealSort: TypeAlias = Literal["filed", "-filed"]


class AppealsWanted(NamedTuple):
    """Which rounds: None asks for all. A `from` includes its instant, a `to` does not."""

    status: RoundStatus | None = None
    seller_id: str | None = None
    family: str | None = None
    reviewer: str | None = None
    filed_from: Instant | None = None
    filed_to: Instant | None = None
    independent_of: str | None = None
    """Those in which this person had no part, and may decide."""
    within_hours: int | None = None
    """Those that lapse within so many hours unless evidence comes."""


_PLAIN: Final = ("seller_id", "family", "reviewer", "independent_of", "within_hours")


def appeals_read(
    cursor: "Cursor[Any]",
    wanted: AppealsWanted,
    sort: AppealSort,
    now: Instant,
    after: Key | None,
    at_once: int,
) -> Iterator[Any]:
    """Rows behind a position: the columns that `rows` names."""
    down = sort == "-filed"
    begin, end = wanted.filed_from, wanted.filed_to
    values = {
        **wanted._asdict(),
        "now": now,
        "lapses_by": now + (wanted.within_hours or 0) * HOUR_US + 1,
        "above": FIRST if begin is None else last_before(cursor, *_TOLD, begin),
        "up_to": LAST if end is None else last_before(cursor, *_TOLD, end),
    }
    pieces = ["rows", "between", *(name for name in _PLAIN if getattr(wanted, name) is not None)]
    order = "by_filed_down" if down else "by_filed"
    match wanted.status:
        case None:
            asked = [*pieces, order]
        case "lapsed":
            last = "end_branches_down" if down else "end_branches"
            asked = [
                "begin_branches", *pieces, "status", order,
                "next_branch", *pieces, "about_to_lapse", order, last,
            ]  # fmt: skip
        case "filed":
            asked = [*pieces, "status", "running", order]
        case _:
            asked = [*pieces, "status", order]
    statement = "\n".join(SQL[piece] for piece in asked)
    return rows_of(cursor, [Part(statement, values, after or (LAST if down else FIRST,))], at_once)
