"""The freeze of funds that a sanction brings."""

from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import FundsFrozen, SanctionImposed
from ledger.policy.policy import Policy


def frozen_with(
    sanction: SanctionImposed, version: int, policy: Policy, cause: str
) -> list[FundsFrozen]:
    """The freeze that the sanction's kind brings under a pack, if it does; `version` will be that
    of its fact.
    """
    if policy.freeze_days is None or sanction.sanction not in policy.freezes_on:
        return []
    return [
        FundsFrozen(
            recorded_at=sanction.recorded_at,
            actor=LEDGER_ACTOR,
            caused_by=cause,
            freeze_id=f"freeze-{version}",
            cause=sanction.sanction,
            sanction_id=sanction.sanction_id,
            starts_at=sanction.starts_at,
            ends_at=sanction.starts_at + policy.freeze_days * DAY_US,
        )
    ]
