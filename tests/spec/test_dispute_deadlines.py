"""Every deadline of a dispute just before its last instant, at it, and just after."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest

from ledger.decide.dispute_commands import DisputeCommand, Proposal
from ledger.decide.dispute_due import as_of
from ledger.decide.dispute_refusals import DisputeWrongState
from ledger.facts.disputes import DeadlineMissed, DisputeDeadlinePassed, DisputeEscalated
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.kinds import name_of
from ledger.policy.policy import Policy
from tests.spec.disputed import (
    Disputed,
    accepted,
    appeal_decided,
    appealed,
    countered,
    escalated,
    eur,
    evidence,
    evidence_requested,
    offer_accepted,
    opened,
    received,
    rejected,
    ruled,
    tracked,
)
from tests.spec.given import POLICY, pack

BACK: Final = Proposal(eur("20.00"), True)
END: Final = ["dispute-outcome-recorded", "dispute-closed"]


class Clocked(NamedTuple):
    """A dispute that waits, for what, how many days, and what silence brings."""

    what: DeadlineMissed
    story: Callable[[str, Policy], Disputed]
    days: int
    step: DisputeCommand
    """What is waited for."""
    brings: list[str]


WAITING: Final = [
    Clocked("seller-response", opened, 5, accepted(), END),
    # Received two days before it was opened.
    Clocked("agreement", lambda on, by: opened(on, by).also(countered()), 13, offer_accepted(),
            ["dispute-escalated"]),
    Clocked("seller-evidence",
            lambda on, by: opened(on, by).also(escalated(), evidence_requested("seller")),
            3, evidence("seller"), END),
    Clocked("buyer-evidence",
            lambda on, by: opened(on, by).also(escalated(), evidence_requested("buyer")),
            3, evidence("buyer"), END),
    Clocked("return-tracking", lambda on, by: opened(on, by, requested=BACK).also(accepted()),
            10, tracked(), END),
    Clocked("return-receipt",
            lambda on, by: opened(on, by, requested=BACK).also(accepted(), tracked()),
            15, received(), END),
]  # fmt: skip
PARIS: Final = pack(patch={"zone": "Europe/Paris"})
STARTS: Final = [
    pytest.param("2026-01-10", POLICY, id="plain"),
    pytest.param("2028-02-27T08:30:00.5", POLICY, id="over a leap day"),
    pytest.param("2026-03-27T22:30:00", PARIS, id="into summer time"),
    pytest.param("2026-10-23T22:30:00", PARIS, id="out of summer time"),
]


@pytest.mark.parametrize(("start", "policy"), STARTS)
@pytest.mark.parametrize("waiting", WAITING, ids=[w.what for w in WAITING])
def test_the_last_instant_is_in_time_and_the_next_is_not(
    waiting: Clocked, start: str, policy: Policy
) -> None:
    story = waiting.story(start, policy)
    (deadline,) = story.dispute.deadlines()
    last = story.at + waiting.days * DAY_US
    assert deadline == (waiting.what, last)
    for instant in (last - 1, last):
        in_time = story.until(instant)
        assert in_time.facts == story.facts
        assert in_time.when(waiting.step).refusal is None
    after = story.until(last + 1)
    passed, *brought = after.facts[len(story.facts) :]
    assert isinstance(passed, DisputeDeadlinePassed)
    assert (passed.what, passed.effective_at, passed.actor) == (waiting.what, last + 1, "ledger")
    assert [name_of(fact).removesuffix(".v1") for fact in brought] == waiting.brings
    assert {fact.recorded_at for fact in (passed, *brought)} == {last + 1}
    assert after.until(last + 2).facts == after.facts


@pytest.mark.parametrize("waiting", WAITING, ids=[w.what for w in WAITING])
def test_a_missed_deadline_is_caused_by_the_fact_that_began_it(waiting: Clocked) -> None:
    story = waiting.story("2026-01-10", POLICY)
    began = f"dispute-d-1.{story.dispute.version}"
    if waiting.what in ("seller-evidence", "buyer-evidence"):
        other = "buyer" if waiting.what == "seller-evidence" else "seller"
        story = story.also(evidence(other))
    passed = story.after(waiting.days + 1).facts[len(story.facts)]
    assert isinstance(passed, DisputeDeadlinePassed)
    assert passed.caused_by == began


@pytest.mark.parametrize("sent", [False, True])
def test_the_decision_of_an_appeal_begins_the_time_of_a_return_anew(sent: bool) -> None:
    story = opened().also(escalated(), ruled(returns=True))
    story = story.also(tracked()) if sent else story
    story = story.also(appealed(), appeal_decided("rejected"))
    passed = story.after(16).facts[len(story.facts)]
    assert isinstance(passed, DisputeDeadlinePassed)
    assert passed.caused_by == f"dispute-d-1.{story.dispute.version}"


@pytest.mark.parametrize("waiting", WAITING, ids=[w.what for w in WAITING])
@pytest.mark.parametrize("late", [0, 1, 2, DAY_US, 40 * DAY_US])
def test_who_reads_sees_what_fell_due_before_it_is_recorded(waiting: Clocked, late: int) -> None:
    story = waiting.story("2026-01-10", POLICY)
    now = story.dispute.deadlines()[0].until + late
    seen = as_of(story.dispute, now, story.rulebook)
    recorded = story.until(now).dispute
    assert seen.phase == recorded.phase
    assert seen.deadlines() == recorded.deadlines()
    assert seen.settlement == recorded.settlement
    assert (seen.closed is None) == (recorded.closed is None)
    if seen.closed is not None and recorded.closed is not None:
        assert seen.closed.effective_at == recorded.closed.effective_at
        assert seen.closed.refund_minor == recorded.closed.refund_minor


def test_a_return_after_silence_is_counted_from_the_missed_deadline() -> None:
    story = opened(requested=BACK).after(12)
    (deadline,) = story.dispute.deadlines()
    assert deadline == ("return-tracking", parse_instant("2026-01-25T00:00:00Z"))


def test_of_two_sides_whose_time_ends_together_the_sellers_counts_first() -> None:
    story = opened().also(escalated(), evidence_requested())
    assert [d.what for d in story.dispute.deadlines()] == ["seller-evidence", "buyer-evidence"]
    assert story.after(4).closed.why == "no-evidence-from-seller"


def test_of_two_sides_asked_one_after_the_other_the_first_to_be_late_counts() -> None:
    story = opened().also(escalated(), evidence_requested("buyer"))
    story = story.also(evidence_requested("seller"), days=1)
    assert [d.what for d in story.dispute.deadlines()] == ["buyer-evidence", "seller-evidence"]
    assert story.after(5).closed.why == "no-evidence-from-buyer"


def test_without_confirmed_receipt_the_time_to_agree_runs_from_the_opening() -> None:
    story = opened(receipt_confirmed_at=None).also(countered())
    assert story.dispute.deadlines() == [("agreement", parse_instant("2026-01-25T00:00:00Z"))]


def test_where_the_time_to_agree_is_over_already_the_platform_has_it_at_once() -> None:
    long_ago: dict[str, Any] = {
        "shipped_at": "2025-12-20T00:00:00Z",
        "receipt_confirmed_at": "2025-12-28T00:00:00Z",
    }
    story = opened(**long_ago).also(countered())
    assert story.dispute.deadlines()[0].until == parse_instant("2026-01-12T00:00:00Z")
    last = parse_instant("2026-01-12T00:00:00Z")
    in_time = opened(**long_ago).until(last).also(countered())
    assert in_time.dispute.deadlines() == [("agreement", last)]
    late = opened(**long_ago).until(last + 1)
    for answer in (countered(), rejected()):
        late.when(answer).then("dispute-answered", "dispute-escalated")
    after = late.also(countered())
    assert (after.dispute.phase, after.dispute.offer_minor) == ("escalated", 500)
    escalation = after.facts[-1]
    assert isinstance(escalation, DisputeEscalated)
    assert (escalation.why, escalation.actor) == ("not-agreed", "ledger")
    after.when(offer_accepted()).then_refused(DisputeWrongState)


def test_what_answers_a_request_ends_its_deadline() -> None:
    story = opened().also(escalated(), evidence_requested(), evidence("buyer"))
    assert [d.what for d in story.dispute.deadlines()] == ["seller-evidence"]
    assert story.also(evidence("seller")).dispute.next_due() is None
