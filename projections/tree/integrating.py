"""Adds the log's facts to the tree, batch by batch, behind the writers: none of them waits."""

from typing import Any, Final

from psycopg import Connection

from projections.tree.leaves import leaf_hashes, log_end
from projections.tree.tiles import read_edge, write

AT_ONCE: Final = 10_000
"""Facts in one transaction."""


def integrate(connection: Connection[Any], most: int = AT_ONCE) -> bool:
    """Add up to so many facts to the tree, in one transaction; whether there may be more.

    Several processes may try: each sees what the one before it wrote. Raises `BrokenLog`.
    """
    with connection.transaction(), connection.cursor() as cursor:
        # Looked at first without a lock: a quiet log is left alone.
        if read_edge(cursor).edge.size >= log_end(cursor):
            return False
        edge = read_edge(cursor, lock=True).edge
        end = log_end(cursor)
        last = min(end, edge.size + most)
        if last <= edge.size:
            return False
        grown, full = edge.grown(leaf_hashes(cursor, edge.size, last))
        write(cursor, grown, full)
        return last < end
