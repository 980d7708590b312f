"""A world's rules as tables by terms: what its editions make of facts that others decided.

Only what a scenario changes is decided again: a fact keeps its points unless the scenario gives its
rule others, and its life, cap and merge window unless the scenario's bucket has others.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ledger.policy.policy import Policy, Rule
from ledger.standing.compiled import ladders_as_arrays
from ledger.standing.rulebook import Rulebook
from projections.archive.manifest import Terms
from projections.what_if.columns import Array, Rules, Rungs, does
from projections.what_if.judging import SANCTION_KINDS, World

_np: Any = np


class Edition(NamedTuple):
    """An edition that a scenario adds to those in force."""

    policy: Policy
    known_since: int
    """When it counts as published."""


class NotReplayable(Exception):
    """A world with rules that tables by terms cannot say."""


def baseline_world(rulebook: Rulebook, terms: Sequence[Terms]) -> World:
    """The world as it was: every fact as it was decided."""
    return world_of(rulebook, rulebook, terms, {}, ())


def scenario_world(
    baseline: World,
    known: Rulebook,
    scenario: Rulebook,
    terms: Sequence[Terms],
    instead: Mapping[str, str],
    added: Sequence[Edition] = (),
) -> World:
    """The world in which `scenario` decides: `instead` names for an edition of the log the one of
    the scenario that stands in its place, and `added` are in force beside them.

    What says the same as in the baseline is the baseline's own: then it is judged once.
    """
    world = world_of(known, scenario, terms, instead, added)
    return World(
        _own(baseline.rules, world.rules),
        _own(baseline.ladders, world.ladders),
        _own(baseline.rungs, world.rungs),
        world.buckets,
        world.in_points,
    )


def _own(baseline: Any, scenario: Any) -> Any:
    same = all(_np.array_equal(one, other) for one, other in zip(baseline, scenario, strict=True))
    return baseline if same else scenario


def world_of(
    known: Rulebook,
    rulebook: Rulebook,
    terms: Sequence[Terms],
    instead: Mapping[str, str],
    added: Sequence[Edition],
) -> World:
    """The tables: a line for the editions that stand in place of those known, and one for each
    edition added.
    """
    added = sorted(added, key=lambda e: (e.policy.effective_from, e.known_since))
    lines: list[list[tuple[int, ...]]] = [[]]
    for t in terms:
        ref = instead.get(t.policy, t.policy)
        judge = instead.get(t.judged_by, t.judged_by)
        lines[0].append(_decided(t, known, rulebook, ref, judge))
    for edition in added:
        ref = edition.policy.ref
        lines.append([_decided(t, known, rulebook, ref, ref) for t in terms])
    table = _np.array(lines, dtype=_np.int64).reshape(len(lines), len(terms), 6)
    bucket, weight, life, cap, merge, edition_of = (table[:, :, n] for n in range(6))
    ladders = ladders_as_arrays(rulebook.ladders)
    nowhere = bool((bucket[:, [bool(t.rule) for t in terms]] < 0).any())
    return World(
        Rules(
            bucket=bucket.astype(_np.int8),
            weight=weight.astype(_np.int32),
            life=life.copy(),
            cap=cap.astype(_np.int32),
            merge_days=merge.astype(_np.int32),
            edition=edition_of.astype(_np.int16),
            milestone=_array(
                (rulebook.number_of(t.bucket, t.rung) if t.rung else -1 for t in terms), _np.int32
            ),
            multiple=_array((t.multiple for t in terms), _np.int32),
            since=_array((_since(known, t.policy) for t in terms), _np.int64),
            judged_since=_array((_since(known, t.judged_by) for t in terms), _np.int64),
            added_from=_array((e.policy.effective_from for e in added), _np.int64),
            added_known=_array((e.known_since for e in added), _np.int64),
            caps=_flags(bucket, cap >= 0, rulebook.ladders.buckets),
            merges=_flags(bucket, merge > 0, rulebook.ladders.buckets),
            decides=bool((weight >= 0).any() or (life >= 0).any() or nowhere),
        ),
        ladders,
        rungs_of(rulebook),
        tuple(rulebook.bucket_number),
        tuple(_counts_points(rulebook, name) for name in rulebook.bucket_number),
    )


def _counts_points(rulebook: Rulebook, bucket: str) -> bool:
    known = (b for policy in rulebook.editions for b in policy.buckets)
    return any(b.unit == "points" for b in known if b.name == bucket)


def rungs_of(rulebook: Rulebook) -> Rungs:
    """What the sanctions of each rung do."""
    kinds: list[int] = []
    freezes: list[int] = []
    done: list[int] = []
    for number, (_, milestone) in enumerate(rulebook.rungs):
        policy = rulebook.editions[_edition_of_rung(rulebook, number)]
        kinds.append(SANCTION_KINDS.index(milestone.sanction))
        done.append(does(milestone.sanction, milestone.bars))
        freezes_funds = policy.freeze_days is not None and milestone.sanction in policy.freezes_on
        freezes.append((policy.freeze_days or 0) * 86_400_000_000 if freezes_funds else -1)
    return Rungs(_array(kinds, _np.int8), _array(freezes, _np.int64), _array(done, _np.int8))


def _edition_of_rung(rulebook: Rulebook, rung: int) -> int:
    first = rulebook.ladders.first
    slots = range(len(rulebook.editions) * rulebook.ladders.buckets)
    slot = next(slot for slot in slots if first[slot] <= rung < first[slot + 1])
    return slot // rulebook.ladders.buckets


def _decided(
    t: Terms, known: Rulebook, rulebook: Rulebook, ref: str, judge: str
) -> tuple[int, ...]:
    """Bucket, weight, life, cap, merge window and judging edition; -1: as the fact says."""
    if not t.rule:
        return -1, -1, -1, -1, 0, 0
    cap = -1 if t.daily_cap is None else t.daily_cap
    merge = t.merge_days or 0
    edition = rulebook.edition_number[judge]
    was, now = known.edition(t.policy), rulebook.edition(ref)
    if was is now:
        return rulebook.bucket_number[t.bucket], -1, -1, cap, merge, edition
    rule, old = now.rules.get(t.rule), was.rules.get(t.rule)
    if rule is None or old is None:
        # The scenario has no such rule: the fact stands as it was decided, if its bucket does.
        return rulebook.bucket_number.get(t.bucket, -1), -1, -1, cap, merge, edition
    weight, before = rule.weigh(t.severity, None), old.weigh(t.severity, None)
    bucket = now.bucket(weight.bucket)
    same = (weight.points, weight.strikes) == (before.points, before.strikes)
    return (
        rulebook.bucket_number[weight.bucket],
        -1 if same else weight.points or weight.strikes,
        _life(now, rule, weight.bucket, was, old, before.bucket),
        -1 if bucket.daily_cap is None else bucket.daily_cap,
        bucket.merge_days or 0,
        edition,
    )


def _life(now: Policy, rule: Rule, bucket: str, was: Policy, old: Rule, before: str) -> int:
    """How long it counts, where the scenario says something else than its own edition."""
    window, old_window = now.bucket(bucket).window, was.bucket(before).window
    if (rule.life_days, window) == (old.life_days, old_window) and now.zone == was.zone:
        return -1
    days = window.days if rule.life_days is None else rule.life_days
    if days is None:
        raise NotReplayable(f"{now.ref} counts {bucket} by the calendar, {was.ref} otherwise")
    return days * 86_400_000_000


def _since(known: Rulebook, ref: str) -> int:
    return known.edition(ref).effective_from if ref in known.edition_number else 0


def _flags(bucket: Array, marked: Array, buckets: int) -> Array:
    found = _np.zeros(buckets, _np.int64)
    found[_np.unique(bucket[marked & (bucket >= 0)])] = 1
    return found


def _array(values: Any, type_: Any) -> Array:
    return _np.array(list(values), dtype=type_)
