"""The law of previews: what is foreseen is what then happens, and foreseeing changes nothing."""

from typing import Any, cast

import msgspec
import psycopg
import pytest
from hypothesis import given

from api.previews import foreseen
from api.problems import problem_of
from api.representations import fact_seen, standing_of
from ledger.decide.commands import Command
from ledger.decide.erasure_commands import EraseSeller, LiftLegalHold, PlaceLegalHold
from ledger.decide.erasure_refusals import ErasureHeld
from ledger.facts.refusal import Refusal
from ledger.ledger import Answer, Ledger
from ledger.standing.standing import standing
from ledger.store.loading import StoredFact
from ledger.store.reader import facts_after, log_end
from ledger.store.rehearsal import Rehearsal, rules_known
from ledger.taking.preview import foresee
from ledger.taking.requests import Request
from tests.laws.stories import START, Step, stories, stories_told, told
from tests.projections.case_stories import CaseStep, case_stories, cases_told
from tests.projections.report_stories import ReportStep, report_stories, reports_told
from tests.projections.test_promotion_laws import begun
from tests.projections.test_promotion_laws import steps as promotion_stories
from tests.projections.test_promotion_laws import tell as tell_of_promotions
from tests.projections.test_service_laws import serving
from tests.projections.test_service_laws import steps as service_stories
from tests.projections.test_service_laws import tell as tell_of_service
from tests.store.opened import log_rows, opened, sandbox, violation

few = stories_told(examples=12)
KEPT = (
    ("seller_key", "seller_id"),
    ("sealed_text", "position"),
    ("seller_state", "seller_id"),
    ("case_due", "1"),
    ("case_concerned", "1"),
    ("idempotency_key", "key"),
    ("log_head", "1"),
)
"""What the ledger keeps beside its facts."""


class Foreseeing:
    """A ledger that foresees each command before it is told, and compares."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.foreseen = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def handle(self, command: Command, actor: str, key: str | None = None) -> Answer:
        refusal, promised = self._foresee(command, actor)
        before = self._end()
        if refusal is not None:
            with pytest.raises(Refusal) as refused:
                self._ledger.handle(command, actor, key)
            assert problem_of(refused.value) == problem_of(refusal)
            raise refusal
        answer = self._ledger.handle(command, actor, key)
        assert promised["replayed"] == answer.replayed
        told = [] if answer.replayed else self._behind(answer.facts[0].position - 1)
        assert before <= self._end()
        assert list(map(_said, promised["facts"])) == list(map(_said, told))
        self._compare_standings(promised)
        return answer

    def _foresee(self, command: Command, actor: str) -> tuple[Refusal | None, Any]:
        kept = self._kept() if self.foreseen % 4 == 0 else None
        self.foreseen += 1
        try:
            return None, msgspec.to_builtins(foreseen(self._ledger.preview(command, actor)))
        except Refusal as refused:
            return refused, None
        finally:
            assert kept is None or self._kept() == kept

    def _compare_standings(self, promised: Any) -> None:
        if promised["after"] is None:
            return
        seller = self._ledger.reader.seller(promised["after"]["seller_id"])
        at = self._ledger.now()
        found = standing(seller, self._ledger.rulebook, at, at)
        after = msgspec.to_builtins(standing_of(found, self._ledger.rulebook.book))
        assert promised["after"]["position"] == promised["standing"]["position"]
        assert promised["after"] | {"position": after["position"]} == after

    def _end(self) -> int:
        with self._ledger.reader.cursor() as cursor:
            return log_end(cursor)

    def _behind(self, position: int) -> list[Any]:
        with self._ledger.reader.cursor() as cursor:
            found: list[StoredFact] = list(facts_after(cursor, position, 100, to=log_end(cursor)))
        return [msgspec.to_builtins(fact_seen(fact)) for fact in found]

    def _kept(self) -> list[Any]:
        memory = self._ledger.reader.memory
        with psycopg.connect(self._ledger.dsn) as connection:
            beside = [
                connection.execute(
                    f"SELECT array_agg(t.* ORDER BY {key})::text FROM {table} t"  # type: ignore[arg-type]
                ).fetchone()
                for table, key in KEPT
            ]
        return [log_rows(self._ledger.dsn), beside, memory.head, memory.size()]


def _said(fact: dict[str, Any]) -> dict[str, Any]:
    """What a fact says, but for its place and for digests of what was drawn by lot."""
    data = {k: v for k, v in fact["data"].items() if k not in ("seal", "content")}
    left_out = ("position", "recorded_at", "correlation_id", "data")
    return {k: v for k, v in fact.items() if k not in left_out} | {"data": data}


def foreseeing(ledger: Ledger) -> Any:
    return cast(Any, Foreseeing(ledger))


@pytest.mark.parametrize("pack", ["capped", "merged"])
@few
@given(story=stories)
def test_of_a_seller(dsn: str, pack: str, story: list[Step]) -> None:
    with told(dsn, pack) as telling:
        telling.ledger = foreseeing(telling.ledger)
        for step in story:
            telling.tell(step)


@few
@given(story=case_stories)
def test_of_appeals_and_disputes(dsn: str, story: list[CaseStep]) -> None:
    with cases_told(dsn) as telling:
        telling.ledger = foreseeing(telling.ledger)
        for step in story:
            telling.tell(step)


@few
@given(story=report_stories)
def test_of_reports(dsn: str, story: list[ReportStep]) -> None:
    with reports_told(dsn) as telling:
        telling.ledger = foreseeing(telling.ledger)
        for step in story:
            telling.tell(step)


@few
@given(story=promotion_stories)
def test_of_promotions(dsn: str, story: list[Any]) -> None:
    with begun(dsn) as ledger:
        for step in story:
            tell_of_promotions(foreseeing(ledger), step)


@few
@given(story=service_stories)
def test_of_days_and_what_they_set_off(dsn: str, story: list[Any]) -> None:
    with serving(dsn) as ledger:
        for step in story:
            tell_of_service(foreseeing(ledger), step)


def test_of_an_erasure_with_a_legal_hold_and_without(dsn: str) -> None:
    by: dict[str, Any] = {"seller_id": "s-1"}
    with sandbox(dsn) as opened_:
        opened_.move_clock(START)
        ledger = foreseeing(opened_)
        ledger.handle(violation("s-1", "v-1"), "svc")
        held = PlaceLegalHold(**by, hold_id="h-1", reason="a court", placed_by="ann")
        ledger.handle(held, "ann")
        erasure = EraseSeller(**by, reason="asked-by-seller", erased_by="ann")
        with pytest.raises(ErasureHeld):
            ledger.handle(erasure, "ann")
        lifted = LiftLegalHold(**by, hold_id="h-1", reason="it is over", lifted_by="ann")
        ledger.handle(lifted, "ann")
        ledger.handle(erasure, "ann")
        ledger.handle(erasure, "ann")


def test_nobody_who_writes_is_waited_for_and_nobody_waits(dsn: str) -> None:
    """While a writer holds the log's lock a preview answers; while a preview is open, it writes."""
    with opened(dsn) as ledger:
        ledger.handle(violation("s-1", "v-1", "weapons"), "svc")
        told = violation("s-1", "v-2", "weapons")
        with psycopg.connect(dsn) as writer:
            writer.execute("SELECT 1 FROM log_head FOR UPDATE")
            assert ledger.preview(told, "svc").facts
        with ledger.reader.snapshot() as cursor:
            turn = Rehearsal(cursor, rules_known(ledger.reader), ledger.clock)
            assert foresee(turn, Request(told, "svc")).facts
            assert not ledger.handle(told, "svc").replayed
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                turn.cursor.execute("UPDATE log_head SET next_position = 1")
