"""The legal holds on one seller's texts, with why they were placed and lifted."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.lists.words import Said, said_with
from api.representations import When, position_text, when
from ledger.facts.instants import format_instant
from ledger.standing.keeping import LegalHold
from ledger.store.loading import load_sellers


class LegalHoldRow(msgspec.Struct, frozen=True):
    """A demand that a seller's texts be kept; while one stands, nothing of the seller is erased."""

    hold_id: str
    stands: bool
    placed_at: When
    placed_by: str
    reason: str | None
    lifted_at: When | None
    """Null while it stands."""
    lifted_by: str | None
    lifted_because: str | None
    erased: bool
    """Whether the reasons were erased since: then they are null."""
    position: str


LEGAL_HOLDS: Final = ListOf(
    "legal-holds", "legal_holds", LegalHoldRow, by_position=True, words=True
)


def legal_holds_on(seller_id: str) -> Asked[LegalHoldRow]:
    """Every legal hold on a seller, those lifted included; none for one never heard of."""

    def rows(
        cursor: Cursor[Any],
        after: Key | None,
        at_once: int,  # noqa: ARG001 - a seller has few
    ) -> Iterator[tuple[Key, LegalHoldRow]]:
        holds = load_sellers(cursor, [seller_id])[seller_id].seller.keeping.legal_holds
        versions = [version for hold in holds for version in (hold.version, hold.lifted_version)]
        said = said_with(cursor, seller_id, versions)
        place = 0 if after is None else int(after[0] or 0)
        for hold in holds:
            if said[hold.version].position > place:
                yield (said[hold.version].position,), _row(hold, said)

    return Asked(LEGAL_HOLDS, rows, {"seller_id": seller_id})


def _row(hold: LegalHold, said: dict[int, Said]) -> LegalHoldRow:
    placing = said[hold.version]
    lifting = said[hold.lifted_version] if hold.lifted_version else None
    return LegalHoldRow(
        hold_id=hold.hold_id,
        stands=hold.lifted_at is None,
        placed_at=format_instant(hold.placed_at),
        placed_by=hold.placed_by,
        reason=placing.words.get("reason"),
        lifted_at=when(hold.lifted_at),
        lifted_by=hold.lifted_by,
        lifted_because=None if lifting is None else lifting.words.get("reason"),
        erased=placing.erased or (lifting is not None and lifting.erased),
        position=position_text(placing.position),
    )
