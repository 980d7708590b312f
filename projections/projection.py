"""What a projection is: rows that follow from the log, and nothing else."""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.store.loading import StoredFact


class Batch(NamedTuple):
    """Facts from one position to another, in order; those of parked streams are left out."""

    after: int
    last: int
    facts: Sequence[StoredFact]


class Projection(Protocol):
    """Tables of its own, and how facts change them. Used by one thread at a time.

    The same facts in the same order give the same rows, whatever the batches.
    """

    name: ClassVar[str]
    """Its name, by which it is rebuilt; unique."""
    version: ClassVar[str]
    """Of what its code makes of facts: rows of another version are made anew."""
    tables: ClassVar[tuple[str, ...]]
    """Its tables, in the order in which they can be dropped."""

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables, in the first schema of the connection's search path."""
        ...

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Change its rows by a batch. May raise anything: then the batch is taken stream
        by stream, and what cannot be taken is parked.
        """
        ...

    def pass_time(
        self,
        cursor: Cursor[Any],  # noqa: ARG002
        position: int,  # noqa: ARG002
        now: Instant,  # noqa: ARG002
    ) -> Instant | None:
        """Change what time alone changes by `now`; returns when it has to be asked again.

        For most nothing does: whether something is in force their instants tell.
        """
        return None

    def forget(self) -> None:
        """Forget what was remembered of its rows: somebody else may have changed them."""
        return
