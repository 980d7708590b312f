"""Given what happened to a dispute, when something is asked, then these facts follow.

    opened().also(countered("5.00")).when(accepted_by_buyer(), days=4).then(
        "dispute-answered", "dispute-outcome-recorded", "dispute-closed"
    )

Time is told in days since the opening; what falls due in between is recorded at its instant.
"""

from typing import Any, NamedTuple

from ledger.decide.context import Context
from ledger.decide.dispute_commands import (
    AddDisputeEvidence,
    AnswerDispute,
    AnswerOffer,
    AppealRuling,
    DecideRulingAppeal,
    DisputeCommand,
    EscalateDispute,
    OpenDispute,
    Proposal,
    ReceiveReturn,
    RequestDisputeEvidence,
    RuleDispute,
    TrackReturn,
)
from ledger.decide.dispute_due import record_dispute_due
from ledger.decide.disputes import decide_dispute
from ledger.decide.settling import CaseFact
from ledger.disputes.dispute import Dispute
from ledger.disputes.evolve import evolve_dispute
from ledger.facts.disputes import DisputeClosed, DisputeOutcomeRecorded
from ledger.facts.instants import DAY_US, Instant, format_instant
from ledger.facts.kinds import name_of
from ledger.facts.money import Money
from ledger.facts.refusal import Refusal
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.policy import Policy
from ledger.standing.evolve import evolve
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from tests.spec.described import instant_of
from tests.spec.given import POLICY

ID = "d-1"
SEAL = "sealed"
START = "2026-01-10"
"""When disputes are opened, unless a story says otherwise."""


def eur(amount: str) -> Money:
    return Money(amount, "EUR")


# -- what is asked ------------------------------------------------------------------------


def claim(start: str = START, **other: Any) -> OpenDispute:
    """A claim of 20 EUR for what arrived two days ago and is not as described."""
    at = instant_of(start)
    told: dict[str, Any] = {
        "dispute_id": ID,
        "order_id": "o-1",
        "seller_id": "s-1",
        "buyer_id": "b-1",
        "reason": "not-as-described",
        "order_amount": eur("20.00"),
        "shipped_at": format_instant(at - 9 * DAY_US),
        "receipt_confirmed_at": format_instant(at - 2 * DAY_US),
        "requested": Proposal(eur("20.00")),
    }
    return OpenDispute(**(told | other))


def withdrawal(start: str = START, **other: Any) -> OpenDispute:
    """A buyer who wants to send everything back, for no reason."""
    return claim(start, reason="withdrawal", requested=Proposal(eur("20.00"), True), **other)


def accepted() -> AnswerDispute:
    return AnswerDispute(dispute_id=ID, answer="accept")


def rejected() -> AnswerDispute:
    return AnswerDispute(dispute_id=ID, answer="reject")


def countered(amount: str = "5.00", *, returns: bool = False) -> AnswerDispute:
    return AnswerDispute(dispute_id=ID, answer="counter", offer=Proposal(eur(amount), returns))


def offer_accepted() -> AnswerOffer:
    return AnswerOffer(dispute_id=ID, answer="accept")


def offer_refused() -> AnswerOffer:
    return AnswerOffer(dispute_id=ID, answer="refuse")


def escalated(by: str = "buyer") -> EscalateDispute:
    return EscalateDispute(dispute_id=ID, by=by)


def evidence_requested(*parties: Any) -> RequestDisputeEvidence:
    return RequestDisputeEvidence(dispute_id=ID, parties=parties or ("seller", "buyer"))


def evidence(by: str, reference: str = "photo/1") -> AddDisputeEvidence:
    return AddDisputeEvidence(dispute_id=ID, by=by, evidence=(reference,))


def tracked(number: str = "LX 1") -> TrackReturn:
    return TrackReturn(dispute_id=ID, tracking_number=number)


def received() -> ReceiveReturn:
    return ReceiveReturn(dispute_id=ID)


def ruled(amount: str = "15.00", *, returns: bool = False, **other: Any) -> RuleDispute:
    told: dict[str, Any] = {"at_fault": "seller", "reviewer": "ana", "reasons": "Seen."} | other
    return RuleDispute(dispute_id=ID, refund=eur(amount), returns=returns, **told)


def appealed(by: str = "seller") -> AppealRuling:
    return AppealRuling(dispute_id=ID, by=by, reasons="No.")


def appeal_decided(outcome: Any = "upheld", refund: str | None = None, **other: Any) -> Any:
    told: dict[str, Any] = {"reviewer": "bo", "reasons": "Seen again."} | other
    given = None if refund is None else eur(refund)
    return DecideRulingAppeal(dispute_id=ID, outcome=outcome, refund=given, **told)


# -- what follows -------------------------------------------------------------------------


class Answered(NamedTuple):
    """What came of a request, and the story after it."""

    facts: tuple[CaseFact, ...]
    refusal: Refusal | None
    story: "Disputed"

    def then(self, *kinds: str) -> "Disputed":
        """Facts of these kinds and no others, in this order."""
        assert self.refusal is None, self.refusal
        assert [name_of(fact).removesuffix(".v1") for fact in self.facts] == list(kinds)
        return self.story

    def then_refused(
        self, why: type[Refusal], field: str | None = None, accepts: str = "", says: str = ""
    ) -> None:
        """Refused for this reason, and it says what would be taken instead."""
        assert self.refusal is not None, self.facts
        assert type(self.refusal) is why, self.refusal
        assert field is None or self.refusal.field == field
        assert accepts in (self.refusal.accepted or "")
        assert says in str(self.refusal)


class Disputed:
    """A dispute, its seller and the facts so far; it never changes, `also` makes another."""

    def __init__(
        self,
        at: Instant,
        policy: Policy = POLICY,
        dispute: Dispute | None = None,
        seller: Seller | None = None,
        facts: tuple[CaseFact, ...] = (),
    ) -> None:
        self.at = at
        self.policy = policy
        self.rulebook = Rulebook(
            Book().with_edition(PublishedEdition(policy, policy.published_at, 1)), policy.name
        )
        self.known = dispute
        self.seller = seller or Seller("s-1")
        self.facts = facts

    @property
    def dispute(self) -> Dispute:
        """The dispute, which was opened."""
        assert self.known is not None
        return self.known

    @property
    def outcome(self) -> DisputeOutcomeRecorded:
        """The newest outcome on the seller's record."""
        return [f for f in self.facts if isinstance(f, DisputeOutcomeRecorded)][-1]

    @property
    def closed(self) -> DisputeClosed:
        """How it ended."""
        assert self.dispute.phase == "closed"
        assert self.dispute.closed is not None
        return self.dispute.closed

    def also(self, *commands: DisputeCommand, days: float = 0) -> "Disputed":
        """The story with these requests taken, some days later."""
        story = self.after(days)
        for command in commands:
            answered = story.when(command)
            assert answered.refusal is None, answered.refusal
            story = answered.story
        return story

    def after(self, days: float) -> "Disputed":
        """Some days go by."""
        return self.until(self.at + round(days * DAY_US))

    def until(self, instant: Instant) -> "Disputed":
        """Time goes by; what falls due is recorded at its instant."""
        story = self
        while story.known is not None and (due := story.known.next_due()) is not None:
            if due > instant:
                break
            facts = record_dispute_due(story.known, story.seller, due, due, story.rulebook)
            story = Disputed(due, self.policy, story.known, story.seller, story.facts)._with(facts)
        return Disputed(instant, self.policy, story.known, story.seller, story.facts)

    def when(self, command: DisputeCommand, actor: str = "") -> Answered:
        """Something is asked."""
        context = Context(self.at, self.rulebook, SEAL, actor, "digest")
        try:
            facts = decide_dispute(command, self.known, self.seller, context)
        except Refusal as refusal:
            return Answered((), refusal, self)
        return Answered(tuple(facts), None, self._with(facts))

    def _with(self, facts: list[CaseFact]) -> "Disputed":
        dispute, seller = self.known, self.seller
        for fact in facts:
            if isinstance(fact, DisputeOutcomeRecorded):
                seller = evolve(seller, fact, seller.position + 1)
            else:
                dispute = evolve_dispute(dispute, fact)
        return Disputed(self.at, self.policy, dispute, seller, (*self.facts, *facts))


def before(start: str = START, policy: Policy = POLICY) -> Disputed:
    """Nothing happened yet."""
    return Disputed(instant_of(start), policy)


def opened(start: str = START, policy: Policy = POLICY, **other: Any) -> Disputed:
    """A dispute that was just opened."""
    return before(start, policy).also(claim(start, **other))


def withdrawn(start: str = START, policy: Policy = POLICY, **other: Any) -> Disputed:
    """A withdrawal that was just told."""
    return before(start, policy).also(withdrawal(start, **other))
