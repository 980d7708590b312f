"""What can be asked about appeals."""

from typing import Literal

from ledger.decide.fields import Asked, Evidence, EvidenceGiven, Prose, Reference, RoundNumber
from ledger.facts.ids import ExternalId

AppealOutcome = Literal["upheld", "rejected"]


class AboutAppeal(Asked, frozen=True, kw_only=True):
    """What every command about an appeal has: the violation that is challenged."""

    violation_id: ExternalId


class FileAppeal(AboutAppeal, frozen=True, kw_only=True, tag_field="command", tag="file-appeal"):
    """The seller challenges a violation: the first time, or after a rejection once more."""

    reason: Prose
    evidence: Evidence | None = None
    brand_verification: Reference | None = None
    filed_by: ExternalId


class AddAppealEvidence(
    AboutAppeal, frozen=True, kw_only=True, tag_field="command", tag="add-appeal-evidence"
):
    """The seller brings evidence for an open round."""

    round: RoundNumber
    evidence: EvidenceGiven
    actor: ExternalId | None = None
    """Who brings it; absent, with a key its subject, else who filed the round."""


class DecideAppeal(
    AboutAppeal, frozen=True, kw_only=True, tag_field="command", tag="decide-appeal"
):
    """A reviewer upholds or rejects a round."""

    round: RoundNumber
    outcome: AppealOutcome
    reviewer: ExternalId
    reasons: Prose


class WithdrawAppeal(
    AboutAppeal, frozen=True, kw_only=True, tag_field="command", tag="withdraw-appeal"
):
    """The seller takes an open round back; there is none after it."""

    round: RoundNumber
    actor: ExternalId | None = None
    """Who takes it back; absent, with a key its subject, else who filed the round."""


AppealCommand = FileAppeal | AddAppealEvidence | DecideAppeal | WithdrawAppeal
