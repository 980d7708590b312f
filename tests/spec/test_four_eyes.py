"""Annulments that take two people: where the pack says so of all, or of weighty ones."""

import pytest

from ledger.decide.refusals import AlreadyAnnulled, ReviewerNotIndependent, SecondPersonNeeded
from ledger.repeats import told_before
from tests.spec.described import (
    annulled,
    annulment_proposed,
    confirmed,
    found_in_error,
    lifted,
    released,
)
from tests.spec.given import POLICY, annul, given, pack, report, report_strike

ALWAYS = pack("aliexpress", {"options.second_person_for": ["waiver", "annulment"]})
UP_TO_12 = pack("aliexpress", {"options.annulment_alone_up_to": 12})
NOTHING_ALONE = pack("aliexpress", {"options.annulment_alone_up_to": 0})

SUSPENDED = given(ALWAYS, report("v1", "illegal-drugs", "2026-01-05"))
PROPOSED = SUSPENDED.also(annul("v1", "2026-01-10", by="anna"))
DONE = PROPOSED.also(annul("v1", "2026-01-12", by="ben"))


# -- proposed, then done ------------------------------------------------------------------


def test_the_first_person_proposes_and_nothing_is_annulled_yet() -> None:
    SUSPENDED.when(annul("v1", "2026-01-10", by="anna")).then(
        annulment_proposed("v1", actor="anna", seal="sealed", caused_by=None)
    )
    standing = PROPOSED.standing("2026-01-10")
    assert (standing.status, standing.buckets[0].value) == ("suspended", 48)


def test_the_second_person_annuls_with_all_that_follows() -> None:
    PROPOSED.when(annul("v1", "2026-01-12", by="ben")).then(
        confirmed("v1", what="annulment", actor="ben", proposed_by="anna", seal="sealed"),
        annulled("v1", actor="ben", seal="sealed"),
        lifted("sanction-2", because_of="v1"),
        released("freeze-3", "lifted"),
        found_in_error("sanction-2", days=7),
    )
    assert DONE.standing("2026-01-12").status == "active"


def test_all_of_it_follows_from_the_confirmation() -> None:
    confirmation, *rest = DONE.facts[4:]
    assert confirmation.caused_by is None
    assert {fact.caused_by for fact in rest} == {"seller-s-1.5"}


def test_the_seller_is_no_second_person() -> None:
    PROPOSED.when(annul("v1", "2026-01-12", by="s-1")).then_refused(
        ReviewerNotIndependent, says="s-1 is the seller", field="annulled_by"
    )


def test_who_proposed_cannot_do_it() -> None:
    PROPOSED.when(annul("v1", "2026-01-12", by="anna")).then_refused(
        SecondPersonNeeded,
        says="anna proposed this annulment",
        accepts="a second person",
        field="annulled_by",
    )


def test_a_proposal_is_about_one_violation_and_never_lapses() -> None:
    both = SUSPENDED.also(report("v2", "weapons", "2026-01-06"), annul("v1", "2026-01-10", "anna"))
    both.when(annul("v2", "2026-01-11", by="ben")).then(annulment_proposed("v2"))
    years_on = both.when(annul("v1", "2029-01-11", by="ben"))
    assert [type(fact).__name__ for fact in years_on.facts][:2] == [
        "SecondPersonConfirmed",
        "ViolationAnnulled",
    ]


def test_what_was_annulled_cannot_be_again() -> None:
    DONE.when(annul("v1", "2026-01-13", by="carla")).then_refused(
        AlreadyAnnulled, says="cancelled at 2026-01-12"
    )


# -- told twice ---------------------------------------------------------------------------


def test_each_person_is_answered_with_what_they_brought() -> None:
    first, second = annul("v1", "2026-01-14", "anna"), annul("v1", "2026-01-14", "ben")
    assert told_before(first.command, PROPOSED.seller) == 4
    assert told_before(second.command, PROPOSED.seller) is None
    assert told_before(first.command, DONE.seller) == 4
    assert told_before(second.command, DONE.seller) == 5
    alone = given(POLICY, report("v1", "weapons", "2026-01-05"), annul("v1", "2026-01-06", "anna"))
    assert told_before(first.command, alone.seller) == 2


# -- by weight ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "points", "alone"),
    [
        (POLICY, 48, True),
        (UP_TO_12, 0, True),
        (UP_TO_12, 12, True),
        (UP_TO_12, 13, False),
        (UP_TO_12, 48, False),
        (NOTHING_ALONE, 0, True),
        (NOTHING_ALONE, 1, False),
        (ALWAYS, 0, False),
    ],
)
def test_the_limit_is_the_most_that_one_person_may_take_back(policy, points, alone) -> None:
    story = given(policy, report("v1", "weapons", "2026-01-05", points=points))
    brought = story.when(annul("v1", "2026-01-10", by="anna"))
    done = type(brought.facts[0]).__name__ == "ViolationAnnulled"
    assert done is alone


@pytest.mark.parametrize(("policy", "alone"), [(POLICY, True), (UP_TO_12, False)])
def test_a_strike_lies_above_any_limit(policy, alone) -> None:
    story = given(policy, report_strike("v1", "2026-01-05"))
    brought = story.when(annul("v1", "2026-01-10", by="anna"))
    assert (type(brought.facts[0]).__name__ == "ViolationAnnulled") is alone
