"""Filters of lists as query parameters: what each of them has to be."""

from typing import Annotated, TypeAlias

from fastapi import Query

from api.dependencies import an_id
from ledger.facts.instants import Instant, parse_instant

MOST: int = 1_000_000_000

Count: TypeAlias = Annotated[int | None, Query(ge=0, le=MOST)]
At: TypeAlias = Annotated[str | None, Query(description="An instant, RFC 3339")]
OfSeller: TypeAlias = Annotated[str | None, Query(), an_id("seller_id")]


def instant(told: str | None, field: str) -> Instant | None:
    """The instant that a parameter names, if it is there; raises `MalformedInstant`."""
    return None if told is None else parse_instant(told, field)
