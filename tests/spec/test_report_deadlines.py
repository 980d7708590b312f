"""Deadlines of reports: just before, at and just after the last instant, and what then holds."""

import pytest

from ledger.decide.report_due import as_of, record_report_due
from ledger.decide.report_refusals import ReportTooLate
from ledger.facts.instants import DAY_US, format_instant
from ledger.facts.reports import ReportDeadlinePassed
from ledger.policy.book import PublishedEdition
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.patch import PatchValue, patched
from ledger.policy.policy import Policy
from ledger.policy.shipped import load_pack
from ledger.reports.evolve import evolve_report
from ledger.standing.rulebook import Rulebook
from tests.spec.given import POLICY, pack
from tests.spec.policy.test_calendar import data_with
from tests.spec.reported import (
    HOLDING,
    Reported,
    claimed,
    countered,
    dismissed,
    documents,
    documents_requested,
    filed,
    found,
)

WEEK = {"reports.documents_days": 7}


# Filed on a Saturday: three business days are Monday to Wednesday.
WORKDAYS = policy_from(data_with({"reports.days_are": "business"}))


@pytest.mark.parametrize(("policy", "days"), [(POLICY, 3), (pack(patch=WEEK), 7), (WORKDAYS, 4)])
def test_documents_come_up_to_the_last_instant(policy: Policy, days: int) -> None:
    story = filed(policy).also(documents_requested())
    last = story.at + days * DAY_US
    assert [d.until for d in story.report.deadlines()] == [last]
    for instant in (last - 1, last):
        story.until(instant).when(documents()).then("report-documents-given")
    late = story.until(last + 1)
    assert late.report.silent
    late.when(documents()).then_refused(ReportTooLate, accepts="an instant up to")


def test_more_documents_come_while_the_time_runs() -> None:
    story = filed().also(documents_requested(), documents())
    last = story.at + 3 * DAY_US
    story.until(last).when(documents("invoice/2")).then("report-documents-given")
    story.until(last + 1).when(documents("invoice/2")).then_refused(ReportTooLate)


def test_silence_on_documents_goes_to_review_and_decides_nothing() -> None:
    story = filed().also(documents_requested())
    waited = story.after(5)
    passed = waited.facts[-1]
    assert isinstance(passed, ReportDeadlinePassed)
    assert (passed.what, passed.effective_at) == ("documents", story.at + 3 * DAY_US + 1)
    assert (passed.caused_by, passed.violation) == ("report-r-1.2", None)
    assert waited.report.status == "awaiting-review"
    waited.when(dismissed()).then("report-dismissed")
    waited.when(found()).then("report-reviewed", "violation-recorded")


def test_asked_again_the_seller_has_its_days_again() -> None:
    story = filed().also(documents_requested()).after(5).also(documents_requested())
    assert not story.report.silent
    story.after(3).when(documents()).then("report-documents-given")


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        (HOLDING, 3),
        (
            pack(
                patch={
                    "options.hold_for_counter_notice": True,
                    "appeals.intellectual-property-by-rights-holder.first_days": 10,
                }
            ),
            10,
        ),
    ],
)
def test_a_counter_notice_comes_up_to_the_last_instant(policy: Policy, days: int) -> None:
    story = claimed(policy).also(found())
    last = story.at + days * DAY_US
    for instant in (last - 1, last):
        still = story.until(instant)
        assert not len(still.seller.violations)
        still.when(countered()).then("report-counter-noticed")
    late = story.until(last + 1)
    late.when(countered()).then_refused(ReportTooLate)
    assert late.report.closed_at == last + 1


def test_silence_records_the_violation_once_in_the_reviewers_name() -> None:
    story = claimed().also(found(severity="serious"))
    late = story.until(story.at + 3 * DAY_US + 1)
    passed = late.facts[-2]
    assert isinstance(passed, ReportDeadlinePassed)
    assert (passed.caused_by, passed.violation) == ("report-r-1.2", "seller-s-1.2")
    assert passed.violation_id == late.violation.violation_id == late.report.violation_id
    assert (late.violation.caused_by, late.violation.actor) == ("report-r-1.3", "ana")
    assert (late.violation.seal, late.violation.source) == ("sealed", "rights-holder")
    again = record_report_due(late.report, late.seller, late.at, late.at, late.rulebook)
    assert (again, late.report.next_due()) == ([], None)


def test_an_answer_in_time_stops_the_clock() -> None:
    story = claimed().also(found(), countered())
    assert story.report.deadlines() == []
    assert story.after(400).facts == story.facts


def test_a_pack_without_an_appeal_holds_nothing() -> None:
    rounds = {"appeals.intellectual-property-by-rights-holder.rounds": 0}
    policy = pack(patch={"options.hold_for_counter_notice": True, **rounds})
    claimed(policy).when(found()).then("report-reviewed", "violation-recorded")


def test_what_silence_brought_is_seen_before_it_is_recorded() -> None:
    story = filed().also(documents_requested())
    due = story.at + 3 * DAY_US + 1
    assert as_of(story.report, due - 1).status == "awaiting-documents"
    assert as_of(story.report, due).status == story.until(due).report.status == "awaiting-review"
    held = claimed().also(found())
    assert as_of(held.report, held.at + 4 * DAY_US).status == "awaiting-counter-notice"


def test_a_held_violation_is_weighed_as_it_was_accepted_however_late_it_is_recorded() -> None:
    story = claimed().also(found(points=20))
    at = story.at + 90 * DAY_US
    facts = record_report_due(story.report, story.seller, at, at, story.rulebook)
    violation = story._with(facts).violation
    assert (violation.points, violation.effective_at, violation.recorded_at) == (20, story.at, at)


def test_what_can_no_longer_be_recorded_is_reviewed_again_and_not_held_twice() -> None:
    story = claimed().also(found())
    # Published at the very instant of the review: it is the one in force then.
    instant = format_instant(story.at)
    dates: dict[str, PatchValue] = {"edition": "new", "effective_from": instant}
    dates |= {"published_at": instant, "options.hold_for_counter_notice": True}
    data = patched(read(load_pack("aliexpress")), dates)
    del data["rules"]["trademark"]
    book = story.rulebook.book.with_edition(PublishedEdition(policy_from(data), story.at, 2))
    story.rulebook = Rulebook(book, "aliexpress")
    due = story.at + 3 * DAY_US + 1
    facts = record_report_due(story.report, story.seller, due, due, story.rulebook)
    (passed,) = facts
    assert isinstance(passed, ReportDeadlinePassed)
    report = evolve_report(story.report, passed)
    assert (report.status, report.next_due()) == ("awaiting-review", None)
    again = Reported(due, story.policy, report, story.seller, story.facts)
    again.when(found()).then("report-reviewed", "violation-recorded")
    again.when(countered()).then_refused(ReportTooLate)
