"""A range of sellers in two worlds: arranged, judged, tallied and set side by side."""

from typing import Any, Final, NamedTuple

import numpy as np

from ledger.standing.columns import Ladders, Rows
from ledger.standing.compiled import array_world
from projections.what_if.columns import (
    Arranged,
    Array,
    Compared,
    Facts,
    Outcome,
    Rules,
    Rungs,
    Span,
)
from projections.what_if.population import arrange, judge_range, set_apart, tally

SANCTION_KINDS: Final = (
    "warning",
    "product-removal",
    "display-restriction",
    "restriction-of-operations",
    "freeze-of-selling",
    "suspension",
)
SUSPENSION: Final = SANCTION_KINDS.index("suspension")

_np: Any = np
_NOTHING: Final[Array] = _np.zeros(0, dtype=_np.int32)


class World(NamedTuple):
    """How one world decides and judges."""

    rules: Rules
    ladders: Ladders
    """As arrays."""
    rungs: Rungs


class Change(NamedTuple):
    """What a scenario does to the rows of a range; columns as long as they are, or empty."""

    left_out: Array
    """True for rows that its world does not have."""
    given: Array
    """The weight that a row has in its world; -1: as its rules say."""

    @classmethod
    def none(cls) -> "Change":
        """The facts as they are."""
        return cls(_np.zeros(0, dtype=_np.bool_), _np.zeros(0, dtype=_np.int64))

    def touches(self, bounds: Array) -> Array:
        """Which sellers it concerns."""
        rows = _np.zeros(int(bounds[-1]) + 1, dtype=_np.int64)
        if len(self.left_out):
            rows[:-1] += self.left_out
        if len(self.given):
            rows[:-1] += self.given >= 0
        return _np.add.reduceat(rows, bounds[:-1]) > 0


def compare(
    facts: Facts,
    baseline: World,
    scenario: World,
    change: Change,
    span: Span,
    hand_suspends: Array,
) -> Compared:
    """Both worlds for these sellers. What cannot differ is judged once.

    Deterministic: the same arguments give the same bytes, whatever runs beside.
    """
    facts = _unwritable(facts)
    sellers = len(facts.sellers)
    lowest = _np.minimum(baseline.ladders.lowest, scenario.ladders.lowest) if (
        len(baseline.ladders.lowest) == len(scenario.ladders.lowest)
    ) else None  # fmt: skip
    nobody = _np.zeros(sellers, dtype=_np.int8)
    no_change = Change.none()
    arranged = _arranged(facts, baseline.rules, span, no_change, nobody)
    first_world = _lowered(baseline, lowest)
    skip = nobody.copy()
    one = _judged(facts, arranged, first_world, span, skip, hand_suspends)
    same_rows = scenario.rules is baseline.rules
    alike = _np.zeros(sellers, dtype=_np.int8)
    if same_rows:
        same_judges = scenario.ladders is baseline.ladders and scenario.rungs is baseline.rungs
        once = _np.ones(sellers, _np.bool_) if same_judges else (skip == 2) & (lowest is not None)
        touched = change.touches(facts.bounds)
        alike = (once & ~touched).astype(_np.int8)
        untouched = not touched.any()
    else:
        untouched = False
    other_rows = (
        arranged if untouched else _arranged(facts, scenario.rules, span, change, alike)
    )
    other = _judged(
        facts, other_rows, _lowered(scenario, lowest), span, alike, hand_suspends, one
    )
    differs = _np.zeros(sellers, dtype=_np.int8)
    parted = _np.zeros(sellers, dtype=_np.int64)
    set_apart(one, other, alike, baseline.rungs.kind, scenario.rungs.kind, differs, parted)
    return Compared(facts.sellers, len(facts.kind), one, other, differs, parted)


def _unwritable(facts: Facts) -> Facts:
    """The same columns, as columns of files are: what is compiled for one would not fit others."""
    views = Facts(*(column.view() for column in facts))
    for column in views:
        column.flags.writeable = False
    return views


def _lowered(world: World, lowest: Array | None) -> World:
    """With the lower of both worlds' bounds: who stays below it is judged once."""
    if lowest is None:
        return world
    return world._replace(ladders=world.ladders._replace(lowest=lowest))


def _arranged(facts: Facts, rules: Rules, span: Span, change: Change, skip: Array) -> Arranged:
    rows, sellers = len(facts.kind), len(facts.sellers)
    shares = rows if bool(rules.caps.any() or rules.merges.any()) else 0
    arranged = Arranged(
        kind=_np.empty(rows, _np.int8),
        lapse=_np.empty(rows, _np.int64),
        bucket=_np.zeros(rows, _np.int8),
        edition=_np.zeros(rows, _np.int16),
        about=_np.empty(rows, _np.int32),
        voided_by=_np.empty(rows, _np.int32),
        cap=_np.empty(shares, _np.int32),
        merge_days=_np.empty(shares, _np.int32),
        milestone=_np.empty(rows, _np.int32),
        multiple=_np.empty(rows, _np.int32),
        by_lapse=_np.empty(rows, _np.int32),
        ends=facts.bounds[1:].copy(),
        by_hand=_np.zeros(sellers, _np.bool_),
    )
    arrange(facts, rules, span.known_at, change.left_out, change.given, skip, arranged)
    return arranged


def _rows(facts: Facts, arranged: Arranged, rules: Rules) -> Rows:
    return Rows(
        kind=arranged.kind,
        recorded=facts.recorded,
        effective=facts.effective,
        lapse=arranged.lapse,
        bucket=arranged.bucket,
        weight=arranged.about,
        day=facts.day,
        cap=arranged.cap,
        merge_days=arranged.merge_days,
        edition=arranged.edition,
        voided_by=arranged.voided_by,
        target=arranged.about,
        milestone=arranged.milestone,
        multiple=arranged.multiple,
        by_lapse=arranged.by_lapse,
        caps=rules.caps,
        merges=rules.merges,
    )


def _judged(
    facts: Facts,
    arranged: Arranged,
    world: World,
    span: Span,
    skip: Array,
    hand_suspends: Array,
    alike_to: Outcome | None = None,
) -> Outcome:
    """One world of these sellers; those that `skip` marks are as in `alike_to`."""
    ladders, buckets = world.ladders, world.ladders.buckets
    rows = _rows(facts, arranged, world.rules)
    sellers, size = len(facts.sellers), len(facts.kind)
    longest = int(_np.diff(facts.bounds).max(initial=0))
    most = _most_sanctions(facts, arranged, ladders, longest)
    judging = array_world(size, buckets, longest, most)
    second = array_world(size, buckets, longest, most)
    values = _np.zeros((sellers, buckets), _np.int64)
    first = _np.zeros(sellers + 1, _np.int64)
    room = size // 2 + most
    while True:
        sanctions = _np.empty((room, 8), _np.int64)
        found = judge_range(
            rows, ladders, judging, second, facts.bounds, arranged.ends, span.to, skip, values,
            first, sanctions,
        )  # fmt: skip
        if found <= room:
            break
        skip[skip == 2] = 0
        room = found
    outcome = Outcome(
        values=values,
        suspended=_np.zeros(sellers, _np.bool_),
        suspended_us=_np.zeros(sellers, _np.int64),
        frozen_us=_np.zeros(sellers, _np.int64),
        frozen=_np.zeros(sellers, _np.bool_),
        imposed=_np.zeros((sellers, len(SANCTION_KINDS)), _np.int32),
        first=first,
        sanctions=sanctions[:found],
    )
    scratch = _np.empty((4, most + longest + 1), _np.int64)
    done = skip if alike_to is not None else _np.zeros(sellers, _np.int8)
    tally(
        facts, arranged, world.rungs, SUSPENSION, hand_suspends, span.begin, span.to, done, outcome,
        scratch,
    )  # fmt: skip
    if alike_to is not None:
        _copy_alike(outcome, alike_to, skip == 1)
    return outcome


def _copy_alike(outcome: Outcome, of: Outcome, alike: Array) -> None:
    buckets = min(outcome.values.shape[1], of.values.shape[1])
    outcome.values[alike, :buckets] = of.values[alike, :buckets]
    for to, told in (
        (outcome.suspended, of.suspended),
        (outcome.suspended_us, of.suspended_us),
        (outcome.frozen_us, of.frozen_us),
        (outcome.frozen, of.frozen),
        (outcome.imposed, of.imposed),
    ):
        to[alike] = told[alike]


def _most_sanctions(facts: Facts, arranged: Arranged, ladders: Ladders, longest: int) -> int:
    """As many as the longest history can impose: one a row, unless a pack fires every milestone
    crossed.
    """
    highest: Any = ladders.highest
    if highest.all():
        return longest + 1
    heaviest = _np.where(arranged.kind == 0, arranged.about, 0)
    sums = _np.add.reduceat(_np.append(heaviest, 0), facts.bounds[:-1])
    return int((longest + sums.max(initial=0)) * (len(ladders.threshold) + 1))
