"""Why a violation counts less than it was given: the kernel weighs again, and is watched."""

from ledger.standing import kernel
from ledger.standing.columns import plain_world
from ledger.standing.counting import violation_rows
from ledger.standing.seller import Violation


def why_less(violations: tuple[Violation, ...]) -> dict[str, str]:
    """For each violation that exists and counts less than its weight, the reason as a sentence."""
    if all(v.counted == v.weight or v.cancelled_at is not None for v in violations):
        return {}
    buckets = {name: number for number, name in enumerate({v.bucket: None for v in violations})}
    rows = violation_rows(violations, buckets)
    world = plain_world(len(violations), len(buckets), len(violations), 0)
    counting: dict[tuple[str, int], str] = {}
    why: dict[str, str] = {}
    for i, v in enumerate(violations):
        if v.cancelled_at is not None:
            continue
        if v.weight and rows.merges and kernel.merged(rows, world, i, v.weight) == 0:
            why[v.violation_id] = _merged(v, counting)
        counted = kernel.weigh(rows, world, i)
        if counted:
            counting[v.bucket, v.day] = v.violation_id
        if counted < v.weight:
            why.setdefault(v.violation_id, f"the day's cap of {v.daily_cap} was reached")
    return why


def _merged(v: Violation, counting: dict[tuple[str, int], str]) -> str:
    """Which violation it was merged with: the nearest of those that count."""
    days = [day for bucket, day in counting if bucket == v.bucket]
    nearest = min(days, key=lambda day: abs(day - v.day))
    return f"merged: less than {v.merge_days} days from {counting[v.bucket, nearest]}"
