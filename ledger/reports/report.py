"""What is known of one report after its facts: the state that its decisions read."""

from typing import Literal, NamedTuple

import msgspec

from ledger.facts.instants import Instant, format_instant
from ledger.facts.reports import (
    Accepted,
    ReportAbout,
    ReportDeadlineMissed,
    Reporter,
    ReportOutcome,
)

Waiting = Literal["awaiting-review", "awaiting-documents", "awaiting-counter-notice"]
ReportStatus = Literal[Waiting, ReportOutcome]

DEFAULTS: dict[ReportDeadlineMissed, str] = {
    "documents": "a reviewer goes on without them",
    "counter-notice": "the violation is recorded",
}
"""What holds once a deadline has passed in silence."""


class DocumentsRequest(msgspec.Struct, frozen=True, gc=False):
    """Documents that the seller was asked for, and by which fact."""

    version: int
    until: Instant
    asked_by: str
    asked_at: Instant


class Given(msgspec.Struct, frozen=True, gc=False):
    """Documents that the seller gave: a keyed digest of them, and the fact that told it."""

    content: str
    version: int
    given_at: Instant
    given_by: str


class Review(msgspec.Struct, frozen=True, gc=False):
    """A reviewer's decision; the newest is the one that holds."""

    version: int
    reviewer: str
    reviewed_at: Instant
    content: str
    outcome: ReportOutcome
    seal: str


class CounterNotice(msgspec.Struct, frozen=True, gc=False):
    """The seller's answer to a complaint that was accepted, and who filed it."""

    version: int
    filed_by: str
    filed_at: Instant


class Deadline(NamedTuple):
    """A deadline that runs: what it is for, and the last instant in time."""

    what: ReportDeadlineMissed
    until: Instant

    @property
    def due_at(self) -> Instant:
        """When its default falls: just after the last instant."""
        return self.until + 1


class Report(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A report after the first `version` facts of its stream."""

    report_id: str
    version: int
    position: int
    recorded_at: Instant
    seller_id: str
    about: ReportAbout
    listing_id: str | None
    buyer_id: str | None
    reported_by: str
    reporter: Reporter
    suspected: str | None
    filed_by: str
    """Who told the ledger of it: the reporter, or somebody for it."""
    filed_at: Instant
    policy: str
    waits: Waiting | None = "awaiting-review"
    """What it waits for; None once it has come to its end."""
    request: DocumentsRequest | None = None
    """The newest request for documents."""
    documents: tuple[Given, ...] = ()
    silent: bool = False
    """Whether the newest request was met by silence."""
    reviews: tuple[Review, ...] = ()
    held: Accepted | None = None
    """What is recorded unless the seller answers; kept when it did, for it was accepted once."""
    counter_notice: CounterNotice | None = None
    violation_id: str | None = None
    violation: str | None = None
    """The address of its violation on the seller's stream, once there is one."""
    closed_at: Instant | None = None

    @property
    def outcome(self) -> ReportOutcome | None:
        """How it ended, if it did."""
        return self.reviews[-1].outcome if self.waits is None else None

    @property
    def status(self) -> ReportStatus:
        """What it waits for, or how it ended."""
        return self.reviews[-1].outcome if self.waits is None else self.waits

    def deadlines(self) -> list[Deadline]:
        """What runs now."""
        if self.waits == "awaiting-documents":
            assert self.request is not None
            return [Deadline("documents", self.request.until)]
        if self.waits == "awaiting-counter-notice":
            assert self.held is not None
            return [Deadline("counter-notice", self.held.until)]
        return []

    def begun_by(self, what: ReportDeadlineMissed) -> int:
        """The version of the fact with which a deadline that runs began."""
        if what == "documents":
            assert self.request is not None
            return self.request.version
        return self.reviews[-1].version

    def next_due(self) -> Instant | None:
        """When the next default falls; None where none is under way."""
        return min((deadline.due_at for deadline in self.deadlines()), default=None)


def where(report: Report) -> str:
    """Where a report stands, to say why a step does not belong there."""
    match report.waits:
        case "awaiting-review":
            return "waits for its review"
        case "awaiting-documents" | "awaiting-counter-notice":
            until = format_instant(report.deadlines()[0].until)
            what = "documents" if report.waits == "awaiting-documents" else "counter-notice"
            return f"waits for the seller's {what} until {until}"
        case None:
            assert report.closed_at is not None
            return f"{_ENDED[report.reviews[-1].outcome]} at {format_instant(report.closed_at)}"


_ENDED: dict[ReportOutcome, str] = {
    "violation": "ended as a violation",
    "dismissed": "was dismissed",
    "upheld": "was upheld",
}
