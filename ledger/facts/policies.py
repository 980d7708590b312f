"""Facts about the rules themselves."""

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant


class PolicyPublished(Fact, frozen=True, kw_only=True):
    """An edition of a policy pack entered the ledger.

    Its canonical bytes are stored beside the log, under `digest`.
    """

    policy: str
    digest: str
    effective_at: Instant
    """From when the edition is in force."""


class PolicyImpactAssessed(Fact, frozen=True, kw_only=True):
    """What an edition would change was looked at, before it was published or after.

    All of history was judged again under it. These are the figures of that run, which can be
    repeated from the scenario, the log up to `checkpoint`, and the engine.
    """

    policy: str
    digest: str
    """Of the edition; another edition, of whatever name, has another."""
    scenario: str
    """The digest of the scenario."""
    begins_at: Instant
    ends_at: Instant
    """The span over which the two worlds were compared; standings are as of its end."""
    known_at: Instant
    checkpoint: int
    """The position of the last fact that was known."""
    engine: str
    sellers: int
    differ: int
    """Sellers of whom anything differs."""
    suspended_baseline: int
    suspended_scenario: int
    newly_suspended: int
    spared: int
    withheld_baseline: int
    """Sellers with money withheld."""
    withheld_scenario: int
