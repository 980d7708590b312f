"""What the ledger knows of one seller, as facts leave it: the state that decisions and standings
read.

Everything here is derived from facts by `evolve.py`. A state never changes; the next one is a new
value.
It is stored beside the facts as a memo (`ENGINE_VERSION` tells by which engine), never as the
truth.
"""

from typing import Final, Literal

import msgspec

from ledger.facts.instants import Instant
from ledger.standing.appeals import Appeal, Appeals, appeal_of, lapsing
from ledger.standing.keeping import Keeping
from ledger.standing.proposals import Proposals
from ledger.standing.serving import Served
from ledger.standing.violations import Violation, Violations

ENGINE_VERSION: Final = 7
"""Raised whenever the same facts would give another state: older memos are derived again."""

Cut = Literal["lifted", "waived"]
NO_VIOLATIONS: Final = Violations()
NOTHING_SERVED: Final = Served()
KEPT_AS_USUAL: Final = Keeping()


class Sanction(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A sanction as it was imposed and what became of it."""

    sanction_id: str
    version: int
    sanction: str
    milestone: str
    """Empty for a sanction by hand, and so are bucket and rung."""
    bucket: str
    rung: str
    multiple: int
    starts_at: Instant
    ends_at: Instant | None
    bars: tuple[str, ...]
    because_of: tuple[str, ...]
    cut_at: Instant | None = None
    """When it was lifted or waived."""
    cut: Cut | None = None
    cut_version: int = 0
    """The version of the fact that cut it short: its place among the seller's facts."""
    error_us: int = 0
    proposed_by: str | None = None
    """Who proposed to waive it; a second person has to confirm."""
    proposed_version: int = 0
    """The version of the fact of that proposal."""
    ended: bool = False
    """Whether its scheduled end has been recorded."""
    listing_ids: tuple[str, ...] = ()
    imposed_by: str | None = None
    """Who imposed it by hand."""

    @property
    def by_hand(self) -> bool:
        """Whether a person decided it: then no judgement lifts it or takes it into account."""
        return not self.milestone

    def until(self) -> Instant | None:
        """When it ends or ended, as far as is known; None for without end."""
        if self.cut_at is None:
            return self.ends_at
        return self.cut_at if self.ends_at is None else min(self.cut_at, self.ends_at)

    def in_force_at(self, instant: Instant) -> bool:
        """From its start, up to and without its end."""
        until = self.until()
        return self.starts_at <= instant and (until is None or instant < until)


class Freeze(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Money withheld from a start to an end."""

    freeze_id: str
    version: int
    cause: str
    sanction_id: str | None
    starts_at: Instant
    ends_at: Instant
    released: bool = False
    """Whether its release has been recorded; the release at its date is true all the same."""
    released_version: int = 0
    """The version of the fact that released it before its date: its place among the seller's."""

    def in_force_at(self, instant: Instant) -> bool:
        """From its start, up to and without its end."""
        return self.starts_at <= instant < self.ends_at


class Seller(msgspec.Struct, frozen=True, gc=False):
    """All that is known of one seller after the first `version` facts of its stream."""

    seller_id: str
    version: int = 0
    recorded_at: Instant = 0
    """When its newest fact was recorded."""
    position: int = 0
    """Where its newest fact stands in the log."""
    violations: Violations = NO_VIOLATIONS
    sanctions: tuple[Sanction, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    appeals: Appeals = ()
    proposals: Proposals = ()
    """What waits for a second person or was confirmed by one, waivers apart."""
    served: Served = NOTHING_SERVED
    """How its disputes of late ended, and which service metrics were breached."""
    keeping: Keeping = KEPT_AS_USUAL
    """Which legal holds there are on its texts, and when these were erased."""

    def violation(self, violation_id: str) -> Violation | None:
        """The violation of this id."""
        return self.violations.find(violation_id)

    def sanction(self, sanction_id: str) -> Sanction | None:
        """The sanction of this id."""
        for sanction in self.sanctions:
            if sanction.sanction_id == sanction_id:
                return sanction
        return None

    def appeal(self, violation_id: str) -> Appeal | None:
        """The appeal against the violation of this id."""
        return appeal_of(self.appeals, violation_id)

    def value(self, bucket: str, instant: Instant) -> int:
        """The bucket's total at an instant, by what is known here (RULES §3.2)."""
        return self.violations.value(bucket, instant)

    def next_due(self) -> Instant | None:
        """The earliest instant at which something becomes true that is not recorded yet."""
        due = self.violations.next_lapse
        for s in self.sanctions:
            if s.ends_at is not None and not s.ended and s.cut_at is None:
                due = s.ends_at if due is None else min(due, s.ends_at)
        for f in self.freezes:
            if not f.released:
                due = f.ends_at if due is None else min(due, f.ends_at)
        for lapses_at, _ in lapsing(self.appeals):
            due = lapses_at if due is None else min(due, lapses_at)
        return due
