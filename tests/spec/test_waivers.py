"""Letting a sanction go though its violations stand: two people, where the pack demands it."""

from ledger.decide.refusals import (
    ReasonMissing,
    SanctionNotInForce,
    SecondPersonNeeded,
    UnknownSanction,
)
from tests.spec.described import (
    confirmed,
    freeze,
    instant_of,
    released,
    suspension,
    violation,
    waived,
    waiver_proposed,
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
PROPOSED = SUSPENDED.also(waive("sanction-2", "2026-01-10", by="anna"))
WAIVED = PROPOSED.also(waive("sanction-2", "2026-01-12", by="ben"))

ONE_PERSON = pack("aliexpress", {"options.second_person_for": ["suspension-by-hand"]})
NO_REFIRE = pack("aliexpress", {"options.refire_after_waiver": False})


# -- two people ---------------------------------------------------------------------------


def test_the_first_person_proposes_and_nothing_is_waived_yet() -> None:
    SUSPENDED.when(waive("sanction-2", "2026-01-10", by="anna")).then(
        waiver_proposed("sanction-2", actor="anna", seal="sealed")
    )
    assert PROPOSED.standing("2026-01-10").status == "suspended"


def test_the_second_person_waives_and_the_funds_are_released() -> None:
    PROPOSED.when(waive("sanction-2", "2026-01-12", by="ben")).then(
        confirmed("sanction-2", what="waiver", actor="ben", proposed_by="anna", seal="sealed"),
        waived("sanction-2", actor="ben", proposed_by="anna", seal=None),
        released("freeze-3", "waived", effective_at=instant_of("2026-01-12")),
    )
    standing = WAIVED.standing("2026-01-12")
    assert (standing.status, standing.can_sell, standing.can_withdraw) == ("active", True, True)
    assert standing.buckets[0].value == 48
    assert WAIVED.standing("2026-01-11").status == "suspended"


def test_the_second_person_need_not_say_why_again() -> None:
    PROPOSED.when(waive("sanction-2", "2026-01-12", by="ben", reason=None)).then(
        confirmed("sanction-2", seal=None), waived("sanction-2"), released("freeze-3", "waived")
    )


def test_the_waiver_and_the_release_follow_from_the_confirmation() -> None:
    confirmation, waiver, release = WAIVED.facts[4:]
    assert confirmation.caused_by is None
    assert (waiver.caused_by, release.caused_by) == ("seller-s-1.5", "seller-s-1.5")


def test_who_proposed_cannot_confirm() -> None:
    PROPOSED.when(waive("sanction-2", "2026-01-12", by="anna")).then_refused(
        SecondPersonNeeded, says="anna proposed this", accepts="a second person", field="waived_by"
    )


def test_a_proposal_says_why() -> None:
    SUSPENDED.when(waive("sanction-2", "2026-01-10", by="anna", reason=None)).then_refused(
        ReasonMissing, says="why", field="reason"
    )


def test_a_proposal_is_about_one_sanction() -> None:
    strikes = (report_strike(f"s{day}", f"2026-01-0{day}") for day in (6, 7, 8))
    both = SUSPENDED.also(*strikes, waive("sanction-2", "2026-01-10", by="anna"))
    both.when(waive("sanction-7", "2026-01-11", by="ben")).then(waiver_proposed("sanction-7"))
    both.also(waive("sanction-2", "2026-01-11", by="ben"))
    assert both.standing("2026-01-11").status == "suspended"


# -- one person, where the pack allows it -------------------------------------------------


def test_one_person_waives_alone_where_the_pack_does_not_ask_for_two() -> None:
    story = given(ONE_PERSON, report("v1", "illegal-drugs", "2026-01-05"))
    story.when(waive("sanction-2", "2026-01-10", by="anna")).then(
        waived("sanction-2", actor="anna", proposed_by="anna", seal="sealed", caused_by=None),
        released("freeze-3", "waived", caused_by="seller-s-1.4"),
    )


def test_without_a_reason_nothing_is_sealed() -> None:
    story = given(ONE_PERSON, report("v1", "illegal-drugs", "2026-01-05"))
    story.when(waive("sanction-2", "2026-01-10", by="anna", reason=None)).then(
        waived("sanction-2", seal=None), released("freeze-3", "waived")
    )


# -- what can be waived -------------------------------------------------------------------


def test_a_sanction_that_was_never_imposed_is_unknown() -> None:
    SUSPENDED.when(waive("sanction-9", "2026-01-10", by="anna")).then_refused(
        UnknownSanction, says="s-1 has no sanction sanction-9", field="sanction_id"
    )


def test_a_waived_sanction_cannot_be_waived_again() -> None:
    WAIVED.when(waive("sanction-2", "2026-01-13", by="carla")).then_refused(
        SanctionNotInForce,
        says="it was waived at 2026-01-12T00:00:00.000000Z",
        accepts="a sanction in force",
        field="sanction_id",
    )


def test_a_lifted_sanction_cannot_be_waived() -> None:
    (
        PROPOSED.also(annul("v1", "2026-01-11"))
        .when(waive("sanction-2", "2026-01-12", by="ben"))
        .then_refused(SanctionNotInForce, says="it was lifted at 2026-01-11T00:00:00.000000Z")
    )


def test_a_sanction_that_ended_cannot_be_waived_whether_its_end_is_recorded_or_not() -> None:
    story = given(LADDER, report("v1", "false-delivery", "2026-01-05"))
    for told in (story, story.also(time_passes("2026-01-12"))):
        told.when(waive("sanction-2", "2026-01-12", by="anna")).then_refused(
            SanctionNotInForce, says="it ended at 2026-01-12T00:00:00.000000Z"
        )
    story.when(waive("sanction-2", "2026-01-11T23:59:59.999999", by="anna")).then(
        waiver_proposed("sanction-2")
    )


def test_a_freeze_that_was_released_is_not_released_by_a_waiver() -> None:
    later = PROPOSED.also(time_passes("2026-07-04"))
    later.when(waive("sanction-2", "2026-08-01", by="ben")).then(
        confirmed("sanction-2"), waived("sanction-2")
    )


# -- after a waiver -----------------------------------------------------------------------


def test_after_a_waiver_the_next_violation_that_counts_fires_again() -> None:
    WAIVED.when(report("v2", "perfumes", "2026-02-01")).then(
        violation("v2", points=2), suspension(because_of="v2"), freeze(days=180)
    )


def test_after_a_waiver_a_violation_that_adds_nothing_fires_nothing() -> None:
    WAIVED.when(report("v2", "perfumes", "2026-02-01", points=0)).then(violation("v2", points=0))


def test_a_pack_may_ask_for_a_new_crossing_after_a_waiver() -> None:
    story = given(
        NO_REFIRE,
        report("v1", "illegal-drugs", "2025-02-05"),
        waive("sanction-2", "2025-03-10", by="anna"),
        waive("sanction-2", "2025-03-12", by="ben"),
    )
    story.when(report("v2", "weapons", "2025-04-01")).then(violation("v2"))
    # v1 has lapsed, so that the total fell below and is crossed anew.
    (
        story.also(report("v2", "weapons", "2025-04-01"))
        .when(report("v3", "weapons", "2026-03-01"))
        .then(violation("v3"), suspension(because_of="v3"), freeze(days=180))
    )


def test_the_last_sanction_of_a_milestone_decides_whether_it_was_waived() -> None:
    """The first suspension was waived, the second runs: the third violation fires nothing."""
    (
        WAIVED.also(report("v2", "perfumes", "2026-02-01"))
        .when(report("v3", "perfumes", "2026-02-02"))
        .then(violation("v3"))
    )


def test_a_waiver_of_one_milestone_leaves_the_others_running() -> None:
    story = given(
        LADDER,
        report("v1", "false-delivery", "2026-01-05"),
        report("v2", "false-delivery", "2026-01-06"),
        waive("sanction-4", "2026-01-07", by="anna"),
        waive("sanction-4", "2026-01-08", by="ben"),
    )
    assert [s.sanction_id for s in story.standing("2026-01-08").sanctions] == ["sanction-2"]
