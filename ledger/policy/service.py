"""What a pack says of how well sellers serve: windows, samples, levels, and what those bring.

Levels are judged by whole counts and the threshold as it is written, never by a rounded number.
"""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

MetricName = Literal[
    "incomplete-rate",
    "not-received-index",
    "not-as-described-index",
    "unsent-rate",
    "positive-review-rate",
    "rating-description",
    "rating-communication",
    "rating-shipping-speed",
    "reply-24h-rate",
    "reply-72h-rate",
    "fast-delivery",
]
Level = Literal["good", "weak", "suspicious", "unknown"]

MORE_IS_WORSE: Final[frozenset[str]] = frozenset(
    {"incomplete-rate", "not-received-index", "not-as-described-index", "unsent-rate"}
)
"""These count what went wrong; of all others, more is better."""
RATINGS: Final[frozenset[str]] = frozenset(
    {"rating-description", "rating-communication", "rating-shipping-speed"}
)
"""Averages from 1 to 5; all others are shares."""


class Threshold(Struct, frozen=True):
    """A decimal number as a pack writes it, and the same in whole numbers: `units / scale`."""

    text: str
    units: int
    scale: int

    @classmethod
    def of(cls, text: str) -> "Threshold":
        """From digits with at most one point between them: `0.05`."""
        whole, _, decimals = text.partition(".")
        return cls(text, int(whole + decimals), 10 ** len(decimals))

    def below(self, numerator: int, denominator: int) -> bool:
        """Whether it is below the share, or average, of these counts."""
        return self.units * denominator < numerator * self.scale

    def above(self, numerator: int, denominator: int) -> bool:
        """Whether it is above the share, or average, of these counts."""
        return self.units * denominator > numerator * self.scale


class MetricRules(Struct, frozen=True):
    """What a pack says of one metric.

    Of what went wrong, a level begins at its threshold; of what is better the more there is, it
    begins below it: so a share of exactly 85 % meets a threshold of 0.85.
    """

    metric: MetricName
    window_days: tuple[int, ...]
    """Each window by itself, the shortest first; of N days, so many dates up to and including
    the one that is asked about.
    """
    minimum_sample: int = 1
    """A smaller denominator says nothing."""
    weak: Threshold | None = None
    suspicious: Threshold | None = None
    violation: str | None = None
    """The rule that a seller breaks whose level is suspicious."""
    hold_days: int | None = None
    """How long its payouts are held then."""

    def level(self, numerator: int, denominator: int) -> Level:
        """The level of these counts."""
        if denominator < self.minimum_sample or (self.weak is None and self.suspicious is None):
            return "unknown"
        if self.suspicious is not None and self._reaches(self.suspicious, numerator, denominator):
            return "suspicious"
        if self.weak is not None and self._reaches(self.weak, numerator, denominator):
            return "weak"
        return "good"

    @property
    def acts(self) -> bool:
        """Whether anything follows from a suspicious level."""
        return self.violation is not None or self.hold_days is not None

    def _reaches(self, threshold: Threshold, numerator: int, denominator: int) -> bool:
        if self.metric in MORE_IS_WORSE:
            return not threshold.above(numerator, denominator)
        return threshold.above(numerator, denominator)


class ServiceRules(Struct, frozen=True):
    """What a pack says of all metrics."""

    history_days: int
    """No window is longer: what is older no longer counts."""
    metrics: tuple[MetricRules, ...]
    acting: tuple[MetricRules, ...] = ()
    """Those of which something follows."""

    @classmethod
    def of(cls, history_days: int, metrics: Sequence[MetricRules]) -> "ServiceRules":
        """These rules, and of other metrics their counts alone."""
        told = {rules.metric: rules for rules in metrics}
        every = tuple(
            told.get(metric) or MetricRules(metric, _within(history_days, windows))
            for metric, windows in MEASURED.items()
        )
        return cls(history_days, every, tuple(rules for rules in every if rules.acts))


MEASURED: Final[dict[MetricName, tuple[int, ...]]] = {
    "incomplete-rate": (90,),
    "not-received-index": (30, 90),
    "not-as-described-index": (30, 90),
    "unsent-rate": (30,),
    "positive-review-rate": (180,),
    "rating-description": (180,),
    "rating-communication": (180,),
    "rating-shipping-speed": (180,),
    "reply-24h-rate": (30,),
    "reply-72h-rate": (30,),
    "fast-delivery": (30,),
}
"""Every metric, with the windows in which it is told where a pack says nothing of it."""


def _within(history_days: int, windows: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(days for days in windows if days <= history_days) or (history_days,)


UNJUDGED: Final = ServiceRules.of(180, ())
"""For packs that say nothing of service: counts are told, and nothing is made of them."""
