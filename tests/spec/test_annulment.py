"""Taking a violation back: it is gone from its beginning, and its sanctions are judged again."""

from typing import Any

import pytest

from ledger.decide.refusals import AlreadyAnnulled, UnknownViolation
from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import FundsReleased, SanctionFoundInError, SanctionLifted
from tests.spec.described import (
    annulled,
    found_in_error,
    freeze,
    instant_of,
    lifted,
    released,
    sanction,
    strike,
    suspension,
    violation,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    annul,
    given,
    pack,
    report,
    report_strike,
    time_passes,
    waive,
)

SUSPENDED = given(POLICY, report("v1", "illegal-drugs", "2026-01-05"))


def test_a_violation_without_sanction_is_annulled_and_nothing_else_happens() -> None:
    story = given(POLICY, report("v1", "weapons", "2026-01-05"))
    story.when(annul("v1", "2026-02-01")).then(annulled("v1"))


def test_an_annulled_violation_counts_nothing_from_its_beginning() -> None:
    story = given(POLICY, report("v1", "weapons", "2026-01-05"), annul("v1", "2026-02-01"))
    for as_of in ("2026-01-05", "2026-01-31", "2026-02-01", "2026-06-01"):
        assert story.standing(as_of).buckets[0].value == 0


def test_a_suspension_that_lost_its_ground_is_lifted_and_its_freeze_released_early() -> None:
    (
        SUSPENDED.when(annul("v1", "2026-01-15")).then(
            annulled("v1"),
            lifted("sanction-2", because_of="v1"),
            released("freeze-3", "lifted", effective_at=instant_of("2026-01-15")),
            found_in_error("sanction-2", days=10),
        )
    )


def test_what_follows_names_the_annulment_as_its_cause() -> None:
    annulment, *follows = SUSPENDED.also(annul("v1", "2026-01-15")).facts[3:]
    assert (annulment.actor, annulment.caused_by) == ("reviewer", None)
    assert [(fact.actor, fact.caused_by) for fact in follows] == [("ledger", "seller-s-1.4")] * 3


def test_a_lifted_suspension_was_there_until_it_was_lifted() -> None:
    story = SUSPENDED.also(annul("v1", "2026-01-15"))
    statuses = [story.standing(f"2026-01-{day}").status for day in ("04", "05", "14", "15")]
    assert statuses == ["active", "suspended", "suspended", "active"]
    assert story.standing("2026-01-14").buckets[0].value == 0
    assert story.standing("2026-01-15").can_withdraw


def test_a_freeze_released_at_its_date_is_not_released_again() -> None:
    (
        SUSPENDED.also(time_passes("2026-07-04"))
        .when(annul("v1", "2026-07-05"))
        .then(
            annulled("v1"), lifted("sanction-2", because_of="v1"), found_in_error("sanction-2", 181)
        )
    )


def test_a_freeze_whose_release_is_due_but_not_recorded_is_left_to_its_date() -> None:
    """Its release is recorded as due, with its own instant; a lift has nothing to give free."""
    story = SUSPENDED.also(annul("v1", "2026-07-05"))
    assert not [fact for fact in story.facts if isinstance(fact, FundsReleased)]
    release: Any
    (release,) = story.also(time_passes("2026-08-01")).facts[len(story.facts) :]
    assert (release.why, release.effective_at) == ("due", instant_of("2026-07-04"))


def test_a_freeze_annulled_at_its_very_end_was_released_by_time() -> None:
    story = SUSPENDED.also(annul("v1", "2026-07-04"))
    assert not [fact for fact in story.facts if isinstance(fact, FundsReleased)]


def test_a_sanction_of_another_bucket_stays() -> None:
    story = SUSPENDED.also(report_strike("s1", "2026-01-06"))
    story.when(annul("s1", "2026-01-10")).then(annulled("s1"))


def test_the_suspension_falls_when_too_few_strikes_are_left() -> None:
    (
        given(
            POLICY,
            strike("v1", "2026-01-05"),
            strike("v2", "2026-01-06"),
            report_strike("v3", "2026-01-07"),
        )
        .when(annul("v1", "2026-01-10"))
        .then(
            annulled("v1"),
            lifted("sanction-4", because_of="v1"),
            released("freeze-5", "lifted"),
            found_in_error("sanction-4", days=3),
        )
    )


# -- found in error -----------------------------------------------------------------------


def test_a_suspension_that_another_violation_would_have_brought_later_stays_but_began_in_error():
    """48 was reached on 1 March; without v1, only on 11 March: ten days too long."""
    (
        given(
            POLICY,
            violation("v1", "2026-01-05", points=24),
            report("v2", "weapons", "2026-03-01"),
            report("v3", "weapons", "2026-03-11"),
        )
        .when(annul("v1", "2026-04-01"))
        .then(annulled("v1"), found_in_error("sanction-3", days=10))
    )


def test_a_later_annulment_restates_what_was_found_in_error() -> None:
    story = given(
        POLICY,
        violation("v1", "2026-01-05", points=24),
        report("v2", "weapons", "2026-03-01"),
        report("v3", "weapons", "2026-03-11"),
        report("v4", "weapons", "2026-03-16"),
        annul("v1", "2026-04-01"),
    )
    again = story.also(annul("v2", "2026-04-05"))
    errors = [
        (fact.because_of, fact.error_us // DAY_US)
        for fact in again.facts
        if isinstance(fact, SanctionFoundInError)
    ]
    assert errors == [("v1", 10), ("v2", 15)]
    assert again.standing("2026-04-05").status == "suspended"
    (
        again.when(annul("v3", "2026-04-10")).then(
            annulled("v3"),
            lifted("sanction-3", because_of="v3"),
            released("freeze-4", "lifted"),
            found_in_error("sanction-3", days=40),
        )
    )


def test_what_was_found_in_error_is_not_said_again_when_it_did_not_change() -> None:
    (
        SUSPENDED.also(report("v2", "perfumes", "2026-01-10"), annul("v1", "2026-01-15"))
        .when(annul("v2", "2026-01-20"))
        .then(annulled("v2"))
    )


def test_a_sanction_served_in_full_is_found_in_error_in_full() -> None:
    (
        given(LADDER, report("v1", "false-delivery", "2026-01-05"), time_passes("2026-02-01"))
        .when(annul("v1", "2026-03-01"))
        .then(annulled("v1"), found_in_error("sanction-2", days=7))
    )


def test_a_waived_sanction_ran_in_error_until_it_was_waived() -> None:
    (
        SUSPENDED.also(
            waive("sanction-2", "2026-01-10", by="anna"),
            waive("sanction-2", "2026-01-12", by="ben"),
        )
        .when(annul("v1", "2026-02-01"))
        .then(annulled("v1"), found_in_error("sanction-2", days=7))
    )


def test_a_waiver_is_kept_when_the_history_is_judged_again() -> None:
    """Without v0 the suspension fires all the same at v2; the waiver ends it there too."""
    story = given(
        POLICY,
        violation("v0", "2026-01-01", points=10),
        violation("v1", "2026-01-02", points=24),
        report("v2", "weapons", "2026-01-05"),
        waive("sanction-4", "2026-01-10", by="anna"),
        waive("sanction-4", "2026-01-12", by="ben"),
    )
    story.when(annul("v0", "2026-02-01")).then(annulled("v0"))


def test_another_milestone_does_not_cover_a_sanction() -> None:
    """Without v1 the seller would have had points-12 instead of points-24: that is another one."""
    (
        given(
            LADDER,
            violation("v1", "2026-01-01", points=12),
            report("v2", "false-delivery", "2026-01-05"),
        )
        .when(annul("v1", "2026-01-10"))
        .then(
            annulled("v1"),
            lifted("sanction-3", because_of="v1"),
            found_in_error("sanction-3", days=5),
        )
    )


def test_the_same_multiple_covers_and_another_does_not() -> None:
    story = given(
        LADDER,
        violation("v1", "2026-01-01", rule="misdescription", points=12),
        report("v2", "misdescription", "2026-01-05", points=12),
        report("v3", "misdescription", "2026-01-06", points=12),
    )
    (
        story.when(annul("v1", "2026-01-07")).then(
            annulled("v1"),
            lifted("sanction-5", because_of="v1"),
            found_in_error("sanction-3", days=1),
            found_in_error("sanction-5", days=1),
        )
    )


# -- the second judgement never imposes ---------------------------------------------------


def test_points_freed_fire_no_milestone_and_a_lift_brings_nothing_lower() -> None:
    story = given(LADDER, violation("v1", "2026-01-05", points=12))
    (
        story.also(report("v2", "weapons", "2026-01-06", points=24))
        .when(annul("v1", "2026-01-08"))
        .then(
            annulled("v1"),
            lifted("sanction-3", because_of="v1"),
            found_in_error("sanction-3", days=2),
        )
    )


def test_after_a_lift_the_milestone_fires_at_the_next_crossing() -> None:
    (
        SUSPENDED.also(annul("v1", "2026-01-15"), report("v2", "weapons", "2026-01-16"))
        .when(report("v3", "weapons", "2026-01-17"))
        .then(violation("v3"), suspension(because_of="v3"), freeze(days=180))
    )


def test_several_sanctions_are_lifted_in_the_order_they_were_imposed_each_with_its_freeze() -> None:
    policy = pack("aliexpress-ladder", {"freeze.on": ["suspension", "freeze-of-selling"]})
    (
        given(
            policy,
            report("v1", "weapons", "2026-01-05", points=36),
            report("v2", "weapons", "2026-01-07", points=12),
        )
        .when(annul("v1", "2026-01-08"))
        .then(
            annulled("v1"),
            lifted("sanction-2", because_of="v1"),
            released("freeze-3", "lifted"),
            lifted("sanction-5", because_of="v1"),
            released("freeze-6", "lifted"),
            found_in_error("sanction-2", days=3),
            found_in_error("sanction-5", days=1),
        )
    )


def test_only_what_the_annulled_violation_brought_is_lifted() -> None:
    story = given(
        LADDER,
        report("v1", "false-delivery", "2026-01-05"),
        report("v2", "false-delivery", "2026-01-06"),
    )
    after = story.also(annul("v2", "2026-01-07"))
    assert [f.sanction_id for f in after.facts if isinstance(f, SanctionLifted)] == ["sanction-4"]
    (
        after.when(report("v3", "false-delivery", "2026-01-08")).then(
            violation("v3"), sanction("freeze-of-selling", "v3", 14, milestone="points-24")
        )
    )


# -- what cannot be annulled --------------------------------------------------------------


def test_an_expired_violation_can_still_be_annulled() -> None:
    story = given(POLICY, report("v1", "weapons", "2024-01-05"), time_passes("2026-01-01"))
    story.when(annul("v1", "2026-01-02")).then(annulled("v1"))


@pytest.mark.parametrize("violation_id", ["v2", "V1", ""])
def test_a_violation_that_was_never_recorded_is_unknown(violation_id: str) -> None:
    SUSPENDED.when(annul(violation_id, "2026-02-01")).then_refused(
        UnknownViolation, says=f"s-1 has no violation {violation_id}", field="violation_id"
    )


def test_a_violation_is_taken_back_once() -> None:
    SUSPENDED.also(annul("v1", "2026-02-01")).when(annul("v1", "2026-02-02")).then_refused(
        AlreadyAnnulled,
        says="cancelled at 2026-02-01T00:00:00.000000Z",
        accepts="current or expired",
        field="violation_id",
    )
