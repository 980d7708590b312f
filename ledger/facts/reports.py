"""Facts about reports: somebody complains of a listing, a seller or a buyer.

A report has a stream of its own. Its facts carry their deadlines as decided: each names the last
instant that is still in time. What it finds against the seller is a violation on the seller's own
stream, in the same append.
"""

from typing import Literal

import msgspec

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant
from ledger.facts.violations import Severity

ReportAbout = Literal["listing", "seller", "buyer"]
Reporter = Literal["buyer", "seller", "rights-holder"]
ReportOutcome = Literal["violation", "dismissed", "upheld"]
ReportDeadlineMissed = Literal["documents", "counter-notice"]


class ReportFact(Fact, frozen=True, kw_only=True):
    """What every fact of a report has: the seller whose matter it is.

    That is the one who was reported; of a report about a buyer, the one who reports.
    """

    seller_id: str = msgspec.field(name="seller")


class ReportFiled(ReportFact, frozen=True, kw_only=True):
    """Somebody reported a listing, a seller or a buyer."""

    report_id: str
    about: ReportAbout
    listing_id: str | None = None
    buyer_id: str | None = None
    reported_by: str
    """An opaque id; the seller that is reported is never told it."""
    reporter: Reporter
    suspected: str | None = None
    """The rule that the reporter believes broken."""
    policy: str
    """The edition in force when it was filed, which knows that rule."""
    digest: str
    seal: str
    """Seals the report as it was sent, with its statement and evidence."""


class ReportDocumentsRequested(ReportFact, frozen=True, kw_only=True):
    """The seller was asked for documents, such as the proof that a product is genuine."""

    until: Instant
    """The last instant for them."""
    policy: str
    """The edition that gave the days: the one in force then."""
    seal: str
    """Seals the request as it was sent."""


class ReportDocumentsGiven(ReportFact, frozen=True, kw_only=True):
    """The seller gave documents; a reviewer looks at them next."""

    content: str
    """A keyed digest of the references, by which the same documents are known again."""
    seal: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The violation that a reviewer found, to be recorded once its counter-notice stays out."""

    rule: str
    severity: Severity | None = None
    points: int | None = None
    """As the reviewer gave them; absent, the rule's own."""
    effective_at: Instant
    until: Instant
    """The last instant for the counter-notice."""


class ReportReviewed(ReportFact, frozen=True, kw_only=True):
    """A reviewer found the report true."""

    outcome: Literal["violation", "upheld"]
    """`upheld`: of a buyer, whom the ledger does not judge further."""
    held: Accepted | None = None
    """Where the seller may answer before anything is recorded: what will be."""
    violation_id: str | None = None
    violation: str | None = None
    """The fact of the seller's that records it, in the same append."""
    policy: str
    content: str
    """A keyed digest of the review as it was sent, by which the same is known again."""
    seal: str
    """Seals the review as it was sent; the violation's own seal is the same."""


class ReportCounterNoticed(ReportFact, frozen=True, kw_only=True):
    """The seller answered a rights holder before the violation was recorded."""

    seal: str
    """Seals the answer as it was sent."""


class ReportDeadlinePassed(ReportFact, frozen=True, kw_only=True):
    """The seller let a deadline pass: a reviewer goes on without it, or the violation stands."""

    what: ReportDeadlineMissed
    effective_at: Instant
    violation_id: str | None = None
    violation: str | None = None
    """The fact of the seller's that records it, in the same append."""


class ReportDismissed(ReportFact, frozen=True, kw_only=True):
    """A reviewer found nothing in the report."""

    content: str
    """A keyed digest of the review as it was sent, by which the same is known again."""
    seal: str
    """Seals the review as it was sent: the reasons stay with it."""


class ReportAnswerAwaited(Fact, frozen=True, kw_only=True):
    """A report about the seller waits for it: for documents, or for its counter-notice.

    It stands on the seller's own stream and says nothing of who reported.
    """

    report_id: str
    what: ReportDeadlineMissed
    listing_id: str | None = None
    rule: str | None = None
    """Of the violation that is recorded unless the seller answers."""
    until: Instant
    """The last instant."""
    policy: str
