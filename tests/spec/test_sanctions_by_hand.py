"""Sanctions that a person decides: beside the milestones, until their date or a waiver."""

import pytest

from ledger.decide.refusals import (
    AlreadyAnnulled,
    ReservedSanctionId,
    SecondPersonNeeded,
    ToldDifferently,
    UnknownViolation,
)
from ledger.repeats import told_before
from tests.spec.described import (
    annulled,
    confirmed,
    ended,
    found_in_error,
    freeze,
    imposed_by_hand,
    instant_of,
    lifted,
    released,
    sanction_proposed,
    suspension,
    violation,
    waived,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    annul,
    given,
    impose,
    pack,
    report,
    time_passes,
    waive,
)

ALONE = pack("aliexpress", {"options.second_person_for": ["waiver"]})
NOBODY = given(POLICY)
RECORDED = given(POLICY, report("v1", "weapons", "2026-01-05"))
PROPOSED = RECORDED.also(impose("hand-1", "suspension", "2026-01-10", by="anna"))
SUSPENDED = PROPOSED.also(impose("hand-1", "suspension", "2026-01-12", by="ben"))


# -- a suspension takes two ---------------------------------------------------------------


def test_the_first_person_proposes_and_nothing_is_imposed_yet() -> None:
    asked = impose("hand-1", "suspension", "2026-01-10", "anna", days=30, listing_ids=["l-1"])
    RECORDED.when(asked).then(
        sanction_proposed(
            "hand-1", actor="anna", sanction="suspension", days=30, listing_ids=("l-1",),
            bars=("promotion", "selling"), seal="sealed",
        )
    )  # fmt: skip
    assert PROPOSED.standing("2026-01-10").status == "active"


def test_the_second_person_imposes_it_with_its_freeze() -> None:
    PROPOSED.when(impose("hand-1", "suspension", "2026-01-12", by="ben")).then(
        confirmed("hand-1", what="sanction", actor="ben", proposed_by="anna", seal="sealed"),
        imposed_by_hand(
            "hand-1", actor="ben", sanction="suspension", ends_at=None, because_of=(),
            policy="aliexpress@2020-01-01", caused_by="seller-s-1.3", seal=None,
        ),
        freeze(180, freeze_id="freeze-5", sanction_id="hand-1", caused_by="seller-s-1.3"),
    )  # fmt: skip
    standing = SUSPENDED.standing("2026-01-12")
    assert (standing.status, standing.can_sell, standing.can_promote) == ("suspended", False, False)
    assert not standing.can_withdraw
    assert SUSPENDED.standing("2026-01-11").status == "active"


def test_who_proposed_cannot_impose() -> None:
    PROPOSED.when(impose("hand-1", "suspension", "2026-01-12", by="anna")).then_refused(
        SecondPersonNeeded, says="anna proposed this sanction", field="imposed_by"
    )


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (impose("hand-1", "warning", "2026-01-12", "ben"), "kind"),
        (impose("hand-1", "suspension", "2026-01-12", "ben", days=3), "days"),
        (impose("hand-1", "suspension", "2026-01-12", "ben", bars=["listing"]), "bars"),
        (impose("hand-1", "suspension", "2026-01-12", "ben", listing_ids=["l"]), "listing_ids"),
        (impose("hand-1", "suspension", "2026-01-12", "ben", because_of=["v1"]), "because_of"),
    ],
)
def test_both_persons_have_the_same_sanction_in_mind(other, field) -> None:
    PROPOSED.when(other).then_refused(ToldDifferently, says="hand-1", field=field)


# -- one person, where the pack allows it -------------------------------------------------


def test_what_is_no_suspension_one_person_imposes() -> None:
    asked = impose("hand-1", "product-removal", "2026-01-10", "anna", 7, listing_ids=["l-1", "l-1"])
    NOBODY.when(asked).then(
        imposed_by_hand(
            "hand-1", days=7, actor="anna", sanction="product-removal", listing_ids=("l-1",),
            bars=(), caused_by=None, seal="sealed",
        )
    )  # fmt: skip


def test_a_suspension_too_where_the_pack_does_not_ask_for_two() -> None:
    given(ALONE).when(impose("hand-1", "suspension", "2026-01-10", "anna", days=30)).then(
        imposed_by_hand("hand-1", days=30, sanction="suspension", seal="sealed"),
        freeze(180, sanction_id="hand-1", freeze_id="freeze-2", caused_by="seller-s-1.1"),
    )


@pytest.mark.parametrize(
    ("kind", "bars", "barred"),
    [
        ("warning", None, ()),
        ("restriction-of-operations", None, ("listing",)),
        ("freeze-of-selling", None, ("promotion", "selling")),
        ("freeze-of-selling", ["promotion"], ("promotion",)),
        ("display-restriction", ["promotion", "listing"], ("listing", "promotion")),
        ("freeze-of-selling", [], ()),
        ("suspension", ["listing"], ("listing", "promotion", "selling")),
    ],
)
def test_what_it_bars(kind, bars, barred) -> None:
    brought = given(ALONE).when(impose("hand-1", kind, "2026-01-10", "anna", bars=bars))
    assert brought.facts[0].bars == barred


def test_a_warning_is_over_as_soon_as_it_is_given() -> None:
    story = NOBODY.also(impose("hand-1", "warning", "2026-01-10", "anna"))
    assert story.standing("2026-01-10").status == "active"
    longer = NOBODY.also(impose("hand-1", "warning", "2026-01-10", "anna", days=3))
    assert longer.standing("2026-01-12").status == "restricted"


# -- how it ends --------------------------------------------------------------------------


def test_it_ends_by_its_date_and_that_is_recorded_at_its_instant() -> None:
    story = NOBODY.also(impose("hand-1", "freeze-of-selling", "2026-01-10", "anna", days=7))
    assert story.standing("2026-01-16T23:59:59.999999").can_sell is False
    assert story.standing("2026-01-17").can_sell is True
    recorded = story.also(time_passes("2026-02-01")).facts[-1:]
    (end,) = recorded
    ended("hand-1", effective_at=instant_of("2026-01-17")).check(end, instant_of("2026-01-17"))


def test_it_ends_by_a_waiver_of_two_people() -> None:
    story = SUSPENDED.also(waive("hand-1", "2026-01-20", by="carla"))
    story.when(waive("hand-1", "2026-01-21", by="dora")).then(
        confirmed("hand-1", what="waiver"),
        waived("hand-1", proposed_by="carla"),
        released("freeze-5", "waived"),
    )


def test_no_annulment_lifts_it_and_none_finds_it_in_error() -> None:
    story = RECORDED.also(
        impose("hand-1", "freeze-of-selling", "2026-01-10", "anna", because_of=["v1"]),
    )
    story.when(annul("v1", "2026-01-20")).then(annulled("v1"))
    assert story.also(annul("v1", "2026-01-20")).standing("2026-01-20").status == "restricted"


# -- beside the milestones ----------------------------------------------------------------


def test_a_milestone_fires_though_a_sanction_by_hand_runs() -> None:
    SUSPENDED.when(report("v2", "illegal-drugs", "2026-02-01")).then(
        violation("v2"),
        suspension("v2", milestone="points-48", sanction_id="sanction-7"),
        freeze(180, freeze_id="freeze-8"),
    )


def test_the_second_judgement_sees_milestones_only() -> None:
    story = SUSPENDED.also(report("v2", "illegal-drugs", "2026-02-01"))
    story.when(annul("v2", "2026-02-11")).then(
        annulled("v2"),
        lifted("sanction-7", because_of="v2"),
        released("freeze-8", "lifted"),
        found_in_error("sanction-7", days=10),
    )
    standing = story.also(annul("v2", "2026-02-11")).standing("2026-02-11")
    assert [s.sanction_id for s in standing.sanctions] == ["hand-1"]


def test_a_waived_sanction_by_hand_does_not_make_a_milestone_fire_again() -> None:
    story = given(LADDER, report("v1", "false-delivery", "2026-01-05", points=6)).also(
        impose("hand-1", "restriction-of-operations", "2026-01-06", "anna"),
        waive("hand-1", "2026-01-07", by="anna"),
        waive("hand-1", "2026-01-08", by="ben"),
    )
    # 6 to 7 points crosses nothing.
    story.when(report("v2", "false-delivery", "2026-01-09", points=1)).then(violation("v2"))


# -- explained ----------------------------------------------------------------------------


def test_it_is_explained_as_imposed_by_hand() -> None:
    story = RECORDED.also(
        impose("hand-1", "freeze-of-selling", "2026-01-10", "anna", days=7, because_of=["v1"])
    )
    (told,) = story.explained("2026-01-11").sanctions
    assert (told.sanction.by_hand, told.threshold, told.policy) == (
        True,
        None,
        "aliexpress@2020-01-01",
    )
    assert [(c.violation_id, c.fired) for c in told.causes] == [("v1", False)]
    assert (told.lift.alone, told.lift.together, told.lift.complete) == ((), (), True)
    assert told.lift.ends_at == instant_of("2026-01-17")
    assert told.lift.waiver_takes_two
    without = story.explained("2026-01-11").buckets[0].violations[0].without
    assert without is not None
    assert (without.value, without.status, without.lifted) == (0, "restricted", ())


def test_its_end_is_forecast() -> None:
    story = NOBODY.also(impose("hand-1", "freeze-of-selling", "2026-01-10", "anna", days=7))
    (change,) = story.forecast("2026-01-11").changes
    (happens,) = change.happenings
    assert (happens.what, happens.subject, happens.bucket) == ("sanction-ends", "hand-1", None)
    assert change.standing.status == "active"


# -- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize("reserved", ["sanction-1", "sanction-2", "sanction-0099"])
def test_the_ledgers_own_ids_are_not_given_by_hand(reserved: str) -> None:
    NOBODY.when(impose(reserved, "warning", "2026-01-10", "anna")).then_refused(
        ReservedSanctionId, says=reserved, accepts="by-hand-1", field="sanction_id"
    )


def test_it_rests_on_violations_that_exist() -> None:
    NOBODY.when(impose("h", "warning", "2026-01-10", "anna", because_of=["v9"])).then_refused(
        UnknownViolation, says="v9", field="because_of"
    )
    RECORDED.also(annul("v1", "2026-01-06")).when(
        impose("h", "warning", "2026-01-10", "anna", because_of=["v1"])
    ).then_refused(AlreadyAnnulled, says="v1 was cancelled", field="because_of")


def test_each_person_is_answered_with_what_they_brought() -> None:
    first = impose("hand-1", "suspension", "2026-01-14", "anna").command
    second = impose("hand-1", "suspension", "2026-01-14", "ben").command
    assert told_before(first, PROPOSED.seller) == 2
    assert told_before(second, PROPOSED.seller) is None
    assert told_before(first, SUSPENDED.seller) == 2
    assert told_before(second, SUSPENDED.seller) == 3
    alone = given(ALONE, impose("hand-1", "suspension", "2026-01-10", "anna"))
    assert told_before(first, alone.seller) == 1
