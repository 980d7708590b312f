"""Every round of every appeal, and what became of it: the table `appeals`."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, cast

import msgspec
from psycopg import Cursor

from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.ids import seller_of, seller_stream
from ledger.facts.violations import ViolationRecorded
from ledger.standing.appeals import Appeal, Round, RoundFact, after
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "appeals.sql")

_TOLD: Final = frozenset(
    {
        AppealFiled,
        AppealEvidenceAdded,
        AppealUpheld,
        AppealRejected,
        AppealLapsed,
        AppealWithdrawn,
    }
)

Challenged = tuple[str, str]
"""A seller and the id of one of its violations."""


class NothingToAppeal(Exception):
    """An appeal against a violation of which the seller's stream knows nothing."""


class _Known(NamedTuple):
    """An appeal with what its rows say beside its rounds."""

    appeal: Appeal
    positions: list[int]
    """Where each round was filed."""
    family: str
    rule: str


class Appeals(Projection):
    """A row for each round. Whether one has lapsed its instant tells, recorded or not."""

    name = "appeals"
    version = "1"
    tables = ("appeals",)

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write the rounds that the batch opened or changed, as the engine folds them."""
        told = [stored for stored in batch.facts if type(stored.fact) in _TOLD]
        if not told:
            return
        known = _known(cursor, {_challenged(stored) for stored in told})
        _add_first(cursor, known, told)
        changed: dict[int, tuple[Challenged, int]] = {}
        for stored in told:
            challenged, fact = _challenged(stored), cast(AppealFiled | RoundFact, stored.fact)
            before = known[challenged]
            (appeal,) = after(
                (before.appeal,) if before.appeal.rounds else (), fact, stored.version
            )
            if isinstance(fact, AppealFiled):
                before.positions.append(stored.position)
            known[challenged] = before._replace(appeal=appeal)
            changed[before.positions[-1]] = (challenged, len(appeal.rounds))
        cursor.execute(SQL["remove"], (list(changed),))
        copy_rows(
            cursor,
            SQL["add"],
            (_row(at, *of, known[of[0]]) for at, of in changed.items()),
        )


def _challenged(stored: StoredFact) -> Challenged:
    fact = cast(AppealFiled | RoundFact, stored.fact)
    return seller_of(stored.stream) or "", fact.violation_id


def _known(cursor: Cursor[Any], wanted: Iterable[Challenged]) -> dict[Challenged, _Known]:
    """These appeals as far as there are rows of them."""
    columns = [list(column) for column in zip(*sorted(wanted), strict=True)]
    found: dict[Challenged, _Known] = {}
    for position, seller_id, violation_id, family, rule, *told in cursor.execute(
        SQL["rounds"], columns
    ).fetchall():
        number, filed_at, filed_by, until, given, status, closed_at, reviewer, next_until = told
        # Which evidence it was, and which fact told it, no row has to know.
        one = Round(
            number, 0, filed_at, filed_by, until, given, (), status, closed_at, 0, reviewer,
            next_until,
        )  # fmt: skip
        before = found.get((seller_id, violation_id))
        if before is None:
            appeal, positions = Appeal(violation_id, ()), list[int]()
        else:
            appeal, positions = before.appeal, before.positions
        appeal = msgspec.structs.replace(appeal, rounds=(*appeal.rounds, one))
        found[seller_id, violation_id] = _Known(appeal, [*positions, position], family, rule)
    return found


def _add_first(
    cursor: Cursor[Any], known: dict[Challenged, _Known], told: Iterable[StoredFact]
) -> None:
    """Add the appeals of which there is no round yet, with family and rule of their violations."""
    new: dict[Challenged, int] = {}
    for stored in told:
        if _challenged(stored) not in known:
            new.setdefault(_challenged(stored), stored.position)
    if not new:
        return
    streams = [seller_stream(seller_id) for seller_id, _ in new]
    # As it stands in the stored JSON; an id holds nothing that JSON would write otherwise.
    texts = [f'"{violation_id}"'.encode() for _, violation_id in new]
    wanted = (streams, texts, list(new.values()))
    for row in cursor.execute(SQL["recorded"], wanted, binary=True).fetchall():
        fact = StoredFact.of(row).fact
        assert isinstance(fact, ViolationRecorded)
        challenged = (seller_of(row[0]) or "", fact.violation_id)
        if challenged in new:
            appeal = Appeal(fact.violation_id, ())
            known[challenged] = _Known(appeal, [], fact.family, fact.rule)
    for seller_id, violation_id in sorted(set(new) - set(known)):
        raise NothingToAppeal(f"{seller_id} has no violation {violation_id}")


def _row(position: int, challenged: Challenged, number: int, known: _Known) -> tuple[Any, ...]:
    one = known.appeal.rounds[number - 1]
    return (
        position,
        *challenged,
        known.family,
        known.rule,
        number,
        one.filed_at,
        one.filed_by,
        one.evidence_until,
        one.evidence_given or bool(one.evidence),
        one.lapses_at,
        one.status,
        one.closed_at,
        one.reviewer,
        one.next_round_until,
    )
