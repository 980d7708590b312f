"""Making projections anew from the first fact on, while the old ones are read and kept up.

Tables are built beside, then put in place of the live ones in one transaction, at one position. A
rebuild that was killed leaves the live tables as they are, and goes on where it stopped when it is
asked for again.

What makes it quick: facts are decoded once for all projections; stretches are long, for nobody
waits for them; `sellers`, where each row follows from one stream, is taken stream by stream, so
that a row is written once and no seller is loaded twice; and indexes are made when tables are full.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg

from ledger.facts.refusal import Refusal
from ledger.store.clocks import Clock
from projections.catalogue import projections
from projections.comparison import Difference
from projections.rebuilding import SQL, Rebuilding, Rebuilt, Watch

OPTIONS: Final = "-c lock_timeout=30s -c statement_timeout=0 -c synchronous_commit=off"


class NoSuchProjection(Refusal):
    """There is no projection of that name."""

    def __init__(self, asked: str, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no projection {asked[:80]!r}",
            field="PROJECTION",
            accepted="one of " + ", ".join(sorted(known)),
        )


class RebuildUnderWay(Refusal):
    """One process at a time rebuilds a projection."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is being rebuilt by another process",
            field="PROJECTION",
            accepted="another projection, or this one once that rebuild has ended",
        )


def rebuild(
    dsn: str, clock: Clock, names: Sequence[str] = (), watch: Watch | None = None
) -> list[Rebuilt]:
    """Make these projections anew, or all, and put them in place.

    Raises `NoSuchProjection`, `RebuildUnderWay`, `NeverFree`, `GapInLog`, and what psycopg raises
    when the database goes away; in each case the live tables stay, and the work done is kept.
    """
    with _rebuilding(dsn, clock, names, watch) as work:
        work.build(anew=False)
        return [work.switch(beside) for beside in list(work.besides)]


def check(
    dsn: str, clock: Clock, names: Sequence[str] = (), watch: Watch | None = None
) -> list[Difference]:
    """Make these projections anew, or all, and hold the live ones against them at one position.

    Returns the rows that differ. Raises what `rebuild` raises, and `NothingToCompare`.
    """
    with _rebuilding(dsn, clock, names, watch) as work:
        try:
            work.build(anew=True)
            return [row for beside in work.besides for row in work.compare(beside)]
        finally:
            work.drop()


@contextmanager
def _rebuilding(
    dsn: str, clock: Clock, names: Sequence[str], watch: Watch | None
) -> Generator[Rebuilding]:
    known = {projection.name: projection for projection in projections()}
    for name in names:
        if name not in known:
            raise NoSuchProjection(name, list(known))
    wanted = [known[name] for name in dict.fromkeys(names or known)]
    with psycopg.connect(
        dsn, autocommit=True, options=OPTIONS, application_name="seller-ledger rebuild"
    ) as connection:
        for projection in wanted:
            lock = connection.execute(SQL["one_at_a_time"], {"name": projection.name})
            if not (lock.fetchone() or (False,))[0]:
                raise RebuildUnderWay(projection.name)
        yield Rebuilding(connection, wanted, clock, watch)
