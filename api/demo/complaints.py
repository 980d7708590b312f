"""The demonstration's reports: for every way in which one may end there is an example."""

import random
from collections.abc import Iterator
from typing import Any, Final

from api.demo.cases import REVIEWERS, Line
from api.demo.statements import COMPLAINTS, FINDINGS
from ledger.facts.instants import DAY_US, SECOND_US, Instant


class Complaints:
    """What is reported of one seller, and what the seller reports."""

    def __init__(self, seed: int, number: int, until: Instant) -> None:
        self._seller_id = f"s-{number}"
        self._number = number
        self._draw = random.Random(f"{seed}/{number}/complaints")
        self._until = until
        self._reports = 0

    def report(self, back: float, ending: str) -> Iterator[Line]:
        """A report filed so many days before the end, that goes one of the `ENDINGS`."""
        self._reports += 1
        report_id = f"r-{self._number}-{self._reports}"
        reporter = "rights-holder" if ending == "complaint" else "buyer"
        filing: dict[str, Any] = {
            "command": "file-report",
            "report_id": report_id,
            "about": "listing",
            "seller_id": self._seller_id,
            "listing_id": f"listing-{self._draw.randint(10_000, 99_999)}",
            "reported_by": f"{reporter}-{self._draw.randint(1, 40)}",
            "reporter": reporter,
            "suspected": "trademark" if ending == "complaint" else "misdescription",
            "statement": self._draw.choice(COMPLAINTS),
        }
        if ending == "upheld":
            del filing["listing_id"], filing["suspected"]
            filing |= {"about": "buyer", "buyer_id": f"b-{self._draw.randint(1, 99_999)}",
                       "reporter": "seller", "reported_by": self._seller_id}  # fmt: skip
        at = self._until - round(back * DAY_US / SECOND_US) * SECOND_US
        yield at, filing
        for step in ENDINGS[ending]:
            at += self._days(0.5, 1.5)
            yield at, {"report_id": report_id, **self._step(step)}

    def _step(self, step: str) -> dict[str, Any]:
        if step == "ask":
            return {"command": "request-report-documents", "statement": "The maker's invoice."}
        if step == "documents":
            return {"command": "add-report-documents", "evidence": ["invoice/2025-118.pdf"]}
        review = {
            "command": "review-report",
            "outcome": "violation" if step == "infringement" else step,
            "reviewer": self._draw.choice(REVIEWERS),
            "reasons": self._draw.choice(FINDINGS[step]),
        }
        return {**review, "severity": "general"} if step == "infringement" else review

    def _days(self, least: float, most: float) -> Instant:
        """Whole seconds of so many days."""
        return round(self._draw.uniform(least, most) * DAY_US / SECOND_US) * SECOND_US


ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "violation": ("violation",),
    "complaint": ("infringement",),
    "dismissed": ("dismissed",),
    "documents given": ("ask", "documents", "dismissed"),
    "silence": ("ask",),
    "upheld": ("upheld",),
    # How those end that are still under way.
    "waits for documents": ("ask",),
    "waits for a review": (),
}
"""How a report may go: what is asked after its filing, the rest is done by time."""
STILL_OPEN: Final[dict[str, float]] = {"waits for documents": 2, "waits for a review": 1}
"""Endings that are not reached yet, and how many days ago their reports were filed."""
