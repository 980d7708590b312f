"""What a what-if needs to know of products in campaigns, as columns of whole numbers."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ledger.facts.campaigns import (
    EnrolmentFact,
    EnrolmentRejected,
    ProductEnrolled,
    ProductRestored,
    ProductWithdrawn,
)
from ledger.facts.ids import seller_of
from ledger.store.loading import StoredFact

_np: Any = np
_pa: Any = pa

REGISTERED, OVER, TAKEN_OUT, LET_BACK = 0, 1, 2, 3
"""A product was registered; it was rejected or its seller took it back; penalties took it out;
they were overturned in time, and it was let back.
"""
NAMES: Final = (
    "product-enrolled.v1",
    "enrolment-rejected.v1",
    "product-withdrawn.v1",
    "product-restored.v1",
)
"""The kinds of facts that are a row each."""
SCHEMA: Final[Any] = _pa.schema(
    [
        _pa.field(name, kind, nullable=False)
        for name, kind in (
            ("seller", _pa.int32()),
            ("position", _pa.int64()),
            ("kind", _pa.int8()),
            ("enrolment", _pa.int64()),
            ("recorded", _pa.int64()),
            ("starts", _pa.int64()),
            ("ends", _pa.int64()),
        )
    ]
)
"""By seller, and each seller's rows in the order of the log. `enrolment` is a number made of the
campaign's and the product's ids. A registration has the campaign's start and end; other rows have
0 there. Instants are microseconds."""


def sellers_named(facts: Sequence[StoredFact]) -> Iterator[str]:
    """The sellers of these facts, in the order in which the log names them."""
    streams: dict[str, StoredFact] = {}
    for stored in facts:
        streams.setdefault(stored.stream, stored)
    for stream, stored in streams.items():
        named = seller_of(stream)
        if named is not None:
            yield named
        elif isinstance(stored.fact, EnrolmentFact):
            yield stored.fact.seller_id


def enrolments_table(facts: Sequence[StoredFact], number_of_seller: Callable[[str], int]) -> Any:
    """The rows of these facts, by seller."""
    rows: list[tuple[int, ...]] = []
    for stored in facts:
        fact = stored.fact
        if isinstance(fact, EnrolmentFact) and (told := _told(fact)) is not None:
            seller, key = number_of_seller(fact.seller_id), _key(stored.stream)
            kind, starts, ends = told
            rows.append((seller, stored.position, kind, key, fact.recorded_at, starts, ends))
    if not rows:
        return SCHEMA.empty_table()
    columns = _np.array(rows, _np.int64).T
    order = _np.lexsort((columns[1], columns[0]))
    arrays = [
        _pa.array(column[order].astype(field.type.to_pandas_dtype()))
        for column, field in zip(columns, SCHEMA, strict=True)
    ]
    return _pa.Table.from_arrays(arrays, schema=SCHEMA)


def _told(fact: EnrolmentFact) -> tuple[int, int, int] | None:
    """Kind, start and end; None for what changes nothing of whether it takes part."""
    match fact:
        case ProductEnrolled():
            return REGISTERED, fact.starts_at, fact.ends_at
        case EnrolmentRejected() | ProductWithdrawn(why="seller"):
            return OVER, 0, 0
        case ProductWithdrawn():
            return TAKEN_OUT, 0, 0
        case ProductRestored():
            return LET_BACK, 0, 0
        case _:
            return None


def _key(stream: str) -> int:
    """A number for an enrolment, the same whoever writes the archive."""
    return int.from_bytes(sha256(stream.encode()).digest()[:8], "big", signed=True)
