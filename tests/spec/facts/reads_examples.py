"""Facts about looking, complete and minimal."""

from typing import Any, Final

from ledger.facts.fact import Fact
from ledger.facts.instants import parse_instant
from ledger.facts.reads import SensitiveRecordRead

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "ann", "what": "appeal-texts"}

COMPLETE: Final[dict[str, Fact]] = {
    "sensitive-record-read.v1": SensitiveRecordRead(
        **LEAST,
        caused_by="seller-s-1.3",
        correlation_id="case-2026-0042",
        seller_id="s-1",
        asked={"violation_id": ("v-17",)},
        rows=2,
    ),
}
MINIMAL: Final[dict[str, Fact]] = {"sensitive-record-read.v1": SensitiveRecordRead(**LEAST)}
