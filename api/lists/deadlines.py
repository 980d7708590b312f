"""What is due, for workers and for people, in due order."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When
from ledger.facts.instants import Instant, format_instant
from projections.deadlines_reading import KINDS, DeadlineKind, DeadlinesWanted, deadlines_read

Whom: TypeAlias = Literal["person", "worker"]


class DeadlineRow(msgspec.Struct, frozen=True, rename={"whom": "for"}):
    """Something that is due: of which seller and what, and what happens then."""

    due_at: When
    kind: DeadlineKind
    whom: Whom
    seller_id: str
    subject: str
    """The violation, sanction or freeze, by its id."""
    then: str


DEADLINES: Final = ListOf(
    "deadlines", "deadlines", DeadlineRow, views=("violations", "sanctions", "freezes")
)
FOR: Final[Mapping[DeadlineKind, Whom]] = {
    "violation-expiry": "worker",
    "sanction-end": "worker",
    "funds-release": "worker",
    "appeal-window": "person",
}
_THEN: Final[Mapping[DeadlineKind, str]] = {
    "violation-expiry": "the violation counts no longer",
    "sanction-end": "the sanction ends",
    "funds-release": "the money is given free",
    "appeal-window": "the seller can no longer appeal",
}


def deadlines(
    now: Callable[[], Instant],
    due_after: Instant | None = None,
    due_before: Instant | None = None,
    kind: DeadlineKind | None = None,
    whom: Whom | None = None,
    seller_id: str | None = None,
) -> Asked[DeadlineRow]:
    """Deadlines behind an instant, `now` if absent, and before another."""
    kinds: list[DeadlineKind] = [k for k in KINDS if kind in (None, k) and whom in (None, FOR[k])]

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, DeadlineRow]]:
        begin = now() if due_after is None else due_after
        wanted = DeadlinesWanted(begin, due_before, kinds, seller_id)
        for told in deadlines_read(cursor, wanted, after, at_once):
            yield tuple(told[:3]), _row(*told)

    told = {"due_after": due_after, "due_before": due_before, "kind": kind, "for": whom}
    return Asked(DEADLINES, rows, told | {"seller_id": seller_id})


def _row(due_at: Instant, branch: int, _: int, seller_id: str, subject: str) -> DeadlineRow:
    kind = KINDS[branch]
    return DeadlineRow(format_instant(due_at), kind, FOR[kind], seller_id, subject, _THEN[kind])
