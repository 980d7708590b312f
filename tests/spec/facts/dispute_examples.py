"""Two facts of every kind about disputes, as in examples.py."""

from typing import Any, Final

from ledger.facts.disputes import (
    DisputeAnswered,
    DisputeAppealDecided,
    DisputeClosed,
    DisputeDeadlinePassed,
    DisputeEscalated,
    DisputeEvidenceAdded,
    DisputeEvidenceRequested,
    DisputeOpened,
    DisputeOutcomeRecorded,
    DisputeReturnReceived,
    DisputeReturnTracked,
    DisputeRuled,
    DisputeRulingAppealed,
    Settlement,
)
from ledger.facts.fact import Fact
from ledger.facts.instants import DAY_US, parse_instant

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
SEAL: Final = "m0Wx3kV5Yy2uQ9dJc8bT1A"
CONTENT: Final = "Zk1tqS8w0aRr5NnXvYpL2g"
ALL: Final[dict[str, Any]] = {
    "recorded_at": AT,
    "actor": "desk-7",
    "caused_by": "dispute-d-9.3",
    "correlation_id": "case-2026-0042",
    "seller_id": "s-1",
}
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "ledger", "seller_id": "s-1"}
WHOLE: Final = Settlement(
    currency="EUR",
    refund_minor=1230,
    at_fault="seller",
    why="seller-silent",
    by_default=True,
    tracking_until=AT + 10 * DAY_US,
    receipt_until=AT + 15 * DAY_US,
)
PLAIN: Final = Settlement(currency="JPY", refund_minor=0, at_fault="neither", why="agreed")
CLAIM: Final[dict[str, Any]] = {"dispute_id": "d-9", "order_id": "o-4"}
ENDED: Final[dict[str, Any]] = {
    "currency": "EUR",
    "refund_minor": 1230,
    "at_fault": "seller",
    "why": "accepted",
    "effective_at": AT,
}
ON_SELLER: Final = {name: value for name, value in ALL.items() if name != "seller_id"}

COMPLETE: Final[dict[str, Fact]] = {
    "dispute-opened.v1": DisputeOpened(
        **ALL,
        **CLAIM,
        buyer_id="b-2",
        reason="withdrawal",
        currency="EUR",
        order_minor=2000,
        refund_minor=1230,
        returns=True,
        shipped_at=AT - 9 * DAY_US,
        receipt_confirmed_at=AT - 2 * DAY_US,
        return_address=False,
        seller_pays_return=True,
        answer_until=AT + 5 * DAY_US,
        policy="aliexpress@2020-01-01",
        digest="0a1b2c3d",
        seal=SEAL,
    ),
    "dispute-answered.v1": DisputeAnswered(
        **ALL,
        party="seller",
        answer="counter",
        currency="EUR",
        offer_minor=500,
        offer_returns=True,
        agreement_until=AT + 13 * DAY_US,
        settlement=WHOLE,
        seal=SEAL,
    ),
    "dispute-escalated.v1": DisputeEscalated(**ALL, why="asked", seal=SEAL),
    "dispute-evidence-requested.v1": DisputeEvidenceRequested(
        **ALL, parties=("seller", "buyer"), until=AT + 3 * DAY_US, seal=SEAL
    ),
    "dispute-evidence-added.v1": DisputeEvidenceAdded(
        **ALL, party="buyer", content=CONTENT, seal=SEAL
    ),
    "dispute-deadline-passed.v1": DisputeDeadlinePassed(
        **ALL, what="seller-response", effective_at=AT, settlement=WHOLE
    ),
    "dispute-return-tracked.v1": DisputeReturnTracked(
        **ALL, receipt_until=AT + 15 * DAY_US, content=CONTENT, seal=SEAL
    ),
    "dispute-return-received.v1": DisputeReturnReceived(**ALL, seal=SEAL),
    "dispute-ruled.v1": DisputeRuled(
        **ALL, settlement=WHOLE, appeal_until=AT + 15 * DAY_US, seal=SEAL
    ),
    "dispute-ruling-appealed.v1": DisputeRulingAppealed(**ALL, party="seller", seal=SEAL),
    "dispute-appeal-decided.v1": DisputeAppealDecided(
        **ALL, outcome="upheld", settlement=WHOLE, seal=SEAL
    ),
    "dispute-closed.v1": DisputeClosed(
        **ALL,
        **ENDED,
        by_default=True,
        returned=True,
        return_paid_by="seller",
        commission_owed=False,
        outcome="seller-s-1.4",
    ),
    "dispute-outcome-recorded.v1": DisputeOutcomeRecorded(
        **ON_SELLER,
        **CLAIM,
        **ENDED,
        reason="not-as-described",
        order_minor=2000,
        by_default=True,
        returned=True,
        return_paid_by="seller",
        commission_owed=False,
        revision=2,
        local_day=20512,
    ),
}

MINIMAL: Final[dict[str, Fact]] = {
    "dispute-opened.v1": DisputeOpened(
        **LEAST,
        **CLAIM,
        buyer_id="b-2",
        reason="not-received",
        currency="JPY",
        order_minor=2000,
        refund_minor=2000,
        shipped_at=AT - 9 * DAY_US,
        answer_until=AT + 5 * DAY_US,
        policy="aliexpress@2020-01-01",
        digest="0a1b2c3d",
    ),
    "dispute-answered.v1": DisputeAnswered(**LEAST, party="buyer", answer="refuse", currency="JPY"),
    "dispute-escalated.v1": DisputeEscalated(**LEAST, why="not-agreed"),
    "dispute-evidence-requested.v1": DisputeEvidenceRequested(
        **LEAST, parties=("seller",), until=AT + 3 * DAY_US, seal=SEAL
    ),
    "dispute-evidence-added.v1": DisputeEvidenceAdded(
        **LEAST, party="seller", content=CONTENT, seal=SEAL
    ),
    "dispute-deadline-passed.v1": DisputeDeadlinePassed(**LEAST, what="agreement", effective_at=AT),
    "dispute-return-tracked.v1": DisputeReturnTracked(
        **LEAST, receipt_until=AT + 15 * DAY_US, content=CONTENT, seal=SEAL
    ),
    "dispute-return-received.v1": DisputeReturnReceived(**LEAST, seal=SEAL),
    "dispute-ruled.v1": DisputeRuled(**LEAST, settlement=PLAIN, seal=SEAL),
    "dispute-ruling-appealed.v1": DisputeRulingAppealed(**LEAST, party="buyer", seal=SEAL),
    "dispute-appeal-decided.v1": DisputeAppealDecided(
        **LEAST, outcome="rejected", settlement=PLAIN, seal=SEAL
    ),
    "dispute-closed.v1": DisputeClosed(
        **LEAST, **ENDED, commission_owed=True, outcome="seller-s-1.4"
    ),
    "dispute-outcome-recorded.v1": DisputeOutcomeRecorded(
        recorded_at=AT,
        actor="ledger",
        **CLAIM,
        **ENDED,
        reason="not-received",
        order_minor=2000,
        commission_owed=True,
    ),
}
