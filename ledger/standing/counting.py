"""What violations count after caps and merges: the kernel asked about one seller's violations."""

from msgspec.structs import replace

from ledger.standing import kernel
from ledger.standing.columns import Column, Rows, plain_world
from ledger.standing.seller import Violation


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
    return Rows(
        kind=[kernel.VIOLATION] * len(violations),
        recorded=[v.recorded_at for v in violations],
        effective=[v.effective_at for v in violations],
        lapse=[v.lapses_at for v in violations],
        bucket=[buckets[v.bucket] for v in violations],
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
        caps=any(v.daily_cap is not None for v in violations),
        merges=any(v.merge_days is not None for v in violations),
    )
