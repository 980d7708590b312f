"""What a draft would change: the scenario that asks it, and its answer as a fact to record."""

from typing import Final, Literal, TypeAlias

from ledger.facts.instants import DAY_US, Instant, format_instant, parse_instant
from ledger.facts.policies import PolicyImpactAssessed
from ledger.policy.check import policy_from
from ledger.policy.document import PackData
from ledger.policy.policy import Policy
from projections.what_if.reading import scenario_from
from projections.what_if.result import Result
from projections.what_if.scenario import Scenario
from projections.what_if.world_rules import Known

Applies: TypeAlias = Literal["throughout", "from-its-date"]
SPAN_DAYS: Final = 365


def impact_scenario(
    draft: PackData,
    known: Known,
    applies: Applies,
    begin: Instant | None = None,
    to: Instant | None = None,
    known_at: Instant | None = None,
) -> Scenario:
    """The scenario that has a draft in place of the ledger's rules: over 365 days up to now, unless
    it is said otherwise. It says its instants, so that its digest names one run.

    Raises `MalformedScenario`.
    """
    known_at = known.end if known_at is None else known_at
    to = known_at if to is None else to
    begin = to - SPAN_DAYS * DAY_US if begin is None else begin
    return scenario_from(
        {
            "name": f"Impact of {policy_from(draft).ref}",
            "from": format_instant(begin),
            "to": format_instant(to),
            "known_at": format_instant(known_at),
            "policy": {"pack": draft, "applies": applies},
        },
        known,
    )


def impact_of(policy: Policy, result: Result, actor: str) -> PolicyImpactAssessed:
    """The headline figures of a finished run, as they are recorded."""
    summary = result.summary
    known_at = parse_instant(result.known_at)
    return PolicyImpactAssessed(
        recorded_at=known_at,
        actor=actor,
        policy=policy.ref,
        digest=policy.digest,
        scenario=result.digest,
        begins_at=parse_instant(result.begin),
        ends_at=parse_instant(result.to),
        known_at=known_at,
        checkpoint=result.checkpoint.position,
        engine=result.engine,
        sellers=summary.sellers,
        differ=summary.differ,
        suspended_baseline=summary.suspended.baseline,
        suspended_scenario=summary.suspended.scenario,
        newly_suspended=summary.suspended.newly,
        spared=summary.suspended.spared,
        withheld_baseline=summary.freezes.baseline,
        withheld_scenario=summary.freezes.scenario,
    )
