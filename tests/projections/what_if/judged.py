"""A scenario run over a small archive, from its text to both worlds."""

from typing import NamedTuple

import numpy as np

from projections.what_if.applying import Applied, applied
from projections.what_if.columns import Compared
from projections.what_if.comparison import Comparison
from projections.what_if.judging import compare
from projections.what_if.masks import matching, sellers_with
from projections.what_if.preparing import Plan, nobody_yet, only, plan
from projections.what_if.reading import scenario_from_toml
from projections.what_if.rules import Edition, baseline_world, scenario_world
from projections.what_if.scenario import Scenario
from tests.projections.what_if.archived import Log, known

NO_HAND = np.zeros(1_000, np.int8)


class Run(NamedTuple):
    """What came of it."""

    plan: Plan
    applied: Applied
    compared: Compared
    sellers: list[str]
    comparison: Comparison

    def suspended(self, seller: str) -> tuple[bool, bool]:
        k = self.sellers.index(seller)
        return (
            bool(self.compared.baseline.suspended[k]),
            bool(self.compared.scenario.suspended[k]),
        )

    def points(self, seller: str) -> tuple[int, int]:
        k = self.sellers.index(seller)
        one = self.plan.baseline.bucket_number.get("points", 0)
        other = self.plan.rulebook.bucket_number.get("points", 0)
        return (
            int(self.compared.baseline.values[k, one]),
            int(self.compared.scenario.values[k, other]),
        )

    def differ(self) -> set[str]:
        return {self.sellers[k] for k in np.flatnonzero(self.compared.differs)}


def run(log: Log, text: str) -> Run:
    """The scenario of a TOML text over this log."""
    named = text if text.lstrip().startswith(("name", "#")) else f'name = "a test"\n{text}'
    return run_scenario(log, scenario_from_toml(named, known()))


def run_scenario(log: Log, scenario: Scenario) -> Run:
    """The scenario over this log, as one range, behind which come sellers that it adds."""
    laid = plan(scenario, known(), log.numbers(), log.log, log.told[0].recorded)
    facts, position = log.rows()
    if laid.population is not None:
        facts, position = only(
            facts, position, sellers_with(matching(laid.population, facts, position), facts)
        )
    sellers = [log.sellers()[number] for number in facts.sellers]
    if laid.new_sellers:
        new = nobody_yet(len(log.sellers()), len(laid.new_sellers), facts)
        ends = np.concatenate([facts.bounds, new.bounds[1:] + facts.bounds[-1]])
        facts = facts._replace(sellers=np.concatenate([facts.sellers, new.sellers]), bounds=ends)
        sellers += laid.new_sellers
    both = applied(laid.prepared, facts, position)
    before = baseline_world(laid.baseline, laid.terms)
    after = scenario_world(
        before,
        laid.baseline,
        laid.rulebook,
        laid.terms,
        laid.world.instead,
        [Edition(e.policy, e.recorded_at) for e in laid.world.added],
    )
    comparison = Comparison(before, after, (laid.baseline, laid.rulebook), laid.terms, laid.span)
    found = compare(both.both, before, after, laid.span, NO_HAND, comparison.counting)
    return Run(laid, both, found, sellers, comparison)
