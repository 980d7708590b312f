"""One edition of one marketplace's rules, ready to decide with.

Compiled from a pack (check.py reads it) into plain frozen values: nothing here opens a file, and
two policies with one digest decide alike. Instants are µs since 1970 UTC, days are 86,400 s.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.facts.instants import DAY_US, HOUR_US, Instant
from ledger.policy.business_days import BusinessDays, window_until
from ledger.policy.refusals import (
    NoAppealWindow,
    PointsOutOfRange,
    SeverityNotAccepted,
    SeverityRequired,
    StrikesTakeNoPoints,
    UnknownBucket,
    UnknownRule,
    UnknownSeverity,
)
from ledger.policy.service import ServiceRules
from ledger.policy.window import Window

Unit = Literal["points", "strikes"]
Family = Literal["intellectual-property", "prohibited", "listing-quality", "transaction"]
Appealed = Literal[
    "intellectual-property", "prohibited", "listing-quality", "transaction", "dispute-ruling"
]
Source = Literal["rights-holder", "platform"]
Severity = Literal["general", "serious"]
Barred = Literal["selling", "promotion", "listing"]
SecondPersonFor = Literal["waiver", "suspension-by-hand", "annulment"]
CrossingSeveral = Literal["highest", "all"]
SellerSilence = Literal["accept", "escalate"]
ImpactReport = Literal["required", "optional"]
SanctionKind = Literal[
    "warning",
    "product-removal",
    "display-restriction",
    "restriction-of-operations",
    "freeze-of-selling",
    "suspension",
]

SUSPENSION = "suspension"
"""The name of the milestone, and the kind of the sanction, that closes an account to selling."""

BARS: Mapping[SanctionKind, frozenset[Barred]] = {
    "warning": frozenset(),
    "product-removal": frozenset(),
    "display-restriction": frozenset(),
    "restriction-of-operations": frozenset({"listing"}),
    "freeze-of-selling": frozenset({"selling", "promotion"}),
    "suspension": frozenset({"selling", "promotion"}),
}
"""What a sanction of a kind forbids, unless the pack's milestone says otherwise."""


class Milestone(Struct, frozen=True):
    """A threshold of a bucket's ladder and the sanction that reaching it brings.

    `every` means every multiple of the threshold; `duration_us` None, without an end of its own.
    """

    name: str
    threshold: int
    every: bool
    sanction: SanctionKind
    duration_us: int | None
    bars: frozenset[Barred]

    def label(self, bucket: str, multiple: int = 1) -> str:
        """What facts and people call it: `points-48`; the second multiple of 12, `points-24`."""
        return f"{bucket}-{self.threshold * multiple}"


class Bucket(Struct, frozen=True):
    """One running total with its own window and ladder; milestones stand in order of threshold.

    `daily_cap` is the most that one local calendar day adds; within `merge_days` of a counted
    violation another counts nothing; `pre_warning` is how far below a milestone a seller is told.
    """

    name: str
    unit: Unit
    window: Window
    daily_cap: int | None
    merge_days: int | None
    pre_warning: int | None
    milestones: tuple[Milestone, ...]

    @property
    def limit(self) -> int | None:
        """The threshold of suspension, or None where this bucket never closes an account."""
        return next((m.threshold for m in self.milestones if m.name == SUSPENSION), None)


class Weight(Struct, frozen=True, gc=False):
    """What one violation weighs: the bucket it falls into, and its points or strikes there."""

    bucket: str
    points: int
    strikes: int


class Rule(Struct, frozen=True):
    """What a seller may not do, and what breaking it weighs by default.

    `by_severity` is there for intellectual property alone, and then says it all.
    `life_days` replaces the bucket's window for violations of this rule.
    """

    rule_id: str
    family: Family
    bucket: str
    points: int
    points_min: int
    points_max: int
    strikes: int = 0
    life_days: int | None = None
    by_severity: dict[Severity, Weight] | None = None
    source: str | None = None
    """Where the pack has the rule from, if it says so of the rule as a whole."""

    def weigh(self, severity: str | None, points: int | None) -> Weight:
        """The weight of one violation; `points` None takes the pack's value.

        Refuses a severity that is missing or out of place before it looks at the points.
        """
        weight = self._default_weight(severity)
        if points is None:
            return weight
        if weight.strikes:
            if points:
                raise StrikesTakeNoPoints(self.rule_id, points)
            return weight
        if not self.points_min <= points <= self.points_max:
            raise PointsOutOfRange(self.rule_id, points, self.points_min, self.points_max)
        return replace(weight, points=points)

    def _default_weight(self, severity: str | None) -> Weight:
        if self.by_severity is None:
            if severity is not None:
                raise SeverityNotAccepted(self.rule_id, self.family, severity)
            return Weight(self.bucket, self.points, self.strikes)
        if severity is None:
            raise SeverityRequired(self.rule_id, self.by_severity)
        for known, weight in self.by_severity.items():
            if known == severity:
                return weight
        raise UnknownSeverity(self.rule_id, severity, self.by_severity)


class AppealWindow(Struct, frozen=True):
    """Until when a family's decisions can be appealed; a filing at exactly the end is in time.

    `source` None holds for whoever raised the violation; `evidence_hours` None means with the
    filing; `rounds` 0, that there is no appeal; `business_days` None, that its days are elapsed
    days. Hours always are elapsed hours.
    """

    family: Appealed
    source: Source | None
    first_days: int
    evidence_hours: int | None
    next_round_days: int | None
    rounds: int
    brand_verification_required: bool
    business_days: BusinessDays | None = None

    def first_until(self, notice: Instant) -> Instant | None:
        """The last instant for a first round, or None where there is no appeal."""
        return window_until(notice, self.first_days, self.business_days) if self.rounds else None

    def evidence_until(self, filed: Instant) -> Instant | None:
        """The last instant for evidence, or None where it comes with the filing."""
        return None if self.evidence_hours is None else filed + self.evidence_hours * HOUR_US

    def next_until(self, rejected: Instant, round_rejected: int) -> Instant | None:
        """The last instant for the round after a rejected one, or None where there is none."""
        if round_rejected >= self.rounds or self.next_round_days is None:
            return None
        return window_until(rejected, self.next_round_days, self.business_days)


class DisputeRules(Struct, frozen=True):
    """The windows of a dispute in days, and what a seller's silence means.

    A reply at exactly the end of a window is in time; its default falls just after.
    """

    protection_days: int
    """After confirmed receipt, as long as a buyer may open a dispute."""
    withdrawal_days: int
    """After receipt, as long as a buyer may withdraw without a reason."""
    seller_response_days: int
    seller_silence: SellerSilence
    agreement_days: int
    """After receipt, as long as the two may agree before the platform decides."""
    evidence_days: int
    return_tracking_days: int
    return_receipt_days: int
    """After goods were sent back, as long as a seller may wait before they count as received."""

    def silence_accepts(self, reason: str) -> bool:
        """Whether a seller that does not answer accepts: a withdrawal it has to, whatever silence
        means otherwise.
        """
        return self.seller_silence == "accept" or reason == "withdrawal"

    business_days: BusinessDays | None = None
    """None where these are elapsed days."""


class PromotionRules(Struct, frozen=True):
    """What campaigns ask for unless they say otherwise, and how enrolments go on."""

    reviews_min: int
    """A product needs more reviews than this."""
    rating_min: str
    """A product needs this average rating or a better one."""
    listed_hours_min: int
    history_days: int
    """As long as reviews and ratings count."""
    change_stops_days: int
    """So long before registration closes, discounts grow no more."""
    restore_when_overturned: bool
    """Whether a product is restored when what took it out is overturned before the campaign."""


class ReportRules(Struct, frozen=True):
    """How long a seller has for the documents that a report asks of it."""

    documents_days: int
    business_days: BusinessDays | None = None
    """None where these are elapsed days."""

    def documents_until(self, asked: Instant) -> Instant:
        """The last instant for documents asked for then."""
        return window_until(asked, self.documents_days, self.business_days)


class Policy(Struct, frozen=True):
    """One edition of a pack; `digest`, `sha256:<hex>` of its canonical bytes, names it for ever."""

    name: str
    edition: str
    digest: str
    effective_from: Instant
    published_at: Instant
    zone: str
    reference: str
    refire_after_waiver: bool
    crossing_several: CrossingSeveral
    fires_again_after_falling: bool
    hold_for_counter_notice: bool
    buckets: tuple[Bucket, ...]
    rules: dict[str, Rule]
    freeze_days: int | None
    freezes_on: frozenset[SanctionKind]
    appeals: tuple[AppealWindow, ...]
    second_person_for: frozenset[SecondPersonFor]
    annulment_alone_up_to: int | None = None
    """The most points that one person may take back alone; None for no limit."""
    disputes: DisputeRules | None = None
    """None where the pack says nothing of disputes: then none can be opened."""
    promotions: PromotionRules | None = None
    """None where the pack says nothing of promotions: then no campaign can be announced."""
    reports: ReportRules | None = None
    """None where the pack has no such table: then no documents can be asked for."""
    service: ServiceRules | None = None
    """None where the pack says nothing of service: then no metric is judged."""
    impact_report_required: bool = False
    """Whether editions of the pack are published only once their impact was assessed."""

    @property
    def ref(self) -> str:
        """How facts and people name the edition: `aliexpress@2020-01-01`."""
        return f"{self.name}@{self.edition}"

    @property
    def short_digest(self) -> str:
        """The first eight hexadecimal digits of its SHA-256, as facts carry them."""
        return self.digest.removeprefix("sha256:")[:8]

    def bucket(self, name: str) -> Bucket:
        """The bucket of this name, or a refusal that names the close ones."""
        for bucket in self.buckets:
            if bucket.name == name:
                return bucket
        raise UnknownBucket(name, (bucket.name for bucket in self.buckets), self.ref)

    def rule(self, rule_id: str) -> Rule:
        """The rule of this name, or a refusal that names the close ones."""
        rule = self.rules.get(rule_id)
        if rule is None:
            raise UnknownRule(rule_id, self.rules, self.ref)
        return rule

    def limit(self, bucket: str) -> int | None:
        """The bucket's threshold of suspension, if it has one."""
        return self.bucket(bucket).limit

    def lapse(self, rule: Rule, bucket: str, effective: Instant) -> Instant:
        """The first instant at which a violation of the rule no longer counts in the bucket."""
        if rule.life_days is not None:
            return effective + rule.life_days * DAY_US
        return self.bucket(bucket).window.lapse(effective, self.zone)

    def days_after(self, instant: Instant, days: int) -> Instant:
        """The last instant of a dispute's window of so many days that begins then."""
        rules = self.disputes
        return window_until(instant, days, None if rules is None else rules.business_days)

    def appeal_window(self, family: str, source: str | None) -> AppealWindow:
        """The window for this source where the pack has one, else the family's."""
        for wanted in (source, None):
            for window in self.appeals:
                if window.family == family and window.source == wanted:
                    return window
        raise NoAppealWindow(family, source, (window.family for window in self.appeals), self.ref)
