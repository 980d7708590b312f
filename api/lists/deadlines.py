"""What is due, for workers and for people, in due order."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.refusals import MalformedParameter
from api.representations import When
from ledger.disputes.dispute import DEFAULTS
from ledger.facts.instants import HOUR_US, Instant, format_instant
from ledger.reports.report import DEFAULTS as OF_REPORTS
from projections.deadlines_reading import KINDS, DeadlineKind, DeadlinesWanted, deadlines_read
from projections.reports import DEADLINE_OF

Whom: TypeAlias = Literal["person", "worker"]


class DeadlineRow(msgspec.Struct, frozen=True, rename={"whom": "for"}):
    """Something that is due: of which seller and what, and what happens then."""

    due_at: When
    """Where a person has time, the last instant of it; else the instant itself."""
    kind: DeadlineKind
    whom: Whom
    seller_id: str
    subject: str
    """The violation, sanction, freeze, dispute or report, by its id."""
    then: str


DEADLINES: Final = ListOf(
    "deadlines",
    "deadlines",
    DeadlineRow,
    views=("violations", "appeals", "sanctions", "freezes", "disputes", "reports"),
)
FOR: Final[Mapping[DeadlineKind, Whom]] = {
    "violation-expiry": "worker",
    "sanction-end": "worker",
    "funds-release": "worker",
    **dict.fromkeys(KINDS[3:], "person"),
}
_THEN: Final[Mapping[DeadlineKind, str]] = {
    "violation-expiry": "the violation counts no longer",
    "sanction-end": "the sanction ends",
    "funds-release": "the money is given free",
    "appeal-window": "the seller can no longer appeal",
    "appeal-evidence": "the appeal lapses",
    "appeal-next-round": "the seller can no longer appeal",
    **DEFAULTS,
    "ruling-appeal": "the ruling can no longer be appealed",
    **{DEADLINE_OF[what]: then for what, then in OF_REPORTS.items()},
}


def deadlines(
    now: Callable[[], Instant],
    due_after: Instant | None = None,
    due_before: Instant | None = None,
    kind: DeadlineKind | None = None,
    whom: Whom | None = None,
    seller_id: str | None = None,
    within_hours: int | None = None,
) -> Asked[DeadlineRow]:
    """Deadlines behind an instant, and before another or within hours of `now`; without the first
    those that are not over yet.
    """
    if within_hours is not None and due_before is not None:
        raise MalformedParameter(
            "within_hours and due_before say the same", field="within_hours", accepted="one of them"
        )
    kinds: list[DeadlineKind] = [k for k in KINDS if kind in (None, k) and whom in (None, FOR[k])]

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, DeadlineRow]]:
        instant = now()
        begin = instant - 1 if due_after is None else due_after
        end = due_before
        if within_hours is not None:
            end = instant + within_hours * HOUR_US + 1
        ended = instant if due_after is None else due_after
        wanted = DeadlinesWanted(begin, end, kinds, seller_id, ended)
        for told in deadlines_read(cursor, wanted, after, at_once):
            yield tuple(told[:3]), _row(*told)

    told = {"due_after": due_after, "due_before": due_before, "kind": kind, "for": whom}
    told |= {"seller_id": seller_id, "within_hours": within_hours}
    return Asked(DEADLINES, rows, told)


def _row(due_at: Instant, branch: int, _: int, seller_id: str, subject: str) -> DeadlineRow:
    kind = KINDS[branch]
    return DeadlineRow(format_instant(due_at), kind, FOR[kind], seller_id, subject, _THEN[kind])
