"""Suspicious service in a real ledger: what it brings, once a window, whoever wrote what before."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.decide.performance_commands import ReportPerformance
from ledger.facts.dates import format_date
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.instants import DAY_US, parse_instant
from ledger.ledger import Ledger
from ledger.policy.document import canonical, read
from ledger.policy.patch import patched
from ledger.policy.shipped import load_pack
from ledger.store import serving
from ledger.store.loading import state_bytes
from tests.store.days_told import tell_day, tell_outcome
from tests.store.opened import annulment, assert_dense, opened, sandbox
from tests.store.test_clocks import Hands
from tests.store.test_disputes import opening

START = parse_instant("2026-03-01T12:00:00Z")
FIRST = START // DAY_US


def date(day: int) -> str:
    return format_date(FIRST + day)


def names(facts: list[Any]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


@pytest.fixture
def ladder(dsn: str):
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.move_clock(START)
        yield ledger
    assert_dense(dsn)


def days_on(ledger: Ledger, days: int) -> None:
    ledger.move_clock(START + days * DAY_US)


def test_unsent_orders_are_a_violation_like_any_other(ladder: Ledger) -> None:
    assert names(tell_day(ladder, "s", date(-2), orders=29, unsent=3)) == ["PerformanceReported"]
    report, breach, violation, warning = tell_day(ladder, "s", date(-1), orders=1)
    assert names([report, breach, violation, warning])[1:] == [
        "ServiceMetricBreached",
        "ViolationRecorded",
        "SanctionImposed",
    ]
    assert (breach.caused_by, breach.cases) == (
        "performance-s,2026-02-28.1",
        ("performance-s,2026-02-27.1",),
    )
    assert (violation.caused_by, warning.caused_by) == ("seller-s.1", "seller-s.2")
    assert (violation.actor, violation.points, violation.source) == ("ledger", 2, "platform")
    stored = ladder.reader.stream("seller-s")
    assert ladder.reader.prose([stored[1].position])[stored[1].position] == {
        "statement": "unsent-rate is suspicious: 3 of 30 from 2026-01-31 to 2026-03-01, "
        "at or above 0.1",
        "evidence": ["performance-s,2026-02-27.1"],
    }
    assert ladder.standing("s").buckets[1].value == 2


def test_it_follows_again_when_no_date_is_shared(ladder: Ledger) -> None:
    assert len(tell_day(ladder, "s", date(0), orders=30, unsent=30)) == 4
    for day in (1, 15, 29):
        days_on(ladder, day)
        assert names(tell_day(ladder, "s", date(day), orders=30, unsent=30)) == [
            "PerformanceReported"
        ]
    days_on(ladder, 30)
    assert len(tell_day(ladder, "s", date(30), orders=30, unsent=30)) >= 3


def test_points_lead_to_suspension(dsn: str) -> None:
    data = patched(
        read(load_pack("aliexpress-ladder")),
        {"name": "strict", "rules.unsent-orders.points": 24},
    )
    with sandbox(dsn, "strict", chosen=canonical(data)) as ledger:
        ledger.move_clock(START)
        tell_day(ledger, "s", date(0), orders=30, unsent=30)
        assert ledger.standing("s").status == "restricted"
        days_on(ledger, 30)
        brought = tell_day(ledger, "s", date(30), orders=30, unsent=30)
        assert [f.sanction for f in brought if hasattr(f, "milestone")] == ["suspension"]
        assert [f.cause for f in brought if hasattr(f, "freeze_id")] == ["suspension"]
        assert ledger.standing("s").status == "suspended"
        # Taken back like any violation: the suspension loses its ground, the breach stays.
        name = ledger.reader.seller("s").violations[0].violation_id
        ledger.handle(annulment("s", name), "ann")
        assert ledger.standing("s").status != "suspended"
        assert names(tell_day(ledger, "s", date(29), orders=30, unsent=30)) == [
            "PerformanceReported"
        ]


def test_payouts_are_held_and_released_by_themselves(ladder: Ledger) -> None:
    _, breach, hold = tell_day(ladder, "s", date(0), orders=100, incomplete=15)
    assert (breach.metric, hold.cause, hold.sanction_id) == (
        "incomplete-rate",
        "service-metrics",
        None,
    )
    standing = ladder.standing("s")
    assert (standing.status, standing.can_withdraw, standing.can_sell) == ("active", False, True)
    ladder.move_clock(START + 15 * DAY_US)
    assert ladder.standing("s").can_withdraw
    released = ladder.reader.stream("seller-s")[-1].fact
    assert (released.why, released.recorded_at) == ("due", START + 15 * DAY_US)  # type: ignore[union-attr]


def test_disputes_are_counted_by_their_first_outcome_and_their_newest_word(ladder: Ledger) -> None:
    tell_day(ladder, "s", date(0), orders=40)
    assert names(tell_outcome(ladder, "s", "d-1")) == ["DisputeOutcomeRecorded"]
    assert names(tell_outcome(ladder, "s", "d-2", at_fault="buyer")) == ["DisputeOutcomeRecorded"]
    assert names(tell_outcome(ladder, "s", "d-3", "withdrawal")) == ["DisputeOutcomeRecorded"]
    days_on(ladder, 1)
    _, breach, violation, *others = tell_outcome(ladder, "s", "d-2", revision=2)
    assert (breach.metric, breach.numerator) == ("not-received-index", 2)
    assert (violation.rule, names(others)[-1]) == ("repeated-disputes", "FundsFrozen")
    # By the end of the month the first outcomes count no longer, though the second came later.
    days_on(ladder, 30)
    outcomes = ladder.reader.seller("s").served.outcomes
    assert {o.dispute_id: o.day - FIRST for o in outcomes} == {"d-1": 0, "d-2": 0}


def test_a_report_told_twice_is_answered_with_all_that_it_brought(ladder: Ledger) -> None:
    told = ReportPerformance(seller_id="s", date=date(0), orders=100, unsent=10, incomplete=15)
    first, again = ladder.handle(told, "shop"), ladder.handle(told, "shop")
    assert (first.replayed, again.replayed) == (False, True)
    assert first.facts == again.facts
    assert names([one.fact for one in first.facts]) == [
        "PerformanceReported",
        "ServiceMetricBreached",
        "FundsFrozen",
        "ServiceMetricBreached",
        "ViolationRecorded",
        "SanctionImposed",
    ]


def test_a_memo_keeps_what_judging_needs(dsn: str) -> None:
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.move_clock(START)
        tell_day(ledger, "s", date(0), orders=40, unsent=9)
        tell_outcome(ledger, "s", "d-1")
        seller = ledger.reader.seller("s")
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        again = ledger.reader.seller("s")
        assert again.served == seller.served
        assert state_bytes(again) == state_bytes(seller)
        assert again.served.breaches[0].metric == "unsent-rate"


@pytest.mark.parametrize("most_days", [0, 1, 100_000])
def test_judging_is_the_same_whether_days_are_remembered(
    dsn: str, most_days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_DAYS", most_days)
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.memory.days._most_days = most_days
        ledger.move_clock(START)
        for day in range(40):
            days_on(ledger, day)
            for seller in ("s", "s-1"):
                tell_day(ledger, seller, date(day), orders=2, unsent=int(day % 7 == 0))
            assert ledger.memory.days.size() <= max(most_days, 0)
        found = [
            (stored.stream, stored.fact.last_date, stored.fact.numerator, stored.fact.denominator)  # type: ignore[union-attr]
            for stored in ledger.reader.facts(
                0, 100_000, to=1 << 60, kinds=["service-metric-breached"]
            )
        ]
        # From the day with the 30th order on: three of 30.
        assert found == [
            ("seller-s", date(14), 3, 30),
            ("seller-s-1", date(14), 3, 30),
        ]


def test_what_another_process_told_counts(dsn: str) -> None:
    clock = Hands(START)
    with (
        opened(dsn, "aliexpress-ladder", now=clock) as one,
        opened(dsn, "aliexpress-ladder", now=clock) as other,
    ):
        tell_day(one, "s", date(0), orders=10, unsent=1)
        clock.at += 1_000
        tell_day(other, "s", date(0), orders=10, unsent=0, revision=2)
        clock.at += 1_000
        tell_day(other, "s", date(-1), orders=19, unsent=3)
        clock.at += 1_000
        _, breach, *_ = tell_day(one, "s", date(-2), orders=1)
        assert (breach.numerator, breach.denominator) == (3, 30)
        assert breach.cases == ("performance-s,2026-02-28.1",)


def test_days_are_not_even_looked_at_where_nothing_follows(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Callable[..., Any]:
        raise AssertionError("nothing follows from a metric in this pack")

    monkeypatch.setattr(serving, "_load", refuse)
    with sandbox(dsn, "aliexpress") as ledger:
        ledger.move_clock(START)
        assert names(tell_day(ledger, "s", date(0), orders=99, unsent=99)) == [
            "PerformanceReported"
        ]
        assert names(tell_outcome(ledger, "s", "d")) == ["DisputeOutcomeRecorded"]
        assert ledger.memory.days.size() == 0


def test_a_dispute_that_ends_in_silence_is_judged_at_its_instant(ladder: Ledger) -> None:
    tell_day(ladder, "s-1", date(0), orders=30)
    told = {"shipped_at": "2026-02-20T00:00:00Z", "receipt_confirmed_at": "2026-02-27T00:00:00Z"}
    for number in (1, 2, 3):
        ladder.handle(opening(f"d-{number}", **told), "")
    days_on(ladder, 8)
    found = ladder.reader.stream("seller-s-1")
    outcome = next(f for f in reversed(found) if isinstance(f.fact, DisputeOutcomeRecorded))
    breach = next(f for f in found if f.name == "service-metric-breached.v1")
    assert breach.fact.caused_by == f"seller-s-1.{outcome.version}"
    assert breach.fact.recorded_at == outcome.fact.recorded_at == START + 5 * DAY_US + 1
