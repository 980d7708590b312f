"""Facts about erasure, complete and minimal: what was erased, and what has to be kept."""

from typing import Any, Final

from ledger.facts.erasure import LegalHoldLifted, LegalHoldPlaced, PayloadErased
from ledger.facts.fact import Fact
from ledger.facts.instants import parse_instant

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "privacy-desk"}
ALL: Final[dict[str, Any]] = {
    **LEAST,
    "caused_by": "seller-s-1.3",
    "correlation_id": "case-2026-0042",
}
HOLD: Final[dict[str, Any]] = {"hold_id": "court-7", "seal": "m0Wx3kV5Yy2uQ9dJc8bT1A"}
ERASED: Final[dict[str, Any]] = {"reason": "asked-by-seller", "texts": 12}

COMPLETE: Final[dict[str, Fact]] = {
    "payload-erased.v1": PayloadErased(**ALL, **ERASED, of_cases=5),
    "legal-hold-placed.v1": LegalHoldPlaced(**ALL, **HOLD),
    "legal-hold-lifted.v1": LegalHoldLifted(**ALL, **HOLD),
}
MINIMAL: Final[dict[str, Fact]] = {
    "payload-erased.v1": PayloadErased(**LEAST, **ERASED),
    "legal-hold-placed.v1": LegalHoldPlaced(**LEAST, **HOLD),
    "legal-hold-lifted.v1": LegalHoldLifted(**LEAST, **HOLD),
}
