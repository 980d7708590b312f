"""The laws of reports, over whole cases: whatever is asked, whenever, by whomever."""

from functools import reduce
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.decide.report_due import as_of
from ledger.facts.ids import address_of
from ledger.facts.instants import DAY_US
from ledger.facts.reports import (
    ReportDeadlinePassed,
    ReportDismissed,
    ReportFact,
    ReportReviewed,
)
from ledger.facts.violations import ViolationRecorded
from ledger.reports.evolve import evolve_report
from ledger.reports.report import Report, ReportStatus
from tests.spec.given import POLICY
from tests.spec.reported import (
    HOLDING,
    ID,
    Reported,
    before,
    complaint,
    countered,
    dismissed,
    documents,
    documents_requested,
    found,
    of_buyer,
    right,
    upheld,
)

PEOPLE = st.sampled_from(["ana", "bo", "cy", "s-1", "b-1", "owner-1", "app"])
STEPS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([documents_requested(), documents("1"), documents("2"), countered()]),
    st.builds(
        found,
        st.sampled_from([None, "trademark", "weapons", "no-such-rule"]),
        st.sampled_from([None, "general", "serious"]),
        points=st.sampled_from([None, 0, 24, 49]),
        reviewer=PEOPLE,
    ),
    st.builds(dismissed, reviewer=PEOPLE),
    st.builds(upheld, reviewer=PEOPLE),
)
ENDED = ("violation", "dismissed", "upheld")

# A second telling of the steps, by hand: where a report may go from where it is.
ROADS: dict[ReportStatus, set[ReportStatus]] = {
    "awaiting-review": {"awaiting-documents", "awaiting-counter-notice", *ENDED},
    "awaiting-documents": {"awaiting-review"},
    "awaiting-counter-notice": {"awaiting-review", "violation"},
    "violation": set(),
    "dismissed": set(),
    "upheld": set(),
}


class Cases(RuleBasedStateMachine):
    """One report, asked for everything at any time."""

    story: Reported

    @initialize(
        policy=st.sampled_from([POLICY, HOLDING]),
        told=st.sampled_from([complaint(), right(), right(suspected=None), of_buyer()]),
        actor=st.sampled_from(["", "app"]),
    )
    def file(self, policy: Any, told: Any, actor: str) -> None:
        self.story = before(policy).when(told, actor).then("report-filed")

    def go(self, story: Reported) -> None:
        old, new = self.story.report.status, story.report.status
        assert new == old or new in ROADS[old], (old, new)
        self.story = story

    @rule(step=STEPS, actor=st.sampled_from(["", "", "", "s-1", "b-1", "desk"]))
    def ask(self, step: Any, actor: str) -> None:
        answered = self.story.when(step, actor)
        if answered.refusal is not None:
            assert str(answered.refusal)
            assert answered.refusal.field is not None
            return
        self.go(answered.story)

    @rule(days=st.sampled_from([0.001, 1, 3, 4]))
    def wait(self, days: float) -> None:
        self.go(self.story.after(days))

    @precondition(lambda self: self.story.report.next_due() is not None)
    @rule(past=st.sampled_from([-2, -1, 0]))
    def wait_for_a_deadline(self, past: int) -> None:
        due = self.story.report.next_due()
        assert due is not None
        self.go(self.story.until(max(self.story.at, due + past)))

    @invariant()
    def it_ends_once_and_nothing_comes_after(self) -> None:
        own = [fact for fact in self.story.facts if isinstance(fact, ReportFact)]
        ends = [
            fact
            for fact in own
            if isinstance(fact, ReportDismissed)
            or (isinstance(fact, ReportReviewed) and fact.held is None)
            or (isinstance(fact, ReportDeadlinePassed) and fact.violation is not None)
        ]
        assert len(ends) == (self.story.report.status in ENDED)
        assert not ends or ends[0] is own[-1]

    @invariant()
    def a_violation_has_its_report_and_a_report_its_violation(self) -> None:
        violations = [f for f in self.story.facts if isinstance(f, ViolationRecorded)]
        report = self.story.report
        assert len(violations) == (report.status == "violation")
        for violation in violations:
            stream, version = address_of(violation.caused_by or "") or ("", 0)
            assert (stream, version) == (f"report-{ID}", report.version)
            assert report.violation_id == violation.violation_id
            on_seller = [f for f in self.story.facts if not isinstance(f, ReportFact)]
            assert report.violation == f"seller-s-1.{on_seller.index(violation) + 1}"
            assert violation.actor == report.reviews[-1].reviewer

    @invariant()
    def nobody_decides_his_own_matter(self) -> None:
        report = self.story.report
        parts = {report.reported_by, report.filed_by, report.seller_id, report.buyer_id}
        assert not parts & {review.reviewer for review in report.reviews}
        reviewers = [review.reviewer for review in report.reviews]
        assert len(reviewers) == len(set(reviewers)) <= 2

    @invariant()
    def what_is_not_over_goes_on(self) -> None:
        report, story = self.story.report, self.story
        if report.status == "awaiting-review":
            assert report.next_due() is None
            assert story.when(dismissed(reviewer="somebody-else")).refusal is None
        elif report.status in ENDED:
            assert report.next_due() is None
        else:
            assert report.next_due() is not None
            assert report.next_due() > story.at  # type: ignore[operator]

    @invariant()
    def replaying_the_facts_gives_the_same_report(self) -> None:
        own: list[Any] = [fact for fact in self.story.facts if isinstance(fact, ReportFact)]
        start: Report | None = None
        assert reduce(evolve_report, own, start) == self.story.report
        assert [f.recorded_at for f in self.story.facts] == sorted(
            f.recorded_at for f in self.story.facts
        )

    @invariant()
    def looking_ahead_is_waiting_but_for_what_has_to_be_recorded(self) -> None:
        if self.story.report.status == "awaiting-counter-notice":
            return
        for days in (1, 3, 40):
            now = self.story.at + days * DAY_US
            seen, waited = as_of(self.story.report, now), self.story.until(now).report
            assert (seen.status, seen.silent) == (waited.status, waited.silent)

    def teardown(self) -> None:
        """Wherever it was left, time and one reviewer bring it to an end."""
        if not hasattr(self, "story"):
            return
        story = self.story.after(40)
        if story.report.status == "awaiting-review":
            story = story.also(dismissed(reviewer="somebody-else"))
        assert story.report.status in ENDED


Cases.TestCase.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
TestCases = Cases.TestCase
