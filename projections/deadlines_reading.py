"""What is due: for the ledger's workers, and for people. No table of its own: an index of each view
has its part in due order.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from psycopg import Cursor, sql

from ledger.facts.instants import DAY_US, Instant
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, last_before

SQL: Final = queries("projections", "deadlines_reading.sql")

DeadlineKind: TypeAlias = Literal[
    "violation-expiry",
    "sanction-end",
    "funds-release",
    "appeal-window",
    "appeal-evidence",
    "appeal-next-round",
    "seller-response",
    "agreement",
    "seller-evidence",
    "buyer-evidence",
    "return-tracking",
    "return-receipt",
    "ruling-appeal",
    "report-documents",
    "counter-notice",
]
KINDS: Final[tuple[DeadlineKind, ...]] = get_args(DeadlineKind)
"""In the order of their branches."""
OF_DISPUTES: Final = KINDS[6:13]
OF_REPORTS: Final = KINDS[13:]
_TOLD: Final = ("violations", "recorded_at")
_BRANCHES: Final[Mapping[DeadlineKind, tuple[str, str]]] = {
    "violation-expiry": ("violation_expiry", "by_lapse"),
    "sanction-end": ("sanction_end", "by_until"),
    "funds-release": ("funds_release", "by_end"),
    "appeal-evidence": ("appeal_evidence", "by_lapse"),
    "appeal-next-round": ("appeal_next_round", "by_appeal"),
}
"""Where each begins, and its order; windows to appeal, disputes and reports have their own."""


class DeadlinesWanted(NamedTuple):
    """Which deadlines: behind one instant and before another, of some kinds, of one seller.

    What ends of itself at an instant is over then, and wanted behind `ended` only; what people have
    time for is not over before the last instant has passed.
    """

    due_after: Instant
    due_before: Instant | None = None
    kinds: Sequence[DeadlineKind] = KINDS
    seller_id: str | None = None
    ended: Instant = FIRST


class _Window(NamedTuple):
    """How long violations of some kinds can be appealed."""

    length: int
    kinds: list[int]


def deadlines_read(
    cursor: "Cursor[Any]", wanted: DeadlinesWanted, after: Key | None, at_once: int
) -> Iterator[Any]:
    """Rows behind a key: due instant, number of the branch, position, seller, subject."""
    key = after or (wanted.due_after, len(KINDS), LAST)
    windows = _windows(cursor) if "appeal-window" in wanted.kinds else []
    before = LAST if wanted.due_before is None else wanted.due_before
    while True:
        due_at, branch, position = (int(value or 0) for value in key)
        branches = [
            _branch(wanted, kind)
            for kind in KINDS
            if kind in wanted.kinds and kind != "appeal-window"
        ]
        branches += [_appeals(cursor, wanted, window, due_at, before) for window in windows]
        if not branches:
            return
        statement = sql.SQL("\n").join(
            [sql.SQL(SQL["begin"]), sql.SQL(SQL["next_branch"]).join(branches), sql.SQL(SQL["end"])]
        )
        values: dict[str, Any] = {
            "after_1": due_at,
            "due_before": before,
            "ended": wanted.ended,
            "seller_id": wanted.seller_id,
            "limit": at_once,
        }
        for number in range(len(KINDS)):
            # Of one instant, earlier branches were told, and later ones were not.
            told = position if number == branch else LAST if number < branch else FIRST
            values[f"behind_{number}"] = told
        found = cursor.execute(statement, values, prepare=False).fetchall()
        yield from found
        if len(found) < at_once:
            return
        key = tuple(found[-1][:3])


def _branch(wanted: DeadlinesWanted, kind: DeadlineKind) -> sql.Composable:
    """The deadlines of a kind, in order."""
    if kind in _BRANCHES:
        name, order = _BRANCHES[kind]
        return sql.SQL("\n").join(_pieces(wanted, sql.SQL(SQL[name]), order))
    number = KINDS.index(kind)
    branch = sql.SQL(SQL["of_report" if kind in OF_REPORTS else "of_dispute"]).format(
        branch=sql.Literal(number),
        what=sql.Literal(kind),
        behind=sql.Placeholder(f"behind_{number}"),
    )
    return sql.SQL("\n").join(_pieces(wanted, branch, "by_until"))


def _appeals(
    cursor: "Cursor[Any]", wanted: DeadlinesWanted, window: _Window, due_at: Instant, before: int
) -> sql.Composable:
    """The windows of one length that end behind an instant: a stretch of positions."""
    up_to = LAST if before == LAST else last_before(cursor, *_TOLD, before - window.length)
    branch = sql.SQL(SQL["appeal_window"]).format(
        length=sql.Literal(window.length),
        kinds=sql.Literal(window.kinds),
        above=sql.Literal(last_before(cursor, *_TOLD, due_at - window.length)),
        up_to=sql.Literal(up_to),
    )
    return sql.SQL("\n").join(_pieces(wanted, branch, "by_position"))


def _pieces(wanted: DeadlinesWanted, branch: sql.Composable, order: str) -> list[sql.Composable]:
    of_seller = [sql.SQL(SQL["seller_id"])] if wanted.seller_id is not None else []
    return [branch, *of_seller, sql.SQL(SQL[order])]


def _windows(cursor: "Cursor[Any]") -> list[_Window]:
    found = cursor.execute(SQL["appeal_windows"]).fetchall()
    return [_Window(days * DAY_US, list(kinds)) for days, kinds in found]
