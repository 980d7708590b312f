"""The facts about service metrics, complete and minimal."""

from typing import Any, Final

from ledger.facts.fact import Fact
from ledger.facts.instants import parse_instant
from ledger.facts.performance import ServiceMetricBreached

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
JUDGED: Final[dict[str, Any]] = {
    "recorded_at": AT,
    "actor": "ledger",
    "metric": "unsent-rate",
    "level": "suspicious",
    "window_days": 30,
    "first_date": "2026-01-31",
    "last_date": "2026-03-01",
    "numerator": 4,
    "denominator": 40,
    "threshold": "0.1",
    "policy": "aliexpress-ladder@2020-01-01",
}

COMPLETE: Final[dict[str, Fact]] = {
    "service-metric-breached.v1": ServiceMetricBreached(
        **JUDGED,
        caused_by="performance-s-1,2026-03-01.1",
        correlation_id="case-2026-0042",
        cases=("performance-s-1,2026-03-01.1", "performance-s-1,2026-02-11.2"),
    ),
}
MINIMAL: Final[dict[str, Fact]] = {
    "service-metric-breached.v1": ServiceMetricBreached(**JUDGED),
}
