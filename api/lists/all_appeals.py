"""Appeals of all sellers, round by round."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text, when
from ledger.facts.instants import Instant, format_instant
from ledger.standing.appeals import RoundStatus
from projections.appeals_reading import AppealSort, AppealsWanted, appeals_read


class RoundRow(msgspec.Struct, frozen=True):
    """A round of an appeal as it is now, recorded or not."""

    seller_id: str
    violation_id: str
    round: int
    family: str
    rule: str
    status: RoundStatus
    filed_at: When
    filed_by: str
    evidence_until: When | None
    """The last instant for evidence; null where it comes with the filing."""
    evidence_given: bool
    closed_at: When | None
    reviewer: str | None
    next_round_until: When | None
    """The last instant to file the next round; null where there is none to come."""
    points: int | None
    """What its violation was given, and an upheld appeal would take away."""
    strikes: int | None
    reported_by: str | None
    """Who recorded the violation, and so decides no round against it."""
    position: str


ALL_APPEALS: Final = ListOf("all-appeals", "appeals", RoundRow, views=("appeals", "violations"))


def all_appeals(
    wanted: AppealsWanted, now: Callable[[], Instant], sort: AppealSort = "filed"
) -> Asked[RoundRow]:
    """Rounds as they stand `now`, in the order in which they were filed."""

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, RoundRow]]:
        for told in appeals_read(cursor, wanted, sort, now(), after, at_once):
            yield (told[0],), _row(told)

    return Asked(ALL_APPEALS, rows, {**wanted._asdict(), "sort": sort})


def _row(told: Any) -> RoundRow:
    (
        position, seller_id, violation_id, number, family, rule, status, filed_at, filed_by,
        evidence_until, evidence_given, closed_at, reviewer, next_round_until, unit, weight,
        reported_by,
    ) = told  # fmt: skip
    return RoundRow(
        seller_id=seller_id,
        violation_id=violation_id,
        round=number,
        family=family,
        rule=rule,
        status=status,
        filed_at=format_instant(filed_at),
        filed_by=filed_by,
        evidence_until=when(evidence_until),
        evidence_given=evidence_given,
        closed_at=when(closed_at),
        reviewer=reviewer,
        next_round_until=when(next_round_until),
        points=None if unit is None else weight if unit == "points" else 0,
        strikes=None if unit is None else weight if unit == "strikes" else 0,
        reported_by=reported_by,
        position=position_text(position),
    )
