"""Inserting facts: the one statement that the clerk's turn and the library's recorder share."""

from typing import Any

from psycopg import Cursor

from ledger.store.arrays import many_bytes, numbers, texts
from ledger.store.loading import SQL


def insert_facts(
    cursor: Cursor[Any],
    *,
    streams: list[str],
    versions: list[int],
    names: list[str],
    states: list[bytes],
    positions: list[int],
) -> None:
    """Insert facts, given as columns, in a transaction that holds the log's lock.

    Whole columns travel as binary arrays in one statement: three times as fast as a row at a
    time, and no batch is too large.
    """
    cursor.execute(
        SQL["insert_facts"],
        (texts(streams), numbers(versions), texts(names), many_bytes(states), numbers(positions)),
    )
