"""Every sanction over time: imposed, lifted, waived, found in error. The table `sanctions`."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from psycopg import Cursor

from ledger.facts.ids import seller_of
from ledger.facts.sanctions import (
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
    SanctionWaiverProposed,
)
from ledger.store.sql import queries
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "sanctions.sql")

_TOLD: Final = (
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
    SanctionFoundInError,
    SanctionWaiverProposed,
)

Named = tuple[str, str]
"""A seller and the id of one of its sanctions."""


class Sanctions(Projection):
    """A row for each sanction. Whether it is in force its instants tell."""

    name = "sanctions"
    version = "4"
    tables = ("sanctions",)

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Add what was imposed; then change what was said of those there, the last word last."""
        imposed: list[tuple[Any, ...]] = []
        cut: dict[Named, tuple[Any, ...]] = {}
        in_error: dict[Named, tuple[Any, ...]] = {}
        proposed: dict[Named, tuple[Any, ...]] = {}
        for stored in batch.facts:
            fact = stored.fact
            if not isinstance(fact, _TOLD):
                continue
            seller_id = seller_of(stored.stream) or ""
            match fact:
                case SanctionImposed():
                    imposed.append(_row(stored.position, seller_id, fact))
                case SanctionLifted():
                    cut[seller_id, fact.sanction_id] = (fact.recorded_at, "lifted")
                case SanctionWaived():
                    cut[seller_id, fact.sanction_id] = (fact.recorded_at, "waived")
                case SanctionFoundInError():
                    in_error[seller_id, fact.sanction_id] = (fact.error_us,)
                case SanctionWaiverProposed():
                    proposed[seller_id, fact.sanction_id] = (fact.recorded_at, fact.actor)
        if imposed:
            cursor.execute(SQL["add"], _columns(imposed))
        if cut:
            cursor.execute(SQL["cut"], _changes(cut))
        if in_error:
            cursor.execute(SQL["find_in_error"], _changes(in_error))
        if proposed:
            cursor.execute(SQL["propose_waiver"], _changes(proposed))


def _row(position: int, seller_id: str, fact: SanctionImposed) -> tuple[Any, ...]:
    return (
        position,
        fact.starts_at,
        fact.ends_at,
        seller_id,
        fact.sanction_id,
        fact.sanction,
        fact.milestone,
        fact.bucket,
        # An id holds no comma.
        ",".join(fact.because_of),
        fact.policy,
        ",".join(fact.listing_ids),
        None if fact.milestone is not None else fact.actor,
    )


def _changes(changes: Mapping[Named, tuple[Any, ...]]) -> list[list[Any]]:
    return _columns([(*named, *change) for named, change in changes.items()])


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
