"""The validated tables of one pack, before they are held against each other."""

from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.policy.pack import (
    AppealTable,
    BucketTable,
    CalendarTable,
    DisputesTable,
    FamilyTable,
    FreezeTable,
    Header,
    OptionsTable,
    PromotionsTable,
    PublishingTable,
    ReportsTable,
    RuleTable,
    ServiceMetricTable,
    ServiceTable,
    SeverityTable,
)


class WeightSaid(NamedTuple):
    """A weight as the pack says it; `where` and `points_where` are paths within its rule."""

    where: str
    bucket: str | None
    points_where: str
    points: int | None
    strikes: int | None


@dataclass(frozen=True)
class Tables:
    """What could be read of a pack. A part is None or lacks a name where it is malformed."""

    header: Header | None = None
    options: OptionsTable | None = None
    freeze: FreezeTable | None = None
    disputes: DisputesTable | None = None
    promotions: PromotionsTable | None = None
    reports: ReportsTable | None = None
    calendar: CalendarTable | None = None
    service: ServiceTable | None = None
    publishing: PublishingTable | None = None
    buckets: dict[str, BucketTable] = field(default_factory=dict[str, BucketTable])
    families: dict[str, FamilyTable] = field(default_factory=dict[str, FamilyTable])
    rules: dict[str, RuleTable] = field(default_factory=dict[str, RuleTable])
    appeals: dict[str, AppealTable] = field(default_factory=dict[str, AppealTable])
    service_metrics: dict[str, ServiceMetricTable] = field(
        default_factory=dict[str, ServiceMetricTable]
    )

    def points_range(self, rule: RuleTable) -> tuple[int, int] | None:
        """The least and the most points of a rule: its own, else its family's."""
        family = self.families.get(rule.family)
        least = rule.points_min if rule.points_min is not None else family and family.points_min
        most = rule.points_max if rule.points_max is not None else family and family.points_max
        return None if least is None or most is None else (least, most)

    def bucket_of(self, rule: RuleTable) -> str | None:
        """The name of the bucket that a rule falls into: its own, else its family's."""
        if rule.bucket is not None:
            return rule.bucket
        family = self.families.get(rule.family)
        return None if family is None else family.bucket

    def weights(self, rule: RuleTable) -> list[WeightSaid]:
        """Every weight that a rule gives: one, or one per severity."""
        if rule.severities is None:
            return [WeightSaid("", self.bucket_of(rule), "", rule.points, rule.strikes)]
        return [_weight(rule, name, severity) for name, severity in rule.severities.items()]


def _weight(rule: RuleTable, name: str, severity: SeverityTable) -> WeightSaid:
    """A severity's own points; where it counts no strikes either, the rule's."""
    where = f".severities.{name}"
    if severity.points is None and severity.strikes is None:
        return WeightSaid(where, severity.bucket, "", rule.points, None)
    return WeightSaid(where, severity.bucket, where, severity.points, severity.strikes)
