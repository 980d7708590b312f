"""A seller's violations, in the order in which they were recorded."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, TypeAlias

from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import Violation, status_at, violation_as
from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.facts.violations import ViolationRecorded
from ledger.policy.policy import Family
from ledger.standing.appeals import appealable_until
from ledger.store.loading import load_sellers
from ledger.store.reader import facts_after

Status: TypeAlias = Literal["current", "cancelled", "expired"]

VIOLATIONS: Final = ListOf("violations", "violations", Violation, by_position=True)
_RECORDED: Final = ["violation-recorded"]


def violations(
    seller_id: str,
    now: Callable[[], Instant],
    status: Status | None = None,
    family: Family | None = None,
    appealable: bool | None = None,
) -> Asked[Violation]:
    """The seller's violations as they stand `now`: of one status and one family, those that an
    appeal can be filed against or those that none can, or all.
    """

    def rows(
        cursor: Cursor[Any], after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, Violation]]:
        seller, instant = load_sellers(cursor, [seller_id])[seller_id].seller, now()
        known = {violation.violation_id: violation for violation in seller.violations}
        appeals = {appeal.violation_id: appeal for appeal in seller.appeals}
        place = 0 if after is None else int(after[0] or 0)
        stream = seller_stream(seller_id)
        for stored in facts_after(
            cursor, place, at_once, to=seller.position, kinds=_RECORDED, stream=stream
        ):
            fact = stored.fact
            assert isinstance(fact, ViolationRecorded)
            violation, appeal = known[fact.violation_id], appeals.get(fact.violation_id)
            until = appealable_until(violation, appeal, fact)
            if (
                status in (None, status_at(violation, instant))
                and family in (None, fact.family)
                and appealable in (None, until is not None and instant <= until)
            ):
                shown = violation_as(seller_id, fact, violation, appeal, instant)
                yield (stored.position,), shown

    filters = {
        "seller_id": seller_id,
        "status": status,
        "family": family,
        "appealable": appealable,
    }
    return Asked(VIOLATIONS, rows, filters)
