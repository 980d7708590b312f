"""A scenario's facts put over those of a range of sellers: the same rows for both worlds, so that
a row's number means the same in either.

What a scenario leaves out is marked; what it changes stands in columns of its world's own; what
it adds is in place among the others, and marked as left out of the baseline.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from projections.archive.replay_columns import VIOLATION, VOID
from projections.what_if.columns import Array, Facts, InBoth
from projections.what_if.masks import Chosen, matching, sellers_with
from projections.what_if.redeciding import Redeciding, added_effective, changed
from projections.what_if.rows_in_place import NO_NEW, NewRows, with_rows
from projections.what_if.scenario import AS_RECORDED, Added, Setting
from projections.what_if.told import Appealed

_np: Any = np


class Prepared(NamedTuple):
    """A scenario in the numbers of one archive: what every range is asked."""

    leave_out: tuple[Chosen, ...]
    change: tuple[tuple[Chosen, Setting], ...]
    add: tuple[tuple[int, Added], ...]
    """With the number of its seller."""
    known_at: int
    appeals: Appealed
    redeciding: Redeciding
    """It has to have foreseen every change and every addition."""
    reporters: dict[str, int]
    """Numbers of who reported what is added."""


class Applied(NamedTuple):
    """A range of sellers in both worlds, and what became of the scenario's filters there."""

    both: InBoth
    position: Array
    """Each row's place in the log; -1 for what was added."""
    matched: Array
    """How many rows each filter matched: those left out, then those changed."""
    kept: Array
    """Per change, how many rows it matched and could not change."""


def applied(prepared: Prepared, facts: Facts, position: Array) -> Applied:
    """What the scenario makes of these facts; filters see them as the log has them.

    Where two changes match one violation, the later one has the last word on what both set.
    """
    if not (prepared.leave_out or prepared.change or prepared.add):
        nothing = _np.zeros(0, _np.int64)
        return Applied(InBoth.alike(facts), position, nothing, nothing)
    known = facts.recorded <= prepared.known_at
    out = [matching(wanted, facts, position) & known for wanted in prepared.leave_out]
    scenario_out = _np.zeros(len(position), _np.bool_)
    for mask in out:
        scenario_out |= mask
    changing = _Changing(prepared, facts, position, scenario_out)
    matched = [int(mask.sum()) for mask in out]
    for wanted, setting in prepared.change:
        mask = matching(wanted, facts, position) & known
        matched.append(int(mask.sum()))
        changing.change(_np.flatnonzero(mask & ~scenario_out), setting)
    return changing.result(_added(prepared, facts), matched)


class _Changing:
    """The columns of a scenario's world in the making; a column is copied when it first differs."""

    def __init__(self, prepared: Prepared, facts: Facts, position: Array, out: Array) -> None:
        self.prepared = prepared
        self.facts = facts
        self.world = facts
        self.position = position
        self.out = out
        self.given = _np.full(len(position), -1, _np.int64)
        self.voids: list[tuple[Array, Array]] = []
        self.kept: list[int] = []
        self.touched = out.copy()

    def change(self, rows: Array, setting: Setting) -> None:
        """What one change does to the rows that it matched."""
        kept = _np.zeros(len(rows), _np.bool_)
        self.touched[rows] = True
        if setting.effective_at is not None:
            kept |= self._effective(rows, setting.effective_at)
        if setting.rule is not None or setting.severity is not None:
            kept |= self._decided_again(rows, setting, weigh=True)
        else:
            if setting.effective_at is not None:
                kept |= self._decided_again(rows, setting, weigh=False)
            if setting.points is not None:
                kept |= self._points(rows, setting.points)
        if setting.appeal is not None:
            self._appeal(rows, upheld=setting.appeal == "upheld")
        self.kept.append(int(kept.sum()))

    def _own(self, column: str) -> Array:
        if getattr(self.world, column) is getattr(self.facts, column):
            self.world = self.world._replace(**{column: getattr(self.facts, column).copy()})
        return getattr(self.world, column)

    def _effective(self, rows: Array, at: int | str) -> Array:
        """Backdated, or not any more; never to after it was recorded."""
        recorded = self.facts.recorded[rows]
        wanted = recorded if at == AS_RECORDED else _np.full(len(rows), at, _np.int64)
        late = wanted > recorded
        self._own("effective")[rows[~late]] = wanted[~late]
        return late

    def _points(self, rows: Array, points: int) -> Array:
        redeciding = self.prepared.redeciding
        lines = [redeciding.counts_strikes(line) for line in redeciding.terms]
        strikes = _np.array(lines, _np.bool_)[self.world.terms[rows]]
        self.given[rows[~strikes]] = points
        return strikes

    def _decided_again(self, rows: Array, setting: Setting, *, weigh: bool) -> Array:
        """Decide rows by the world's rules, with or without their weight; which could not be."""
        redeciding, world = self.prepared.redeciding, self.world
        effective = world.effective[rows]
        failed = _np.ones(len(rows), _np.bool_)
        # A key for each edition and line; edition -1, none in force, is the lowest.
        lines = len(redeciding.terms)
        editions = redeciding.in_force(effective, world.recorded[rows])
        kinds, group = _np.unique(editions * lines + world.terms[rows], return_inverse=True)
        for number, key in enumerate(kinds):
            edition, line = divmod(int(key), lines)
            mine = group == number
            found = None
            if edition >= 0:
                wanted = changed(redeciding.terms[line], setting)
                policy = redeciding.editions[edition]
                found = redeciding.decide(policy, wanted, effective[mine])
            if found is None:
                continue
            failed[mine] = False
            chosen = rows[mine]
            self._own("lapse")[chosen] = found.lapse
            self._own("day")[chosen] = found.day
            self._own("terms")[chosen] = found.terms
            if weigh:
                self.given[chosen] = found.weight
        return failed

    def _appeal(self, rows: Array, *, upheld: bool) -> None:
        """An appeal upheld voids its violation when it was decided; one that is not, does not."""
        bounds = self.facts.bounds
        voids = _np.flatnonzero(self.facts.kind == VOID)
        begins = bounds[_np.searchsorted(bounds, voids, side="right") - 1]
        of_them = _np.isin(begins + self.facts.about[voids], rows)
        self.out[voids[of_them]] = True
        if upheld:
            appeals = self.prepared.appeals
            decided = appeals.decided[_np.searchsorted(appeals.position, self.position[rows])]
            self.voids.append((rows, decided))

    def result(self, added: NewRows, matched: Sequence[int]) -> Applied:
        """Both worlds, with the rows that the scenario adds in place."""
        new = added
        for rows, decided in self.voids:
            new = new.and_voids(rows, decided, self.facts)
        baseline, places, is_new = with_rows(self.facts, new)
        touched = sellers_with(self.touched, self.facts)
        touched[new.seller] = True
        same = self.world is self.facts
        scenario = baseline if same else with_rows(self.world, new)[0]
        given, out, position = self.given, self.out, self.position
        if baseline is not self.facts:
            given, out = _moved(given, places, is_new, -1), _moved(out, places, is_new, 0)
            position = _moved(position, places, is_new, -1)
        both = InBoth(
            baseline=baseline,
            scenario=scenario,
            baseline_out=_if_any(is_new, is_new),
            scenario_out=_if_any(out, out),
            given=_if_any(given, given >= 0),
            touched=touched,
        )
        return Applied(
            both=both,
            position=position,
            matched=_np.array(matched, _np.int64),
            kept=_np.array(self.kept, _np.int64),
        )


def _moved(column: Array, places: Array, is_new: Array, otherwise: int) -> Array:
    """A column with room for the new rows."""
    moved = _np.full(len(is_new), otherwise, column.dtype)
    moved[places] = column
    return moved


def _if_any(column: Array, says: Array) -> Array:
    """The column, or an empty one where it says nothing of any row."""
    return column if says.any() else column[:0]


def _added(prepared: Prepared, facts: Facts) -> NewRows:
    """The violations that the scenario adds to the sellers of this range."""
    new, redeciding = NO_NEW, prepared.redeciding
    for seller, added in prepared.add:
        place = int(_np.searchsorted(facts.sellers, seller))
        if place == len(facts.sellers) or facts.sellers[place] != seller:
            continue
        effective, at = _np.array([added_effective(added)]), added.recorded_at
        policy = redeciding.editions[int(redeciding.in_force(effective, _np.array([at]))[0])]
        found = redeciding.decide(policy, redeciding.wanted_of(added), effective)
        assert found is not None, "a scenario is held to its world's rules when it is read"
        new = new.and_violation(
            seller=place,
            kind=VIOLATION,
            recorded=at,
            effective=int(effective[0]),
            lapse=int(found.lapse[0]),
            about=found.weight,
            terms=found.terms,
            day=int(found.day[0]),
            reporter=prepared.reporters.get(added.reported_by, -1),
        )
    return new
