"""From the checked tables of a pack to the policy that decisions are taken with."""

from typing import cast, get_args

from ledger.facts.instants import DAY_US
from ledger.policy.business_days import BusinessDays, DaysAre, Weekday, day_of
from ledger.policy.pack import (
    AppealTable,
    BucketTable,
    DisputesTable,
    MilestoneTable,
    ReportsTable,
    RuleTable,
    ServiceMetricTable,
)
from ledger.policy.policy import (
    BARS,
    SUSPENSION,
    AppealWindow,
    Bucket,
    DisputeRules,
    Milestone,
    Policy,
    PromotionRules,
    ReportRules,
    Rule,
    Weight,
)
from ledger.policy.service import MetricName, MetricRules, ServiceRules, Threshold
from ledger.policy.tables import Tables
from ledger.policy.window import Window


def compiled(tables: Tables, digest: str) -> Policy:
    """The policy; the tables must have passed every check.

    Sections are taken by name, so that the log's sorted bytes compile to the same policy.
    """
    header, options, freeze = tables.header, tables.options, tables.freeze
    assert header is not None
    assert options is not None
    business_days = _business_days(tables)
    return Policy(
        name=header.name,
        edition=header.edition,
        digest=digest,
        effective_from=header.effective_from,
        published_at=header.published_at,
        zone=header.zone,
        reference=header.reference,
        refire_after_waiver=options.refire_after_waiver,
        crossing_several=options.crossing_several,
        fires_again_after_falling=options.fires_again_after_falling,
        hold_for_counter_notice=options.hold_for_counter_notice,
        buckets=tuple(_bucket(name, table) for name, table in sorted(tables.buckets.items())),
        rules={name: _rule(name, table, tables) for name, table in sorted(tables.rules.items())},
        freeze_days=None if freeze is None else freeze.days,
        freezes_on=frozenset(() if freeze is None else freeze.on),
        appeals=tuple(_appeal(t, business_days) for _, t in sorted(tables.appeals.items())),
        second_person_for=frozenset(options.second_person_for),
        annulment_alone_up_to=options.annulment_alone_up_to,
        disputes=None if tables.disputes is None else _disputes(tables.disputes, business_days),
        promotions=_promotions(tables),
        reports=None if tables.reports is None else _reports(tables.reports, business_days),
        service=_service(tables),
        impact_report_required=_impact_report_required(tables),
    )


def _impact_report_required(tables: Tables) -> bool:
    publishing = tables.publishing
    return publishing is not None and publishing.impact_report == "required"


def _business_days(tables: Tables) -> BusinessDays | None:
    calendar = tables.calendar
    assert tables.header is not None
    if calendar is None:
        return None
    weekdays = get_args(Weekday)
    return BusinessDays(
        frozenset(weekdays.index(day) for day in calendar.weekend),
        frozenset(day_of(date) for date in calendar.holidays),
        tables.header.zone,
    )


def _counted(days_are: DaysAre, business_days: BusinessDays | None) -> BusinessDays | None:
    return business_days if days_are == "business" else None


def _disputes(table: DisputesTable, business_days: BusinessDays | None) -> DisputeRules:
    return DisputeRules(
        **table.model_dump(exclude={"source", "days_are"}),
        business_days=_counted(table.days_are, business_days),
    )


def _promotions(tables: Tables) -> PromotionRules | None:
    table = tables.promotions
    return None if table is None else PromotionRules(**table.model_dump(exclude={"source"}))


def _reports(table: ReportsTable, business_days: BusinessDays | None) -> ReportRules:
    return ReportRules(table.documents_days, _counted(table.days_are, business_days))


def _service(tables: Tables) -> ServiceRules | None:
    if tables.service is None:
        return None
    metrics = [_metric(name, table) for name, table in tables.service_metrics.items()]
    return ServiceRules.of(tables.service.history_days, metrics)


def _metric(name: str, table: ServiceMetricTable) -> MetricRules:
    return MetricRules(
        metric=cast(MetricName, name),
        window_days=tuple(sorted(set(table.window_days))),
        minimum_sample=table.minimum_sample,
        weak=None if table.weak is None else Threshold.of(table.weak),
        suspicious=None if table.suspicious is None else Threshold.of(table.suspicious),
        violation=table.violation,
        hold_days=table.hold_days,
    )


def _bucket(name: str, table: BucketTable) -> Bucket:
    milestones = [_milestone(rung, m) for rung, m in table.milestones.items()]
    if table.limit is not None:
        milestones.append(_suspension(table.limit))
    return Bucket(
        name=name,
        unit=table.unit,
        window=Window(table.window, table.life_days, table.anchor or "first-day"),
        daily_cap=table.daily_cap,
        merge_days=table.merge_days,
        pre_warning=table.pre_warning,
        milestones=tuple(sorted(milestones, key=lambda m: m.threshold)),
    )


def _suspension(limit: int) -> Milestone:
    return Milestone(SUSPENSION, limit, False, SUSPENSION, None, BARS[SUSPENSION])


def _milestone(name: str, table: MilestoneTable) -> Milestone:
    # A warning is over as soon as it is given: in force without end, it would restrict for ever.
    without_days = 0 if table.sanction == "warning" else None
    return Milestone(
        name=name,
        threshold=table.threshold,
        every=table.every,
        sanction=table.sanction,
        duration_us=without_days if table.days is None else table.days * DAY_US,
        bars=BARS[table.sanction] if table.bars is None else frozenset(table.bars),
    )


def _rule(name: str, table: RuleTable, tables: Tables) -> Rule:
    allowed = tables.points_range(table)
    assert allowed is not None
    by_severity = table.severities
    weights = [
        Weight(said.bucket or "", said.points or 0, said.strikes or 0)
        for said in tables.weights(table)
    ]
    return Rule(
        rule_id=name,
        family=table.family,
        bucket=tables.bucket_of(table) or "",
        points=table.points or 0,
        points_min=allowed[0],
        points_max=allowed[1],
        strikes=table.strikes or 0,
        life_days=table.life_days,
        by_severity=None if by_severity is None else dict(zip(by_severity, weights, strict=True)),
        source=table.source if isinstance(table.source, str) else None,
    )


def _appeal(table: AppealTable, business_days: BusinessDays | None) -> AppealWindow:
    return AppealWindow(
        family=table.family,
        source=table.raised_by,
        first_days=table.first_days or 0,
        evidence_hours=table.evidence_hours,
        next_round_days=table.next_round_days,
        rounds=table.rounds,
        brand_verification_required=table.brand_verification_required,
        business_days=_counted(table.days_are, business_days),
    )
