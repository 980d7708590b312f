"""The service metrics: which counts each is made of, and the level that a pack gives them.

| metric | numerator | denominator |
|---|---|---|
| `incomplete-rate` | orders not completed | orders |
| `not-received-index` | disputes for goods not received that went against the seller | orders |
| `not-as-described-index` | likewise for goods not as described | orders |
| `unsent-rate` | orders not sent in time | orders |
| `positive-review-rate` | positive reviews | reviews |
| `rating-…` | the sum of the ratings | how many there are |
| `reply-24h-rate`, `reply-72h-rate` | messages answered within that time | messages due |
| `fast-delivery` | orders on time, of the best carrier | orders that it took |
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from ledger.policy.service import Level, MetricName, MetricRules, ServiceRules
from ledger.service.counts import Carried, Sums

_COUNTED: Final[dict[MetricName, tuple[str, str]]] = {
    "incomplete-rate": ("incomplete", "orders"),
    "not-received-index": ("not_received", "orders"),
    "not-as-described-index": ("not_as_described", "orders"),
    "unsent-rate": ("unsent", "orders"),
    "positive-review-rate": ("positive_reviews", "reviews"),
    "rating-description": ("description_sum", "description_count"),
    "rating-communication": ("communication_sum", "communication_count"),
    "rating-shipping-speed": ("shipping_speed_sum", "shipping_speed_count"),
    "reply-24h-rate": ("replied_24h", "messages_due"),
    "reply-72h-rate": ("replied_72h", "messages_due"),
}
"""Numerator and denominator, by their names in `Counts`; fast delivery is counted by carrier."""
OF_DISPUTES: Final[dict[MetricName, str]] = {
    "not-received-index": "not-received",
    "not-as-described-index": "not-as-described",
}
"""Metrics whose numerator counts disputes, and the reason of those."""


class Measured(NamedTuple):
    """One metric of one window. An average is its sum over its count, as a rate is."""

    metric: MetricName
    window_days: int
    numerator: int
    denominator: int
    minimum_sample: int
    level: Level
    carrier: str | None = None
    """Of fast delivery: the carrier that does best."""

    @property
    def value(self) -> Fraction | None:
        """The share or the average, exactly; None below the minimum sample."""
        if not self.denominator or self.denominator < self.minimum_sample:
            return None
        return Fraction(self.numerator, self.denominator)


def counted_for(metric: MetricName) -> tuple[str, str] | None:
    """The names of a metric's two counts; None for the one that is counted by carrier."""
    return _COUNTED.get(metric)


def measured(rules: MetricRules, window_days: int, sums: Sums) -> Measured:
    """What a window's sums say of a metric."""
    names = _COUNTED.get(rules.metric)
    if names is None:
        carrier, (denominator, numerator) = _best(sums, rules.minimum_sample)
    else:
        carrier = None
        numerator, denominator = (getattr(sums.counts, name) for name in names)
    level = rules.level(numerator, denominator)
    least = rules.minimum_sample
    return Measured(rules.metric, window_days, numerator, denominator, least, level, carrier)


def windows_of(rules: ServiceRules) -> Iterator[tuple[MetricRules, int]]:
    """Every metric in each of its windows, in the order in which they are told."""
    for metric in rules.metrics:
        for days in metric.window_days:
            yield metric, days


def _best(sums: Sums, minimum_sample: int) -> tuple[str | None, Carried]:
    """The carrier with the largest share on time among those with enough orders, or the one with
    the most orders where none has; of equals the one with more orders, then by name.
    """
    enough = [c for c in sums.carriers.items() if c[1].shipped >= minimum_sample]
    if enough:
        return min(enough, key=_place)
    if sums.carriers:
        return min(sums.carriers.items(), key=lambda c: (-c[1].shipped, c[0]))
    return None, Carried()


def _place(found: tuple[str, Carried]) -> tuple[Fraction, int, str]:
    name, (shipped, on_time) = found
    return -Fraction(on_time, shipped), -shipped, name
