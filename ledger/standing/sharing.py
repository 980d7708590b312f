"""How violations share a day's cap or merge: why one counts less, and what others would without it.

The kernel weighs again and is watched; what it weighs by is told nowhere else.
"""

from typing import Final

from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.standing import kernel
from ledger.standing.columns import plain_world
from ledger.standing.counting import counted_again, violation_rows
from ledger.standing.violations import Violation, Violations

MOST_STEPS: Final = 60_000
"""Violations weighed again for one explanation, some tenths of a second."""


class Sharing:
    """A seller's violations in recorded order, in groups of which none shares with another."""

    def __init__(self, violations: Violations) -> None:
        existing = tuple(v for v in violations if v.cancelled_at is None)
        self.why = why_less(existing)
        self._group: dict[str, tuple[Violation, ...]] = {}
        for group in groups(existing):
            self._group |= dict.fromkeys((v.violation_id for v in group), group)
        self._asked: set[str] = set()
        steps = 0
        for v in reversed(existing):
            steps += len(self._group.get(v.violation_id, ()))
            if steps > MOST_STEPS:
                break
            self._asked.add(v.violation_id)

    def value_without(self, violation: Violation, value: int, at: Instant) -> int | None:
        """What its bucket's `value` at an instant would be; None in too long a history to ask."""
        group = self._group.get(violation.violation_id)
        if group is None:
            return value - violation.counted
        if violation.violation_id not in self._asked:
            return None
        rest = counted_again(
            tuple(replace(v, counted=0, cancelled_at=at) if v is violation else v for v in group)
        )
        return value + _total(rest, at) - _total(group, at)


def groups(violations: tuple[Violation, ...]) -> list[tuple[Violation, ...]]:
    """Those with a cap or a merge window, parted where days lie too far apart to share anything."""
    sharing = [v for v in violations if v.daily_cap is not None or v.merge_days is not None]
    if not sharing:
        return []
    buckets = {v.bucket for v in sharing}
    reach = max(1, *(v.merge_days or 0 for v in violations))
    found: list[list[Violation]] = []
    last: tuple[str, int] | None = None
    for v in sorted(
        (v for v in violations if v.bucket in buckets), key=lambda v: (v.bucket, v.day)
    ):
        if last is None or last[0] != v.bucket or v.day - last[1] >= reach:
            found.append([])
        found[-1].append(v)
        last = v.bucket, v.day
    return [tuple(sorted(group, key=lambda v: v.version)) for group in found]


def why_less(existing: tuple[Violation, ...]) -> dict[str, str]:
    """For each violation that counts less than its weight, the reason as a sentence."""
    if all(v.counted == v.weight for v in existing):
        return {}
    buckets = {name: number for number, name in enumerate({v.bucket: None for v in existing})}
    rows = violation_rows(existing, buckets)
    world = plain_world(len(existing), len(buckets), len(existing), 0)
    counting: dict[tuple[str, int], str] = {}
    why: dict[str, str] = {}
    for i, v in enumerate(existing):
        merged = (
            rows.merges[rows.bucket[i]]
            and v.weight > 0
            and kernel.merged(rows, world, i, v.weight) == 0
        )
        counted = kernel.weigh(rows, world, i)
        if counted:
            counting.setdefault((v.bucket, v.day), v.violation_id)
        if merged:
            nearest = _nearest(v, counting)
            why[v.violation_id] = f"merged: less than {v.merge_days} days from {nearest}"
        elif counted < v.weight:
            why[v.violation_id] = f"the day's cap of {v.daily_cap} was reached"
    return why


def _nearest(violation: Violation, counting: dict[tuple[str, int], str]) -> str:
    """Of the violations that count, the one that it was merged with."""
    days = [day for bucket, day in counting if bucket == violation.bucket]
    day = min(days, key=lambda day: abs(day - violation.day))
    return counting[violation.bucket, day]


def _total(violations: tuple[Violation, ...], at: Instant) -> int:
    return sum(v.counted for v in violations if v.counts_at(at))
