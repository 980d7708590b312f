"""Money withheld by a person or for service metrics, and freed before its date."""

from typing import Any

import numpy as np

from ledger.facts.ids import seller_stream
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.sanctions import FundsFrozen, FundsReleased
from ledger.facts.violations import ViolationAnnulled, ViolationRecorded
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.store.loading import StoredFact
from projections.archive.manifest import Terms
from projections.archive.replay_columns import CUT, HELD, VIOLATION, VOID, Places, replay_table
from projections.what_if.columns import InBoth, Span
from projections.what_if.judging import compare
from projections.what_if.laying import hand_of
from projections.what_if.loading import facts_of
from projections.what_if.rules import baseline_world
from tests.projections.what_if.archived import rulebook

START = parse_instant("2026-02-01T00:00:00Z")
FREED = START + 3 * DAY_US
OWN: dict[str, Any] = {"actor": "svc"}


def violation(violation_id: str, at: int) -> ViolationRecorded:
    policy = rulebook().in_force(at, at)
    return ViolationRecorded(
        recorded_at=at, violation_id=violation_id, rule="weapons", family="prohibited",
        bucket="points", points=24, strikes=0, lapses_at=at + 365 * DAY_US,
        source="platform", appeal_days=4, seal="s", policy=policy.ref, digest=policy.digest, **OWN,
    )  # fmt: skip


STORY = [
    violation("v-1", START),
    FundsFrozen(
        recorded_at=START, freeze_id="freeze-2", cause="service-metrics", starts_at=START,
        ends_at=START + 10 * DAY_US, **OWN,
    ),
    FundsReleased(
        recorded_at=FREED, freeze_id="freeze-2", why="lifted", effective_at=FREED, **OWN
    ),
    violation("v-2", FREED + 1),
    ViolationAnnulled(recorded_at=FREED + 2, violation_id="v-2", seal="s", **OWN),
]  # fmt: skip


def test_a_hold_ends_when_it_is_freed_and_its_row_stands_among_the_others() -> None:
    seller, stored = Seller("s-1"), []
    for version, fact in enumerate(STORY, 1):
        seller = evolve(seller, fact, version)
        stored.append(StoredFact(seller_stream("s-1"), version, version, "", fact, b""))
    terms: dict[Terms, int] = {}
    table = replay_table(
        stored, {"s-1": Places(seller)}, lambda _: 0, lambda _: 0,
        lambda told: terms.setdefault(told, len(terms)),
    )  # fmt: skip
    assert table.column("kind").to_pylist() == [VIOLATION, HELD, CUT, VIOLATION, VOID]
    assert table.column("about").to_pylist() == [24, -1, 1, 24, 3]
    world, hand = baseline_world(rulebook(), tuple(terms)), hand_of(tuple(terms))
    for to, withheld in ((FREED - 1, True), (FREED, False)):
        span = Span(0, to, FREED + DAY_US)
        outcome = compare(InBoth.alike(facts_of(table)), world, world, span, hand).baseline
        live = [freeze.in_force_at(to) for freeze in seller.freezes]
        assert outcome.frozen.tolist() == live == [withheld]
        assert np.array_equal(outcome.frozen_us, [to - START])
