"""A violation's fact stays small: a billion of them pay for every byte."""

import pytest

from ledger.decide.commands import RecordViolation
from ledger.facts.kinds import to_bytes
from tests.spec.described import instant_of
from tests.spec.given import LADDER, POLICY, Asked, given

MOST_BYTES = 350
A_SEAL = "m0Wx3kV5Yy2uQ9dJc8bT1A"
NEW_YEAR = instant_of("2026-01-05T10:00:00.123456")


def typical(rule: str, severity: str | None = None) -> RecordViolation:
    return RecordViolation(
        seller_id="seller-0123456",
        violation_id="v-20260105-0000123",
        rule=rule,
        severity=severity,  # type: ignore[arg-type]
        source="platform",
        listing_id="l-1005001234567",
        statement="The listing offers a folding knife; see the second photograph.",
        reported_by="monitoring",
    )


@pytest.mark.parametrize(
    ("policy", "rule", "severity"),
    [
        (POLICY, "false-delivery", None),
        (POLICY, "serious-misdescription", None),
        (POLICY, "trademark", "serious"),
        (LADDER, "misdescription", None),
    ],
)
def test_a_violation_of_typical_size_stays_within_350_bytes(policy, rule, severity) -> None:
    fact = given(policy, Asked(typical(rule, severity), NEW_YEAR)).facts[0]
    sealed = to_bytes(fact).replace(b'"sealed"', f'"{A_SEAL}"'.encode())
    print(f"{rule} under {policy.name}: {len(sealed)} bytes")
    assert len(sealed) <= MOST_BYTES
