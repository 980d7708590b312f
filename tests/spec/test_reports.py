"""Reports: what each request brings at each step, who may make it, and how they end."""

from typing import Any, Final

import pytest

from ledger.decide.commands import AnnulViolation, RecordViolation
from ledger.decide.context import Context
from ledger.decide.decide import decide
from ledger.decide.dispute_refusals import WrongParty
from ledger.decide.refusals import EffectiveInFuture, ReviewerNotIndependent, ToldDifferently
from ledger.decide.report_commands import ReportCommand
from ledger.decide.report_refusals import (
    NoReportRules,
    OutcomeNotAccepted,
    ReporterNotAccepted,
    ReportOnNobody,
    ReportOnOneself,
    ReportPartOutOfPlace,
    ReportTooLate,
    ReportWrongState,
    RuleMissing,
    UnknownReport,
)
from ledger.facts.instants import DAY_US, MalformedInstant, format_instant
from ledger.facts.refusal import Refusal
from ledger.facts.reports import ReportDismissed, ReportReviewed
from ledger.facts.sanctions import FundsFrozen, SanctionImposed
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.policy import Policy
from ledger.policy.refusals import (
    PointsOutOfRange,
    SeverityNotAccepted,
    SeverityRequired,
    UnknownRule,
)
from ledger.policy.shipped import load_pack
from ledger.reports.report import ReportStatus
from ledger.standing.evolve import evolve
from tests.spec.given import POLICY
from tests.spec.reported import (
    HOLDING,
    ID,
    Reported,
    before,
    claimed,
    complaint,
    countered,
    dismissed,
    documents,
    documents_requested,
    filed,
    found,
    of_a_buyer,
    of_buyer,
    right,
    upheld,
)

# -- every request at every step ----------------------------------------------------------

STORIES: Final[dict[str, tuple[ReportStatus | None, Reported]]] = {
    "nothing yet": (None, before()),
    "filed": ("awaiting-review", filed()),
    "documents asked for": ("awaiting-documents", filed().also(documents_requested())),
    "documents given": ("awaiting-review", filed().also(documents_requested(), documents())),
    "no documents came": ("awaiting-review", filed().also(documents_requested()).after(4)),
    "a violation": ("violation", filed().also(found())),
    "dismissed": ("dismissed", filed().also(dismissed())),
    "about a buyer": ("awaiting-review", of_a_buyer()),
    "a buyer's fault": ("upheld", of_a_buyer().also(upheld())),
    "held": ("awaiting-counter-notice", claimed().also(found())),
    "answered": ("awaiting-review", claimed().also(found(), countered())),
    "unanswered": ("violation", claimed().also(found()).after(4)),
}
REVIEWED_AGAIN: Final = {"reviewer": "bo"}
REQUESTS: Final[dict[str, ReportCommand]] = {
    "file": complaint(),
    "ask": documents_requested(),
    "give": documents("invoice/2"),
    "find": found(**REVIEWED_AGAIN),
    "dismiss": dismissed(**REVIEWED_AGAIN),
    "uphold": upheld(**REVIEWED_AGAIN),
    "counter": countered(),
}
ASKED: Final = ("report-documents-requested", "report-answer-awaited")
FOUND: Final = ("report-reviewed", "violation-recorded")
TAKEN: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("nothing yet", "file"): ("report-filed",),
    ("filed", "ask"): ASKED,
    ("filed", "find"): FOUND,
    ("filed", "dismiss"): ("report-dismissed",),
    ("documents asked for", "give"): ("report-documents-given",),
    ("documents given", "ask"): ASKED,
    ("documents given", "give"): ("report-documents-given",),
    ("documents given", "find"): FOUND,
    ("documents given", "dismiss"): ("report-dismissed",),
    ("no documents came", "ask"): ASKED,
    ("no documents came", "find"): FOUND,
    ("no documents came", "dismiss"): ("report-dismissed",),
    ("about a buyer", "uphold"): ("report-reviewed",),
    ("about a buyer", "dismiss"): ("report-dismissed",),
    ("held", "counter"): ("report-counter-noticed",),
    ("answered", "ask"): ASKED,
    ("answered", "find"): FOUND,
    ("answered", "dismiss"): ("report-dismissed",),
}
REFUSED: Final[dict[tuple[str, str], type[Refusal]]] = {
    **{("nothing yet", request): UnknownReport for request in REQUESTS if request != "file"},
    **{(story, "file"): ToldDifferently for story in STORIES if story != "nothing yet"},
    ("no documents came", "give"): ReportTooLate,
    ("unanswered", "counter"): ReportTooLate,
    **{
        (story, "uphold"): OutcomeNotAccepted
        for story in ("filed", "documents given", "no documents came", "answered")
    },
    ("about a buyer", "find"): OutcomeNotAccepted,
}


@pytest.mark.parametrize("story", STORIES)
def test_it_stands_where_the_table_says(story: str) -> None:
    status, told = STORIES[story]
    assert (None if told.known is None else told.report.status) == status


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("story", STORIES)
def test_every_request_at_every_step(story: str, request_: str) -> None:
    answered = STORIES[story][1].when(REQUESTS[request_])
    taken = TAKEN.get((story, request_))
    if taken is not None:
        answered.then(*taken)
    else:
        answered.then_refused(REFUSED.get((story, request_), ReportWrongState))


# -- filing -------------------------------------------------------------------------------


def test_a_report_names_its_edition_and_keeps_who_made_it() -> None:
    story = before().when(complaint(), "app").then("report-filed")
    report = story.report
    assert (report.reported_by, report.filed_by, report.suspected) == ("b-1", "app", "trademark")
    assert report.policy == POLICY.ref


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (complaint(listing_id=None), "listing_id"),
        (of_buyer(buyer_id=None), "buyer_id"),
    ],
)
def test_a_report_on_nobody_is_refused(told: Any, field: str) -> None:
    before().when(told).then_refused(ReportOnNobody, field, accepts="the id of the")


@pytest.mark.parametrize(
    ("told", "actor", "field"),
    [
        (complaint(reported_by="s-1", reporter="seller"), "", "reported_by"),
        (complaint(about="seller", reported_by="s-1", reporter="seller"), "app", "reported_by"),
        (complaint(), "s-1", "actor"),
        (of_buyer(buyer_id="s-1"), "app", "reported_by"),
        (of_buyer(), "b-9", "actor"),
    ],
)
def test_nobody_reports_himself(told: Any, actor: str, field: str) -> None:
    before().when(told, actor).then_refused(ReportOnOneself, field)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (complaint(buyer_id="b-9"), "buyer_id"),
        (complaint(about="seller", listing_id=None, buyer_id="b-9"), "buyer_id"),
        (of_buyer(suspected="harassment"), "suspected"),
    ],
)
def test_a_part_of_another_kind_of_report_is_refused(told: Any, field: str) -> None:
    before().when(told).then_refused(ReportPartOutOfPlace, field)


def test_a_buyer_is_reported_by_its_seller() -> None:
    by_buyer = of_buyer(reporter="buyer", reported_by="b-2")
    before().when(by_buyer).then_refused(ReporterNotAccepted, "reporter", accepts="seller")
    by_another = of_buyer(reported_by="s-2")
    before().when(by_another).then_refused(ReporterNotAccepted, "reported_by", accepts="s-1")


def test_a_suspected_rule_is_one_of_the_pack() -> None:
    before().when(complaint(suspected="trademarc")).then_refused(
        UnknownRule, "suspected", "trademark"
    )


def test_a_seller_is_reported_with_a_listing_or_without() -> None:
    for listing in ("l-1", None):
        before().when(complaint(about="seller", listing_id=listing)).then("report-filed")


# -- documents ----------------------------------------------------------------------------


def old_pack() -> Policy:
    data = read(load_pack("aliexpress"))
    del data["reports"]
    return policy_from(data)


def test_a_pack_without_days_for_documents_asks_for_none_and_reviews_all_the_same() -> None:
    story = filed(old_pack())
    story.when(documents_requested()).then_refused(NoReportRules, accepts="[reports]")
    story.when(found()).then(*FOUND)


@pytest.mark.parametrize("who", ["b-1", "s-1"])
def test_neither_side_asks_for_documents(who: str) -> None:
    filed().when(documents_requested(), who).then_refused(ReviewerNotIndependent, "actor")


def test_a_seller_that_reports_a_buyer_has_nothing_to_prove() -> None:
    of_a_buyer().when(documents_requested()).then_refused(ReportWrongState, says="b-9")


def test_who_reported_gives_no_documents_for_the_seller() -> None:
    story = filed().also(documents_requested())
    story.when(documents(), "b-1").then_refused(WrongParty, "actor")
    assert story.when(documents(), "helper").then("report-documents-given").report.documents


# -- reviews ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["b-1", "app", "s-1"])
def test_who_has_a_part_in_it_does_not_review(who: str) -> None:
    story = before().when(complaint(), "app").then("report-filed")
    for review in (found(reviewer=who), dismissed(reviewer=who)):
        story.when(review).then_refused(ReviewerNotIndependent, "reviewer")


def test_who_gave_the_sellers_documents_does_not_review_them() -> None:
    story = filed().also(documents_requested())
    given = story.when(documents(), "lawyer").then("report-documents-given")
    given.when(dismissed(reviewer="lawyer")).then_refused(
        ReviewerNotIndependent, says="gave the seller's documents"
    )


def test_the_buyer_does_not_review_the_report_about_it() -> None:
    of_a_buyer().when(dismissed(reviewer="b-9")).then_refused(ReviewerNotIndependent)


def test_a_violation_is_recorded_as_by_hand_and_caused_by_the_review() -> None:
    story = filed().also(found(severity="serious"))
    reviewed, violation = story.facts[-2:]
    assert isinstance(reviewed, ReportReviewed)
    assert reviewed.violation_id == story.violation.violation_id == f"report-{ID}"
    assert reviewed.violation == "seller-s-1.1"
    assert (violation.caused_by, violation.actor) == (f"report-{ID}.2", "ana")
    assert (story.violation.rule, story.violation.source) == ("trademark", "platform")
    assert (story.violation.listing_id, story.violation.strikes) == ("l-1", 1)
    by_hand = RecordViolation(
        seller_id="s-1",
        violation_id=f"report-{ID}",
        rule="trademark",
        severity="serious",
        source="platform",
        listing_id="l-1",
        statement="Seen.",
        reported_by="ana",
    )
    (alone,) = decide(by_hand, filed().seller, Context(story.at, story.rulebook, "sealed"))
    assert story.seller == evolve(filed().seller, alone, 1)


def test_the_source_of_a_rights_holders_violation_is_the_rights_holder() -> None:
    assert claimed(POLICY).also(found()).violation.source == "rights-holder"


def test_the_reviewer_may_find_another_rule_than_was_suspected() -> None:
    story = filed().also(found("recalled-goods", None, points=24))
    assert (story.violation.rule, story.violation.points) == ("recalled-goods", 24)


def test_a_violation_needs_a_rule() -> None:
    filed(suspected=None).when(found()).then_refused(RuleMissing, "rule")


@pytest.mark.parametrize(
    ("review", "why"),
    [
        (found("trademarc"), UnknownRule),
        (found("trademark", None), SeverityRequired),
        (found("weapons"), SeverityNotAccepted),
        (found("weapons", None, points=49), PointsOutOfRange),
        (found(effective_at="2099-01-01T00:00:00Z"), EffectiveInFuture),
        (found(effective_at="yesterday or so"), MalformedInstant),
    ],
)
@pytest.mark.parametrize("policy", [POLICY, HOLDING], ids=["at once", "held"])
def test_what_recording_by_hand_refuses_a_review_refuses(
    policy: Policy, review: Any, why: type[Refusal]
) -> None:
    claimed(policy).when(review).then_refused(why)


@pytest.mark.parametrize("field", ["rule", "severity", "points", "effective_at"])
def test_a_dismissal_says_nothing_of_a_violation(field: str) -> None:
    told: dict[str, Any] = {
        "rule": "weapons",
        "severity": "general",
        "points": 0,
        "effective_at": "2026-01-01T00:00:00Z",
    }
    review = dismissed(**{field: told[field]})
    filed().when(review).then_refused(ReportPartOutOfPlace, field)
    of_a_buyer().when(upheld(**{field: told[field]})).then_refused(ReportPartOutOfPlace, field)


def test_a_dismissal_keeps_its_reason_sealed() -> None:
    fact = filed().also(dismissed()).facts[-1]
    assert isinstance(fact, ReportDismissed)
    assert (fact.seal, fact.actor) == ("sealed", "ana")


def test_an_upheld_report_about_a_buyer_leaves_the_seller_alone() -> None:
    story = of_a_buyer().also(upheld())
    assert story.seller.version == 0
    assert (story.report.outcome, story.report.violation_id) == ("upheld", None)


def test_a_violation_that_crosses_a_milestone_brings_its_sanction_in_the_same_append() -> None:
    story = (
        filed(suspected="explosives")
        .when(found(severity=None))
        .then(*FOUND, "sanction-imposed", "funds-frozen")
    )
    sanction, freeze = story.facts[-2:]
    assert isinstance(sanction, SanctionImposed)
    assert isinstance(freeze, FundsFrozen)
    assert sanction.because_of == (f"report-{ID}",)


def test_a_violation_of_somebody_elses_takes_no_name_away() -> None:
    taken = RecordViolation(
        seller_id="s-1",
        violation_id=f"report-{ID}",
        rule="weapons",
        source="platform",
        statement="Before.",
        reported_by="desk",
    )
    story = filed()
    (first,) = decide(taken, story.seller, Context(story.at, story.rulebook, "sealed"))
    story.seller = evolve(story.seller, first, 1)
    assert story.also(found()).violation.violation_id == f"report-{ID}-2"


# -- the counter-notice -------------------------------------------------------------------


def test_a_complaint_is_recorded_at_once_unless_the_pack_holds_it() -> None:
    claimed(POLICY).when(found()).then(*FOUND)
    claimed(HOLDING).when(found()).then("report-reviewed", "report-answer-awaited")


@pytest.mark.parametrize(
    "story", [filed(HOLDING), filed(HOLDING, reporter="seller", reported_by="s-2")]
)
def test_only_rights_holders_complaints_are_held(story: Reported) -> None:
    story.when(found()).then(*FOUND)


def test_only_intellectual_property_is_held() -> None:
    claimed().when(found("weapons", None)).then(*FOUND)


def test_an_answer_sends_it_back_to_another_reviewer() -> None:
    story = claimed().also(found(), countered())
    for review in (found(), dismissed()):
        story.when(review).then_refused(ReviewerNotIndependent, says="accepted the complaint")
    filer = claimed().also(found()).when(countered(), "lawyer").then("report-counter-noticed")
    filer.when(dismissed(reviewer="lawyer")).then_refused(ReviewerNotIndependent)
    assert not len(story.also(dismissed(reviewer="bo")).seller.violations)


def test_it_is_held_once_and_then_recorded() -> None:
    story = claimed().also(found(), countered(), found(severity="serious", reviewer="bo"))
    assert (story.report.status, story.violation.strikes) == ("violation", 1)
    assert story.violation.actor == "bo"


def test_the_rights_holder_gives_no_counter_notice() -> None:
    claimed().also(found()).when(countered(), "owner-1").then_refused(WrongParty)


def test_a_held_violation_is_effective_when_it_was_accepted_unless_the_review_says() -> None:
    story = claimed().also(found())
    assert story.after(4).violation.effective_at == story.at
    earlier = format_instant(story.at - 30 * DAY_US)
    story = claimed().also(found(effective_at=earlier))
    assert story.after(4).violation.effective_at == story.at - 30 * DAY_US


def test_a_right_filed_by_its_owner_is_no_report_on_oneself() -> None:
    before().when(right()).then("report-filed")


def test_annulling_its_violation_leaves_the_report_as_it_ended() -> None:
    story = filed().also(found())
    annulment = AnnulViolation(
        seller_id="s-1", violation_id=f"report-{ID}", reason="Wrong.", annulled_by="cy"
    )
    decide(annulment, story.seller, Context(story.at, story.rulebook, "sealed"))
    assert story.report.status == "violation"
