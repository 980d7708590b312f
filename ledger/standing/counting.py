"""What violations count after caps and merges: the kernel asked about one seller's violations."""

from msgspec.structs import replace

from ledger.facts.instants import DAY_US
from ledger.facts.violations import ViolationRecorded
from ledger.standing import kernel
from ledger.standing.columns import Column, Rows, flags, plain_world
from ledger.standing.violations import Violation, Violations


def weighed(known: Violations, fact: ViolationRecorded, version: int) -> Violation:
    """The violation that a fact of this version tells, as it counts after those `known`."""
    weight = fact.points or fact.strikes
    at, lapses_at = fact.recorded_at, fact.lapses_at
    effective_at = at - fact.backdated_us
    violation = Violation(
        fact.violation_id,
        version,
        fact.bucket,
        weight,
        weight,
        effective_at,
        at,
        lapses_at,
        fact.policy,
        fact.judged_by or fact.policy,
        weight > 0 and at < lapses_at,
        effective_at // DAY_US if fact.local_day is None else fact.local_day,
        fact.daily_cap,
        fact.merge_days,
    )
    if fact.daily_cap is None and fact.merge_days is None:
        return violation
    counted = counted_last((*known, violation))
    return replace(violation, counted=counted, added=counted > 0 and at < lapses_at)


def counts(known: Violations, fact: ViolationRecorded) -> int:
    """What the violation that a fact tells counts after those `known`."""
    if fact.daily_cap is None and fact.merge_days is None:
        return fact.points or fact.strikes
    return weighed(known, fact, 0).counted


def counted_last(violations: tuple[Violation, ...]) -> int:
    """What the newest of these violations counts, given those recorded before it."""
    return _weighed(violations)[-1]


def counted_again(violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """The same violations, each with what it counts now that one of them was cancelled."""
    if all(v.daily_cap is None and v.merge_days is None for v in violations):
        return violations
    return tuple(
        violation if violation.counted == counted else replace(violation, counted=counted)
        for violation, counted in zip(violations, _weighed(violations), strict=True)
    )


def _weighed(violations: tuple[Violation, ...]) -> list[int]:
    buckets = {name: number for number, name in enumerate({v.bucket: None for v in violations})}
    rows = violation_rows(violations, buckets)
    world = plain_world(len(violations), len(buckets), len(violations), 0)
    for i, violation in enumerate(violations):
        if violation.cancelled_at is None:
            world.counted[i] = kernel.weigh(rows, world, i)
    return list(world.counted)


def violation_rows(violations: tuple[Violation, ...], buckets: dict[str, int]) -> Rows:
    """The violations as the kernel's rows, without voids and waivers."""
    none: Column = ()
    bucket = [buckets[v.bucket] for v in violations]
    return Rows(
        kind=[kernel.VIOLATION] * len(violations),
        recorded=[v.recorded_at for v in violations],
        effective=[v.effective_at for v in violations],
        lapse=[v.lapses_at for v in violations],
        bucket=bucket,
        weight=[v.weight for v in violations],
        day=[v.day for v in violations],
        cap=[-1 if v.daily_cap is None else v.daily_cap for v in violations],
        merge_days=[v.merge_days or 0 for v in violations],
        edition=none,
        voided_by=none,
        target=none,
        milestone=none,
        multiple=none,
        by_lapse=none,
        caps=flags(len(buckets), bucket, (v.daily_cap is not None for v in violations)),
        merges=flags(len(buckets), bucket, (v.merge_days is not None for v in violations)),
    )
