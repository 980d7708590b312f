"""Which products lose their part in a campaign in either world, by the ledger's own rule: see
`ledger/promotions/penalties.py`.

Counted is what sanctions do. A milestone reached after registration takes a product out, and so
does a sanction by hand that bars promotion; overturned before the campaign starts, it is let back.
Whoever was barred at registration would not have been let in.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ledger.standing import kernel
from ledger.standing.kernel import FOREVER
from ledger.standing.rulebook import Rulebook
from projections.archive.replay_columns import BY_HAND
from projections.what_if.columns import (
    BARS_PROMOTION,
    ENDED,
    ERROR,
    HOW,
    ROW,
    RUNG,
    START,
    SUSPENDS,
    UNTIL,
    Array,
    Compared,
    Facts,
    InBoth,
    Outcome,
    Span,
)
from projections.what_if.enrolled import Enrolled
from projections.what_if.judging import World, compare

_np: Any = np


class Lost(NamedTuple):
    """Enrolments that are lost, a line each."""

    place: Array
    """Its seller's, in the range."""
    baseline: Array
    scenario: Array

    def figures(self) -> Array:
        """How many in the baseline, in the scenario, in the scenario alone, in the baseline
        alone.
        """
        was, now = self.baseline, self.scenario
        return _np.array([c.sum() for c in (was, now, now & ~was, was & ~now)], _np.int64)

    def by_seller(self, sellers: int) -> tuple[Array, Array]:
        """How many of each seller, in either world."""
        was, now = (
            _np.bincount(self.place[lost], minlength=sellers)
            for lost in (self.baseline, self.scenario)
        )
        return was, now


class Losing:
    """How either world's enrolments are found to be lost."""

    def __init__(
        self, worlds: tuple[World, World], rulebooks: tuple[Rulebook, Rulebook], span: Span,
        hand: Array,
    ) -> None:  # fmt: skip
        self._worlds = worlds
        self._rulebooks = rulebooks
        self._span = span
        self._hand = hand

    def lost(self, enrolled: Enrolled, both: InBoth, compared: Compared, position: Array) -> Lost:
        """Which of these enrolments are; `position` is each row's place in the log."""
        once = _hand_after(enrolled, both.baseline, self._hand, position, self._span.to)
        found: list[Array] = []
        for number, (outcome, left_out) in enumerate(
            ((compared.baseline, both.baseline_out), (compared.scenario, both.scenario_out))
        ):
            facts = both.scenario if number else both.baseline
            overturned = _overturned_from(facts, left_out)
            told = _Told(enrolled, outcome, self._worlds[number], position, self._span.to)
            open_ = self._may_be_let_back(enrolled, overturned, number)
            lost = told.any(told.fired & ~(told.early & open_[told.which])) | told.any(told.barred)
            doubtful = told.any(told.fired & told.early) & open_ & ~lost & ~once
            if doubtful.any():
                lost[doubtful] = self._second_look(enrolled.only(doubtful), both, position, number)
            found.append(lost | once)
        baseline, scenario = found
        # Who was judged once has its sanctions in the baseline, for both.
        alike = compared.alike[enrolled.place] == 1
        return Lost(enrolled.place, baseline, _np.where(alike, baseline, scenario))

    def _cut(self, enrolled: Enrolled) -> Array:
        """The last instant at which each may still be let back."""
        return _np.minimum(_np.minimum(enrolled.starts - 1, enrolled.over_at), self._span.to)

    def _may_be_let_back(self, enrolled: Enrolled, overturned: Array, number: int) -> Array:
        """Per enrolment, whether anything of its seller was overturned before it was too late, in
        a world whose rules let products back.
        """
        cut = self._cut(enrolled)
        may = overturned[enrolled.place] <= cut
        for at in _np.unique(cut[may]):
            rules = self._rulebooks[number].in_force(int(at), int(at)).promotions
            if rules is None or not rules.restore_when_overturned:
                may[cut == at] = False
        return may

    def _second_look(self, enrolled: Enrolled, both: InBoth, position: Array, number: int) -> Array:
        """Whether penalties still stand when the last chance of being let back is gone: their
        sellers are judged again, with what was known then.
        """
        lost = _np.zeros(len(enrolled.place), _np.bool_)
        cuts = self._cut(enrolled)
        for cut in _np.unique(cuts):
            mine = _np.flatnonzero(cuts == cut)
            keep = _np.zeros(len(both.touched), _np.bool_)
            keep[enrolled.place[mine]] = True
            few, rows = _of_sellers(both, keep)
            at = int(cut)
            span = Span(min(self._span.begin, at), at, at)
            compared = compare(few, *self._worlds, span, self._hand)
            place = (_np.cumsum(keep) - 1)[enrolled.place[mine]]
            theirs = enrolled.only(mine)._replace(place=place)
            lost[mine] = self._stand(theirs, few, compared, position[rows], at, number)
        return lost

    def _stand(
        self, enrolled: Enrolled, both: InBoth, compared: Compared, position: Array, at: int,
        number: int,
    ) -> Array:  # fmt: skip
        """Per enrolment, whether a sanction since registration was not found in error."""
        facts, out = (
            (both.scenario, both.scenario_out) if number else (both.baseline, both.baseline_out)
        )
        alike = compared.alike[enrolled.place] == 1
        void, last = _voided(facts, out, at)
        found: list[Array] = []
        for outcome, world in zip(
            (compared.baseline, compared.scenario), self._worlds, strict=True
        ):
            told = _Told(enrolled, outcome, world, position, at)
            lines = told.lines
            until = _np.minimum(lines[:, UNTIL], lines[:, ENDED])
            ran = _np.minimum(until, last[enrolled.place[told.which]]) - lines[:, START]
            # A warning runs for no time, and what was lifted at once ran for none.
            briefly = (lines[:, HOW] != kernel.LIFTED) & ~void[lines[:, ROW]]
            stands = _np.where(ran > 0, lines[:, ERROR] < ran, briefly)
            found.append(told.any(told.fired & told.early & stands))
        return found[0] if not number else _np.where(alike, *found)


class _Told:
    """The sanctions of a world beside the enrolments of their sellers: a line for each pair."""

    def __init__(
        self, enrolled: Enrolled, outcome: Outcome, world: World, position: Array, to: int
    ) -> None:
        self.which, at = _pairs(enrolled.place, outcome.first)
        self.lines = outcome.sanctions[at]
        self._count = len(enrolled.place)
        each = enrolled.only(self.which)
        row, start = self.lines[:, ROW], self.lines[:, START]
        after, in_time = _after(each, row, start, position)
        self.fired = after & in_time & (start < each.ends) & (start <= to)
        self.early = start < each.starts
        bars = world.rungs.does[self.lines[:, RUNG]] & (BARS_PROMOTION | SUSPENDS)
        end = _np.minimum(self.lines[:, UNTIL], self.lines[:, ENDED])
        self.barred = ~after & (bars != 0) & (start <= each.registered) & (each.registered < end)

    def any(self, marked: Array) -> Array:
        """Per enrolment, whether any of its pairs is marked."""
        return _np.bincount(self.which[marked], minlength=self._count) > 0


def _pairs(place: Array, first: Array) -> tuple[Array, Array]:
    """For each enrolment of a seller, each line that the seller has: seller k has lines `first[k]`
    to `first[k + 1]`.
    """
    counts = first[place + 1] - first[place]
    which = _np.repeat(_np.arange(len(place)), counts)
    begin = _np.repeat(first[place] - (_np.cumsum(counts) - counts), counts)
    return which, (begin + _np.arange(len(which))).astype(_np.int64)


def _after(each: Enrolled, row: Array, at: Array, position: Array) -> tuple[Array, Array]:
    """Whether rows came after registration, and before the enrolment was over. What a scenario
    adds stands behind all that was recorded by its instant, and has no position.
    """
    known = position[row] >= 0
    after = _np.where(known, position[row] > each.position, at >= each.registered)
    in_time = _np.where(known, position[row] < each.over, at < each.over_at)
    return after, in_time


def _hand_after(enrolled: Enrolled, facts: Facts, hand: Array, position: Array, to: int) -> Array:
    """Per enrolment, whether a person barred its seller since; a waiver lets nothing back."""
    rows = _np.flatnonzero(facts.kind == BY_HAND)
    rows = rows[(hand[facts.terms[rows]] & (BARS_PROMOTION | SUSPENDS)) != 0]
    if not len(rows):
        return _np.zeros(len(enrolled.place), _np.bool_)
    which, at = _pairs(enrolled.place, _np.searchsorted(rows, facts.bounds))
    each, row = enrolled.only(which), rows[at]
    start = facts.recorded[row]
    after, in_time = _after(each, row, start, position)
    counts = after & in_time & (start < each.ends) & (start <= to)
    return _np.bincount(which[counts], minlength=len(enrolled.place)) > 0


def _voids(facts: Facts, left_out: Array) -> tuple[Array, Array]:
    """The rows that void others, and the places of their sellers."""
    rows = _np.flatnonzero(facts.kind == kernel.VOID)
    if len(left_out):
        rows = rows[~left_out[rows]]
    return rows, _np.searchsorted(facts.bounds, rows, side="right") - 1


def _overturned_from(facts: Facts, left_out: Array) -> Array:
    """Per seller, when a violation of it was first overturned; `FOREVER` if none was."""
    rows, places = _voids(facts, left_out)
    first = _np.full(len(facts.sellers), FOREVER, _np.int64)
    _np.minimum.at(first, places, facts.recorded[rows])
    return first


def _voided(facts: Facts, left_out: Array, at: int) -> tuple[Array, Array]:
    """Per row whether it was overturned by an instant, and per seller when anything last happened
    by then that has its products looked at.
    """
    rows, places = _voids(facts, left_out)
    known = facts.recorded[rows] <= at
    void = _np.zeros(len(facts.kind), _np.bool_)
    void[(facts.bounds[places] + facts.about[rows])[known]] = True
    bearing = _np.isin(facts.kind, (kernel.VIOLATION, kernel.VOID, BY_HAND))
    bearing &= facts.recorded <= at
    if len(left_out):
        bearing &= ~left_out
    last = _np.zeros(len(facts.sellers), _np.int64)
    own = _np.repeat(_np.arange(len(facts.sellers)), _np.diff(facts.bounds))
    _np.maximum.at(last, own[bearing], facts.recorded[bearing])
    return void, last


def _of_sellers(both: InBoth, keep: Array) -> tuple[InBoth, Array]:
    """The facts of the sellers marked in both worlds, and which rows they are."""
    counts = _np.diff(both.baseline.bounds)
    rows = _np.repeat(keep, counts)
    bounds = _np.concatenate([[0], _np.cumsum(counts[keep])]).astype(both.baseline.bounds.dtype)
    own: Callable[[Array], Array] = lambda c: c[rows] if len(c) == len(rows) else c  # noqa: E731

    def few(facts: Facts) -> Facts:
        columns = facts._replace(sellers=facts.sellers[:0], bounds=facts.bounds[:0])
        kept = Facts(*map(own, columns))
        return kept._replace(sellers=facts.sellers[keep], bounds=bounds)

    return InBoth(
        baseline=few(both.baseline),
        scenario=few(both.scenario),
        baseline_out=own(both.baseline_out),
        scenario_out=own(both.scenario_out),
        given=own(both.given),
        touched=both.touched[keep],
    ), rows
