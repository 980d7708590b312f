"""The laws of promotions, over products of one seller: whatever is asked, whenever it comes."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.facts.campaigns import (
    EnrolmentApproved,
    EnrolmentRejected,
    ProductRestored,
    ProductWithdrawn,
)
from ledger.facts.instants import DAY_US, format_instant
from ledger.facts.kinds import EnrolmentsOwnFact, from_bytes, name_of, to_bytes
from ledger.facts.refusal import Refusal
from ledger.promotions.enrolment import Enrolment
from ledger.promotions.evolve import evolve_enrolment
from ledger.promotions.penalties import penalties_since
from tests.spec.given import LADDER, POLICY, Asked, annul, pack, report, report_strike
from tests.spec.promoted import (
    Promoted,
    announced,
    change,
    decision,
    eur,
    registration,
    taken_back,
)

POLICIES = (POLICY, LADDER, pack(patch={"buckets.points.daily_cap": 5}))
PRODUCTS = st.sampled_from(["p-1", "p-2"])
LIMITS = st.sampled_from([None, 4, 12])
PENALTIES = st.sampled_from([1, 2, 4, 12, 48])


class Promotions(RuleBasedStateMachine):
    """A seller with two products, in a campaign, over a season."""

    story: Promoted

    @initialize(policy=st.sampled_from(POLICIES), limit=LIMITS)
    def begin(self, policy: Any, limit: int | None) -> None:
        self.story = announced(policy, max_points_after_registration=limit)
        self.violations = 0

    def _ask(self, command: Any) -> None:
        before = self.story.enrolments
        answered = self.story.when(command)
        self.story = answered.story
        if isinstance(answered.refusal, Refusal):
            assert self.story.enrolments == before

    def _tell(self, step: Asked) -> None:
        try:
            self.story = self.story.also(step)
        except Refusal:
            return

    def _today(self) -> str:
        return format_instant(self.story.at).removesuffix("Z")

    @rule(days=st.sampled_from([0.25, 1, 5, 12]))
    def time_passes(self, days: float) -> None:
        self.story = self.story.on(self.story.at + round(days * DAY_US))

    @rule(product=PRODUCTS)
    def register(self, product: str) -> None:
        self._ask(registration(product))

    @rule(product=PRODUCTS, outcome=st.sampled_from(["approved", "approved", "rejected"]))
    def decide(self, product: str, outcome: str) -> None:
        self._ask(decision(outcome, "bo", product))

    @rule(product=PRODUCTS)
    def take_back(self, product: str) -> None:
        self._ask(taken_back(product))

    @rule(product=PRODUCTS, stock=st.integers(5, 30))
    def stock(self, product: str, stock: int) -> None:
        self._ask(change(product, stock=stock))

    @rule(product=PRODUCTS, price=st.sampled_from(["16.00", "14.99", "12.00", "3.00", "0"]))
    def discount(self, product: str, price: str) -> None:
        self._ask(change(product, discounted_price=eur(price)))

    @rule(points=PENALTIES)
    def violate(self, points: int) -> None:
        self.violations += 1
        self._tell(report(f"v-{self.violations}", "weapons", self._today(), points))

    @rule()
    def infringe(self) -> None:
        self.violations += 1
        self._tell(report_strike(f"v-{self.violations}", self._today()))

    @rule(data=st.data())
    def overturn(self, data: st.DataObject) -> None:
        if self.violations:
            chosen = data.draw(st.integers(1, self.violations))
            self._tell(annul(f"v-{chosen}", self._today()))

    @invariant()
    def replayed_it_is_the_same(self) -> None:
        replayed: dict[str, Enrolment] = {}
        for fact in self._told():
            stored = from_bytes(name_of(fact), to_bytes(fact))
            assert stored == fact
            replayed[fact.product_id] = evolve_enrolment(replayed.get(fact.product_id), fact)
        assert replayed == self.story.enrolments

    @invariant()
    def nothing_is_given_back(self) -> None:
        stock: dict[str, int] = {}
        price: dict[str, int] = {}
        for fact in self._told():
            said = getattr(fact, "stock", None)
            if said is not None:
                assert said > stock.get(fact.product_id, 0)
                stock[fact.product_id] = said
            offered = getattr(fact, "discounted_minor", None)
            if offered is not None:
                assert 0 < offered < price.get(fact.product_id, 2_000)
                price[fact.product_id] = offered

    @invariant()
    def what_was_approved_is_taken_out_by_rule_alone(self) -> None:
        approved = set[str]()
        for fact in self._told():
            match fact:
                case EnrolmentApproved():
                    approved.add(fact.product_id)
                case EnrolmentRejected():
                    assert fact.product_id not in approved
                case ProductWithdrawn():
                    by_rule = fact.why != "seller"
                    assert by_rule or fact.product_id not in approved
                    assert (fact.caused_by is not None) is by_rule
                case ProductRestored():
                    assert (fact.status == "approved") is (fact.product_id in approved)
                case _:
                    pass

    @invariant()
    def what_runs_has_no_penalty_and_what_is_out_has_one(self) -> None:
        record = self.story.story
        for enrolment in self.story.enrolments.values():
            since = penalties_since(record.seller, enrolment.since, self.story.at, record.rulebook)
            penalty = since.against(enrolment.max_points)
            if self.story.at >= enrolment.starts_at:
                continue
            if enrolment.running:
                assert penalty is None or self._freed(enrolment)
            elif enrolment.withdrawn_by_rule:
                assert penalty is not None

    def _told(self) -> tuple[EnrolmentsOwnFact, ...]:
        return self.story.facts

    def _freed(self, enrolment: Enrolment) -> bool:
        """Points that a void freed under a cap take nothing out, though they count from then on."""
        return enrolment.max_points is not None and any(
            violation.cancelled_at is not None for violation in self.story.story.seller.violations
        )


TestPromotions = Promotions.TestCase
TestPromotions.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
