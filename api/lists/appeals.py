"""The rounds of the appeal against one violation, with what was said in them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.lists.words import Said, said_with
from api.representations import Appeal, When, appeal_of, position_text, when
from ledger.decide.refusals import UnknownViolation
from ledger.facts.instants import Instant
from ledger.standing.appeals import Appeal as Known
from ledger.standing.appeals import Round
from ledger.store.loading import load_sellers


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
    erased: bool
    """Whether what was said in the round was erased, in whole or in part."""
    position: str


APPEALS: Final = ListOf("appeals", "appeals", AppealRow, by_position=True, words=True)


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
        said = _said(cursor, seller_id, appeal)
        for each in appeal.rounds:
            row = _row(each, said, instant)
            if said[each.version].position > place:
                yield (said[each.version].position,), _sellers_own(row) if sellers_own else row

    return Asked(APPEALS, rows, {"seller_id": seller_id, "violation_id": violation_id})


def _said(cursor: Cursor[Any], seller_id: str, appeal: Known) -> dict[int, Said]:
    """What was said in an appeal, by the versions of its facts."""
    versions = [
        version
        for each in appeal.rounds
        for version in (each.version, _decided(each), *(e.version for e in each.evidence))
    ]
    return said_with(cursor, seller_id, versions)


def _decided(each: Round) -> int:
    """The version of the fact that decided a round in words; 0 where none did."""
    return each.closed_version if each.reviewer is not None else 0


def _row(each: Round, said: dict[int, Said], now: Instant) -> AppealRow:
    filing, later = said[each.version], [said[e.version] for e in each.evidence]
    decision = said[_decided(each)] if _decided(each) else None
    evidence: list[str] = filing.words.get("evidence", [])
    for brought in later:
        evidence = [*evidence, *brought.words.get("evidence", [])]
    told = [filing, *later, *([] if decision is None else [decision])]
    return AppealRow(
        **msgspec.structs.asdict(appeal_of(each, now)),
        reason=filing.words.get("reason"),
        evidence=tuple(evidence),
        brand_verification=filing.words.get("brand_verification"),
        filed_by=each.filed_by,
        closed_at=when(each.at(now).closed_at),
        reviewer=each.reviewer,
        reasons=None if decision is None else decision.words.get("reasons"),
        erased=any(one.erased for one in told),
        position=position_text(filing.position),
    )


def _sellers_own(row: AppealRow) -> AppealRow:
    """Without names and notes of the house."""
    return msgspec.structs.replace(row, filed_by=None, reviewer=None, reasons=None)
