"""The laws of views: rebuilt is live whatever the batches, and live is what the facts say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.appeals import AppealFiled, AppealRejected
from ledger.facts.ids import seller_of
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
    SanctionWaiverProposed,
)
from ledger.facts.violations import ViolationRecorded, ViolationVoided
from ledger.standing.standing import own_changes, standing
from ledger.store.loading import StoredFact, replay
from projections.rebuild import check, rebuild
from tests.laws.stories import PACKS, SELLERS, Step, Telling, stories, stories_told, told
from tests.projections.following import catch_up, execute, following, parked, rows

few = stories_told(examples=8)
steps_at_once = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 9)), min_size=1, max_size=5)
"""How many steps of the story are told before views go on, and how many facts they take at once."""


def views_of(telling: Telling, dsn: str, story: list[Step], turns: list[tuple[int, int]]) -> None:
    """Tell a story; between its steps views catch up by batches of many sizes, with restarts."""
    ledger, waiting = telling.ledger, list(story)
    for steps, at_once in [*turns, (len(waiting), 3)]:
        for step in waiting[:steps]:
            telling.tell(step)
        del waiting[:steps]
        with following(dsn, ledger.clock, at_once) as runner:
            runner.step()
            catch_up(runner)
    assert runner.positions() and set(runner.positions().values()) == {
        ledger.reader.head().last_position
    }


@pytest.mark.parametrize("pack", PACKS)
@few
@given(story=stories, turns=steps_at_once)
def test_rebuilt_is_live_and_live_is_what_the_facts_say(
    dsn: str, pack: str, story: list[Step], turns: list[tuple[int, int]]
) -> None:
    execute(dsn, "TRUNCATE projection, parked_stream")
    with told(dsn, pack) as telling:
        views_of(telling, dsn, story, turns)
        ledger = telling.ledger
        assert parked(dsn) == {}
        assert check(dsn, ledger.clock) == []
        facts = ledger.reader.facts(0, 100_000, to=ledger.reader.head().last_position)
        assert rows(dsn, "freezes") == freezes_of(facts)
        sanctions = [without(row, "span_days") for row in rows(dsn, "sanctions")]
        assert sanctions == sanctions_of(facts)
        live = rows(dsn, "violations v JOIN violation_kinds k USING (kind)", "v.position")
        assert [without(row, "kind") for row in live] == violations_of(facts)
        assert_sellers_stand(telling, dsn, facts)


@few
@given(story=stories, turns=steps_at_once)
def test_a_rebuild_takes_the_place_of_what_was_live(
    dsn: str, story: list[Step], turns: list[tuple[int, int]]
) -> None:
    execute(dsn, "TRUNCATE projection, parked_stream")
    with told(dsn, "capped") as telling:
        views_of(telling, dsn, story[::2], turns)
        clock = telling.ledger.clock
        with following(dsn, clock) as runner:
            catch_up(runner)
            rebuild(dsn, clock)
            for step in story[1::2]:
                telling.tell(step)
                catch_up(runner)
        assert check(dsn, clock) == []


def assert_sellers_stand(telling: Telling, dsn: str, facts: list[StoredFact]) -> None:
    """Each row says what the engine says of the seller now."""
    ledger, found = telling.ledger, {row["seller_id"]: row for row in rows(dsn, "sellers")}
    now = ledger.now()
    assert set(found) == {seller_of(fact.stream) for fact in facts} - {None}
    for seller_id in set(SELLERS) & set(found):
        row = found[seller_id]
        own = [fact for fact in facts if seller_of(fact.stream) == seller_id]
        seller = replay(seller_id, own)
        stands = standing(seller, ledger.rulebook, now, now)
        values = {b.bucket: b.value for b in stands.buckets}
        assert row["position"] == own[-1].position
        assert {b: row["buckets"].get(b, 0) for b in values} == values
        assert row["points"] == values["points"]
        assert row["strikes"] == values["strikes"]
        for field in ("status", "can_sell", "can_promote", "can_withdraw"):
            assert row[field] == getattr(stands, field), field
        assert row["sanctions"] == sorted({s.sanction for s in stands.sanctions})
        assert row["freezes"] == sorted({f.cause for f in stands.freezes})
        rounds = [appeal.newest.at(now) for appeal in seller.appeals]
        assert row["appeals_open"] == sum(newest.status == "filed" for newest in rounds)
        later = [at for at in own_changes(seller) if at > now]
        assert row["next_change_at"] == min(later, default=None)
        families = {
            v["family"]
            for v in violations_of(own)
            if v["cancelled_at"] is None and v["lapses_at"] > now
        }
        assert set(row["families"]) == families


def violations_of(facts: list[StoredFact]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for stored in facts:
        seller_id, fact = seller_of(stored.stream) or "", stored.fact
        if isinstance(fact, ViolationRecorded):
            found[seller_id, fact.violation_id] = {
                "position": stored.position, "effective_at": fact.effective_at,
                "recorded_at": fact.recorded_at, "lapses_at": fact.lapses_at,
                "cancelled_at": None, "weight": fact.points or fact.strikes,
                "seller_id": seller_id, "violation_id": fact.violation_id,
                "reported_by": fact.actor, "listing_id": fact.listing_id, "rule": fact.rule,
                "family": fact.family, "severity": fact.severity, "bucket": fact.bucket,
                "source": fact.source, "policy": fact.policy, "appeal_days": fact.appeal_days,
                "unit": "strikes" if fact.strikes else "points",
                "appeal_until": None,
            }  # fmt: skip
        elif isinstance(fact, ViolationVoided):
            found[seller_id, fact.violation_id]["cancelled_at"] = fact.recorded_at
        elif isinstance(fact, AppealFiled):
            found[seller_id, fact.violation_id]["appeal_until"] = 0
        elif isinstance(fact, AppealRejected):
            found[seller_id, fact.violation_id]["appeal_until"] = fact.next_round_until or 0
    return list(found.values())


def sanctions_of(facts: list[StoredFact]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for stored in facts:
        seller_id, fact = seller_of(stored.stream) or "", stored.fact
        match fact:
            case SanctionImposed():
                found[seller_id, fact.sanction_id] = {
                    "position": stored.position, "starts_at": fact.starts_at,
                    "ends_at": fact.ends_at, "cut_at": None, "error_us": 0, "proposed_at": None,
                    "seller_id": seller_id, "sanction_id": fact.sanction_id,
                    "sanction": fact.sanction, "milestone": fact.milestone,
                    "bucket": fact.bucket, "because_of": list(fact.because_of),
                    "policy": fact.policy, "cut": None, "proposed_by": None,
                    "listing_ids": list(fact.listing_ids),
                    "imposed_by": None if fact.milestone else fact.actor,
                }  # fmt: skip
            case SanctionLifted():
                found[seller_id, fact.sanction_id] |= {"cut_at": fact.recorded_at, "cut": "lifted"}
            case SanctionWaived():
                found[seller_id, fact.sanction_id] |= {"cut_at": fact.recorded_at, "cut": "waived"}
            case SanctionFoundInError():
                found[seller_id, fact.sanction_id]["error_us"] = fact.error_us
            case SanctionWaiverProposed():
                said = {"proposed_at": fact.recorded_at, "proposed_by": fact.actor}
                found[seller_id, fact.sanction_id] |= said
            case _:
                pass
    for row in found.values():
        ends = [at for at in (row["ends_at"], row["cut_at"]) if at is not None]
        row["until_at"] = min(ends, default=None)
    return list(found.values())


def freezes_of(facts: list[StoredFact]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for stored in facts:
        seller_id, fact = seller_of(stored.stream) or "", stored.fact
        if isinstance(fact, FundsFrozen):
            found[seller_id, fact.freeze_id] = {
                "position": stored.position, "starts_at": fact.starts_at,
                "ends_at": fact.ends_at, "scheduled_at": fact.ends_at, "seller_id": seller_id,
                "freeze_id": fact.freeze_id, "cause": fact.cause,
                "sanction_id": fact.sanction_id, "why": None,
            }  # fmt: skip
        elif isinstance(fact, FundsReleased):
            row = found[seller_id, fact.freeze_id]
            row |= {"ends_at": min(row["ends_at"], fact.effective_at), "why": fact.why}
    return list(found.values())


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}
