"""The list of sellers: filtered, and sorted by what an index knows."""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from psycopg import Cursor

from ledger.policy.policy import SUSPENSION
from ledger.store.sql import queries
from projections.keyset import FIRST, HIGHEST, LAST, LOWEST, Key, Part, rows_of

SQL: Final = queries("projections", "sellers_reading.sql")
_DOWN: Final = {
    "by_seller_id": "by_seller_id_down",
    "by_points": "by_points_down",
    "end_points": "end_points_down",
    "end_branches": "end_branches_down",
    "by_strikes": "by_strikes_down",
    "without_strikes": "without_strikes_down",
    "by_changed": "by_changed_down",
    "by_next_change": "by_next_change_down",
    "without_next_change": "without_next_change_down",
}
"""The pieces that sort, and those that sort the other way."""

FEW_POINTS: Final = 32
"""With no more points than these in a range, each is read by itself; with more, sellers that have
any of them are near wherever a list begins."""
MOST_BY_POINTS: Final = 1_001
"""Pages are read so; a whole list is sooner read through."""
_LEAST_POINTS: Final = -(2**31)
_MOST_POINTS: Final = 2**31 - 1

SellerSort: TypeAlias = Literal[
    "seller_id", "-seller_id", "points", "-points", "strikes", "-strikes", "changed", "-changed",
    "next_change", "-next_change",
]  # fmt: skip
SellerStatus: TypeAlias = Literal["active", "restricted", "suspended"]
_STATUSES: Final[tuple[SellerStatus, ...]] = get_args(SellerStatus)


class SellersWanted(NamedTuple):
    """Which sellers: None asks for all. `q` is how the id begins, `family` that of a current
    violation, `sanction` a kind in force, `freeze` a cause of money withheld; `appeals_open`
    whether an appeal waits for a decision.
    """

    status: SellerStatus | None = None
    family: str | None = None
    min_points: int | None = None
    max_points: int | None = None
    min_strikes: int | None = None
    sanction: str | None = None
    freeze: str | None = None
    can_sell: bool | None = None
    can_promote: bool | None = None
    can_withdraw: bool | None = None
    appeals_open: bool | None = None
    q: str | None = None


def sellers_read(
    cursor: "Cursor[Any]", wanted: SellersWanted, sort: SellerSort, after: Key | None, at_once: int
) -> Iterator[Any]:
    """Rows behind a key: the key's columns, one or two, then those that `rows` names."""
    if sort in {"seller_id", "-seller_id"} and at_once <= MOST_BY_POINTS:
        found = _points_there(cursor, wanted)
        if found is not None:
            return rows_of(cursor, [_of_points(wanted, sort, after, found)], at_once)
    return rows_of(cursor, _parts(wanted, sort, after), at_once)


def key_length(sort: SellerSort) -> int:
    """How many columns the key of a sort has."""
    return 1 if sort.removeprefix("-") in {"seller_id", "changed"} else 2


def _points_there(
    cursor: "Cursor[Any]", wanted: SellersWanted
) -> list[tuple[SellerStatus, int]] | None:
    """Statuses with points, if a range of points is wanted and few of them are there; else None."""
    if wanted.min_points is None and wanted.max_points is None:
        return None
    asked = {
        "statuses": list(_possible(wanted)),
        "least": _LEAST_POINTS if wanted.min_points is None else wanted.min_points,
        "most": _MOST_POINTS if wanted.max_points is None else wanted.max_points,
        "limit": FEW_POINTS + 1,
    }
    found = cursor.execute(SQL["points_there"], asked, prepare=False).fetchall()
    return found if len(found) <= FEW_POINTS else None


def _of_points(
    wanted: SellersWanted,
    sort: SellerSort,
    after: Key | None,
    found: list[tuple[SellerStatus, int]],
) -> Part:
    """Sellers by their ids, of some statuses with points."""
    down = sort == "-seller_id"
    told = {"of_statuses", "min_points", "max_points"}
    filters = [piece for piece in _filters(wanted, sort) if piece not in told]
    order, end = _directed("by_seller_id", down), _directed("end_points", down)
    pieces = [
        "begin_points", "select_by_seller_id", "rows", "of_points", *filters, order, end
    ]  # fmt: skip
    values = {
        **wanted._asdict(),
        "prefix_end": f"{wanted.q}{HIGHEST}",
        "with_status": [status for status, _ in found],
        "with_points": [points for _, points in found],
    }
    statement = "\n".join(SQL[piece] for piece in pieces)
    return Part(statement, values, after or (HIGHEST if down else LOWEST,))


def _parts(wanted: SellersWanted, sort: SellerSort, after: Key | None) -> list[Part]:
    down = sort.startswith("-")
    number, text = (LAST, HIGHEST) if down else (FIRST, LOWEST)
    filters = _filters(wanted, sort)
    values = {
        **wanted._asdict(),
        "prefix_end": f"{wanted.q}{HIGHEST}",
        "statuses": list(_possible(wanted)),
    }

    def part(select: str, order: str, begin: Key, *more: str) -> Part:
        pieces = [select, "rows", *filters, *more, _directed(order, down)]
        return Part("\n".join(SQL[piece] for piece in pieces), values, begin)

    match sort:
        case "seller_id" | "-seller_id":
            return [part("select_by_seller_id", "by_seller_id", after or (text,))]
        case "changed" | "-changed":
            return [part("select_by_changed", "by_changed", after or (number,))]
        case "points" | "-points" if _apart(wanted):
            return [part("select_by_points", "by_points", after or (number, text))]
        case "points" | "-points":
            if not _possible(wanted):
                return []
            pieces = _branches(wanted, filters, down)
            statement = "\n".join(SQL[piece] for piece in pieces)
            return [Part(statement, values, after or (number, text))]
        case "strikes" | "-strikes":
            some = part("select_by_strikes", "by_strikes", (number, text), "some_strikes")
            none = part("select_by_strikes", "without_strikes", (0, text), "no_strikes")
            in_none = after is not None and after[0] == 0
            parts, last = ([some, none], in_none) if down else ([none, some], not in_none)
        case "next_change" | "-next_change":
            some = part("select_by_next_change", "by_next_change", (number, text))
            none = part("select_by_next_change", "without_next_change", (None, text))
            parts, last = [some, none], after is not None and after[0] is None
    if after is None:
        return parts
    if last:
        return [parts[1]._replace(begin=after)]
    return [parts[0]._replace(begin=after), parts[1]]


def _filters(wanted: SellersWanted, sort: SellerSort) -> list[str]:
    """The names of the pieces that say what is asked for."""
    pieces: list[str] = []
    by_points = sort in {"points", "-points"}
    branched = by_points and not _apart(wanted)
    of_points = wanted.min_points is not None or wanted.max_points is not None
    # By points the branches say the status; for a range of points its index needs every one.
    if not branched and (of_points or len(_possible(wanted)) < len(_STATUSES)):
        pieces.append("of_statuses")
    plain = ("family", "min_points", "max_points", "min_strikes", "q")
    pieces += [name for name in plain if getattr(wanted, name) is not None]
    if wanted.sanction not in {None, SUSPENSION}:
        pieces.append("sanction")
    if wanted.freeze is not None:
        pieces.append("frozen_for" if by_points else "freeze")
    if wanted.min_strikes:
        pieces.append("some_strikes")
    for asked, yes, no in (
        (wanted.can_sell, "can_sell", "cannot_sell"),
        (wanted.can_promote, "can_promote", "cannot_promote"),
        (wanted.can_withdraw, "can_withdraw", "cannot_withdraw"),
        (wanted.appeals_open, "appealing", "not_appealing"),
    ):
        if asked is not None:
            pieces.append(yes if asked else no)
    return pieces


def _possible(wanted: SellersWanted) -> tuple[SellerStatus, ...]:
    """The statuses that sellers as wanted can have: what bars anything is a sanction."""
    possible = set(_STATUSES) if wanted.status is None else {wanted.status}
    if wanted.can_sell is False or wanted.can_promote is False:
        possible.discard("active")
    if wanted.can_promote:
        possible.discard("suspended")
    if wanted.sanction == SUSPENSION:
        possible &= {"suspended"}
    return tuple(status for status in _STATUSES if status in possible)


def _apart(wanted: SellersWanted) -> bool:
    """Whether only sellers that cannot withdraw, or that appeal, are wanted: these have indexes of
    their own by points.
    """
    return wanted.freeze is not None or wanted.can_withdraw is False or bool(wanted.appeals_open)


def _branches(wanted: SellersWanted, filters: list[str], down: bool) -> list[str]:
    """Sellers by their points: in each status an index has them so, and here they meet."""
    pieces = ["begin_branches"]
    for number, status in enumerate(_possible(wanted)):
        if number:
            pieces.append("next_branch")
        pieces += ["select_by_points", "rows", status, *filters, _directed("by_points", down)]
    return [*pieces, _directed("end_branches", down)]


def _directed(order: str, down: bool) -> str:
    return _DOWN[order] if down else order
