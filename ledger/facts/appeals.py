"""Facts about appeals: a seller's challenge of one violation, in rounds."""

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant


class AppealFiled(Fact, frozen=True, kw_only=True):
    """The seller challenged a violation, for the first time or after a rejection."""

    violation_id: str
    round: int
    """Counted from 1."""
    evidence_until: Instant | None = None
    """The last instant for evidence; absent where evidence comes with the filing alone."""
    evidence_given: bool = False
    """Whether evidence came with the filing: then nothing lapses for want of it."""
    seal: str
    """Seals the reason, the evidence and the brand verification, which are kept apart."""


class AppealEvidenceAdded(Fact, frozen=True, kw_only=True):
    """Evidence came in for an open round."""

    violation_id: str
    round: int
    content: str
    """A keyed digest of the references, by which the same evidence is known again."""
    seal: str
    """Seals the references, which are kept apart."""


class AppealUpheld(Fact, frozen=True, kw_only=True):
    """A reviewer agreed with the seller; the violation is cancelled with it."""

    violation_id: str
    round: int
    seal: str
    """Seals the reasons, which are kept apart."""


class AppealRejected(Fact, frozen=True, kw_only=True):
    """A reviewer did not agree with the seller; the violation stands."""

    violation_id: str
    round: int
    next_round_until: Instant | None = None
    """The last instant for the next round; absent where there is none."""
    seal: str
    """Seals the reasons, which are kept apart."""


class AppealLapsed(Fact, frozen=True, kw_only=True):
    """No evidence came in time, and the appeal fell with that."""

    violation_id: str
    round: int
    effective_at: Instant


class AppealWithdrawn(Fact, frozen=True, kw_only=True):
    """The seller took its appeal back, or the violation was annulled and left nothing to decide."""

    violation_id: str
    round: int
