"""Sanctions over time: in force, ended, lifted, waived, and how long in error."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text, when
from ledger.facts.instants import Instant, format_instant
from projections.sanctions_reading import SanctionSort, SanctionsWanted, sanctions_read


class SanctionRow(msgspec.Struct, frozen=True, rename={"starts_at": "from"}):
    """A sanction, and what became of it."""

    sanction_id: str
    seller_id: str
    kind: str
    milestone: str | None
    """Null, with the bucket, where a person imposed it."""
    bucket: str | None
    starts_at: When
    until: When | None
    """When it ends or ended; null: without end."""
    scheduled_until: When | None
    """When it would have ended by itself."""
    cut: Literal["lifted", "waived"] | None
    """What ended it before its time."""
    in_force: bool
    """At the instant asked about."""
    error_us: int
    """For how many microseconds it ran in error, as found later."""
    waiver_proposed_at: When | None
    waiver_proposed_by: str | None
    because_of: tuple[str, ...]
    listing_ids: tuple[str, ...]
    """What it is about; none: the whole shop."""
    imposed_by: str | None
    """Who imposed it by hand."""
    policy: str
    position: str


SANCTIONS: Final = ListOf("sanctions", "sanctions", SanctionRow, views=("sanctions",))


def sanctions(
    wanted: SanctionsWanted,
    now: Callable[[], Instant],
    at: Instant | None = None,
    sort: SanctionSort = "recorded",
) -> Asked[SanctionRow]:
    """Sanctions as known now, in the order in which they began. With an instant and nothing said
    of force, those in force then.
    """
    if at is not None and wanted.in_force is None:
        wanted = wanted._replace(in_force=True)

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, SanctionRow]]:
        instant = now() if at is None else at
        for told in sanctions_read(cursor, wanted, sort, instant, after, at_once):
            yield (told[0],), _row(told)

    return Asked(SANCTIONS, rows, {**wanted._asdict(), "at": at, "sort": sort})


def _row(told: Any) -> SanctionRow:
    (
        position, seller_id, sanction_id, kind, milestone, bucket, starts_at, until, scheduled, cut,
        error_us, proposed_at, proposed_by, because_of, policy, listing_ids, imposed_by, in_force,
    ) = told  # fmt: skip
    return SanctionRow(
        sanction_id=sanction_id,
        seller_id=seller_id,
        kind=kind,
        milestone=milestone,
        bucket=bucket,
        starts_at=format_instant(starts_at),
        until=when(until),
        scheduled_until=when(scheduled),
        cut=cut,
        in_force=in_force,
        error_us=error_us,
        waiver_proposed_at=when(proposed_at),
        waiver_proposed_by=proposed_by,
        because_of=tuple(because_of),
        listing_ids=tuple(listing_ids),
        imposed_by=imposed_by,
        policy=policy,
        position=position_text(position),
    )
