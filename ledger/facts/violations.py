"""Facts about violations."""

from typing import Literal, TypeAlias

import msgspec

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant

Severity = Literal["general", "serious"]


class ViolationRecorded(Fact, frozen=True, kw_only=True):
    """A breach of one rule by the seller was established.

    Points, lapse and the appeal window are kept as decided: replay never opens a
    policy pack, and `policy` with `digest` names the one that an auditor should open.
    Most facts are of this kind, so its long names are stored short too (`id`, `lapses`,
    `appeal`, `listing`).
    """

    violation_id: str = msgspec.field(name="id")
    rule: str
    family: str
    severity: Severity | None = None
    bucket: str
    points: int = 0
    strikes: int = 0
    backdated_us: int = 0
    """How long before its recording it was effective, in microseconds."""
    lapses_at: Instant = msgspec.field(name="lapses")
    local_day: int | None = None
    """The pack's calendar day of `effective_at`, where that is not the day in UTC."""
    daily_cap: int | None = None
    """The most that this day may count in its bucket."""
    merge_days: int | None = None
    """Fewer days than this from one that counts, it counts nothing."""
    appeal_days: int = msgspec.field(name="appeal")
    """Days from notice (`recorded_at`) within which a first appeal may be filed."""
    source: str
    listing_id: str | None = msgspec.field(default=None, name="listing")
    policy: str
    """The edition that gave points and life: the one in force when it was effective."""
    digest: str
    """The first eight hexadecimal digits of that edition's SHA-256."""
    judged_by: str | None = None
    """The edition whose thresholds judged it, where that is another than `policy`."""
    seal: str
    """Seals statement and evidence, which are kept apart so that they can be erased."""

    @property
    def effective_at(self) -> Instant:
        """When the breach happened; it counts from then on."""
        return self.recorded_at - self.backdated_us


class ViolationAnnulled(Fact, frozen=True, kw_only=True):
    """A person took a violation back: it is gone from its beginning."""

    violation_id: str
    seal: str
    """Seals the reason, which is kept apart."""


class ViolationAnnulmentProposed(Fact, frozen=True, kw_only=True):
    """A person asked that a violation be taken back; a second person has to confirm."""

    violation_id: str
    seal: str
    """Seals the reason, which is kept apart."""


class ViolationExpired(Fact, frozen=True, kw_only=True):
    """A violation's life ended: it counts no longer."""

    violation_id: str
    effective_at: Instant


class ViolationCancelled(Fact, frozen=True, kw_only=True):
    """An appeal overturned a violation: it is gone from its beginning."""

    violation_id: str
    round: int
    """The round of the appeal that did."""


ViolationVoided: TypeAlias = ViolationAnnulled | ViolationCancelled
"""Either way, the violation never was for who asks from then on."""
