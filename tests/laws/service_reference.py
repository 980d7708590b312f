"""Service metrics counted again from every fact: slow, obvious, and told apart from nothing."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from ledger.facts.performance import PerformanceReported
from ledger.store.loading import StoredFact

COUNTED = {
    "incomplete-rate": ("incomplete", "orders"),
    "unsent-rate": ("unsent", "orders"),
    "positive-review-rate": ("positive_reviews", "reviews"),
    "reply-24h-rate": ("replied_24h", "messages_due"),
    "reply-72h-rate": ("replied_72h", "messages_due"),
}
RATED = {
    "rating-description": "description",
    "rating-communication": "communication",
    "rating-shipping-speed": "shipping_speed",
}
DISPUTED = {"not-received-index": "not-received", "not-as-described-index": "not-as-described"}
MORE_IS_WORSE = ("incomplete-rate", "unsent-rate", *DISPUTED)


class Recounted(NamedTuple):
    metric: str
    window_days: int
    numerator: int
    denominator: int
    level: str


def date_at(instant: Instant, zone: str) -> date:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return moment.astimezone(ZoneInfo(zone)).date()


def recounted(
    facts: Iterable[StoredFact], seller: str, pack: dict[str, Any], today: date
) -> list[Recounted]:
    """Every metric in each of its windows, by these facts and no others."""
    known = list(facts)
    days: dict[date, PerformanceReported] = {}
    firsts: dict[str, date] = {}
    newest: dict[str, DisputeOutcomeRecorded] = {}
    for stored in known:
        fact = stored.fact
        if isinstance(fact, PerformanceReported) and fact.seller_id == seller:
            days[date.fromisoformat(fact.date)] = fact
        elif isinstance(fact, DisputeOutcomeRecorded) and seller_of(stored.stream) == seller:
            firsts.setdefault(fact.dispute_id, date_at(fact.effective_at, pack["zone"]))
            newest[fact.dispute_id] = fact
    found: list[Recounted] = []
    for metric, table in pack["service_metrics"].items():
        for length in sorted(table["window_days"]):
            dates = {today - timedelta(days=back) for back in range(length)}
            reports = [days[day] for day in dates if day in days]
            against = [
                fact
                for dispute, fact in newest.items()
                if firsts[dispute] in dates and fact.at_fault == "seller"
            ]
            numerator, denominator = _counts(metric, reports, against, table["minimum_sample"])
            level = _level(metric, table, numerator, denominator)
            found.append(Recounted(metric, length, numerator, denominator, level))
    return found


def _counts(metric: str, reports: list[Any], against: list[Any], least: int) -> tuple[int, int]:
    if metric in COUNTED:
        numerator, denominator = COUNTED[metric]
        return (
            sum(getattr(report, numerator) for report in reports),
            sum(getattr(report, denominator) for report in reports),
        )
    if metric in RATED:
        ratings = [getattr(report.ratings, RATED[metric]) for report in reports]
        return sum(r.sum for r in ratings), sum(r.count for r in ratings)
    if metric in DISPUTED:
        reason = DISPUTED[metric]
        orders = sum(report.orders for report in reports)
        return sum(fact.reason == reason for fact in against), orders
    return _best_carrier(reports, least)


def _best_carrier(reports: list[Any], least: int) -> tuple[int, int]:
    names = {name for report in reports for name in report.carriers}
    totals: dict[str, tuple[int, int]] = {}
    for name in names:
        taken = [report.carriers[name] for report in reports if name in report.carriers]
        totals[name] = sum(c.on_time for c in taken), sum(c.shipped for c in taken)
    told = {name: counts for name, counts in totals.items() if any(counts)}
    enough = {name: counts for name, counts in told.items() if counts[1] >= least}
    if enough:
        order = sorted(enough, key=lambda n: (-Fraction(*enough[n]), -enough[n][1], n))
        return enough[order[0]]
    order = sorted(told, key=lambda n: (-told[n][1], n))
    return told[order[0]] if order else (0, 0)


def _level(metric: str, table: dict[str, Any], numerator: int, denominator: int) -> str:
    if denominator < table["minimum_sample"]:
        return "unknown"
    value = Fraction(numerator, denominator)
    for level in ("suspicious", "weak"):
        threshold = table.get(level)
        if threshold is None:
            continue
        bound = Fraction(threshold)
        if value >= bound if metric in MORE_IS_WORSE else value < bound:
            return level
    return "good"
