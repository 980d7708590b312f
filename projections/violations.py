"""Every violation, and what became of it: the table `violations` with its kinds."""

from collections.abc import Mapping
from typing import Any, Final, LiteralString, NamedTuple

from psycopg import Cursor

from ledger.facts.appeals import AppealFiled, AppealRejected
from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from ledger.facts.violations import ViolationRecorded, ViolationVoided
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "violations.sql")


class Kind(NamedTuple):
    """What many violations have in common."""

    rule: str
    family: str
    severity: str | None
    bucket: str
    source: str
    policy: str
    appeal_days: int
    unit: str

    @classmethod
    def of(cls, fact: ViolationRecorded) -> "Kind":
        """The kind of a recorded violation."""
        return cls(
            fact.rule,
            fact.family,
            fact.severity,
            fact.bucket,
            fact.source,
            fact.policy,
            fact.appeal_days,
            "strikes" if fact.strikes else "points",
        )


class Violations(Projection):
    """A row for each violation. Time changes none: whether one has expired its instant tells."""

    name = "violations"
    version = "5"
    tables = ("violations", "violation_kinds")
    found_by = ("violations_seller_idx",)

    def __init__(self) -> None:
        self._kinds: dict[Kind, int] | None = None

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Add what was recorded; cancel what was taken back; note until when can be appealed."""
        numbers = self._numbers(cursor)
        recorded: list[tuple[Any, ...]] = []
        new: dict[Kind, int] = {}
        cancelled: list[tuple[str | None, str, Instant]] = []
        appealed: dict[tuple[str | None, str], Instant] = {}
        for stored in batch.facts:
            fact = stored.fact
            if isinstance(fact, ViolationRecorded):
                kind = Kind.of(fact)
                number = numbers.get(kind)
                if number is None:
                    # Numbered in the order of the log.
                    number = new[kind] = numbers[kind] = len(numbers) + 1
                recorded.append(_row(stored, fact, number))
            elif isinstance(fact, ViolationVoided):
                cancelled.append((seller_of(stored.stream), fact.violation_id, fact.recorded_at))
            elif isinstance(fact, AppealFiled):
                # However this round ends, nothing but a rejection lets another follow.
                appealed[seller_of(stored.stream), fact.violation_id] = 0
            elif isinstance(fact, AppealRejected):
                until = fact.next_round_until or 0
                appealed[seller_of(stored.stream), fact.violation_id] = until
        if new:
            copy_rows(cursor, SQL["add_kinds"], [(new[kind], *kind) for kind in new])
        if recorded:
            copy_rows(cursor, SQL["add"], recorded)
        if cancelled:
            cursor.execute(SQL["cancel"], [list(column) for column in zip(*cancelled, strict=True)])
        if appealed:
            told = [(*named, until) for named, until in appealed.items()]
            cursor.execute(SQL["appeal"], [list(column) for column in zip(*told, strict=True)])

    def forget(self) -> None:
        """Forget the kinds' numbers."""
        self._kinds = None

    def rows(self) -> Mapping[str, LiteralString]:
        """Kinds by what they mean: their numbers follow the order in which they came."""
        return {"violations": SQL["rows"], "violation_kinds": SQL["kind_rows"]}

    def _numbers(self, cursor: Cursor[Any]) -> dict[Kind, int]:
        if self._kinds is None:
            cursor.execute(SQL["kinds"])
            self._kinds = {Kind(*kind): number for *kind, number in cursor.fetchall()}
        return self._kinds


def _row(stored: StoredFact, fact: ViolationRecorded, kind: int) -> tuple[Any, ...]:
    return (
        stored.position,
        fact.effective_at,
        fact.recorded_at,
        fact.lapses_at,
        kind,
        fact.strikes or fact.points,
        seller_of(stored.stream),
        fact.violation_id,
        fact.actor,
        fact.listing_id,
    )
