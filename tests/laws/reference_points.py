"""The reference model's rows, and what they count.

Written from the rules of the house alone (section 3, points 1, 2 and 10); a
number in brackets names the point that a line comes from. Where the rules
leave room, these readings are fixed:

* Known is what stands earlier in the log, also at an equal instant.
* Cap: the room belongs to one bucket and one local day of effect. A row's own
  cap is held against what the rows before it took of that day.
* Merge: looked at before the cap, in calendar days, in both directions, with
  the row's own window, against earlier rows of the bucket that count above 0.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rung:
    """A milestone of a ladder; `duration_us` of None is a sanction without end."""

    name: str
    threshold: int
    every: bool = False
    duration_us: int | None = None


@dataclass(frozen=True)
class BucketRules:
    """The ladder of one bucket."""

    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Edition:
    """What judgement needs of one edition of a pack; a bucket is its index."""

    buckets: tuple[BucketRules, ...]
    several: Literal["highest", "all"] = "highest"
    again_after_falling: bool = True
    refire_after_waiver: bool = True


@dataclass(frozen=True)
class Violation:
    """A recorded violation with what was decided for it.

    `cap` and `merge_days` come from the edition at the effective instant [10],
    `edition` is the index of the one whose thresholds judge it.
    """

    recorded: int
    bucket: int
    weight: int
    effective: int
    lapse: int
    day: int
    cap: int | None
    merge_days: int | None
    edition: int


@dataclass(frozen=True)
class Void:
    """The violation in row `target` was overturned or annulled."""

    recorded: int
    target: int


@dataclass(frozen=True)
class Waive:
    """The sanction that row `target` imposed for one milestone was waived."""

    recorded: int
    target: int
    rung: str
    multiple: int


Row = Violation | Void | Waive
History = tuple[tuple[Edition, ...], tuple[Row, ...]]


def voided(rows: tuple[Row, ...]) -> frozenset[int]:
    return frozenset(row.target for row in rows if isinstance(row, Void))


def count_of(row: Violation, earlier: list[tuple[Violation, int]]) -> int:
    """What a row counts behind the earlier rows of its bucket and their counts."""
    counted_days = [other.day for other, count in earlier if count > 0]
    window = row.merge_days or 0
    if any(abs(row.day - day) < window for day in counted_days):
        return 0
    if row.cap is not None:
        taken = sum(count for other, count in earlier if other.day == row.day)
        return max(0, min(row.weight, row.cap - taken))
    return row.weight


def counts(rows: tuple[Row, ...], gone: frozenset[int]) -> list[int]:
    """What every row counts if those in `gone` had never been recorded."""
    found: list[int] = []
    for index, row in enumerate(rows):
        if not isinstance(row, Violation) or index in gone:
            found.append(0)
            continue
        earlier = [
            (other, count)
            for other, count in zip(rows, found, strict=False)
            if isinstance(other, Violation) and other.bucket == row.bucket
        ]
        found.append(count_of(row, earlier))
    return found


def value_of(rows: tuple[Row, ...], gone: frozenset[int], bucket: int, at: int) -> int:
    return sum(
        count
        for row, count in zip(rows, counts(rows, gone), strict=True)
        if isinstance(row, Violation) and row.bucket == bucket
        if row.effective <= at < row.lapse
    )


def counted(history: History, n_rows: int) -> list[int]:
    """What each of the first `n_rows` rows counts, known up to there; 0 where no violation is."""
    rows = history[1][:n_rows]
    return counts(rows, voided(rows))


def value(history: History, n_rows: int, bucket: int, at: int) -> int:
    """The value of a bucket as of `at`, known at row `n_rows` (not included)."""
    rows = history[1][:n_rows]
    return value_of(rows, voided(rows), bucket, at)
