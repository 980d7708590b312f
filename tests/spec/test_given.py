"""The words of the specifications do what they say."""

from tests.spec.described import freeze, strike, suspension
from tests.spec.given import POLICY, given, report_strike


def test_the_third_serious_infringement_suspends() -> None:
    (
        given(POLICY, strike("v1", "2026-01-05"), strike("v2", "2026-02-10"))
        .when(report_strike("v3", "2026-03-01"))
        .then(strike("v3", "2026-03-01"), suspension(because_of="v3"), freeze(days=180))
    )
