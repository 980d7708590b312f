"""A range of sellers in two worlds: arranged, judged, tallied and set side by side."""

from typing import Any, Final, NamedTuple

import numpy as np

from ledger.standing.columns import Ladders, Rows
from projections.archive.replay_columns import BY_HAND
from projections.what_if.arranging import arrange, arrange_plain
from projections.what_if.columns import (
    Arranged,
    Array,
    Compared,
    Counting,
    Facts,
    InBoth,
    Outcome,
    Rules,
    Rungs,
    Span,
)
from projections.what_if.points import one_month, points_of, points_of_both
from projections.what_if.population import judge_range
from projections.what_if.room import Room
from projections.what_if.tallying import set_apart, tally

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


class World(NamedTuple):
    """How one world decides and judges."""

    rules: Rules
    ladders: Ladders
    """As arrays."""
    rungs: Rungs
    buckets: tuple[str, ...] = ()
    """Their names; none: as many as there are ladders, the same ones in either world."""
    in_points: tuple[bool, ...] = ()
    """Which of them count points; the others count strikes."""


def compare(
    both: InBoth,
    baseline: World,
    scenario: World,
    span: Span,
    hand: Array,
    counting: Counting | None = None,
    room: Room | None = None,
) -> Compared:
    """Both worlds for these sellers; `hand` holds, per line of terms, the bits of a sanction by
    hand; `counting`, what figures are counted by. What cannot differ is judged once.

    Deterministic: the same arguments give the same bytes, whatever runs beside.
    """
    room, touched = room or Room(), both.touched
    counting = counting or one_month(span, len(hand))
    ours = _Side(_unwritable(both.baseline), baseline, both.baseline_out, both.given[:0])
    theirs = _Side(_unwritable(both.scenario), scenario, both.scenario_out, both.given)
    nobody = _np.zeros(len(touched), _np.int8)
    same_rows = scenario.rules is baseline.rules
    same_judges = scenario.ladders is baseline.ladders and scenario.rungs is baseline.rungs
    # Who does not reach the lower thresholds does not reach the higher ones either.
    swaps = same_rows and not same_judges and not touched.any() and _is_lower(scenario, baseline)
    one, other = (theirs, ours) if swaps else (ours, theirs)
    rows = _arranged(one, span, nobody, room)
    known = rows.ends - both.baseline.bounds[:-1]
    reached = nobody.copy()
    lowered = one._replace(world=_lowered(one.world, other.world))
    asked = _Asked(span, hand, counting, touched.astype(_np.int8))
    first = _judged(lowered, rows, asked, reached, room)
    alike = nobody
    if same_rows:
        once = _np.ones(len(nobody), _np.bool_) if same_judges else reached == 2
        alike = (once & ~touched).astype(_np.int8)
    if not same_rows or touched.any():
        rows = _arranged(other, span, alike, room)
    if same_rows:
        # Whatever the milestones, the points of who is not touched are the same.
        asked = asked._replace(sort=_np.where(touched, 1, -1).astype(_np.int8))
    second = _judged(other, rows, asked, alike.copy(), room, first)
    first, second = points_of_both(first, second, shared=same_rows)
    if swaps:
        first, second = second, first
    differs = _np.zeros(len(nobody), _np.int8)
    parted = _np.zeros(len(nobody), _np.int64)
    set_apart(
        first, second, alike, baseline.rungs.kind, scenario.rungs.kind,
        _same_buckets(baseline, scenario), differs, parted,
    )  # fmt: skip
    return Compared(both.baseline.sellers, known, first, second, differs, alike, parted)


class _Asked(NamedTuple):
    """What is asked of a range of sellers in either world."""

    span: Span
    hand: Array
    counting: Counting
    sort: Array
    """Per seller, where its points are added up: see `Points`."""


def _same_buckets(baseline: World, scenario: World) -> Array:
    """A line for each bucket of either world: its numbers there, -1 for none."""
    was, now = (
        w.buckets or tuple(map(str, range(w.ladders.buckets))) for w in (baseline, scenario)
    )
    lines = [
        [names.index(name) if name in names else -1 for names in (was, now)]
        for name in dict.fromkeys((*was, *now))
    ]
    return _np.array(lines, _np.int64).reshape(-1, 2)


class _Side(NamedTuple):
    """A range of sellers in one world."""

    facts: Facts
    world: World
    left_out: Array
    given: Array


def _unwritable(columns: Any) -> Any:
    """The same columns, as columns of files are: what is compiled for one would not fit others."""
    views = [column.view() if hasattr(column, "view") else column for column in columns]
    for column in views:
        if hasattr(column, "flags"):
            column.flags.writeable = False
    return type(columns)(*views)


def _is_lower(one: World, other: World) -> bool:
    low, high = _np.asarray(one.ladders.lowest), _np.asarray(other.ladders.lowest)
    return len(low) == len(high) and bool((low <= high).all())


def _lowered(world: World, other: World) -> World:
    """With the lower of both worlds' bounds: who stays below it need not be judged again."""
    mine, others = _np.asarray(world.ladders.lowest), _np.asarray(other.ladders.lowest)
    if len(mine) != len(others):
        # Buckets of other packs cannot be held against each other: nobody is judged once.
        return world
    return world._replace(ladders=world.ladders._replace(lowest=_np.minimum(mine, others)))


def _arranged(side: _Side, span: Span, skip: Array, room: Room) -> Arranged:
    facts, rules = side.facts, side.world.rules
    rows, sellers = len(facts.kind), len(facts.sellers)
    shares = rows if bool(rules.caps.any() or rules.merges.any()) else 0
    by_hand = bool((facts.kind >= BY_HAND).any())
    changes = len(side.left_out) or len(side.given) or len(rules.added_from)
    ends = facts.bounds[1:][_np.diff(facts.bounds) > 0]
    newest = facts.recorded[ends - 1].max(initial=0)
    plain = not (rules.decides or shares or by_hand or changes or newest > span.known_at)
    arranged = Arranged(
        kind=facts.kind if plain else room.take("kind", rows, _np.int8),
        lapse=facts.lapse if plain else room.take("lapse", rows, _np.int64),
        bucket=room.take("bucket", rows, _np.int8),
        edition=room.take("edition", rows, _np.int16),
        about=room.take("about", rows, _np.int32),
        voided_by=room.take("voided_by", rows, _np.int32),
        cap=room.take("cap", shares, _np.int32),
        merge_days=room.take("merge_days", shares, _np.int32),
        milestone=room.take("milestone", rows, _np.int32),
        multiple=room.take("multiple", rows, _np.int32),
        by_lapse=room.take("by_lapse", rows, _np.int32),
        ends=facts.bounds[1:].copy(),
        by_hand=_np.zeros(sellers, _np.bool_),
    )
    if plain:
        arrange_plain(facts, rules, arranged.bucket, arranged.edition, arranged.about,
                      arranged.voided_by, arranged.milestone, arranged.multiple,
                      arranged.by_lapse)  # fmt: skip
    else:
        arrange(facts, rules, span.known_at, side.left_out, side.given, skip, arranged)
    return arranged


def _rows(facts: Facts, arranged: Arranged, rules: Rules) -> Rows:
    rows = Rows(
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
    return _unwritable(rows)


def _judged(
    side: _Side,
    arranged: Arranged,
    asked: _Asked,
    skip: Array,
    room: Room,
    alike_to: Outcome | None = None,
) -> Outcome:
    """One world of these sellers; those that `skip` marks are as in `alike_to`."""
    facts, world = side.facts, side.world
    ladders, buckets = world.ladders, world.ladders.buckets
    rows = _rows(facts, arranged, world.rules)
    sellers, size = len(facts.sellers), len(facts.kind)
    longest = int(_np.diff(facts.bounds).max(initial=0))
    most = _most_sanctions(facts, arranged, ladders, longest)
    judging = room.world("one", size, buckets, longest, most)
    second = room.world("other", size, buckets, longest, most)
    values = _np.zeros((sellers, buckets), _np.int64)
    first = _np.zeros(sellers + 1, _np.int64)
    span = asked.span
    points = points_of(asked.counting, asked.sort, facts.terms, world.in_points, ladders.buckets)
    space = size // 2 + most
    while True:
        sanctions = room.take("sanctions", space * 8, _np.int64).reshape(space, 8)
        found = judge_range(
            rows, ladders, judging, second, facts.bounds, arranged.ends, span.to, skip, values,
            first, sanctions, points,
        )  # fmt: skip
        if found <= space:
            break
        skip[skip == 2] = 0
        points.by_month[:], points.by_family[:] = 0, 0
        space = found
    outcome = Outcome(
        values=values,
        standing=_np.zeros(sellers, _np.int8),
        suspended_us=_np.zeros(sellers, _np.int64),
        frozen_us=_np.zeros(sellers, _np.int64),
        imposed=_np.zeros((sellers, len(SANCTION_KINDS)), _np.int32),
        first=first,
        sanctions=sanctions[:found].copy(),
        points_by_month=points.by_month,
        points_by_family=points.by_family,
    )
    scratch = room.take("spans", 4 * (most + longest + 1), _np.int64).reshape(4, -1)
    alike = skip if alike_to is not None else _np.zeros(sellers, _np.int8)
    tally(
        facts, arranged.ends, arranged.by_hand, world.rungs, asked.hand, span.begin, span.to, alike,
        alike_to or outcome, outcome, scratch,
    )  # fmt: skip
    return outcome


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
