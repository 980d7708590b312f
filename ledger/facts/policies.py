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
