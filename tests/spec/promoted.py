"""Given a campaign, a seller and its products, when something is asked, then these facts follow.

    registered().also(report("v-1", "weapons", "2026-03-05")).enrolment.status == "withdrawn"

Registration is open in March 2026, the campaign runs in the first half of April; days are told by
their dates, at midnight in UTC unless they name a time.
"""

from typing import Any, NamedTuple

from ledger.decide.campaigns import announce_campaign
from ledger.decide.context import Context
from ledger.decide.enrolments import decide_enrolment
from ledger.decide.promotion_commands import (
    AnnounceCampaign,
    ChangeEnrolment,
    DecideEnrolment,
    EnrolmentCommand,
    EnrolProduct,
    RequirementsAsked,
    WithdrawProduct,
)
from ledger.decide.prose import content_of
from ledger.decide.withdrawals import BEARING, Following
from ledger.facts.campaigns import CampaignAnnounced
from ledger.facts.fact import Fact
from ledger.facts.ids import campaign_stream, fact_id, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import EnrolmentsOwnFact, name_of
from ledger.facts.money import Money
from ledger.facts.refusal import Refusal
from ledger.policy.policy import Policy
from ledger.promotions.campaign import Campaign, evolve_campaign
from ledger.promotions.enrolment import Enrolment
from ledger.promotions.evolve import evolve_enrolment
from tests.spec.described import instant_of
from tests.spec.given import POLICY, SEAL, Step, Story, given

OPENS, CLOSES = "2026-03-01", "2026-03-31"
CHANGES_UNTIL = "2026-03-30"
STARTS, ENDS = "2026-04-01", "2026-04-15"


def eur(amount: str) -> Money:
    return Money(amount, "EUR")


# -- what is asked ------------------------------------------------------------------------


def announcement(**other: Any) -> AnnounceCampaign:
    """A campaign in April; what is named of its requirements, the rest as the pack says."""
    asked = {f: other.pop(f) for f in RequirementsAsked.__struct_fields__ if f in other}
    told: dict[str, Any] = {
        "campaign_id": "spring",
        "name": "Spring sale",
        "registration_opens": f"{OPENS}T00:00:00Z",
        "registration_closes": f"{CLOSES}T00:00:00Z",
        "starts": f"{STARTS}T00:00:00Z",
        "ends": f"{ENDS}T00:00:00Z",
        "requirements": RequirementsAsked(**asked),
    }
    return AnnounceCampaign(**(told | other))


def registration(product_id: str = "p-1", **other: Any) -> EnrolProduct:
    """A product of 20 EUR for 15 EUR, ten of them."""
    told: dict[str, Any] = {
        "campaign_id": "spring",
        "seller_id": "s-1",
        "price": eur("20.00"),
        "discounted_price": eur("15.00"),
        "stock": 10,
    }
    return EnrolProduct(product_id=product_id, **(told | other))


def decision(
    outcome: Any = "approved", reviewer: str = "ana", product_id: str = "p-1"
) -> DecideEnrolment:
    return DecideEnrolment(
        campaign_id="spring",
        product_id=product_id,
        outcome=outcome,
        reviewer=reviewer,
        reasons="Seen.",
    )


def taken_back(product_id: str = "p-1") -> WithdrawProduct:
    return WithdrawProduct(campaign_id="spring", product_id=product_id)


def change(product_id: str = "p-1", **changed: Any) -> ChangeEnrolment:
    return ChangeEnrolment(campaign_id="spring", product_id=product_id, **changed)


# -- what follows -------------------------------------------------------------------------


class Answered(NamedTuple):
    """What came of a request, and the story after it."""

    facts: tuple[EnrolmentsOwnFact, ...]
    refusal: Refusal | None
    story: "Promoted"

    def then(self, *kinds: str) -> "Promoted":
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


class Promoted:
    """A campaign, a seller's record and its products; it never changes, `also` makes another."""

    def __init__(
        self,
        at: Instant,
        story: Story,
        campaign: Campaign | None = None,
        enrolments: dict[str, Enrolment] | None = None,
        facts: tuple[EnrolmentsOwnFact, ...] = (),
    ) -> None:
        self.at = at
        self.story = story
        self.campaign = campaign
        self.enrolments = enrolments or {}
        self.facts = facts
        """Those of enrolments, in order."""

    @property
    def enrolment(self) -> Enrolment:
        """The first product's part."""
        return self.enrolments["p-1"]

    @property
    def locked(self) -> set[str]:
        """What of the first product is locked now."""
        return set(self.enrolment.locked_at(self.at))

    def on(self, instant: str | Instant) -> "Promoted":
        """The story at another time."""
        at = instant_of(instant) if isinstance(instant, str) else instant
        return Promoted(at, self.story, self.campaign, self.enrolments, self.facts)

    def also(self, *steps: EnrolmentCommand | Step) -> "Promoted":
        """The story with more of it told: requests for products at the story's time, steps of the
        seller's own story at theirs.
        """
        told = self
        for step in steps:
            if isinstance(step, EnrolmentCommand):
                answered = told.when(step)
                assert answered.refusal is None, answered.refusal
                told = answered.story
            else:
                told = told._of_seller(step)
        return told

    def when(
        self,
        command: EnrolmentCommand,
        on: str | Instant | None = None,
        actor: str = "",
    ) -> Answered:
        """Something is asked of a product."""
        story = self if on is None else self.on(on)
        content = (content_of(command) or b"").decode()
        beside = {campaign_stream("spring"): story.campaign}
        context = Context(story.at, story.story.rulebook, SEAL, actor, content, beside=beside)
        enrolment = story.enrolments.get(command.product_id)
        try:
            facts = decide_enrolment(command, enrolment, story.story.seller, context)
        except Refusal as refusal:
            return Answered((), refusal, story)
        return Answered(tuple(facts), None, story._with(facts))

    def _of_seller(self, step: Step) -> "Promoted":
        before = self.story
        after = before.told(step)
        new = after.facts[len(before.facts) :]
        at = max([self.at, *(fact.recorded_at for fact in new)])
        told = Promoted(at, after, self.campaign, self.enrolments, self.facts)
        return told._with(told.following(new, before.seller.version + 1))

    def following(self, facts: tuple[Fact, ...], version: int) -> list[EnrolmentsOwnFact]:
        """What follows for all products from facts of the seller, the first of this version."""
        if not any(isinstance(fact, BEARING) for fact in facts):
            return []
        cause = fact_id(seller_stream("s-1"), version)
        following = Following(self.story.seller, facts, cause, self.at, self.story.rulebook)
        found = [following.of(enrolment) for enrolment in self.enrolments.values()]
        return [fact for fact in found if fact is not None]

    def _with(self, facts: list[EnrolmentsOwnFact]) -> "Promoted":
        enrolments = dict(self.enrolments)
        for fact in facts:
            enrolments[fact.product_id] = evolve_enrolment(enrolments.get(fact.product_id), fact)
        return Promoted(self.at, self.story, self.campaign, enrolments, (*self.facts, *facts))


def announced_fact(policy: Policy = POLICY, **other: Any) -> CampaignAnnounced:
    """The campaign as it is announced in February."""
    rulebook = given(policy).rulebook
    context = Context(instant_of("2026-02-20"), rulebook)
    return announce_campaign(announcement(**other), None, None, context)[0]


def announced(policy: Policy = POLICY, *steps: Step, **other: Any) -> Promoted:
    """A campaign that takes registrations, and a seller to whom this happened before."""
    campaign = evolve_campaign(None, announced_fact(policy, **other))
    return Promoted(instant_of("2026-03-02"), given(policy, *steps), campaign)


def registered(policy: Policy = POLICY, **other: Any) -> Promoted:
    """A product under review."""
    return announced(policy, **other).also(registration())


def approved(policy: Policy = POLICY, **other: Any) -> Promoted:
    """A product that takes part."""
    return registered(policy, **other).on("2026-03-03").also(decision())


def rejected(policy: Policy = POLICY, **other: Any) -> Promoted:
    """A product that does not."""
    return registered(policy, **other).on("2026-03-03").also(decision("rejected"))
