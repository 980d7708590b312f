"""Where in the log facts of each kind stand, by thousands: the table `fact_kinds`."""

from typing import Any, Final

from psycopg import Cursor

from ledger.store.sql import queries
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "fact_kinds.sql")


class FactKinds(Projection):
    """Goes by the names of facts alone, so nothing in a fact can stop it."""

    name = "fact-kinds"
    version = "1"
    tables = ("fact_kinds",)

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Note which kinds stand in the batch's stretch."""
        cursor.execute(SQL["add"], {"after": batch.after, "last": batch.last})
