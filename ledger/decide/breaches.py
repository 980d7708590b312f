"""What follows when a service metric becomes suspicious: where the pack says so, a violation, a
hold of payouts, or both; once a window.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from ledger.decide.commands import RecordViolation
from ledger.facts.dates import format_date
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import DAY_US, Instant
from ledger.facts.performance import ServiceMetricBreached
from ledger.facts.sanctions import FundsFrozen
from ledger.policy.policy import Policy
from ledger.policy.service import MORE_IS_WORSE, MetricRules
from ledger.policy.window import day_number
from ledger.service.counts import Sums
from ledger.service.days import Days, day_fact
from ledger.service.metrics import OF_DISPUTES, Measured, counted_for, measured
from ledger.standing.seller import Seller
from ledger.standing.serving import COUNTED

MOST_CASES: Final = 100
SERVICE_METRICS: Final = "service-metrics"
"""The cause of a hold of payouts."""


class Breached(NamedTuple):
    """A metric of which something follows, in the window that was judged."""

    rules: MetricRules
    measured: Measured
    first: int
    last: int
    cases: tuple[str, ...]


class Borne(NamedTuple):
    """What a fact that was recorded bears on: its day, and for a dispute's outcome the reason."""

    day: int
    reason: str | None = None

    def bears_on(self, rules: MetricRules) -> bool:
        """Whether the metric may be another one because of it."""
        return self.reason is None or OF_DISPUTES.get(rules.metric) == self.reason


def needed_since(policy: Policy, at: Instant) -> int | None:
    """The first day that judging may look at; None where nothing ever follows from a metric."""
    acting = () if policy.service is None else policy.service.acting
    if not acting:
        return None
    longest = max(days for rules in acting for days in rules.window_days)
    return day_number(at, policy.zone) - longest + 1


def breached(
    seller: Seller, days: Days, policy: Policy, borne: Borne, at: Instant
) -> Iterator[Breached]:
    """The metrics that are suspicious at an instant's date with what is known, and of which
    something follows that has not followed for these dates yet.
    """
    assert policy.service is not None
    last = day_number(at, policy.zone)
    summed: dict[int, Sums] = {}
    for rules in policy.service.acting:
        if not borne.bears_on(rules):
            continue
        for window_days in rules.window_days:
            first = last - window_days + 1
            if not first <= borne.day <= last or seller.served.breached(rules.metric, first, last):
                continue
            if window_days not in summed:
                summed[window_days] = _sums(seller, days, first, last)
            found = measured(rules, window_days, summed[window_days])
            if found.level == "suspicious":
                cases = _cases(seller, days, rules, first, last)
                yield Breached(rules, found, first, last, tuple(islice(cases, MOST_CASES)))
                break


def breach_fact(found: Breached, policy: Policy, cause: str, at: Instant) -> ServiceMetricBreached:
    """What is recorded of it."""
    assert found.rules.suspicious is not None
    return ServiceMetricBreached(
        recorded_at=at,
        actor=LEDGER_ACTOR,
        caused_by=cause,
        metric=found.measured.metric,
        level=found.measured.level,
        window_days=found.measured.window_days,
        first_date=format_date(found.first),
        last_date=format_date(found.last),
        numerator=found.measured.numerator,
        denominator=found.measured.denominator,
        threshold=found.rules.suspicious.text,
        cases=found.cases,
        policy=policy.ref,
    )


def violation_of(found: Breached, seller: Seller) -> RecordViolation | None:
    """The violation that follows, as if somebody had reported it."""
    if found.rules.violation is None:
        return None
    return RecordViolation(
        seller_id=seller.seller_id,
        violation_id=_free_id(seller, f"service-{found.rules.metric}-{format_date(found.last)}"),
        rule=found.rules.violation,
        source="platform",
        statement=_statement(found),
        evidence=found.cases or None,
        reported_by=LEDGER_ACTOR,
    )


def hold_of(found: Breached, seller: Seller, cause: str, at: Instant) -> FundsFrozen | None:
    """The hold of payouts that follows; no sanction stands behind it, and its date ends it."""
    if found.rules.hold_days is None:
        return None
    return FundsFrozen(
        recorded_at=at,
        actor=LEDGER_ACTOR,
        caused_by=cause,
        freeze_id=f"freeze-{seller.version + 1}",
        cause=SERVICE_METRICS,
        starts_at=at,
        ends_at=at + found.rules.hold_days * DAY_US,
    )


def _sums(seller: Seller, days: Days, first: int, last: int) -> Sums:
    """The window's sums, with the disputes that the seller's own facts tell of."""
    sums = days.window(first, last)
    against = {
        reason.replace("-", "_"): len(seller.served.against(reason, first, last))
        for reason in COUNTED
    }
    return sums._replace(counts=sums.counts._replace(**against))


def _cases(seller: Seller, days: Days, rules: MetricRules, first: int, last: int) -> Iterator[str]:
    """The facts behind a metric, newest first: of what went wrong those that tell of it, of
    anything else all that count.
    """
    reason = OF_DISPUTES.get(rules.metric)
    if reason is not None:
        stream = seller_stream(seller.seller_id)
        for outcome in seller.served.against(reason, first, last):
            yield fact_id(stream, outcome.version)
        return
    names = counted_for(rules.metric)
    counted = None if names is None else names[rules.metric not in MORE_IS_WORSE]
    for told in days.behind(first, last, counted):
        yield day_fact(seller.seller_id, told)


def _statement(found: Breached) -> str:
    what, threshold = found.measured, found.rules.suspicious
    assert threshold is not None
    sign = "at or above" if what.metric in MORE_IS_WORSE else "below"
    return (
        f"{what.metric} is suspicious: {what.numerator} of {what.denominator} from "
        f"{format_date(found.first)} to {format_date(found.last)}, {sign} {threshold.text}"
    )


def _free_id(seller: Seller, wanted: str) -> str:
    """The id, or the next that nobody has taken."""
    name, number = wanted, 1
    while seller.violation(name) is not None:
        number += 1
        name = f"{wanted}-{number}"
    return name
