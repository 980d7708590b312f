"""Money withheld over time, and given free."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text
from ledger.facts.instants import Instant, format_instant
from projections.freezes_reading import FreezeSort, FreezesWanted, freezes_read


class FreezeRow(msgspec.Struct, frozen=True, rename={"starts_at": "from"}):
    """A freeze of funds, and what became of it."""

    freeze_id: str
    seller_id: str
    cause: str
    sanction_id: str | None
    starts_at: When
    until: When
    """When the money is or was given free."""
    scheduled_until: When
    """When it would have been by itself."""
    released: Literal["due", "lifted", "waived"] | None
    """Why it was given free, once that is recorded."""
    in_force: bool
    """At the instant asked about."""
    position: str


FREEZES: Final = ListOf("freezes", "freezes", FreezeRow, views=("freezes",))


def freezes(
    wanted: FreezesWanted,
    now: Callable[[], Instant],
    at: Instant | None = None,
    sort: FreezeSort = "recorded",
) -> Asked[FreezeRow]:
    """Freezes as known now. With an instant and nothing said of force, those in force then."""
    if at is not None and wanted.in_force is None:
        wanted = wanted._replace(in_force=True)
    length = 2 if sort in {"ends", "-ends"} else 1

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, FreezeRow]]:
        instant = now() if at is None else at
        for told in freezes_read(cursor, wanted, sort, instant, after, at_once):
            yield tuple(told[:length]), _row(told[length:])

    return Asked(FREEZES, rows, {**wanted._asdict(), "at": at, "sort": sort})


def _row(told: Any) -> FreezeRow:
    position, seller_id, freeze_id, cause, sanction_id, starts, ends, scheduled, why, holds = told
    return FreezeRow(
        freeze_id=freeze_id,
        seller_id=seller_id,
        cause=cause,
        sanction_id=sanction_id,
        starts_at=format_instant(starts),
        until=format_instant(ends),
        scheduled_until=format_instant(scheduled),
        released=why,
        in_force=holds,
        position=position_text(position),
    )
