"""Appeals (RULES §4): until when, with what, how often, who decides, and how a round ends."""

from typing import NamedTuple

import msgspec
import pytest

from ledger.decide.refusals import (
    AlreadyAnnulled,
    AppealClosed,
    AppealEvidenceWithFiling,
    AppealOutOfRounds,
    AppealTooLate,
    BrandVerificationMissing,
    ReviewerNotIndependent,
    UnknownAppeal,
    UnknownViolation,
)
from ledger.facts.instants import DAY_US, HOUR_US, Instant, format_instant
from ledger.repeats import told_before
from ledger.standing.appeals import appealable_until
from tests.spec.described import (
    annulled,
    evidence_added,
    filed,
    instant_of,
    lapsed,
    rejected,
    withdrawn,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    Asked,
    Story,
    annul,
    appeal,
    decide_appeal,
    evidence,
    given,
    pack,
    report,
    time_passes,
    withdraw,
)

MADRID = pack("aliexpress", {"zone": "Europe/Madrid"})
NOTICE = "2026-01-05T10:00:00"


class Terms(NamedTuple):
    """What can be appealed, and how: a row of the rules."""

    rule: str
    severity: str | None
    source: str
    days: int
    """From notice to the last instant for the first round."""
    evidence_hours: int | None
    """From the filing to the last instant for evidence; None: with the filing."""
    rounds: int
    brand: bool
    """Whether the brand verification has to be attached."""

    def report(self, on: str = NOTICE) -> Asked:
        return report("v1", self.rule, on, severity=self.severity, source=self.source)

    def appeal(self, at: Instant, by: str = "s-1") -> Asked:
        """A round with everything that it needs, and evidence."""
        return appeal("v1", told(at), ("photograph-1",), "screenshot-1" if self.brand else None, by)


# fmt: off
FAMILIES = [
    Terms("weapons", None, "platform", 4, 48, 1, False),
    Terms("seeds", None, "rights-holder", 4, 48, 1, False),
    Terms("keyword-stuffing", None, "platform", 4, 48, 1, False),
    Terms("copyright", "general", "rights-holder", 3, None, 3, False),
    Terms("trademark", "serious", "rights-holder", 3, None, 3, False),
    Terms("patent", "general", "platform", 3, None, 3, True),
    Terms("trademark", "serious", "platform", 3, None, 3, True),
    Terms("false-delivery", None, "platform", 4, 48, 1, False),
]
# fmt: on
WITH_EVIDENCE_LATER = [terms for terms in FAMILIES if terms.evidence_hours is not None]
BY_ROUNDS = [terms for terms in FAMILIES if terms.rounds == 3]


def told(instant: Instant) -> str:
    """An instant as specifications write one."""
    return format_instant(instant).removesuffix("Z")


def until(story: Story) -> Instant | None:
    """The last instant for the next filing against v1, as the seller is told it."""
    violation = story.seller.violation("v1")
    assert violation is not None
    return appealable_until(violation, story.seller.appeal("v1"), story.recorded["v1"])


# -- the first round ----------------------------------------------------------------------


@pytest.mark.parametrize("policy", [POLICY, LADDER])
@pytest.mark.parametrize("terms", FAMILIES)
def test_a_first_round_is_in_time_up_to_and_with_its_last_instant(policy, terms: Terms) -> None:
    story = given(policy, terms.report())
    last = instant_of(NOTICE) + terms.days * DAY_US
    assert until(story) == last
    for at in (instant_of(NOTICE), last - 1, last):
        hours = terms.evidence_hours
        evidence_until = None if hours is None else at + hours * HOUR_US
        story.when(terms.appeal(at)).then(
            filed("v1", 1, evidence_until=evidence_until, evidence_given=True)
        )
    says = f"{terms.rule}) was open to filing until {format_instant(last)}"
    story.when(terms.appeal(last + 1)).then_refused(
        AppealTooLate, says, f"filing up to {format_instant(last)}", "violation_id"
    )


@pytest.mark.parametrize("terms", FAMILIES)
def test_a_violation_found_late_is_noticed_when_it_is_recorded(terms: Terms) -> None:
    """Notice is its recording, however far back it was effective; even one expired by then."""
    late = report(
        "v1",
        terms.rule,
        NOTICE,
        effective="2025-01-01",
        severity=terms.severity,
        source=terms.source,
    )
    last = instant_of(NOTICE) + terms.days * DAY_US
    story = given(POLICY, late)
    assert story.seller.violation("v1").expired  # type: ignore[union-attr]
    story.when(terms.appeal(last)).then(filed("v1"))
    story.when(terms.appeal(last + 1)).then_refused(AppealTooLate)


@pytest.mark.parametrize(
    ("notice", "last"),
    [
        ("2028-02-27T12:00:00", "2028-03-02T12:00:00"),  # over the leap day
        ("2027-02-27T12:00:00", "2027-03-03T12:00:00"),  # a year without one
        ("2028-02-29T23:59:59.999999", "2028-03-04T23:59:59.999999"),
        ("2026-03-27T12:00:00", "2026-03-31T12:00:00"),  # clocks in Madrid go forward on the 29th
        ("2026-10-23T00:30:00", "2026-10-27T00:30:00"),  # and back on the 25th
    ],
)
def test_days_are_86400_seconds_whatever_the_calendar_says(notice: str, last: str) -> None:
    story = given(MADRID, report("v1", "weapons", notice))
    assert until(story) == instant_of(last)
    story.when(appeal("v1", last)).then(filed("v1"))
    story.when(appeal("v1", told(instant_of(last) + 1))).then_refused(AppealTooLate)


def test_what_the_platform_raised_over_a_brand_is_appealed_with_its_verification() -> None:
    story = given(POLICY, report("v1", "trademark", NOTICE, severity="serious"))
    story.when(appeal("v1", "2026-01-06", ("invoice-1",))).then_refused(
        BrandVerificationMissing,
        "the screenshot of its approval",
        "reference",
        "brand_verification",
    )
    story.when(appeal("v1", "2026-01-06", brand_verification="approval-1")).then(
        filed("v1", evidence_until=None, evidence_given=False)
    )
    by_holder = report("v1", "trademark", NOTICE, severity="serious", source="rights-holder")
    given(POLICY, by_holder).when(appeal("v1", "2026-01-06")).then(filed("v1"))


def test_too_late_is_told_before_what_is_missing() -> None:
    story = given(POLICY, report("v1", "trademark", NOTICE, severity="general"))
    story.when(appeal("v1", "2026-02-01")).then_refused(AppealTooLate)


def test_where_the_pack_knows_no_round_nothing_can_be_appealed() -> None:
    none = {"appeals.prohibited.rounds": 0}
    story = given(pack("aliexpress", none), report("v1", "weapons", NOTICE))
    assert until(story) is None
    story.when(appeal("v1", NOTICE)).then_refused(AppealOutOfRounds, "(weapons) cannot be appealed")


def test_windows_are_those_of_the_edition_that_decided() -> None:
    wider = pack("aliexpress", {"appeals.prohibited.first_days": 10})
    given(wider, report("v1", "weapons", NOTICE)).when(appeal("v1", "2026-01-15T10:00:00")).then(
        filed("v1")
    )


def test_what_is_not_there_cannot_be_appealed() -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE))
    for asked in (
        appeal("v9", NOTICE),
        evidence("v9", NOTICE),
        decide_appeal("v9", NOTICE, "upheld"),
        withdraw("v9", NOTICE),
    ):
        story.when(asked).then_refused(UnknownViolation, "no violation v9", field="violation_id")
    for asked in (
        evidence("v1", NOTICE),
        decide_appeal("v1", NOTICE, "upheld"),
        withdraw("v1", NOTICE),
    ):
        story.when(asked).then_refused(UnknownAppeal, "no round 1", field="round")


# -- evidence -----------------------------------------------------------------------------


@pytest.mark.parametrize("terms", WITH_EVIDENCE_LATER)
@pytest.mark.parametrize(
    "at", [NOTICE, "2028-02-28T12:00:00", "2026-03-28T12:00:00", "2026-10-24T12:00:00"]
)
def test_evidence_is_in_time_up_to_and_with_its_last_instant(terms: Terms, at: str) -> None:
    last = instant_of(at) + 48 * HOUR_US
    story = given(MADRID, terms.report(at), appeal("v1", at))
    for instant in (instant_of(at), last - 1, last):
        story.when(evidence("v1", told(instant))).then(evidence_added("v1"))
    story.when(evidence("v1", told(last + 1))).then_refused(
        AppealTooLate, f"open to evidence until {format_instant(last)}", "evidence up to"
    )


@pytest.mark.parametrize("terms", WITH_EVIDENCE_LATER)
def test_without_evidence_a_round_lapses_just_after_its_last_instant(terms: Terms) -> None:
    last = instant_of(NOTICE) + 48 * HOUR_US
    story = given(POLICY, terms.report(), appeal("v1", NOTICE))
    newest = story.seller.appeal("v1").newest  # type: ignore[union-attr]
    assert [newest.at(at).status for at in (last, last + 1)] == ["filed", "lapsed"]
    assert story.also(time_passes(told(last))).facts == story.facts
    fallen = story.also(time_passes(told(last + 1)))
    lapsed("v1", effective_at=last + 1).check(fallen.facts[-1], last + 1)
    assert fallen.also(time_passes("2026-02-01")).facts == fallen.facts
    assert until(fallen) is None


@pytest.mark.parametrize(
    "brought",
    [
        [appeal("v1", NOTICE, ("photograph-1",))],
        [appeal("v1", NOTICE), evidence("v1", "2026-01-07T10:00:00")],
    ],
)
def test_with_evidence_a_round_waits_for_its_decision(brought: list[Asked]) -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE), *brought, time_passes("2026-12-31"))
    story.when(decide_appeal("v1", "2026-12-31", "rejected")).then(rejected("v1"))


def test_more_evidence_may_follow_while_there_is_time() -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE), appeal("v1", NOTICE, ("photograph-1",)))
    story.when(evidence("v1", "2026-01-06", "invoice-1")).then(evidence_added("v1"))
    story.when(evidence("v1", "2026-01-08", "invoice-1")).then_refused(AppealTooLate)


@pytest.mark.parametrize("terms", BY_ROUNDS)
def test_over_intellectual_property_evidence_comes_with_the_filing(terms: Terms) -> None:
    """Yet none is demanded, and nothing lapses for want of it."""
    brand = "screenshot-1" if terms.brand else None
    story = given(POLICY, terms.report(), appeal("v1", NOTICE, brand_verification=brand))
    story.when(evidence("v1", NOTICE)).then_refused(
        AppealEvidenceWithFiling, format_instant(instant_of(NOTICE)), "in the filing"
    )
    assert story.also(time_passes("2026-12-31")).seller.appeal("v1").newest.status == "filed"  # type: ignore[union-attr]


# -- rounds -------------------------------------------------------------------------------


@pytest.mark.parametrize("terms", BY_ROUNDS)
def test_three_rounds_each_within_30_days_of_the_rejection_before(terms: Terms) -> None:
    story = given(POLICY, terms.report(), terms.appeal(instant_of(NOTICE)))
    decided = instant_of("2026-02-15")
    for number in (1, 2):
        again = decided + 30 * DAY_US
        rejection = decide_appeal("v1", told(decided), "rejected", f"reviewer-{number}", number)
        story.when(rejection).then(rejected("v1", number, next_round_until=again))
        story = story.also(rejection)
        assert until(story) == again
        for at in (decided, again - 1, again):
            story.when(terms.appeal(at)).then(filed("v1", number + 1))
        story.when(terms.appeal(again + 1)).then_refused(
            AppealTooLate, f"round {number + 1}", format_instant(again)
        )
        story = story.also(terms.appeal(again))
        decided = again + DAY_US
    last = decide_appeal("v1", told(decided), "rejected", "reviewer-3", 3)
    story.when(last).then(rejected("v1", 3, next_round_until=None))
    ended = story.also(last)
    assert until(ended) is None
    ended.when(terms.appeal(decided)).then_refused(
        AppealOutOfRounds, f"({terms.rule}) can be appealed in 3 rounds", "a round left"
    )


@pytest.mark.parametrize("terms", WITH_EVIDENCE_LATER)
def test_elsewhere_a_rejection_is_the_end(terms: Terms) -> None:
    rejection = decide_appeal("v1", "2026-01-06", "rejected")
    story = given(POLICY, terms.report(), terms.appeal(instant_of(NOTICE)))
    story.when(rejection).then(rejected("v1", 1, next_round_until=None))
    ended = story.also(rejection)
    assert until(ended) is None
    ended.when(terms.appeal(instant_of("2026-01-06"))).then_refused(
        AppealOutOfRounds, "in 1 round", "a round left", "violation_id"
    )


def test_one_round_is_open_at_a_time() -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE), appeal("v1", NOTICE))
    assert until(story) is None
    story.when(appeal("v1", NOTICE, by="somebody")).then_refused(
        AppealClosed, "round 1 against violation v1 is still open", "a decision first", "round"
    )


@pytest.mark.parametrize("rule", ["weapons", "copyright"])
def test_a_withdrawn_round_ends_the_appeal(rule: str) -> None:
    severity = "general" if rule == "copyright" else None
    reported = report("v1", rule, NOTICE, severity=severity, source="rights-holder")
    story = given(POLICY, reported, appeal("v1", NOTICE))
    story.when(withdraw("v1", "2026-01-06")).then(withdrawn("v1", actor="s-1"))
    ended = story.also(withdraw("v1", "2026-01-06"))
    assert until(ended) is None
    ended.when(appeal("v1", "2026-01-06")).then_refused(
        AppealClosed, "was withdrawn at 2026-01-06T00:00:00.000000Z, which ends the appeal"
    )
    assert ended.standing("2026-01-06").buckets == story.standing("2026-01-06").buckets


def test_a_lapsed_round_ends_the_appeal_though_nobody_was_there_to_record_it() -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE), appeal("v1", NOTICE))
    says = "lapsed for want of evidence at 2026-01-07T10:00:00.000001Z"
    for asked in (
        appeal("v1", "2026-01-08"),
        decide_appeal("v1", "2026-01-08", "upheld"),
        withdraw("v1", "2026-01-08"),
    ):
        story.when(asked).then_refused(AppealClosed, says, field="round")


@pytest.mark.parametrize("number", [1, 2])
def test_a_closed_round_is_not_decided_or_withdrawn_again(number: int) -> None:
    by_holder = report("v1", "copyright", NOTICE, severity="general", source="rights-holder")
    story = given(POLICY, by_holder, appeal("v1", NOTICE), decide_appeal("v1", NOTICE, "rejected"))
    if number == 2:
        story = story.also(
            appeal("v1", NOTICE), decide_appeal("v1", NOTICE, "rejected", "another", 2)
        )
    for asked in (
        evidence("v1", NOTICE, number=number),
        decide_appeal("v1", NOTICE, "upheld", "third", number),
        withdraw("v1", NOTICE, number=number),
    ):
        story.when(asked).then_refused(
            AppealClosed, f"round {number} against violation v1 was rejected at", "a round that"
        )


# -- who decides --------------------------------------------------------------------------


def test_who_had_a_part_in_it_does_not_review_it() -> None:
    by_holder = report("v1", "copyright", NOTICE, severity="general", source="rights-holder")
    story = given(
        POLICY,
        by_holder,
        appeal("v1", NOTICE, by="lawyer"),
        decide_appeal("v1", "2026-01-06", "rejected", "rita"),
        appeal("v1", "2026-01-07", by="clerk"),
    )
    for who, why in (
        ("monitor", "monitor recorded violation v1"),
        ("rita", "rita decided round 1"),
        ("lawyer", "lawyer filed round 1"),
        ("clerk", "clerk filed round 2"),
        ("s-1", "s-1 is the seller"),
    ):
        for outcome in ("upheld", "rejected"):
            story.when(decide_appeal("v1", "2026-01-08", outcome, who, 2)).then_refused(  # type: ignore[arg-type]
                ReviewerNotIndependent, why, "no part in it", "reviewer"
            )
    story.when(decide_appeal("v1", "2026-01-08", "rejected", "omar", 2)).then(rejected("v1", 2))


def test_a_reviewer_of_another_violation_is_independent() -> None:
    story = given(
        POLICY,
        report("v1", "weapons", NOTICE),
        report("v2", "weapons", NOTICE, points=1),
        appeal("v1", NOTICE, ("e",)),
        appeal("v2", NOTICE, ("e",)),
        decide_appeal("v1", NOTICE, "rejected", "rita"),
    )
    story.when(decide_appeal("v2", NOTICE, "rejected", "rita")).then(rejected("v2"))


# -- annulled meanwhile -------------------------------------------------------------------


def test_an_annulment_leaves_an_open_round_without_an_object() -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE), appeal("v1", NOTICE))
    story.when(annul("v1", "2026-01-06")).then(
        annulled("v1"), withdrawn("v1", actor="ledger", caused_by="seller-s-1.3")
    )
    after = story.also(annul("v1", "2026-01-06"))
    assert after.also(time_passes("2026-02-01")).facts == after.facts, "nothing lapses any more"
    after.when(appeal("v1", "2026-01-07")).then_refused(AlreadyAnnulled, "was cancelled at")
    after.when(decide_appeal("v1", "2026-01-07", "upheld")).then_refused(
        AppealClosed, "was withdrawn"
    )


def test_an_annulment_finds_a_round_lapsed_though_nobody_was_there_to_record_it() -> None:
    story = given(POLICY, report("v1", "weapons", NOTICE), appeal("v1", NOTICE))
    story.when(annul("v1", "2026-01-08")).then(annulled("v1"))
    after = story.also(annul("v1", "2026-01-08"))
    assert after.seller.appeals[0].newest.at(after.seller.recorded_at).status == "lapsed"
    assert len(after.also(time_passes("2026-01-09")).facts) == len(after.facts) + 1


def test_an_annulment_after_a_rejection_ends_the_appeal_too() -> None:
    by_holder = report("v1", "copyright", NOTICE, severity="general", source="rights-holder")
    story = given(POLICY, by_holder, appeal("v1", NOTICE), decide_appeal("v1", NOTICE, "rejected"))
    story.when(annul("v1", "2026-01-06")).then(annulled("v1"))
    assert until(story.also(annul("v1", "2026-01-06"))) is None


# -- repeats ------------------------------------------------------------------------------


def known_before(story: Story, asked: Asked) -> int | None:
    """The version of the fact that the same request left before."""
    content = getattr(asked.command, "evidence", None)
    digest = msgspec.json.encode(content).decode() if content else ""
    return told_before(asked.command, story.seller, digest)  # type: ignore[arg-type]


def test_a_filing_is_a_repeat_only_while_its_round_is_open() -> None:
    by_holder = report("v1", "copyright", NOTICE, severity="general", source="rights-holder")
    same = appeal("v1", NOTICE, ("letter-1",))
    story = given(POLICY, by_holder)
    assert known_before(story, same) is None
    opened = story.also(same)
    assert known_before(opened, same) == 2
    after = opened.also(decide_appeal("v1", NOTICE, "rejected"))
    assert known_before(after, same) is None
    after.when(same).then(filed("v1", 2))
    assert known_before(after.also(same), same) == 4


def test_evidence_is_known_by_what_it_is_and_a_decision_by_its_round() -> None:
    story = given(
        POLICY,
        report("v1", "weapons", NOTICE),
        appeal("v1", NOTICE),
        evidence("v1", NOTICE, "a"),
        evidence("v1", NOTICE, "b"),
        decide_appeal("v1", NOTICE, "rejected"),
    )
    found = [known_before(story, evidence("v1", NOTICE, what)) for what in ("a", "b", "c")]
    assert found == [3, 4, None]
    assert known_before(story, decide_appeal("v1", NOTICE, "rejected")) == 5
    assert known_before(story, withdraw("v1", NOTICE)) is None
