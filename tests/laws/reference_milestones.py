"""The reference model's milestones: which sanctions one violation triggers.

Written from the rules of the house alone (section 3, point 3). Where they
leave room, these readings are fixed:

* A row adds to its bucket if it counts above 0 and has not lapsed when judged.
  The value just before is the value at that same instant less what it adds.
* The milestone of an `every` rung is its name and a multiple. Of the multiples
  only the highest one reached is looked at, save that with `several="all"`
  each multiple crossed fires. A fixed rung has the multiple 1.
* With `several="highest"` the highest of those that may fire does, and of two
  equals the fixed one. `several="all"` fires them upwards, the fixed one first.
* Last judged: the latest earlier row of the bucket that added to it when it
  was judged. A rung that is missing from that row's edition counts as lowered.
* `again_after_falling=False` stops crossings only, and only while some earlier
  sanction of the milestone was neither lifted nor waived.
* A milestone whose last sanction was waived may fire whatever else runs, save
  a sanction of its own without end.
"""

from dataclasses import dataclass
from typing import Literal

from tests.laws.reference_points import (
    Edition,
    History,
    Row,
    Rung,
    Violation,
    counts,
    value_of,
    voided,
)

NEVER = 2**63 - 1


@dataclass(frozen=True)
class Sanction:
    """What one violation triggered; it runs in `[from_, end)`."""

    row: int
    bucket: int
    rung: str
    multiple: int
    from_: int
    until: int | None
    ended: int | None = None
    ended_by: Literal["lift", "waiver"] | None = None
    found_in_error_us: int = 0

    @property
    def milestone(self) -> tuple[int, str, int]:
        return (self.bucket, self.rung, self.multiple)

    @property
    def end(self) -> int:
        return min(NEVER if instant is None else instant for instant in (self.until, self.ended))

    def in_force(self, at: int) -> bool:
        return self.from_ <= at < self.end


@dataclass(frozen=True)
class Moment:
    """The instant at which one violation is judged, and all that is known then."""

    row: Violation
    edition: Edition
    earlier_edition: Edition | None  # that of the last row judged in this bucket
    before: int
    after: int
    sanctions: list[Sanction]


def added(rows: tuple[Row, ...], index: int, struck: frozenset[int]) -> int:
    """What a violation adds to its bucket at the instant of its own recording."""
    row = rows[index]
    if not isinstance(row, Violation) or not row.effective <= row.recorded < row.lapse:
        return 0
    return counts(rows[: index + 1], voided(rows[:index]) | struck)[index]


def moment_of(
    history: History, index: int, struck: frozenset[int], sanctions: list[Sanction]
) -> Moment:
    editions, rows = history
    row = rows[index]
    assert isinstance(row, Violation)
    after = value_of(rows[: index + 1], voided(rows[:index]) | struck, row.bucket, row.recorded)
    judged = [
        editions[other.edition]
        for place, other in enumerate(rows[:index])
        if isinstance(other, Violation) and other.bucket == row.bucket
        if added(rows, place, struck) > 0
    ]
    return Moment(
        row=row,
        edition=editions[row.edition],
        earlier_edition=judged[-1] if judged else None,
        before=after - added(rows, index, struck),
        after=after,
        sanctions=sanctions,
    )


def multiples(rung: Rung, moment: Moment) -> list[int]:
    """The multiples of a rung that are looked at."""
    if not rung.every:
        return [1]
    highest = moment.after // rung.threshold
    return [
        multiple
        for multiple in range(1, highest + 1)
        if multiple == highest or moment.edition.several == "all"
    ]


def was_lowered(rung: Rung, moment: Moment) -> bool:
    if moment.earlier_edition is None:
        return False
    earlier = [
        other.threshold
        for other in moment.earlier_edition.buckets[moment.row.bucket].rungs
        if other.name == rung.name
    ]
    return not earlier or rung.threshold < earlier[0]


@dataclass(frozen=True)
class Claim:
    """What one milestone makes of a violation."""

    limit: int
    rung: Rung
    multiple: int
    demanded: bool  # reached, and crossed, lowered or waived
    allowed: bool  # and neither running without end nor spent


def claim(rung: Rung, multiple: int, moment: Moment) -> Claim:
    """Whether a milestone demands its sanction, and whether it may have it."""
    limit = multiple * rung.threshold
    milestone = (moment.row.bucket, rung.name, multiple)
    past = [sanction for sanction in moment.sanctions if sanction.milestone == milestone]
    running = [sanction for sanction in past if sanction.in_force(moment.row.recorded)]

    reached = moment.after >= limit
    crossed = moment.before < limit
    highest = multiple == multiples(rung, moment)[-1] if reached else False
    lowered = highest and not running and was_lowered(rung, moment)
    last_waived = bool(past) and past[-1].ended_by == "waiver"
    again = highest and last_waived and moment.edition.refire_after_waiver

    barred = any(sanction.until is None for sanction in running)
    once_only = not moment.edition.again_after_falling
    spent = once_only and any(sanction.ended_by is None for sanction in past)
    return Claim(
        limit,
        rung,
        multiple,
        demanded=reached and (crossed or lowered or again),
        allowed=not barred and ((crossed and not spent) or lowered or again),
    )


def imposed(
    history: History, index: int, struck: frozenset[int], sanctions: list[Sanction]
) -> list[Sanction]:
    """The sanctions that one violation triggers, none of them beginning before it was recorded."""
    moment = moment_of(history, index, struck, sanctions)
    row, edition = moment.row, moment.edition
    if added(history[1], index, struck) == 0:
        return []
    # Fixed rungs come first, so that of two equal limits the fixed one is taken.
    claims = [
        claim(rung, multiple, moment)
        for rung in sorted(edition.buckets[row.bucket].rungs, key=lambda rung: rung.every)
        for multiple in multiples(rung, moment)
    ]
    firing = [found for found in claims if found.demanded]
    if edition.several == "highest":
        # If the highest may not fire, none does: a suspended seller is not also warned.
        top = max((found.limit for found in firing), default=0)
        firing = [found for found in firing if found.limit == top][:1]
    firing = [found for found in firing if found.allowed]
    return [
        Sanction(
            row=index,
            bucket=row.bucket,
            rung=found.rung.name,
            multiple=found.multiple,
            from_=row.recorded,
            until=None if found.rung.duration_us is None else row.recorded + found.rung.duration_us,
        )
        for found in sorted(firing, key=lambda found: found.limit)
    ]
