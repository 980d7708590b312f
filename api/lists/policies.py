"""Every edition of every pack that was published."""

from collections.abc import Iterator
from typing import Any, Final

from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import Edition, edition_of
from ledger.store.loading import load_book

POLICIES: Final = ListOf("policies", "policies", Edition, by_position=True)


def policies() -> Asked[Edition]:
    """Editions in the order in which they entered the log."""
    return Asked(POLICIES, _rows)


def _rows(cursor: Cursor[Any], after: Key | None, _: int) -> Iterator[tuple[Key, Edition]]:
    place = 0 if after is None else int(after[0] or 0)
    for published in load_book(cursor).editions:
        if published.position > place:
            yield (published.position,), edition_of(published)
