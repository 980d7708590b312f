"""The list of violations: filtered, in the order in which they were recorded or will lapse.

Position and `recorded_at` grow together, and most violations are told soon after they were
effective: so a stretch of positions holds almost all that were effective, lapse or expired in a
stretch of time. The few that were told late have an index of their own.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from psycopg import Cursor

from ledger.facts.instants import DAY_US, Instant
from ledger.store.sql import queries
from projections.keyset import FIRST, LAST, Key, Part, last_before, rows_of

SQL: Final = queries("projections", "violations_reading.sql")
_DOWN: Final = {
    "by_recorded": "by_recorded_down",
    "end_by_recorded": "end_by_recorded_down",
    "by_lapses": "by_lapses_down",
}
"""The pieces that sort, and those that sort the other way."""
LATE_US: Final = 30 * DAY_US
"""As the index of violations told late has it."""
_TOLD: Final = ("violations", "recorded_at")
MOST_BY_KIND: Final = 1_001
"""Pages read each kind by itself; a whole list is sooner read through."""

ViolationSort: TypeAlias = Literal["recorded", "-recorded", "lapses", "-lapses"]
ViolationStatus: TypeAlias = Literal["current", "cancelled", "expired"]


class ViolationsWanted(NamedTuple):
    """Which violations: None asks for all. A `from` includes its instant, a `to` does not."""

    seller_id: str | None = None
    status: ViolationStatus | None = None
    family: str | None = None
    rule: str | None = None
    severity: str | None = None
    bucket: str | None = None
    source: str | None = None
    policy: str | None = None
    reported_by: str | None = None
    listing_id: str | None = None
    recorded_from: Instant | None = None
    recorded_to: Instant | None = None
    effective_from: Instant | None = None
    effective_to: Instant | None = None
    lapses_before: Instant | None = None
    appealable: bool | None = None


_OF_KINDS: Final = ("family", "rule", "severity", "bucket", "source", "policy")
_PLAIN: Final = (
    "seller_id", "listing_id", "reported_by", "effective_from", "effective_to", "lapses_before",
)  # fmt: skip


class _Stretch(NamedTuple):
    """Positions above one and up to another; of some, only what was told late is wanted, or what
    can be appealed once more.
    """

    above: int
    up_to: int
    late_only: bool = False
    again_only: bool = False
    effective_before: Instant = LAST
    """Of what was told late; told in time, the position says it."""


def violations_read(
    cursor: "Cursor[Any]",
    wanted: ViolationsWanted,
    sort: ViolationSort,
    now: Instant,
    after: Key | None,
    at_once: int,
) -> Iterator[Any]:
    """Rows behind a key: the key's columns, one or two, then those that `rows` names."""
    kinds = _kinds(cursor, wanted)
    if kinds == []:
        return iter(())
    shortest, longest = cursor.execute(SQL["lives"]).fetchone() or (0, 0)
    values = {
        **wanted._asdict(),
        "kinds": kinds,
        "now": now,
        "lapses_from": (wanted.effective_from or 0) + shortest,
        "lapses_to": (wanted.effective_to or 0) + longest,
    }
    pieces = [name for name in _PLAIN if getattr(wanted, name) is not None]
    if wanted.status is not None:
        pieces.append(wanted.status)
    if wanted.appealable is not None:
        pieces.append("appealable" if wanted.appealable else "not_appealable")
        values["fresh"] = _fresh_after(cursor, now)
    down = sort.startswith("-")
    if sort in {"lapses", "-lapses"}:
        recorded = _recorded(cursor, wanted)
        pieces += ["of_kinds"] * (kinds is not None) + ["between"] * (recorded is not None)
        pieces += ["fresh_or_again"] * (wanted.appealable is True)
        values |= recorded._asdict() if recorded else {}
        pieces = ["rows_by_lapse", "rows", *pieces, _directed("by_lapses", down)]
        begin = after or ((LAST, LAST) if down else (FIRST, FIRST))
        parts = [Part("\n".join(SQL[piece] for piece in pieces), values, begin)]
    else:
        by_kind = kinds is not None and at_once <= MOST_BY_KIND and not _few(wanted)
        if kinds is not None and not by_kind:
            pieces.append("of_kinds")
        begin = after or ((LAST,) if down else (FIRST,))
        parts = [
            Part(_statement(pieces, stretch, down, by_kind), values | stretch._asdict(), begin)
            for stretch in _stretches(cursor, wanted, now, (shortest, longest), down)
        ]
    return rows_of(cursor, parts, at_once)


def _kinds(cursor: "Cursor[Any]", wanted: ViolationsWanted) -> list[int] | None:
    """The numbers of the kinds asked for; None asks for all."""
    if all(getattr(wanted, name) is None for name in _OF_KINDS):
        return None
    found = cursor.execute(SQL["kinds_wanted"], wanted._asdict(), prepare=False)
    return [kind for (kind,) in found]


def _few(wanted: ViolationsWanted) -> bool:
    """Whether another index finds what is asked for sooner than that of kinds."""
    named = (wanted.seller_id, wanted.listing_id, wanted.reported_by)
    return wanted.status == "cancelled" or any(name is not None for name in named)


def _statement(pieces: list[str], stretch: _Stretch, down: bool, by_kind: bool) -> Any:
    late = ["told_late"] * stretch.late_only + ["appealable_again"] * stretch.again_only
    asked = [*pieces, "between", *late, _directed("by_recorded", down)]
    if by_kind:
        end = _directed("end_by_recorded", down)
        asked = ["rows_by_position", "rows_of_kinds", *asked, "end_rows_of_kinds", end]
    else:
        asked = ["rows_by_position", "rows", *asked]
    return "\n".join(SQL[piece] for piece in asked)


def _recorded(cursor: "Cursor[Any]", wanted: ViolationsWanted) -> _Stretch | None:
    """The positions of what was recorded when it was asked for; None for all."""
    begin, end = wanted.recorded_from, wanted.recorded_to
    if begin is None and end is None:
        return None
    return _Stretch(
        FIRST if begin is None else last_before(cursor, *_TOLD, begin),
        LAST if end is None else last_before(cursor, *_TOLD, end),
    )


def _stretches(
    cursor: "Cursor[Any]",
    wanted: ViolationsWanted,
    now: Instant,
    lives: tuple[int, int],
    down: bool,
) -> list[_Stretch]:
    """Where in the log to look, in the order asked for."""
    shortest, longest = lives
    above, up_to, *_ = _recorded(cursor, wanted) or _Stretch(FIRST, LAST)
    # When what is wanted was effective: then, or later, it was recorded.
    since = [wanted.effective_from] if wanted.effective_from is not None else []
    before = [wanted.effective_to] if wanted.effective_to is not None else []
    if wanted.status == "current":
        since.append(now - longest)
    if wanted.status == "expired":
        before.append(now - shortest + 1)
    if wanted.lapses_before is not None:
        before.append(wanted.lapses_before - shortest)
    if since:
        above = max(above, last_before(cursor, *_TOLD, max(since)))
    found = [_Stretch(above, up_to)]
    if before:
        first = min(before)
        soon = last_before(cursor, *_TOLD, first + LATE_US)
        late = _Stretch(max(above, soon), up_to, late_only=True, effective_before=first)
        found = [_Stretch(above, min(up_to, soon)), late]
    if wanted.appealable:
        fresh = _fresh_after(cursor, now)
        found = [part for stretch in found for part in _parted(stretch, fresh)]
    return found[::-1] if down else found


def _fresh_after(cursor: "Cursor[Any]", now: Instant) -> int:
    """The position up to which a violation can be appealed only after a rejection."""
    (days,) = cursor.execute(SQL["longest_window"]).fetchone() or (0,)
    return last_before(cursor, *_TOLD, now - days * DAY_US)


def _parted(stretch: _Stretch, fresh: int) -> list[_Stretch]:
    """A stretch as two: up to a position, and behind it."""
    old = stretch._replace(up_to=min(stretch.up_to, fresh), again_only=True)
    new = stretch._replace(above=max(stretch.above, fresh))
    return [old, new]


def _directed(order: str, down: bool) -> str:
    return _DOWN[order] if down else order
