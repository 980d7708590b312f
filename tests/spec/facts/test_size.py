"""A violation's fact stays small: a billion of them pay for every byte."""

import pytest

from ledger.decide.commands import RecordViolation
from ledger.facts.kinds import to_bytes
from tests.spec.described import instant_of
from tests.spec.given import LADDER, POLICY, Asked, given

MOST_BYTES = 350
MOST_BYTES_OF_A_STRIKE = 370
"""A strike names its severity and the longest family."""
A_SEAL = "m0Wx3kV5Yy2uQ9dJc8bT1A"
NEW_YEAR = instant_of("2026-01-05T10:00:00.123456")


def typical(rule: str, severity: str | None = None) -> RecordViolation:
    return RecordViolation(
        seller_id="seller-0123456",
        violation_id="v-0000123456",
        rule=rule,
        severity=severity,  # type: ignore[arg-type]
        source="platform",
        listing_id="l-1005001234",
        statement="The listing offers a folding knife; see the second photograph.",
        reported_by="monitoring",
    )


@pytest.mark.parametrize(
    ("policy", "rule", "severity", "most"),
    [
        (POLICY, "false-delivery", None, MOST_BYTES),
        (POLICY, "serious-misdescription", None, MOST_BYTES),
        (POLICY, "trademark", "serious", MOST_BYTES_OF_A_STRIKE),
        (LADDER, "misdescription", None, MOST_BYTES),
    ],
)
def test_a_violation_of_typical_size_stays_small(policy, rule, severity, most) -> None:
    fact = given(policy, Asked(typical(rule, severity), NEW_YEAR)).facts[0]
    sealed = to_bytes(fact).replace(b'"sealed"', f'"{A_SEAL}"'.encode())
    print(f"{rule} under {policy.name}: {len(sealed)} bytes")
    assert len(sealed) <= most
