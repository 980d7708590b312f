"""Given what happened to a report, when something is asked, then these facts follow.

    filed().also(documents_requested(), documents()).when(found("trademark")).then(
        "report-reviewed", "violation-recorded"
    )

Time is told in days since the filing; what falls due in between is recorded at its instant.
"""

from typing import Any, NamedTuple

from ledger.decide.context import Context
from ledger.decide.report_case import ReportCaseFact
from ledger.decide.report_commands import (
    AddReportDocuments,
    AnswerReport,
    FileReport,
    ReportCommand,
    RequestReportDocuments,
    ReviewReport,
)
from ledger.decide.report_due import record_report_due
from ledger.decide.reports import decide_report
from ledger.facts.instants import DAY_US, Instant
from ledger.facts.kinds import name_of
from ledger.facts.refusal import Refusal
from ledger.facts.reports import ReportFact
from ledger.facts.violations import ViolationRecorded
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.policy import Policy
from ledger.reports.evolve import evolve_report
from ledger.reports.report import Report
from ledger.standing.evolve import evolve
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from tests.spec.described import instant_of
from tests.spec.given import POLICY, pack

ID = "r-1"
SEAL = "sealed"
START = "2026-01-10"
HOLDING = pack(patch={"options.hold_for_counter_notice": True})
"""The pack with rights holders' complaints held for the counter-notice."""


# -- what is asked ------------------------------------------------------------------------


def complaint(**other: Any) -> FileReport:
    """A buyer believes that a listing of s-1 is fake."""
    told: dict[str, Any] = {
        "report_id": ID,
        "about": "listing",
        "seller_id": "s-1",
        "listing_id": "l-1",
        "reported_by": "b-1",
        "reporter": "buyer",
        "suspected": "trademark",
        "statement": "It is fake.",
    }
    return FileReport(**(told | other))


def right(**other: Any) -> FileReport:
    """A rights holder's complaint of the same."""
    return complaint(**({"reporter": "rights-holder", "reported_by": "owner-1"} | other))


def of_buyer(**other: Any) -> FileReport:
    """A seller complains of a buyer."""
    told = {"about": "buyer", "buyer_id": "b-9", "listing_id": None, "suspected": None}
    return complaint(**(told | {"reported_by": "s-1", "reporter": "seller"} | other))


def documents_requested(**other: Any) -> RequestReportDocuments:
    return RequestReportDocuments(report_id=ID, **other)


def documents(reference: str = "invoice/1", **other: Any) -> AddReportDocuments:
    return AddReportDocuments(report_id=ID, evidence=(reference,), **other)


def found(rule: str | None = None, severity: Any = "general", **other: Any) -> ReviewReport:
    told: dict[str, Any] = {"reviewer": "ana", "reasons": "Seen."} | other
    return ReviewReport(report_id=ID, outcome="violation", rule=rule, severity=severity, **told)


def dismissed(**other: Any) -> ReviewReport:
    told: dict[str, Any] = {"reviewer": "ana", "reasons": "Nothing."} | other
    return ReviewReport(report_id=ID, outcome="dismissed", **told)


def upheld(**other: Any) -> ReviewReport:
    told: dict[str, Any] = {"reviewer": "ana", "reasons": "So it is."} | other
    return ReviewReport(report_id=ID, outcome="upheld", **told)


def countered(**other: Any) -> AnswerReport:
    return AnswerReport(report_id=ID, statement="We have a licence.", **other)


# -- what follows -------------------------------------------------------------------------


class Answered(NamedTuple):
    """What came of a request, and the story after it."""

    facts: tuple[ReportCaseFact, ...]
    refusal: Refusal | None
    story: "Reported"

    def then(self, *kinds: str) -> "Reported":
        """Facts of these kinds and no others, in this order."""
        assert self.refusal is None, self.refusal
        assert [name_of(fact).removesuffix(".v1") for fact in self.facts] == list(kinds)
        return self.story

    def then_refused(
        self, why: type[Refusal], field: str | None = None, accepts: str = "", says: str = ""
    ) -> None:
        """Refused for this reason, and it says what would be taken instead."""
        assert self.refusal is not None, self.facts
        assert type(self.refusal) is why, self.refusal
        assert field is None or self.refusal.field == field
        assert accepts in (self.refusal.accepted or "")
        assert says in str(self.refusal)


class Reported:
    """A report, its seller and the facts so far; it never changes, `also` makes another."""

    def __init__(
        self,
        at: Instant,
        policy: Policy = POLICY,
        report: Report | None = None,
        seller: Seller | None = None,
        facts: tuple[ReportCaseFact, ...] = (),
    ) -> None:
        self.at = at
        self.policy = policy
        self.rulebook = Rulebook(
            Book().with_edition(PublishedEdition(policy, policy.published_at, 1)), policy.name
        )
        self.known = report
        self.seller = seller or Seller("s-1")
        self.facts = facts

    @property
    def report(self) -> Report:
        """The report, which was filed."""
        assert self.known is not None
        return self.known

    @property
    def violation(self) -> ViolationRecorded:
        """The newest violation on the seller's record."""
        return [f for f in self.facts if isinstance(f, ViolationRecorded)][-1]

    def also(self, *commands: ReportCommand, days: float = 0) -> "Reported":
        """The story with these requests taken, some days later."""
        story = self.after(days)
        for command in commands:
            answered = story.when(command)
            assert answered.refusal is None, answered.refusal
            story = answered.story
        return story

    def after(self, days: float) -> "Reported":
        """Some days go by."""
        return self.until(self.at + round(days * DAY_US))

    def until(self, instant: Instant) -> "Reported":
        """Time goes by; what falls due is recorded at its instant."""
        story = self
        while story.known is not None and (due := story.known.next_due()) is not None:
            if due > instant:
                break
            facts = record_report_due(story.known, story.seller, due, due, story.rulebook)
            story = Reported(due, self.policy, story.known, story.seller, story.facts)._with(facts)
        return Reported(instant, self.policy, story.known, story.seller, story.facts)

    def when(self, command: ReportCommand, actor: str = "") -> Answered:
        """Something is asked."""
        context = Context(self.at, self.rulebook, SEAL, actor, "digest")
        try:
            facts = decide_report(command, self.known, self.seller, context)
        except Refusal as refusal:
            return Answered((), refusal, self)
        return Answered(tuple(facts), None, self._with(facts))

    def _with(self, facts: list[ReportCaseFact]) -> "Reported":
        report, seller = self.known, self.seller
        for fact in facts:
            if isinstance(fact, ReportFact):
                report = evolve_report(report, fact)  # pyright: ignore[reportArgumentType]
            else:
                seller = evolve(seller, fact, seller.position + 1)
        return Reported(self.at, self.policy, report, seller, (*self.facts, *facts))


def before(policy: Policy = POLICY, start: str = START) -> Reported:
    """Nothing happened yet."""
    return Reported(instant_of(start), policy)


def filed(policy: Policy = POLICY, **other: Any) -> Reported:
    """A buyer's report that was just filed."""
    return before(policy).also(complaint(**other))


def claimed(policy: Policy = HOLDING, **other: Any) -> Reported:
    """A rights holder's complaint that was just filed."""
    return before(policy).also(right(**other))


def of_a_buyer(policy: Policy = POLICY, **other: Any) -> Reported:
    """A seller's report about a buyer that was just filed."""
    return before(policy).also(of_buyer(**other))
