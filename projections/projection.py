"""What a projection is: rows that follow from the log, and nothing else."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, LiteralString, NamedTuple, Protocol

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
    by_stream: ClassVar[bool] = False
    """Whether each row follows from one stream: a rebuild may then take stream after stream."""
    found_by: ClassVar[tuple[str, ...]] = ()
    """Indexes by which `take` finds rows: a rebuild makes the others after it has filled them."""

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables, in the first schema of the connection's search path."""
        ...

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Change its rows by a batch. May raise anything: then the batch is taken stream
        by stream, and what cannot be taken is parked.
        """
        ...

    def fill(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Add the rows of whole streams of which there is none yet, stream after stream: what
        a projection `by_stream` may do with less than `take` needs. May raise anything, as `take`.
        """
        self.take(cursor, batch)

    def stale(
        self,
        cursor: Cursor[Any],  # noqa: ARG002
        now: Instant,  # noqa: ARG002
        parked: Collection[str],  # noqa: ARG002
    ) -> Sequence[str]:
        """Streams whose rows time alone has changed by `now`, some at a time, parked ones not.

        For most there are none: whether something is in force their instants tell.
        """
        return ()

    def pass_time(
        self,
        cursor: Cursor[Any],  # noqa: ARG002
        streams: Sequence[str],  # noqa: ARG002
        now: Instant,  # noqa: ARG002
    ) -> None:
        """Write anew what time changed of these streams. May raise anything, as `take`."""
        return

    def next_stale(
        self,
        cursor: Cursor[Any],  # noqa: ARG002
        parked: Collection[str],  # noqa: ARG002
    ) -> Instant | None:
        """When time next changes a row, parked streams' aside; None for never."""
        return None

    def forget(self) -> None:
        """Forget what was remembered of its rows: somebody else may have changed them."""
        return

    def rows(self) -> Mapping[str, LiteralString]:
        """What each table says, as a query over `{schema}`, however its rows are numbered."""
        return {}
