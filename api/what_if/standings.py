"""Sellers in both worlds as they are told: the standing in each at the end of the span, what
differs, since when and why.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from api.representations import When
from ledger.facts.instants import Instant, format_instant, parse_instant
from ledger.standing import seller as known
from ledger.standing import standing as judged
from projections.what_if.result import Both, Difference, Differing, Sanction

ALIKE = "Both worlds say the same of it."


class TotalInWorld(msgspec.Struct, frozen=True):
    """A bucket's value."""

    bucket: str
    value: int


class SanctionInWorld(msgspec.Struct, frozen=True, rename={"starts_at": "from"}):
    """A sanction in one world: from when, until when (null: without end), because of what."""

    kind: str
    milestone: str | None
    """Null where a person decided."""
    starts_at: When
    until: When | None
    ended: Literal["lifted", "waived"] | None
    """How it ended before its time."""
    because_of: tuple[str, ...]


class WorldStanding(msgspec.Struct, frozen=True):
    """A seller's standing in one world at the end of the span."""

    status: judged.Status
    can_sell: bool
    can_promote: bool
    can_withdraw: bool
    buckets: tuple[TotalInWorld, ...]
    sanctions: tuple[SanctionInWorld, ...]
    """Those in force. Of a seller that differs, those that milestones imposed: what a person
    imposed stands in both worlds.
    """


class SellerInBoth(msgspec.Struct, frozen=True):
    """A seller of whom the two worlds say something else."""

    seller_id: str
    baseline: WorldStanding
    scenario: WorldStanding
    differs: tuple[Differing, ...]
    parted_at: When | None
    """The first instant at which its sanctions differ; null where only its totals do."""
    why: str
    because_of: str | None


class Timelines(msgspec.Struct, frozen=True):
    """Every sanction in either world, in force or not, in order of their beginnings."""

    baseline: tuple[SanctionInWorld, ...]
    scenario: tuple[SanctionInWorld, ...]


class SellerSideBySide(SellerInBoth, frozen=True):
    """One seller in both worlds side by side."""

    timelines: Timelines
    frozen_us: Both | None = None
    """How long milestones withheld its money within the span; null where both worlds say the same
    of it.
    """
    enrolments_lost: Both | None = None
    """How many of its products sanctions took out of campaigns; null as above."""


def row_of(found: Difference, to: Instant) -> SellerInBoth:
    """A difference as a row; `to` is the instant as of which standings are."""
    return SellerInBoth(
        seller_id=found.seller_id,
        baseline=_world(found, 0, to),
        scenario=_world(found, 1, to),
        differs=found.differs,
        parted_at=found.parted_at,
        why=found.why,
        because_of=found.because_of,
    )


def seen_of(found: Difference, to: Instant) -> SellerSideBySide:
    """The same with its timelines."""
    told = msgspec.structs.asdict(row_of(found, to))
    was, now = (tuple(map(_imposed, world)) for world in found.sanctions)
    return SellerSideBySide(
        **told,
        timelines=Timelines(was, now),
        frozen_us=found.frozen_us,
        enrolments_lost=found.enrolments_lost,
    )


def alike(standing: judged.Standing, sanctions: Iterable[known.Sanction]) -> SellerSideBySide:
    """A seller of whom both worlds say the same, as the ledger has it."""
    world = WorldStanding(
        status=standing.status,
        can_sell=standing.can_sell,
        can_promote=standing.can_promote,
        can_withdraw=standing.can_withdraw,
        buckets=tuple(TotalInWorld(b.bucket, b.value) for b in standing.buckets),
        sanctions=tuple(map(_kept, standing.sanctions)),
    )
    timeline = tuple(map(_kept, sorted(sanctions, key=lambda one: one.starts_at)))
    return SellerSideBySide(
        seller_id=standing.seller_id,
        baseline=world,
        scenario=world,
        differs=(),
        parted_at=None,
        why=ALIKE,
        because_of=None,
        timelines=Timelines(timeline, timeline),
    )


def _world(found: Difference, world: int, to: Instant) -> WorldStanding:
    """One world's standing, from what a run keeps of it."""
    sanctions = tuple(_imposed(s) for s in found.sanctions[world] if _in_force(s, to))
    totals = {b: (both.baseline, both.scenario)[world] for b, both in found.totals.items()}
    return WorldStanding(
        status=found.status[world],
        can_sell=found.can_sell[world],
        can_promote=found.can_promote[world],
        can_withdraw=found.can_withdraw[world],
        buckets=tuple(TotalInWorld(bucket, value) for bucket, value in totals.items()),
        sanctions=sanctions,
    )


def _in_force(sanction: Sanction, at: Instant) -> bool:
    if parse_instant(sanction.starts_at) > at:
        return False
    return sanction.ends_at is None or parse_instant(sanction.ends_at) > at


def _imposed(sanction: Sanction) -> SanctionInWorld:
    return SanctionInWorld(
        kind=sanction.sanction,
        milestone=sanction.milestone,
        starts_at=sanction.starts_at,
        until=sanction.ends_at,
        ended=_how(sanction.ended),
        because_of=() if sanction.because_of is None else (sanction.because_of,),
    )


def _kept(sanction: known.Sanction) -> SanctionInWorld:
    until = sanction.until()
    return SanctionInWorld(
        kind=sanction.sanction,
        milestone=sanction.milestone or None,
        starts_at=format_instant(sanction.starts_at),
        until=None if until is None else format_instant(until),
        ended=sanction.cut,
        because_of=sanction.because_of,
    )


def _how(ended: str | None) -> Literal["lifted", "waived"] | None:
    match ended:
        case "lifted" | "waived":
            return ended
        case _:
            return None
