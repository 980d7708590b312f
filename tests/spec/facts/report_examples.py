"""Two facts of every kind about reports, as in examples.py."""

from typing import Any, Final

from ledger.facts.fact import Fact
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.reports import (
    Accepted,
    ReportAnswerAwaited,
    ReportCounterNoticed,
    ReportDeadlinePassed,
    ReportDismissed,
    ReportDocumentsGiven,
    ReportDocumentsRequested,
    ReportFiled,
    ReportReviewed,
)

AT: Final = parse_instant("2026-03-01T09:30:00.123456Z")
SEAL: Final = "m0Wx3kV5Yy2uQ9dJc8bT1A"
CONTENT: Final = "Zk1tqS8w0aRr5NnXvYpL2g"
POLICY: Final = "aliexpress@2020-01-01"
ALL: Final[dict[str, Any]] = {
    "recorded_at": AT,
    "actor": "desk-7",
    "caused_by": "report-r-9.3",
    "correlation_id": "case-2026-0042",
    "seller_id": "s-1",
}
LEAST: Final[dict[str, Any]] = {"recorded_at": AT, "actor": "ledger", "seller_id": "s-1"}
RECORDED: Final[dict[str, Any]] = {"violation_id": "report-r-9", "violation": "seller-s-1.4"}
MADE: Final[dict[str, Any]] = {"policy": POLICY, "digest": "0a1b2c3d", "seal": SEAL}

AWAITED: Final[dict[str, Any]] = {"report_id": "r-9", "until": AT + 3 * DAY_US, "policy": POLICY}
ON_SELLER: Final = {name: value for name, value in ALL.items() if name != "seller_id"}

COMPLETE: Final[dict[str, Fact]] = {
    "report-answer-awaited.v1": ReportAnswerAwaited(
        **ON_SELLER, **AWAITED, what="counter-notice", listing_id="listing-9", rule="trademark"
    ),
    "report-filed.v1": ReportFiled(
        **ALL,
        **MADE,
        report_id="r-9",
        about="buyer",
        listing_id="listing-9",
        buyer_id="b-2",
        reported_by="s-1",
        reporter="seller",
        suspected="trademark",
    ),
    "report-documents-requested.v1": ReportDocumentsRequested(
        **ALL, until=AT + 3 * DAY_US, policy=POLICY, seal=SEAL
    ),
    "report-documents-given.v1": ReportDocumentsGiven(**ALL, content=CONTENT, seal=SEAL),
    "report-reviewed.v1": ReportReviewed(
        **ALL,
        **RECORDED,
        outcome="violation",
        held=Accepted(
            rule="trademark", severity="serious", points=0, effective_at=AT, until=AT + 3 * DAY_US
        ),
        policy=POLICY,
        content=CONTENT,
        seal=SEAL,
    ),
    "report-counter-noticed.v1": ReportCounterNoticed(**ALL, seal=SEAL),
    "report-deadline-passed.v1": ReportDeadlinePassed(
        **ALL, **RECORDED, what="counter-notice", effective_at=AT
    ),
    "report-dismissed.v1": ReportDismissed(**ALL, content=CONTENT, seal=SEAL),
}

MINIMAL: Final[dict[str, Fact]] = {
    "report-answer-awaited.v1": ReportAnswerAwaited(
        recorded_at=AT, actor="ledger", **AWAITED, what="documents"
    ),
    "report-filed.v1": ReportFiled(
        **LEAST, **MADE, report_id="r-9", about="seller", reported_by="b-2", reporter="buyer"
    ),
    "report-documents-requested.v1": ReportDocumentsRequested(
        **LEAST, until=AT, policy=POLICY, seal=SEAL
    ),
    "report-documents-given.v1": ReportDocumentsGiven(**LEAST, content=CONTENT, seal=SEAL),
    "report-reviewed.v1": ReportReviewed(
        **LEAST, outcome="upheld", policy=POLICY, content=CONTENT, seal=SEAL
    ),
    "report-counter-noticed.v1": ReportCounterNoticed(**LEAST, seal=SEAL),
    "report-deadline-passed.v1": ReportDeadlinePassed(**LEAST, what="documents", effective_at=AT),
    "report-dismissed.v1": ReportDismissed(**LEAST, content=CONTENT, seal=SEAL),
}
