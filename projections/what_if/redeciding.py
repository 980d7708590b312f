"""Facts that a scenario changes or adds, decided by the rules of its world.

What is written down of a violation follows from few things that many have in common. So each
combination is decided once, and its rows get the answer together.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ledger.facts.instants import DAY_US, Instant
from ledger.facts.refusal import Refusal
from ledger.policy.policy import Policy
from ledger.policy.terms import Terms as Window
from ledger.policy.window import day_number
from ledger.standing.rulebook import Rulebook
from projections.archive.manifest import Terms
from projections.what_if.columns import Array
from projections.what_if.scenario import Added, Setting

_np: Any = np


class Redecided(NamedTuple):
    """Rows that one edition decides alike."""

    terms: int
    weight: int
    lapse: Array
    day: Array


class Wanted(NamedTuple):
    """What a row is to say; points None: as the rule says."""

    rule: str
    severity: str | None
    source: str
    points: int | None
    judged_by: str


class Redeciding:
    """Decides rows by a world's rules. Lines of terms that the archive lacks are found first (with
    `foresee` and `foresee_added`), since both worlds are laid out by terms before rows are read.
    """

    def __init__(self, baseline: Rulebook, scenario: Rulebook, terms: Sequence[Terms]) -> None:
        self.baseline = baseline
        self.scenario = scenario
        self.terms: list[Terms] = list(terms)
        """The archive's lines, and those that the scenario needs."""
        self._number = {line: number for number, line in enumerate(terms)}
        shelf = scenario.book.editions_of(scenario.pack)
        self.editions: tuple[Policy, ...] = tuple(edition.policy for edition in shelf)
        self._known_from = [edition.recorded_at for edition in shelf]

    def foresee(self, setting: Setting, lines: Array | None) -> None:
        """Know the lines that a change may lead to from these of the archive's (None: from any)."""
        for number, line in enumerate(self.terms[:]):
            if not line.rule or (lines is not None and number < len(lines) and not lines[number]):
                continue
            for policy in self.editions:
                found = self.line(policy, changed(line, setting))
                if found is not None:
                    self._learn(found)

    def foresee_added(self, added: Added) -> None:
        """Know the line of a violation that the scenario adds."""
        effective = _np.array([added_effective(added)])
        choice = int(self.in_force(effective, _np.array([added.recorded_at]))[0])
        found = self.line(self.editions[choice], self.wanted_of(added))
        assert found is not None, "a scenario is held to its world's rules when it is read"
        self._learn(found)

    def _learn(self, line: Terms) -> None:
        if line not in self._number:
            self._number[line] = len(self.terms)
            self.terms.append(line)

    def in_force(self, effective: Array, recorded: Array) -> Array:
        """Which of `editions` is in force for each row; -1 for none."""
        choice = _np.full(len(effective), -1, _np.int64)
        for number, policy in enumerate(self.editions):
            holds = effective >= policy.effective_from
            choice[holds & (recorded >= self._known_from[number])] = number
        return choice

    def wanted_of(self, added: Added) -> Wanted:
        """What a row is to say that the scenario adds."""
        judged_by = self.baseline.in_force(added.recorded_at, added.recorded_at).ref
        return Wanted(added.rule, added.severity, added.source, added.points, judged_by)

    def decide(self, policy: Policy, wanted: Wanted, effective: Array) -> Redecided | None:
        """The rows with these instants; None where the edition has no such rule, or it does not
        take that severity.
        """
        line = self.line(policy, wanted)
        if line is None:
            return None
        rule = policy.rule(wanted.rule)
        weight = rule.weigh(line.severity, None)
        window = self.scenario.terms.of(policy, rule, weight.bucket, wanted.source)
        own = weight.points or weight.strikes
        return Redecided(
            terms=self._number[line],
            weight=own if wanted.points is None or weight.strikes else wanted.points,
            lapse=_lapses(window, effective),
            day=_days(policy.zone, effective),
        )

    def line(self, policy: Policy, wanted: Wanted) -> Terms | None:
        """What rows have in common that one edition decides alike."""
        try:
            rule = policy.rule(wanted.rule)
            severity = wanted.severity if rule.by_severity is not None else None
            bucket = policy.bucket(rule.weigh(severity, None).bucket)
        except Refusal:
            return None
        published = self._as_published(policy)
        return Terms(
            rule=wanted.rule,
            family=rule.family,
            severity=severity,
            source=wanted.source,
            bucket=self._bucket_as_published(published, wanted.rule, severity) or bucket.name,
            policy=published,
            judged_by=wanted.judged_by,
            daily_cap=bucket.daily_cap,
            merge_days=bucket.merge_days,
        )

    def counts_strikes(self, terms: Terms) -> bool:
        """Whether violations of this line are counted, so that points mean nothing there."""
        if terms.policy not in self.baseline.edition_number:
            return False
        buckets = self.baseline.edition(terms.policy).buckets
        return any(b.name == terms.bucket and b.unit == "strikes" for b in buckets)

    def _bucket_as_published(self, ref: str, rule_id: str, severity: str | None) -> str | None:
        """Where the ledger's own edition puts it: a line speaks of buckets that both worlds have,
        and the scenario's own rules say where it counts there.
        """
        rule = self.baseline.edition(ref).rules.get(rule_id)
        try:
            return None if rule is None else rule.weigh(severity, None).bucket
        except Refusal:
            return None

    def _as_published(self, policy: Policy) -> str:
        """The ledger's own edition in the place of the world's, from which replay goes on."""
        if policy.ref in self.baseline.edition_number:
            return policy.ref
        own = [e.policy for e in self.baseline.book.editions_of(self.baseline.pack)]
        earlier = (p.ref for p in reversed(own) if p.effective_from <= policy.effective_from)
        return next(earlier, own[0].ref)


def changed(line: Terms, setting: Setting) -> Wanted:
    """What a row of this line is to say once it was changed."""
    severity = setting.severity or line.severity
    rule = setting.rule or line.rule
    return Wanted(rule, severity, line.source, setting.points, line.judged_by)


def added_effective(added: Added) -> Instant:
    """When a violation is effective that the scenario adds."""
    return added.recorded_at if added.effective_at is None else added.effective_at


def _lapses(window: Window, effective: Array) -> Array:
    if window.life_us is not None:
        return effective + window.life_us
    instants, places = _np.unique(effective, return_inverse=True)
    lapses = [window.lapse(int(instant)) for instant in instants]
    return _np.array(lapses, dtype=_np.int64)[places]


def _days(zone: str, effective: Array) -> Array:
    if zone == "UTC":
        return effective // DAY_US
    instants, places = _np.unique(effective, return_inverse=True)
    days = [day_number(int(instant), zone) for instant in instants]
    return _np.array(days, dtype=_np.int64)[places]
