"""`explain`: every point and sanction of a standing with its reasons, and what would change them.

What would be, had a violation been annulled, is asked of the same judgement that would
decide it (judgement.py, counting.py): no rule is written down a second time here.
"""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.facts.violations import ViolationRecorded
from ledger.policy.policy import Policy
from ledger.standing.counting import counted_again
from ledger.standing.lifting import Lifting
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Sanction, Seller
from ledger.standing.sharing import Sharing
from ledger.standing.standing import BucketStanding, Standing, Status, standing, status_of
from ledger.standing.violations import Violation


class Without(msgspec.Struct, frozen=True):
    """What would hold if one violation were annulled at the instant asked about."""

    value: int
    """Of the violation's bucket, with the room that it took given to others."""
    status: Status
    lifted: tuple[str, ...]
    """The sanctions that would end."""


class ExplainedViolation(msgspec.Struct, frozen=True):
    """A violation that counts, or would if a cap or a merge did not keep it from counting."""

    violation_id: str
    rule: str
    severity: str | None
    policy: str
    reference: str
    """Where that pack says that it has the rule from, or failing that, has itself from."""
    digest: str
    given: int
    """Points or strikes, as the bucket counts, by decision."""
    counted: int
    """What they count after caps and merges."""
    why: str | None
    """Why less is counted than was given."""
    effective_at: Instant
    lapses_at: Instant
    without: Without | None
    """None in a history too long to ask about each of its violations: the oldest go without."""


class ExplainedBucket(msgspec.Struct, frozen=True):
    """A running total and the violations that make it up, in the order of their recording."""

    standing: BucketStanding
    unit: str
    pre_warning: int | None
    """How far below a milestone the pack has sellers told."""
    pre_warned: bool
    """Whether the next milestone is that near."""
    violations: tuple[ExplainedViolation, ...]


class Cause(msgspec.Struct, frozen=True):
    """A violation that counted when a sanction began, as was known then."""

    violation_id: str
    counted: int
    fired: bool
    """Whether it is the one whose recording reached the milestone."""
    cancelled: bool
    """Whether it was taken back since."""


class WhatWouldLift(msgspec.Struct, frozen=True):
    """Every way out of a sanction."""

    alone: tuple[str, ...]
    """Violations of which each, annulled by itself, would lift it."""
    together: tuple[str, ...]
    """Where none would alone: the weightiest that together would."""
    complete: bool
    """Whether every violation was asked about; False in too long a history, or where one alone
    was asked for."""
    waiver_takes_two: bool
    """Whether a waiver would need a second person."""
    proposed_by: str | None
    """Who proposed a waiver already."""
    ends_at: Instant | None
    """When it ends by itself; None for never."""


class ExplainedSanction(msgspec.Struct, frozen=True):
    """A sanction in force, what it was imposed for, and what would lift it."""

    sanction: Sanction
    threshold: int | None
    """What its bucket had to reach; None for a sanction by hand."""
    policy: str
    """The edition by which the milestone was reached, or in force when a person decided."""
    causes: tuple[Cause, ...]
    lift: WhatWouldLift


class NotCounted(msgspec.Struct, frozen=True):
    """How many violations count nothing at the instant asked about, and are not listed."""

    cancelled: int
    expired: int
    later: int
    """Effective only after the instant asked about."""


class Explanation(msgspec.Struct, frozen=True):
    """A standing with its reasons. Instants are microseconds."""

    standing: Standing
    buckets: tuple[ExplainedBucket, ...]
    sanctions: tuple[ExplainedSanction, ...]
    not_counted: NotCounted


def explain(
    seller: Seller,
    recorded: Mapping[str, ViolationRecorded],
    rulebook: Rulebook,
    as_of: Instant,
    known_at: Instant,
    only: str | None = None,
) -> Explanation:
    """The standing explained; `seller` holds the facts recorded by `known_at` and no others.

    `recorded` has the fact of every violation, by its id. Raises `BeforeFirstPack` where no
    edition was in force. A seller under no sanction costs one walk over the violations; one
    under sanctions, a walk for each violation that could lift one, within `lifting.MOST_STEPS`.
    Where one violation is asked about `only`, the others are not listed and not walked for.
    """
    return _Explaining(seller, recorded, rulebook, as_of, known_at, only).explanation()


class _Explaining:
    """One question, and what its parts share."""

    def __init__(
        self,
        seller: Seller,
        recorded: Mapping[str, ViolationRecorded],
        rulebook: Rulebook,
        as_of: Instant,
        known_at: Instant,
        only: str | None,
    ) -> None:
        self.seller = seller
        self.recorded = recorded
        self.rulebook = rulebook
        self.as_of = as_of
        self.only = only
        self.policy: Policy = rulebook.in_force(as_of, known_at)
        self.standing = standing(seller, rulebook, as_of, known_at)
        self.lifting = Lifting(seller, rulebook, as_of, only)
        self.sharing = Sharing(seller.violations)

    def explanation(self) -> Explanation:
        existing = [v for v in self.seller.violations if v.cancelled_at is None]
        return Explanation(
            standing=self.standing,
            buckets=tuple(self._bucket(b) for b in self.standing.buckets),
            sanctions=tuple(self._sanction(s) for s in self.standing.sanctions),
            not_counted=NotCounted(
                cancelled=len(self.seller.violations) - len(existing),
                expired=sum(v.lapses_at <= self.as_of for v in existing),
                later=sum(self.as_of < v.effective_at for v in existing),
            ),
        )

    def _bucket(self, found: BucketStanding) -> ExplainedBucket:
        bucket = self.policy.bucket(found.bucket)
        near, away = bucket.pre_warning, found.to_next_milestone
        return ExplainedBucket(
            standing=found,
            unit=bucket.unit,
            pre_warning=near,
            pre_warned=near is not None and away is not None and away <= near,
            violations=tuple(
                self._violation(v, found.value)
                for v in self.seller.violations
                if v.bucket == found.bucket
                and v.counts_at(self.as_of)
                and self.only in (None, v.violation_id)
            ),
        )

    def _violation(self, v: Violation, value: int) -> ExplainedViolation:
        fact = self.recorded[v.violation_id]
        edition = self.rulebook.edition(v.policy)
        return ExplainedViolation(
            violation_id=v.violation_id,
            rule=fact.rule,
            severity=fact.severity,
            policy=v.policy,
            reference=edition.rule(fact.rule).source or edition.reference,
            digest=fact.digest,
            given=v.weight,
            counted=v.counted,
            why=self.sharing.why.get(v.violation_id),
            effective_at=v.effective_at,
            lapses_at=v.lapses_at,
            without=self._without(v, value),
        )

    def _without(self, v: Violation, value: int) -> Without | None:
        lifted = self.lifting.lifted_without(v)
        rest = self.sharing.value_without(v, value, self.as_of)
        if lifted is None or rest is None:
            return None
        remaining = tuple(s for s in self.standing.sanctions if s.sanction_id not in lifted)
        return Without(value=rest, status=status_of(remaining), lifted=lifted)

    def _sanction(self, sanction: Sanction) -> ExplainedSanction:
        if sanction.by_hand:
            return self._by_hand(sanction)
        firing = self.seller.violation(sanction.because_of[0])
        assert firing is not None
        judge = self.rulebook.edition(firing.judged_by)
        rungs = judge.bucket(sanction.bucket).milestones
        rung = next(m for m in rungs if m.name == sanction.rung)
        alone = self.lifting.alone(sanction)
        return ExplainedSanction(
            sanction=sanction,
            threshold=rung.threshold * sanction.multiple,
            policy=judge.ref,
            causes=_causes(self.seller, sanction),
            lift=self._lift(sanction, alone, () if alone else self.lifting.together(sanction)),
        )

    def _by_hand(self, sanction: Sanction) -> ExplainedSanction:
        """Imposed by a person: it ends by its date or a waiver, whatever is annulled."""
        begun = sanction.starts_at
        return ExplainedSanction(
            sanction=sanction,
            threshold=None,
            policy=self.rulebook.in_force(begun, begun).ref,
            causes=_named(self.seller, sanction),
            lift=self._lift(sanction, (), ()),
        )

    def _lift(
        self, sanction: Sanction, alone: tuple[str, ...], together: tuple[str, ...]
    ) -> WhatWouldLift:
        return WhatWouldLift(
            alone=alone,
            together=together,
            complete=sanction.by_hand or self.lifting.complete,
            waiver_takes_two="waiver" in self.policy.second_person_for,
            proposed_by=sanction.proposed_by,
            ends_at=sanction.until(),
        )


def _named(seller: Seller, sanction: Sanction) -> tuple[Cause, ...]:
    """The violations that the decision named; nothing was counted for it."""
    return tuple(
        Cause(v.violation_id, v.counted, fired=False, cancelled=v.cancelled_at is not None)
        for v in map(seller.violation, sanction.because_of)
        if v is not None
    )


def _causes(seller: Seller, sanction: Sanction) -> tuple[Cause, ...]:
    """What counted in its bucket when it began, by what was known then: nothing voided later."""
    known = counted_again(
        tuple(
            replace(v, counted=v.weight, cancelled_at=None)
            if v.cancelled_version > sanction.version
            else v
            for v in seller.violations
            if v.bucket == sanction.bucket and v.version < sanction.version
        )
    )
    cancelled = {v.violation_id for v in seller.violations if v.cancelled_at is not None}
    return tuple(
        Cause(
            violation_id=v.violation_id,
            counted=v.counted,
            fired=v.violation_id in sanction.because_of,
            cancelled=v.violation_id in cancelled,
        )
        for v in known
        if v.counted and v.counts_at(sanction.starts_at)
    )
