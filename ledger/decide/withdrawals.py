"""What becomes of a seller's products when penalties come, and when they are overturned.

The rule is Q83's: what came after registration takes every product out of the campaigns in which it
was registered. Overturned before a campaign starts, its products take part as before.
"""

from collections.abc import Sequence

from ledger.facts.campaigns import ProductRestored, ProductWithdrawn
from ledger.facts.fact import LEDGER_ACTOR, Fact
from ledger.facts.instants import Instant
from ledger.facts.sanctions import SanctionImposed
from ledger.facts.violations import ViolationAnnulled, ViolationCancelled, ViolationRecorded
from ledger.promotions.enrolment import Enrolment
from ledger.promotions.penalties import Penalties, penalties_since
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller

PENALTIES = (ViolationRecorded, SanctionImposed)
"""Facts that may take products out."""
OVERTURNED = (ViolationAnnulled, ViolationCancelled)
"""Facts that may let products back."""

BEARING = PENALTIES + OVERTURNED
"""Facts of a seller that may change what its products take part in."""


class Following:
    """What follows for a seller's products from facts just appended to its record.

    `cause` is the address of the first of those. A seller may have ten thousand products in
    campaigns, registered at a few versions of its record: each version is looked at once.
    """

    def __init__(
        self, seller: Seller, facts: Sequence[Fact], cause: str, at: Instant, rulebook: Rulebook
    ) -> None:
        self._seller = seller
        self._cause = cause
        self._at = at
        self._rulebook = rulebook
        self._takes_out = any(isinstance(fact, PENALTIES) for fact in facts)
        self._lets_back = any(isinstance(fact, OVERTURNED) for fact in facts) and _restores(
            rulebook, at
        )
        self._since: dict[int, Penalties] = {}

    def of(self, enrolment: Enrolment) -> ProductWithdrawn | ProductRestored | None:
        """The fact that follows for one product; None for most."""
        if enrolment.running:
            if self._takes_out and self._at < enrolment.ends_at:
                return self._withdrawn(enrolment)
        elif self._lets_back and enrolment.withdrawn_by_rule and self._at < enrolment.starts_at:
            return self._restored(enrolment)
        return None

    def _penalties(self, enrolment: Enrolment) -> Penalties:
        since = enrolment.since
        if since not in self._since:
            self._since[since] = penalties_since(self._seller, since, self._at, self._rulebook)
        return self._since[since]

    def _withdrawn(self, enrolment: Enrolment) -> ProductWithdrawn | None:
        penalty = self._penalties(enrolment).against(enrolment.max_points)
        if penalty is None:
            return None
        return ProductWithdrawn(
            recorded_at=self._at,
            actor=LEDGER_ACTOR,
            caused_by=penalty.fact,
            seller_id=enrolment.seller_id,
            campaign_id=enrolment.campaign_id,
            product_id=enrolment.product_id,
            why=penalty.why,
            because_of=penalty.because_of,
            points=penalty.points,
        )

    def _restored(self, enrolment: Enrolment) -> ProductRestored | None:
        if self._penalties(enrolment).against(enrolment.max_points) is not None:
            return None
        assert enrolment.before is not None
        return ProductRestored(
            recorded_at=self._at,
            actor=LEDGER_ACTOR,
            caused_by=self._cause,
            seller_id=enrolment.seller_id,
            campaign_id=enrolment.campaign_id,
            product_id=enrolment.product_id,
            status=enrolment.before,
        )


def _restores(rulebook: Rulebook, at: Instant) -> bool:
    rules = rulebook.in_force_now(at).promotions
    return rules is not None and rules.restore_when_overturned
