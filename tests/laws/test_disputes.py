"""The laws of disputes, over whole cases: whatever is asked, whenever, by whomever."""

from functools import reduce
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.decide.dispute_commands import Proposal
from ledger.decide.dispute_due import as_of
from ledger.disputes.dispute import Dispute, Phase
from ledger.disputes.evolve import evolve_dispute
from ledger.facts.disputes import (
    DisputeClosed,
    DisputeOutcomeRecorded,
    DisputeReturnReceived,
    DisputeRulingAppealed,
)
from ledger.facts.instants import DAY_US
from ledger.facts.money import Money
from tests.spec.disputed import (
    Disputed,
    accepted,
    appeal_decided,
    appealed,
    before,
    claim,
    countered,
    escalated,
    evidence,
    evidence_requested,
    offer_accepted,
    offer_refused,
    received,
    rejected,
    ruled,
    tracked,
)
from tests.spec.given import POLICY, pack

POLICIES = (POLICY, pack(patch={"disputes.seller_silence": "escalate"}))
AMOUNTS = st.sampled_from(["0", "0.01", "5.00", "12.34", "19.99", "20.00", "20.01", "400"])
FAULTS = st.sampled_from(["seller", "buyer", "neither"])
PARTIES = st.sampled_from(["seller", "buyer", "s-1", "b-1", "stranger"])

EVIDENCE = st.builds(evidence, PARTIES)
APPEALS = st.builds(appealed, PARTIES)
BACK = st.sampled_from([tracked(), received()])
# What is worth asking for in a phase, though much of it is refused all the same.
FITTING: dict[Phase, st.SearchStrategy[Any]] = {
    "awaiting-seller": st.one_of(
        st.sampled_from([accepted(), rejected()]),
        st.builds(countered, AMOUNTS, returns=st.booleans()),
        st.builds(escalated, PARTIES),
        EVIDENCE,
    ),
    "awaiting-buyer": st.one_of(
        st.sampled_from([offer_accepted(), offer_refused()]), st.builds(escalated, PARTIES)
    ),
    "escalated": st.one_of(
        st.builds(
            ruled,
            AMOUNTS,
            returns=st.booleans(),
            at_fault=FAULTS,
            reviewer=st.sampled_from(["ana", "ana", "s-1"]),
        ),
        st.builds(
            lambda parties: evidence_requested(*parties),
            st.sampled_from([("seller",), ("buyer",), ("seller", "buyer")]),
        ),
        EVIDENCE,
    ),
    "awaiting-tracking": st.one_of(BACK, APPEALS),
    "awaiting-receipt": st.one_of(BACK, APPEALS),
    "under-appeal": st.builds(
        appeal_decided,
        st.sampled_from(["upheld", "rejected"]),
        st.none() | AMOUNTS,
        reviewer=st.sampled_from(["bo", "bo", "ana", "b-1"]),
    ),
    "closed": APPEALS,
}

# Dice seldom go so far by themselves; what does not fit is refused and left out.
BEGUN = (
    (),
    (escalated(),),
    (accepted(), tracked()),
    (escalated(), ruled("15.00", returns=True, at_fault="neither")),
    (escalated(), ruled("15.00", returns=True, at_fault="neither"), tracked()),
)

# A second telling of the phases, by hand: where a dispute may go from where it is.
ROADS: dict[Phase, set[Phase]] = {
    "awaiting-seller": {"awaiting-buyer", "escalated", "awaiting-tracking", "closed"},
    "awaiting-buyer": {"escalated", "awaiting-tracking", "closed"},
    "escalated": {"awaiting-tracking", "closed"},
    "awaiting-tracking": {"awaiting-receipt", "under-appeal", "closed"},
    "awaiting-receipt": {"under-appeal", "closed"},
    "under-appeal": {"awaiting-tracking", "awaiting-receipt", "closed"},
    "closed": {"under-appeal"},
}


class Cases(RuleBasedStateMachine):
    """One dispute, asked for everything at any time."""

    story: Disputed

    @initialize(
        policy=st.sampled_from(POLICIES),
        reason=st.sampled_from(["not-received", "not-as-described", "withdrawal"]),
        returns=st.booleans(),
        asked=st.sampled_from(["0.01", "12.34", "20.00"]),
        address=st.booleans(),
        told=st.booleans(),
        begun=st.sampled_from(BEGUN),
    )
    def open(self, policy: Any, reason: str, returns: bool, asked: str, **told: Any) -> None:
        returns = {"not-received": False, "withdrawal": True}.get(reason, returns)
        other: dict[str, Any] = {} if told["told"] else {"receipt_confirmed_at": None}
        self.story = before(policy=policy).also(
            claim(
                reason=reason,
                requested=Proposal(Money(asked, "EUR"), returns),
                return_address_on_file=told["address"],
                **other,
            )
        )
        for step in told["begun"]:
            self.ask(step)

    def ask(self, command: Any, actor: str = "") -> None:
        before = self.story
        answered = before.when(command, actor)
        if answered.refusal is not None:
            assert str(answered.refusal)
            return
        self.go(answered.story)

    def go(self, story: Disputed) -> None:
        old, new = self.story.dispute.phase, story.dispute.phase
        if story.facts != self.story.facts and len(story.facts) - len(self.story.facts) < 4:
            assert new == old or new in ROADS[old], (old, new)
        self.story = story

    @rule(data=st.data())
    def take_a_fitting_step(self, data: st.DataObject) -> None:
        phase = self.story.dispute.phase
        if phase in FITTING:
            self.ask(data.draw(FITTING[phase]))

    @rule(data=st.data())
    def take_another_fitting_step(self, data: st.DataObject) -> None:
        self.take_a_fitting_step(data)

    @rule(step=st.one_of(*FITTING.values()), actor=st.sampled_from(["", "s-1", "b-1", "desk"]))
    def ask_for_anything(self, step: Any, actor: str) -> None:
        self.ask(step, actor)

    @rule(days=st.sampled_from([0.001, 1, 3, 5, 10, 16]))
    def wait(self, days: float) -> None:
        self.go(self.story.after(days))

    @precondition(lambda self: self.story.dispute.next_due() is not None)
    @rule(past=st.sampled_from([-2, -1, 0]))
    def wait_for_a_deadline(self, past: int) -> None:
        due = self.story.dispute.next_due()
        assert due is not None
        self.go(self.story.until(max(self.story.at, due + past)))

    @invariant()
    def money_stays_within_the_order(self) -> None:
        for fact in self.story.facts:
            for holder in (fact, getattr(fact, "settlement", None)):
                refund = getattr(holder, "refund_minor", 0)
                assert type(refund) is int
                assert 0 <= refund <= 2000
                assert getattr(holder, "currency", "EUR") == "EUR"

    @invariant()
    def each_closing_has_its_outcome_and_the_newest_holds(self) -> None:
        closings = [f for f in self.story.facts if isinstance(f, DisputeClosed)]
        outcomes = [f for f in self.story.facts if isinstance(f, DisputeOutcomeRecorded)]
        assert [o.revision for o in outcomes] == list(range(1, len(closings) + 1))
        assert len(closings) <= 2
        for number, (closing, outcome) in enumerate(zip(closings, outcomes, strict=True), 1):
            assert closing.outcome == f"seller-s-1.{number}"
            for field in ("refund_minor", "at_fault", "why", "returned", "commission_owed"):
                assert getattr(closing, field) == getattr(outcome, field)
        if closings:
            assert self.story.dispute.closed == closings[-1]

    @invariant()
    def closed_is_closed_but_for_one_appeal(self) -> None:
        facts = [f for f in self.story.facts if not isinstance(f, DisputeOutcomeRecorded)]
        assert sum(isinstance(f, DisputeRulingAppealed) for f in facts) <= 1
        for fact, following in pairwise(facts):
            if isinstance(fact, DisputeClosed):
                assert isinstance(following, DisputeRulingAppealed)
        if facts and isinstance(facts[-1], DisputeClosed):
            assert self.story.dispute.phase == "closed"
            assert self.story.dispute.deadlines() == []

    @invariant()
    def what_is_not_closed_goes_on(self) -> None:
        dispute, story = self.story.dispute, self.story
        if dispute.phase in ("escalated", "under-appeal"):
            # People decide these: no clock has to run, but a decision has to be possible.
            fitting = (
                ruled("0", at_fault="neither")
                if dispute.phase == "escalated"
                else appeal_decided("rejected")
            )
            assert story.when(fitting).refusal is None
        elif dispute.phase != "closed":
            assert dispute.next_due() is not None
            assert dispute.next_due() > story.at  # type: ignore[operator]

    @invariant()
    def replaying_the_facts_gives_the_same_dispute(self) -> None:
        own = [f for f in self.story.facts if not isinstance(f, DisputeOutcomeRecorded)]
        start: Dispute | None = None
        assert reduce(evolve_dispute, own, start) == self.story.dispute
        assert [f.recorded_at for f in self.story.facts] == sorted(
            f.recorded_at for f in self.story.facts
        )

    @invariant()
    def looking_ahead_is_waiting(self) -> None:
        for days in (1, 6, 40):
            now = self.story.at + days * DAY_US
            seen = as_of(self.story.dispute, now, self.story.rulebook)
            waited = self.story.until(now).dispute
            assert (seen.phase, seen.deadlines()) == (waited.phase, waited.deadlines())
            assert seen.settlement == waited.settlement
            assert seen.times_closed == waited.times_closed

    @invariant()
    def goods_count_as_returned_only_if_they_were_sent(self) -> None:
        dispute = self.story.dispute
        for fact in self.story.facts:
            if isinstance(fact, DisputeOutcomeRecorded):
                assert (fact.return_paid_by is not None) == fact.returned
                assert not (fact.returned and fact.commission_owed)
                assert not fact.returned or dispute.tracking is not None
                assert not fact.returned or dispute.reason != "not-received"
        if sum(isinstance(f, DisputeReturnReceived) for f in self.story.facts) > 1:
            raise AssertionError("goods were received twice")

    def teardown(self) -> None:
        """Whatever state it was left in, time and one reviewer bring it to an end."""
        if not hasattr(self, "story"):
            return
        story = self.story
        for _ in range(6):
            story = story.after(40)
            if story.dispute.phase == "escalated":
                story = story.also(ruled("0", at_fault="neither"))
            elif story.dispute.phase == "under-appeal":
                story = story.also(appeal_decided("rejected"))
        assert story.dispute.phase == "closed"


Cases.TestCase.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
TestCases = Cases.TestCase
