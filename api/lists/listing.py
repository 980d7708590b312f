"""What a list is, and what it is when it was asked for: plain descriptions, without HTTP."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from psycopg import Cursor

from api.lists.tokens import Key

Row = TypeVar("Row", bound=msgspec.Struct)


class ListOf(NamedTuple, Generic[Row]):
    """A list, described once: pages, files and the OpenAPI document are made from this."""

    name: str
    """Names its files and tokens: `timeline`."""
    plural: str
    """What its pages call the rows: `facts`."""
    shape: type[Row]
    by_position: bool = False
    """In the order of the log: then a plain position says where a page ended."""
    views: tuple[str, ...] = ()
    """What it is read from, by name; without any it is read from the log itself."""
    words: bool = False
    """Whether its rows tell what people wrote, as it is kept beside the log until it is erased."""
    helped_by: tuple[str, ...] = ()
    """Views that say where in the log to look, as far as they have been made."""


class Moment(NamedTuple):
    """What an answer rests on."""

    position: int
    """It holds every fact up to here and none behind it."""
    parked: int = 0
    """Streams that its views could not take: what it says of these is old."""


class Asked(NamedTuple, Generic[Row]):
    """A list with its filters and its sort."""

    of: ListOf[Row]
    rows: Callable[[Cursor[Any], Key | None, int], Iterator[tuple[Key, Row]]]
    """`rows(cursor, after, at_once)`: every row behind the key `after` (None: from the first),
    each with its own key, in order, read from the database so many at once. All is read from one
    snapshot. A page stops in the middle, so nothing may be read before it is needed.
    """
    filters: Mapping[str, object] = {}
    """Filters and sort as they were asked for: a token of others is refused."""
    moment: Moment | None = None
    """What it rests on, where its rows are read from somewhere else than the database."""
