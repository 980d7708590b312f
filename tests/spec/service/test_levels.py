"""Where each level begins: every threshold of the shipped packs just met and just missed."""

import pytest

from ledger.policy.service import UNJUDGED, MetricRules, Threshold
from ledger.service.counts import NOTHING, Carried, Counts, Sums
from ledger.service.metrics import counted_for, measured, windows_of
from tests.spec.given import LADDER, POLICY

# fmt: off
LEVELS = [
    # metric, numerator, denominator, level
    ("incomplete-rate", 4, 100, "good"),
    ("incomplete-rate", 49999, 1000000, "good"),
    ("incomplete-rate", 5, 100, "weak"),
    ("incomplete-rate", 14, 100, "weak"),
    ("incomplete-rate", 15, 100, "suspicious"),
    ("incomplete-rate", 15, 29, "unknown"),
    ("incomplete-rate", 15, 30, "suspicious"),
    ("incomplete-rate", 0, 0, "unknown"),
    ("not-received-index", 1, 100, "good"),
    ("not-received-index", 2, 100, "weak"),
    ("not-received-index", 499, 10000, "weak"),
    ("not-received-index", 5, 100, "suspicious"),
    ("not-received-index", 40, 30, "suspicious"),
    ("not-as-described-index", 29, 1000, "good"),
    ("not-as-described-index", 3, 100, "weak"),
    ("not-as-described-index", 79, 1000, "weak"),
    ("not-as-described-index", 8, 100, "suspicious"),
    ("unsent-rate", 2, 100, "good"),
    ("unsent-rate", 3, 100, "weak"),
    ("unsent-rate", 99, 1000, "weak"),
    ("unsent-rate", 3, 30, "suspicious"),
    ("unsent-rate", 29, 29, "unknown"),
    ("positive-review-rate", 9, 10, "good"),
    ("positive-review-rate", 9, 9, "unknown"),
    ("positive-review-rate", 899, 1000, "weak"),
    ("positive-review-rate", 75, 100, "weak"),
    ("positive-review-rate", 749, 1000, "suspicious"),
    ("rating-description", 43, 10, "good"),
    ("rating-description", 429, 100, "weak"),
    ("rating-communication", 35, 10, "weak"),
    ("rating-shipping-speed", 349, 100, "suspicious"),
    ("reply-24h-rate", 8, 10, "good"),
    ("reply-24h-rate", 799, 1000, "weak"),
    ("reply-24h-rate", 5, 10, "weak"),
    ("reply-24h-rate", 499, 1000, "suspicious"),
    ("reply-72h-rate", 95, 100, "good"),
    ("reply-72h-rate", 949, 1000, "weak"),
    ("reply-72h-rate", 799, 1000, "suspicious"),
    ("fast-delivery", 85, 100, "good"),
    ("fast-delivery", 849, 1000, "weak"),
    ("fast-delivery", 0, 30, "weak"),
    ("fast-delivery", 29, 29, "unknown"),
]
# fmt: on


@pytest.mark.parametrize("policy", [POLICY, LADDER], ids=lambda p: p.name)
@pytest.mark.parametrize(("metric", "numerator", "denominator", "level"), LEVELS)
def test_a_level_begins_exactly_at_its_threshold(
    policy, metric, numerator, denominator, level
) -> None:
    assert policy.service is not None
    rules = next(r for r in policy.service.metrics if r.metric == metric)
    found = measured(rules, rules.window_days[0], sums(metric, numerator, denominator))
    assert (found.numerator, found.denominator, found.level) == (numerator, denominator, level)
    assert (found.value is None) == (level == "unknown")


def sums(metric: str, numerator: int, denominator: int) -> Sums:
    names = counted_for(metric)  # type: ignore[arg-type]
    if names is None:
        return Sums(Counts(), {"DHL": Carried(denominator, numerator)})
    return Sums(Counts()._replace(**{names[0]: numerator, names[1]: denominator}), {})


def test_the_best_carrier_speaks_for_fast_delivery() -> None:
    assert POLICY.service is not None
    rules = next(r for r in POLICY.service.metrics if r.metric == "fast-delivery")

    def best(**carriers: tuple[int, int]) -> tuple[str | None, int, int]:
        told = {name: Carried(*counts) for name, counts in carriers.items()}
        found = measured(rules, 30, Sums(Counts(), told))
        return found.carrier, found.numerator, found.denominator

    # More on time, but too few orders to say so.
    assert best(dhl=(29, 29), ups=(30, 20)) == ("ups", 20, 30)
    assert best(dhl=(40, 36), ups=(30, 27)) == ("dhl", 36, 40)
    assert best(ups=(30, 27), dhl=(30, 27)) == ("dhl", 27, 30)
    assert best(ups=(20, 1), dhl=(9, 9)) == ("ups", 1, 20)
    assert best() == (None, 0, 0)


def test_a_value_is_exact_and_a_threshold_is_no_float() -> None:
    third = Threshold.of("0.333333")
    assert third.below(1, 3)
    assert not third.below(333_333, 1_000_000)
    assert not third.above(333_333, 1_000_000)
    assert Threshold.of("4.5") == Threshold("4.5", 45, 10)


def test_what_a_pack_does_not_say_is_counted_and_not_judged() -> None:
    told = [measured(rules, days, NOTHING) for rules, days in windows_of(UNJUDGED)]
    assert [(m.metric, m.window_days) for m in told][:4] == [
        ("incomplete-rate", 90),
        ("not-received-index", 30),
        ("not-received-index", 90),
        ("not-as-described-index", 30),
    ]
    assert len(told) == 13
    assert {m.level for m in told} == {"unknown"}
    some = measured(UNJUDGED.metrics[0], 90, sums("incomplete-rate", 1, 4))
    assert (some.level, some.value) == ("unknown", 0.25)


def test_a_pack_without_thresholds_gives_no_level() -> None:
    assert MetricRules("unsent-rate", (30,), 1).level(5, 5) == "unknown"
