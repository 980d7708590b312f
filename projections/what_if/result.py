"""What a what-if answers: both worlds' figures, and what they were made from. Shapes of the JSON.

Instants are RFC 3339; stretches of time are microseconds, summed over sellers.
"""

from typing import Any, Literal

import msgspec

from ledger.facts.instants import format_instant

Differing = Literal["standing", "sanctions", "points", "freezes", "enrolments"]
Status = Literal["active", "restricted", "suspended"]


class Both(msgspec.Struct, frozen=True):
    """A figure in either world."""

    baseline: int
    scenario: int


class Sellers(msgspec.Struct, frozen=True):
    """How many sellers it holds for in either world, and for how many in one alone."""

    baseline: int
    scenario: int
    newly: int
    """In the scenario alone."""
    spared: int
    """In the baseline alone."""


class Enrolments(msgspec.Struct, frozen=True):
    """How many products sanctions took out of campaigns, or kept from them, in either world."""

    baseline: int = 0
    scenario: int = 0
    lost: int = 0
    """In the scenario alone."""
    saved: int = 0
    """In the baseline alone."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The whole population, as of the end of the span and over it."""

    sellers: int
    facts: int
    differ: int
    """Sellers of whom anything differs."""
    suspended: Sellers
    freezes: Sellers
    """Sellers with money withheld."""
    selling: Sellers
    """Sellers who may not sell."""
    promotion: Sellers
    """Sellers who may not take part in promotions."""
    sanctions: dict[str, Both]
    """By kind, those that milestones imposed within the span."""
    suspended_us: Both
    frozen_us: Both
    enrolments: Enrolments = Enrolments()
    """Products that lost their part in a campaign; none in what an earlier version kept."""


class Bin(msgspec.Struct, frozen=True):
    """Sellers with a total from one value up to and with another; None is open."""

    least: int
    most: int | None
    baseline: int
    scenario: int


class Distribution(msgspec.Struct, frozen=True):
    """How many sellers have which total in a bucket, with its limit of suspension."""

    bucket: str
    limit: tuple[int | None, int | None]
    """The baseline's and the scenario's, as of the end of the span."""
    bins: tuple[Bin, ...]


class Month(msgspec.Struct, frozen=True):
    """What milestones did in one calendar month in UTC; sanctions by hand are not among it."""

    month: str
    sanctions: Both
    suspensions: Both
    suspended: Both
    """Sellers whom milestones had suspended at its last instant, or at that of the span."""
    points: Both
    """Points given to what was recorded in it, caps and merges apart, taken back since or not."""


class FamilyCount(msgspec.Struct, frozen=True):
    """What milestones imposed because of the violations of one family."""

    family: str
    sanctions: Both
    suspensions: Both
    points: Both
    """Points that count as of the end of the span."""


class Series(msgspec.Struct, frozen=True):
    """The same figures, month by month and family by family."""

    months: tuple[Month, ...]
    families: tuple[FamilyCount, ...]


class Matched(msgspec.Struct, frozen=True):
    """How many violations a filter of the scenario matched, and could not be changed."""

    where: str
    says: str
    """The filter in words, as the end of "violations …"."""
    violations: int
    unchanged: int = 0


class Pack(msgspec.Struct, frozen=True):
    """An edition that a world decided by."""

    world: Literal["baseline", "scenario"]
    ref: str
    digest: str


class Checkpoint(msgspec.Struct, frozen=True):
    """The state of the log that was judged: with the packs and the scenario, it repeats the run."""

    position: int
    recorded_at: str
    root: str | None = None

    @classmethod
    def of(cls, position: int, recorded_at: int) -> "Checkpoint":
        """The log up to a position, whose fact was recorded then."""
        return cls(position, format_instant(recorded_at))


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a scenario."""

    name: str
    about: str | None = None
    scenario: dict[str, Any]
    digest: str
    begin: str = msgspec.field(name="from")
    to: str
    known_at: str
    engine: str
    summary: Summary
    distributions: tuple[Distribution, ...]
    series: Series
    matched: tuple[Matched, ...]
    packs: tuple[Pack, ...]
    policy_changes: tuple[tuple[str, str, str], ...] = ()
    """Path, value in the baseline's newest edition, value in the scenario's."""
    checkpoint: Checkpoint

    @property
    def in_vain(self) -> tuple[str, ...]:
        """The filters that matched nothing: mostly a slip of whoever wrote them."""
        return tuple(m.where for m in self.matched if not m.violations)


class Sanction(msgspec.Struct, frozen=True):
    """A sanction that a milestone imposed in one world."""

    sanction: str
    """What it does: warning, suspension …"""
    milestone: str
    """The milestone as people read it: `points-48`."""
    starts_at: str
    ends_at: str | None
    """None: without an end."""
    ended: str | None
    """How it ended before its time: lifted or waived."""
    because_of: str | None
    """The violation that reached the milestone; None for one that only the scenario has."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A seller of whom the two worlds say something else."""

    seller_id: str
    differs: tuple[Differing, ...]
    parted_at: str | None
    """The first instant at which its sanctions differ; None where only its totals do."""
    why: str
    because_of: str | None
    """The violation behind the sanction at which they part; None where there is none."""
    status: tuple[Status, Status]
    """As of the end of the span, as are the three that follow: what a standing says then."""
    can_sell: tuple[bool, bool]
    can_promote: tuple[bool, bool]
    can_withdraw: tuple[bool, bool]
    suspended_us: Both
    frozen_us: Both
    enrolments_lost: Both
    """How many of its products lost their part in a campaign because of sanctions."""
    totals: dict[str, Both]
    """By bucket, as of the end of the span."""
    sanctions: tuple[tuple[Sanction, ...], tuple[Sanction, ...]]
    """Those of milestones in either world, in order of their beginnings."""

    @property
    def suspended(self) -> tuple[bool, bool]:
        """Whether it is suspended."""
        return self.status[0] == "suspended", self.status[1] == "suspended"

    @property
    def frozen(self) -> tuple[bool, bool]:
        """Whether some of its money is withheld."""
        return not self.can_withdraw[0], not self.can_withdraw[1]


def as_json(value: Any) -> bytes:
    """A result or a difference as JSON in UTF-8, always the same bytes for the same value."""
    return msgspec.json.encode(value, order="deterministic")
