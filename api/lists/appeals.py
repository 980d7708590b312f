"""The rounds of the appeal against one violation, with what was said in them."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import Appeal, When, appeal_of, position_text, when
from ledger.decide.refusals import UnknownViolation
from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.standing.appeals import Appeal as Known
from ledger.standing.appeals import Round
from ledger.store.loading import load_sellers
from ledger.store.sql import queries


class AppealRow(Appeal, frozen=True):
    """A round, what was brought for it, and how it ended.

    To the seller itself `filed_by`, `reviewer` and `reasons` are null, as they are for what has not
    happened or was erased.
    """

    reason: str | None
    evidence: tuple[str, ...]
    """References: those of the filing first, then what came after it."""
    brand_verification: str | None
    filed_by: str | None
    closed_at: When | None
    reviewer: str | None
    reasons: str | None
    """Why it was upheld or rejected: a note of the house."""
    position: str


SQL: Final = queries("api.lists", "appeals.sql")
APPEALS: Final = ListOf("appeals", "appeals", AppealRow, by_position=True)


class _Told(NamedTuple):
    """Where a fact stands, and the words kept beside it; none where they were erased."""

    position: int
    words: dict[str, Any]


def appeals_against(
    seller_id: str, violation_id: str, now: Callable[[], Instant], *, sellers_own: bool
) -> Asked[AppealRow]:
    """Every round against a violation as it stands `now`. Raises `UnknownViolation`."""

    def rows(
        cursor: Cursor[Any],
        after: Key | None,
        at_once: int,  # noqa: ARG001 - an appeal has a few rounds
    ) -> Iterator[tuple[Key, AppealRow]]:
        seller, instant = load_sellers(cursor, [seller_id])[seller_id].seller, now()
        if seller.violation(violation_id) is None:
            raise UnknownViolation(seller_id, violation_id)
        appeal = seller.appeal(violation_id)
        if appeal is None:
            return
        place = 0 if after is None else int(after[0] or 0)
        told = _told(cursor, seller_id, appeal)
        for each in appeal.rounds:
            row = _row(each, told, instant)
            if told[each.version].position > place:
                yield (told[each.version].position,), _sellers_own(row) if sellers_own else row

    return Asked(APPEALS, rows, {"seller_id": seller_id, "violation_id": violation_id})


def _told(cursor: Cursor[Any], seller_id: str, appeal: Known) -> dict[int, _Told]:
    """What was told in an appeal, by the versions of its facts."""
    versions = [
        version
        for each in appeal.rounds
        for version in (each.version, each.closed_version, *(e.version for e in each.evidence))
    ]
    found = cursor.execute(
        SQL["told"], {"stream": seller_stream(seller_id), "versions": versions}
    ).fetchall()
    return {
        version: _Told(position, {} if body is None else msgspec.json.decode(body))
        for version, position, body in found
    }


def _row(each: Round, told: dict[int, _Told], now: Instant) -> AppealRow:
    filing = told[each.version].words
    decision = told[each.closed_version].words if each.closed_version else {}
    evidence: list[str] = filing.get("evidence", [])
    for later in each.evidence:
        evidence = [*evidence, *told[later.version].words.get("evidence", [])]
    return AppealRow(
        **msgspec.structs.asdict(appeal_of(each, now)),
        reason=filing.get("reason"),
        evidence=tuple(evidence),
        brand_verification=filing.get("brand_verification"),
        filed_by=each.filed_by,
        closed_at=when(each.at(now).closed_at),
        reviewer=each.reviewer,
        reasons=decision.get("reasons"),
        position=position_text(told[each.version].position),
    )


def _sellers_own(row: AppealRow) -> AppealRow:
    """Without names and notes of the house."""
    return msgspec.structs.replace(row, filed_by=None, reviewer=None, reasons=None)
