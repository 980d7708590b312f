"""Every edition of every pack that was published."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import asdict
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import Edition, edition_of
from ledger.store.loading import load_book, read_head


class EditionListed(Edition, frozen=True):
    """An edition, and whether it is one of the pack that this ledger decides by."""

    decides: bool


POLICIES: Final = ListOf("policies", "policies", EditionListed, by_position=True)


def policies() -> Asked[EditionListed]:
    """Editions in the order in which they entered the log."""
    return Asked(POLICIES, _rows)


def _rows(cursor: Cursor[Any], after: Key | None, _: int) -> Iterator[tuple[Key, EditionListed]]:
    place = 0 if after is None else int(after[0] or 0)
    own = read_head(cursor).pack
    for published in load_book(cursor).editions:
        if published.position > place:
            edition = edition_of(published)
            decides = edition.pack == own
            yield (published.position,), EditionListed(**asdict(edition), decides=decides)
