"""Money withheld over time, and given free. The table `freezes`."""

from typing import Any, Final

from psycopg import Cursor

from ledger.facts.ids import seller_of
from ledger.facts.sanctions import FundsFrozen, FundsReleased
from ledger.store.sql import queries
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "freezes.sql")


class Freezes(Projection):
    """A row for each freeze. Whether it is in force its instants tell."""

    name = "freezes"
    version = "2"
    tables = ("freezes",)

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Add what was frozen, then release what was given free."""
        frozen: list[tuple[Any, ...]] = []
        released: list[tuple[Any, ...]] = []
        for stored in batch.facts:
            fact = stored.fact
            if isinstance(fact, FundsFrozen):
                frozen.append(
                    (
                        stored.position,
                        fact.starts_at,
                        fact.ends_at,
                        fact.ends_at,
                        seller_of(stored.stream),
                        fact.freeze_id,
                        fact.cause,
                        fact.sanction_id,
                    )
                )
            elif isinstance(fact, FundsReleased):
                told = (fact.freeze_id, fact.effective_at, fact.why)
                released.append((seller_of(stored.stream), *told))
        if frozen:
            cursor.execute(SQL["add"], [list(column) for column in zip(*frozen, strict=True)])
        if released:
            cursor.execute(SQL["release"], [list(column) for column in zip(*released, strict=True)])
