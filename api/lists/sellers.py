"""Sellers as they stand: searched, filtered and sorted."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text, when
from ledger.facts.instants import format_instant
from projections.sellers_reading import (
    SellerSort,
    SellerStatus,
    SellersWanted,
    key_length,
    sellers_read,
)


class SellerRow(msgspec.Struct, frozen=True):
    """A seller as it stands; what counts now, and what is in force."""

    seller_id: str
    status: SellerStatus
    can_sell: bool
    can_promote: bool
    can_withdraw: bool
    points: int
    strikes: int
    buckets: dict[str, int]
    families: tuple[str, ...]
    """Of its current violations."""
    sanctions: tuple[str, ...]
    """The kinds in force."""
    freezes: tuple[str, ...]
    """The causes of money withheld."""
    appeals_open: int
    """How many appeals wait for a decision."""
    next_change_at: When | None
    changed_at: When
    """When its newest fact was recorded."""
    position: str
    """Of its newest fact."""


SELLERS: Final = ListOf("sellers", "sellers", SellerRow, views=("sellers",))


def sellers(wanted: SellersWanted, sort: SellerSort = "seller_id") -> Asked[SellerRow]:
    """Sellers with at least one fact."""
    length = key_length(sort)

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, SellerRow]]:
        for told in sellers_read(cursor, wanted, sort, after, at_once):
            yield tuple(told[:length]), _row(told[length:])

    return Asked(SELLERS, rows, {**wanted._asdict(), "sort": sort})


def _row(told: Any) -> SellerRow:
    (
        seller_id, status, can_sell, can_promote, can_withdraw, points, strikes, buckets, families,
        sanctions, freezes, next_change, recorded_at, position, appeals_open,
    ) = told  # fmt: skip
    return SellerRow(
        seller_id=seller_id,
        status=status,
        can_sell=can_sell,
        can_promote=can_promote,
        can_withdraw=can_withdraw,
        points=points,
        strikes=strikes,
        buckets=buckets,
        families=tuple(families),
        sanctions=tuple(sanctions),
        freezes=tuple(freezes),
        appeals_open=appeals_open,
        next_change_at=when(next_change),
        changed_at=format_instant(recorded_at),
        position=position_text(position),
    )
