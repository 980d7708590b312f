"""What is known of one campaign: it is announced once and never changes."""

import msgspec

from ledger.facts.campaigns import CampaignAnnounced, Requirements
from ledger.facts.instants import Instant


class Campaign(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A campaign as it was announced."""

    campaign_id: str
    version: int
    position: int
    recorded_at: Instant
    announced_by: str
    name: str
    registration_opens: Instant
    registration_closes: Instant
    starts_at: Instant
    ends_at: Instant
    changes_until: Instant
    requirements: Requirements
    history_days: int
    policy: str

    @property
    def seller_id(self) -> None:
        """No seller's: sellers take part."""

    def next_due(self) -> None:
        """Time alone brings nothing that has to be recorded."""

    def registers_at(self, instant: Instant) -> bool:
        """Whether products can be registered: the last instant is in time."""
        return self.registration_opens <= instant <= self.registration_closes


def evolve_campaign(
    campaign: Campaign | None, fact: CampaignAnnounced, position: int = 0
) -> Campaign:
    """The campaign once its announcement is known."""
    assert campaign is None, "a campaign is announced once"
    return Campaign(
        campaign_id=fact.campaign_id,
        version=1,
        position=position,
        recorded_at=fact.recorded_at,
        announced_by=fact.actor,
        name=fact.name,
        registration_opens=fact.registration_opens,
        registration_closes=fact.registration_closes,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        changes_until=fact.changes_until,
        requirements=fact.requirements,
        history_days=fact.history_days,
        policy=fact.policy,
    )
