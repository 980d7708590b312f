"""What a violation weighs, and which weights are refused."""

import pytest

from ledger.facts.refusal import Refusal
from ledger.policy.policy import Rule, Weight
from ledger.policy.refusals import (
    PointsOutOfRange,
    SeverityNotAccepted,
    SeverityRequired,
    StrikesTakeNoPoints,
    UnknownSeverity,
)

WEAPONS = Rule("weapons", "prohibited", "points", 24, 12, 48)
WARNING = Rule("warning", "transaction", "warnings", 0, 0, 48, strikes=1)
TRADEMARK = Rule(
    "trademark",
    "intellectual-property",
    "points",
    6,
    0,
    48,
    by_severity={"general": Weight("points", 6, 0), "serious": Weight("strikes", 0, 1)},
)

# fmt: off
WEIGHTS = [
    # rule, severity, points asked for, weight
    (WEAPONS, None, None, Weight("points", 24, 0)),
    (WEAPONS, None, 12, Weight("points", 12, 0)),
    (WEAPONS, None, 48, Weight("points", 48, 0)),
    (TRADEMARK, "general", None, Weight("points", 6, 0)),
    (TRADEMARK, "general", 0, Weight("points", 0, 0)),
    (TRADEMARK, "serious", None, Weight("strikes", 0, 1)),
    (TRADEMARK, "serious", 0, Weight("strikes", 0, 1)),
    (WARNING, None, None, Weight("warnings", 0, 1)),
]

REFUSED = [
    (WEAPONS, "serious", None, SeverityNotAccepted, "severity", "no severity",
     ("Rule 'weapons' (prohibited) takes no severity, but 'serious' was given: "
     "only intellectual-property violations are general or serious.")),
    (TRADEMARK, None, None, SeverityRequired, "severity", "general, serious",
     "Rule 'trademark' is about intellectual property: severity must be general or serious."),
    (TRADEMARK, "extreme", None, UnknownSeverity, "severity", "general, serious",
     "Rule 'trademark' knows no severity 'extreme': severity must be general or serious."),
    (WEAPONS, None, 11, PointsOutOfRange, "points", "12 to 48",
     "Rule 'weapons' takes 12 to 48 points, but 11 were given."),
    (WEAPONS, None, 49, PointsOutOfRange, "points", "12 to 48",
     "Rule 'weapons' takes 12 to 48 points, but 49 were given."),
    (TRADEMARK, "general", -1, PointsOutOfRange, "points", "0 to 48",
     "Rule 'trademark' takes 0 to 48 points, but -1 were given."),
    (TRADEMARK, "serious", 6, StrikesTakeNoPoints, "points", "0",
     "Rule 'trademark' counts strikes here: leave points out or give 0, not 6."),
    # A severity that is missing is told before points that are wrong.
    (TRADEMARK, None, 99, SeverityRequired, "severity", "general, serious",
     "Rule 'trademark' is about intellectual property: severity must be general or serious."),
]
# fmt: on


@pytest.mark.parametrize(("rule", "severity", "points", "weight"), WEIGHTS)
def test_a_violation_weighs(
    rule: Rule, severity: str | None, points: int | None, weight: Weight
) -> None:
    assert rule.weigh(severity, points) == weight


@pytest.mark.parametrize(
    ("rule", "severity", "points", "refusal", "field", "accepted", "words"), REFUSED
)
def test_a_weight_is_refused(
    rule: Rule,
    severity: str | None,
    points: int | None,
    refusal: type[Refusal],
    field: str,
    accepted: str,
    words: str,
) -> None:
    with pytest.raises(refusal) as refused:
        rule.weigh(severity, points)
    assert (str(refused.value), refused.value.field, refused.value.accepted) == (
        words,
        field,
        accepted,
    )
