"""The columns that the kernel works on: what they are called, and how much room they need.

Each class is a tuple of columns of one kind, lists for plain Python or numpy arrays for
the compiled kernel. All values are whole numbers; instants are microseconds.
"""

from collections.abc import Iterable, MutableSequence, Sequence
from typing import NamedTuple, TypeAlias

Column: TypeAlias = Sequence[int]
Scratch: TypeAlias = MutableSequence[int]


PLACES = 6
"""In `World.used`; the kernel names them."""


class Rows(NamedTuple):
    """Events of sellers in log order, seller after seller; one value per event.

    `by_lapse` holds, within each seller's range, its row numbers in order of lapse.
    Rows that are no violation lapse at `FOREVER`. `caps` and `merges` say of each bucket
    whether any violation in it has a daily cap or a merge window, so that others pay nothing.
    """

    kind: Column
    recorded: Column
    effective: Column
    lapse: Column
    bucket: Column
    weight: Column
    day: Column
    """The local day on which it was effective, as a day number in the pack's zone."""
    cap: Column
    """The most that its day may count; -1 for no cap."""
    merge_days: Column
    edition: Column
    """Which edition of the pack judged it: an index into `Ladders`."""
    voided_by: Column
    """The row that voids it, or `FOREVER`."""
    target: Column
    """For a void the row voided; for a waiver the row whose sanction is waived."""
    milestone: Column
    """For a waiver, which milestone's sanction it ends."""
    multiple: Column
    by_lapse: Column
    caps: Column
    merges: Column


class Ladders(NamedTuple):
    """Every edition's milestones: those of bucket b in edition e begin at `first[e * buckets + b]`.

    `milestone` numbers a milestone across editions (by bucket and name), so that a
    lowered threshold is recognised as the same milestone.
    """

    buckets: int
    lowest: Column
    """Per bucket the lowest threshold of any edition; `FOREVER` where there is none."""
    first: Column
    threshold: Column
    every: Column
    duration: Column
    """Microseconds; -1 for without end."""
    milestone: Column
    highest: Column
    """Per edition: of several milestones crossed at once, only the highest fires."""
    again: Column
    """Per edition: a milestone fires again when crossed again after falling below."""
    refire: Column
    """Per edition: a milestone whose last sanction was waived fires again at once."""
    endless: Column
    """Per rung: some edition's sanction of this milestone has no end of its own."""


class World(NamedTuple):
    """What one judgement believes while it walks a seller's rows; scratch of the caller's."""

    counted: Scratch
    value: Scratch
    judged_by: Scratch
    voids: Scratch
    used: Scratch
    anchor: Scratch
    day: Scratch
    taken: Scratch
    row: Scratch
    bucket: Scratch
    rung: Scratch
    milestone: Scratch
    multiple: Scratch
    start: Scratch
    until: Scratch
    ended: Scratch
    how: Scratch
    error: Scratch


def flags(buckets: int, bucket: Iterable[int], marked: Iterable[bool]) -> list[int]:
    """Which buckets have a row that is marked: one value per bucket, 0 or 1."""
    found = [0] * buckets
    for number, mark in zip(bucket, marked, strict=True):
        if mark:
            found[number] = 1
    return found


def endless(milestone: Sequence[int], duration: Sequence[int]) -> list[int]:
    """Per rung, whether its milestone has no end in some edition: see `Ladders`."""
    without_end = {m for m, lasts in zip(milestone, duration, strict=True) if lasts < 0}
    return [int(m in without_end) for m in milestone]


def plain_world(rows: int, buckets: int, longest: int, sanctions: int) -> World:
    """Scratch of plain lists for `rows` rows, of which one seller has `longest` at most."""
    return World(
        counted=[0] * rows,
        value=[0] * buckets,
        judged_by=[-1] * buckets,
        voids=[0] * buckets,
        used=[0] * PLACES,
        anchor=[0] * (longest + 1),
        day=[0] * (longest + 1),
        taken=[0] * (longest + 1),
        row=[0] * sanctions,
        bucket=[0] * sanctions,
        rung=[0] * sanctions,
        milestone=[0] * sanctions,
        multiple=[0] * sanctions,
        start=[0] * sanctions,
        until=[0] * sanctions,
        ended=[0] * sanctions,
        how=[0] * sanctions,
        error=[0] * sanctions,
    )
