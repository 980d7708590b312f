"""A scenario's world is the baseline of a log that tells it so: whatever is left out, changed or
added, judging the changed columns is judging a history that was written otherwise.
"""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.facts.instants import DAY_US, format_instant
from projections.archive.replay_columns import FOREVER
from projections.what_if.columns import ENDED, HOW, START, UNTIL, Compared, Outcome
from projections.what_if.filters import Filter
from projections.what_if.reading import scenario_from
from projections.what_if.scenario import Scenario, canonical
from tests.projections.what_if.archived import Log, Told, known
from tests.projections.what_if.judged import Run, run_scenario
from tests.projections.what_if.test_masks import BEGIN, RULES, SELLERS, filters, logs, slow

FAR = known().end
SETTINGS = [
    {"points": 24},
    {"points": 0},
    {"rule": "weapons"},
    {"rule": "seeds", "points": 30},
    {"rule": "trademark", "severity": "serious"},
    {"effective_at": "recorded_at"},
    {"effective_at": "2025-06-01T00:00:00Z", "points": 40},
]


def heavy(log: Log) -> Log:
    """The same log with violations that weigh enough to suspend."""
    log.told = [
        f._replace(about=f.about * 12 if f.about < 4 and f.terms.bucket == "points" else f.about)
        if f.kind == "violation-recorded.v1"
        else f
        for f in log.told
    ]
    return log


def sound(found: Filter) -> bool:
    said = found.said()
    decided = {"decided_from", "decided_to"} & said.keys()
    stretches = all(
        said[f"{s}_from"] < said[f"{s}_to"]
        for s in ("recorded", "effective", "decided")
        if f"{s}_from" in said and f"{s}_to" in said
    )
    return stretches and not (decided and {"none", "filed"} & set(found.appeal or ()))


def as_data(found: Filter) -> dict[str, Any]:
    said = found.said().items()
    return {k: format_instant(v) if isinstance(v, int) else list(v) for k, v in said}


@st.composite
def scenarios(draw: Any) -> Scenario:
    """One thing left out, one changed, one added; any of them may be absent."""
    facts: dict[str, Any] = {}
    broad = st.sampled_from([{"rule": RULES}, {"seller": SELLERS[:2]}, {"reporter": ["monitor"]}])
    chosen = st.one_of(filters().filter(sound).map(as_data), broad)
    if draw(st.booleans()):
        facts["leave_out"] = [draw(chosen)]
    if draw(st.booleans()):
        if draw(st.integers(0, 2)):
            change = {"where": draw(chosen), "set": draw(st.sampled_from(SETTINGS))}
        else:
            outcome = draw(st.sampled_from(["rejected", "lapsed", "withdrawn", "upheld"]))
            to = "rejected" if outcome == "upheld" else "upheld"
            change = {"where": {"appeal": outcome}, "set": {"appeal": to}}
        facts["change"] = [change]
    if draw(st.booleans()):
        at = BEGIN + draw(st.integers(0, 8)) * DAY_US
        facts["add"] = [
            {"seller_id": draw(st.sampled_from(SELLERS)), "rule": "weapons",
             "recorded_at": format_instant(at)}
        ]  # fmt: skip
    return scenario_from({"name": "x", "facts": facts}, known())


def retold(log: Log, scenario: Scenario) -> Log:
    """The log as the scenario has it, written anew in the plainest way."""
    gone = {p - 1 for f in scenario.facts.leave_out for p in slow(f, log, FAR)}
    entries: list[tuple[int, int, int | None, Told]] = []  # instant, order, number, fact
    voided: dict[int, int] = {}
    spared: set[int] = set()
    told = list(log.told)
    for change in scenario.facts.change:
        for number in sorted(p - 1 for p in slow(change.where, log, FAR)):
            if number in gone:
                continue
            if change.set.appeal == "upheld":
                ends = [f for f in log.told if f.kind.startswith("appeal-") and f.about == number]
                voided[number] = ends[-1].recorded
            elif change.set.appeal == "rejected":
                spared.add(number)
            else:
                told[number] = changed(log, told[number], change.set)
    for number, fact in enumerate(told):
        is_violation = fact.kind == "violation-recorded.v1"
        if number in gone or (not is_violation and fact.about in gone):
            continue
        is_void = not is_violation and not fact.kind.startswith("appeal-")
        if is_void and (fact.about in voided or fact.about in spared):
            continue
        entries.append((fact.recorded, 0, number, fact))
    for number, at in voided.items():
        fact = Told("violation-annulled.v1", told[number].seller, at, "", at, number, FOREVER,
                    told[number].terms, "", None, None)  # fmt: skip
        entries.append((at, 1, None, fact))
    other = Log()
    for added in scenario.facts.add:
        other.violation(added.seller_id, "added", added.recorded_at, added.rule)
        entries.append((added.recorded_at, 1, None, other.told.pop()))
    entries.sort(key=lambda entry: entry[:2])
    place = {number: n for n, (_, _, number, _) in enumerate(entries) if number is not None}
    for _, _, _, fact in entries:
        is_violation = fact.kind == "violation-recorded.v1"
        other.told.append(fact if is_violation else fact._replace(about=place[fact.about]))
    return other


def changed(log: Log, fact: Told, setting: Any) -> Told:
    """A violation that says something else."""
    effective = fact.effective
    if setting.effective_at is not None:
        wanted = fact.recorded if setting.effective_at == "recorded_at" else setting.effective_at
        effective = min(wanted, fact.recorded)
    rule, points = setting.rule or fact.terms.rule, setting.points
    severity = setting.severity or fact.terms.severity
    if log.rulebook.in_force(effective, fact.recorded).rule(rule).by_severity is None:
        severity = None
    if severity == "serious":
        points = None
    elif points is None and setting.rule is None:
        points = fact.about
    again = Log()
    again.violation(
        fact.seller, fact.violation, fact.recorded, rule, points=points, severity=severity,
        source=fact.terms.source, effective=effective, reporter=fact.reporter,
    )  # fmt: skip
    return again.told[0]


def said(compared: Compared, world: str, sellers: list[str]) -> dict[str, Any]:
    """What one world says of each seller."""
    outcome: Outcome = getattr(compared, world)
    other: Outcome = compared.scenario if world == "baseline" else compared.baseline
    found = {}
    for k, seller in enumerate(sellers):
        lines = outcome.sanctions[outcome.first[k] : outcome.first[k + 1]]
        if not len(lines) and not compared.differs[k]:
            # Who was judged once has its sanctions there.
            lines = other.sanctions[other.first[k] : other.first[k + 1]]
        found[seller] = (
            outcome.values[k].tolist(),
            bool(outcome.suspended[k]),
            int(outcome.suspended_us[k]),
            int(outcome.frozen_us[k]),
            lines[:, [START, UNTIL, ENDED, HOW]].tolist(),
        )
    return found


NOTHING = ([0, 0], False, 0, 0, [])


@settings(max_examples=80, deadline=None)
@given(logs().map(heavy), scenarios())
def test_a_scenario_is_a_log_written_otherwise(log: Log, scenario: Scenario) -> None:
    if not log.told:
        return
    done = run_scenario(log, scenario)
    again = retold(log, scenario)
    wanted: dict[str, Any] = {}
    if again.told:
        other: Run = run_scenario(again, scenario_from({"name": "x"}))
        wanted = said(other.compared, "baseline", other.sellers)
    found = said(done.compared, "scenario", done.sellers)
    for seller in {*found, *wanted}:
        assert found.get(seller, NOTHING) == wanted.get(seller, NOTHING), canonical(scenario)
    touched = {done.sellers[k] for k in np.flatnonzero(done.applied.both.touched)}
    assert done.differ() <= touched
    unchanged = run_scenario(log, scenario_from({"name": "x"})).compared
    plain = said(unchanged, "baseline", log.sellers())
    mine = said(done.compared, "baseline", done.sellers)
    assert {s: mine[s] for s in plain} == plain
