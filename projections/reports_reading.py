"""The list of reports, which is the reviewers' queue, and the list of those who made them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.facts.reports import ReportAbout, Reporter
from ledger.reports.report import ReportStatus
from ledger.store.sql import queries
from projections.keyset import FIRST, HIGHEST, LAST, LOWEST, Key, Part, last_before, rows_of

SQL: Final = queries("projections", "reports_reading.sql")
_TOLD: Final = ("reports", "filed_at")

ReportSort: TypeAlias = Literal["filed", "-filed"]
ReporterSort: TypeAlias = Literal[
    "reporter_id", "-reporter_id", "reports", "-reports", "unfounded", "-unfounded", "share",
    "-share",
]  # fmt: skip


class ReportsWanted(NamedTuple):
    """Which reports: None asks for all. A `from` includes its instant, a `to` does not."""

    status: ReportStatus | None = None
    about: ReportAbout | None = None
    seller_id: str | None = None
    reporter: Reporter | None = None
    suspected: str | None = None
    reported_by: str | None = None
    filed_from: Instant | None = None
    filed_to: Instant | None = None


_PLAIN: Final = ("status", "about", "seller_id", "reporter", "suspected", "reported_by")


_ORDERS: Final[Mapping[str, tuple[str, str, str]]] = {
    "reporter_id": ("select_by_reporter_id", "by_reporter_id", "by_reporter_id_down"),
    "reports": ("select_by_reports", "by_reports", "by_reports_down"),
    "unfounded": ("select_by_unfounded", "by_unfounded", "by_unfounded_down"),
    "share": ("select_by_share", "by_share", "by_share_down"),
}
"""What a sort of reporters reads: its key, its order, and the other way round."""


def reports_read(
    cursor: "Cursor[Any]",
    wanted: ReportsWanted,
    sort: ReportSort,
    after: Key | None,
    at_once: int,
) -> Iterator[Any]:
    """Rows behind a position: the columns that `rows` names."""
    down = sort == "-filed"
    begin, end = wanted.filed_from, wanted.filed_to
    values = {
        **wanted._asdict(),
        "above": FIRST if begin is None else last_before(cursor, *_TOLD, begin),
        "up_to": LAST if end is None else last_before(cursor, *_TOLD, end),
    }
    pieces = ["rows", "between", *(name for name in _PLAIN if getattr(wanted, name) is not None)]
    pieces.append("by_filed_down" if down else "by_filed")
    statement = "\n".join(SQL[piece] for piece in pieces)
    return rows_of(cursor, [Part(statement, values, after or (LAST if down else FIRST,))], at_once)


def reporters_read(
    cursor: "Cursor[Any]", sort: ReporterSort, after: Key | None, at_once: int
) -> Iterator[Any]:
    """Rows behind a key: the key's columns, one or two, then those that `reporter_rows` names."""
    down = sort.startswith("-")
    # What was never decided has a share of -1, before which nothing stands.
    number, text = (LAST, HIGHEST) if down else (FIRST - 1, LOWEST)
    begin: Key = (text,) if reporter_key_length(sort) == 1 else (number, text)
    select, up, other = _ORDERS[sort.removeprefix("-")]
    statement = "\n".join(SQL[piece] for piece in (select, "reporter_rows", other if down else up))
    return rows_of(cursor, [Part(statement, {}, after or begin)], at_once)


def reporter_read(cursor: "Cursor[Any]", reporter_id: str) -> Any:
    """One row, with the id before it as in the list; None for who never reported."""
    pieces = ("select_by_reporter_id", "reporter_rows", "reporter_row")
    statement = "\n".join(SQL[piece] for piece in pieces)
    return cursor.execute(statement, {"reporter_id": reporter_id}).fetchone()


def reporter_key_length(sort: ReporterSort) -> int:
    """How many columns the key of a sort has."""
    return 1 if sort.removeprefix("-") == "reporter_id" else 2
