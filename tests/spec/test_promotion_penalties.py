"""Products taken out by rule: a milestone, a strike, points after registration; and let back."""

import pytest

from ledger.facts.campaigns import ProductRestored, ProductWithdrawn
from ledger.policy.policy import Policy
from tests.spec.given import (
    LADDER,
    POLICY,
    Asked,
    annul,
    appeal,
    decide_appeal,
    impose,
    pack,
    report,
    report_strike,
    waive,
)
from tests.spec.promoted import (
    ENDS,
    STARTS,
    Promoted,
    announced,
    approved,
    decision,
    registered,
    registration,
    rejected,
    taken_back,
)


def out(story: Promoted) -> ProductWithdrawn:
    """How the first product was taken out."""
    withdrawn = story.enrolment.withdrawn
    assert story.enrolment.status == "withdrawn"
    assert withdrawn is not None
    return withdrawn


# -- out ----------------------------------------------------------------------------------


def test_a_milestone_takes_out_what_is_approved_or_under_review() -> None:
    for story in (registered(), approved()):
        told = story.also(report("v-1", "explosives", "2026-03-05"))
        withdrawn = out(told)
        assert (withdrawn.why, withdrawn.because_of) == ("milestone", ("v-1",))
        assert withdrawn.caused_by == "seller-s-1.2"
        assert told.enrolment.before == story.enrolment.status


def test_a_strike_does_below_its_milestone() -> None:
    withdrawn = out(approved().also(report_strike("v-1", "2026-03-05")))
    assert (withdrawn.why, withdrawn.because_of) == ("strike", ("v-1",))
    assert withdrawn.caused_by == "seller-s-1.1"


@pytest.mark.parametrize(("points", "status"), [(5, "approved"), (6, "withdrawn")])
def test_points_do_when_they_reach_the_campaigns_limit(points: int, status: str) -> None:
    story = approved(max_points_after_registration=6)
    told = story.also(report("v-1", "weapons", "2026-03-05", points))
    assert told.enrolment.status == status


def test_points_add_up_since_registration() -> None:
    story = approved(max_points_after_registration=6).also(
        report("v-1", "weapons", "2026-03-05", 4), report("v-2", "weapons", "2026-03-06", 2)
    )
    withdrawn = out(story)
    assert (withdrawn.why, withdrawn.points) == ("points", 6)
    assert withdrawn.because_of == ("v-1", "v-2")


def test_without_a_limit_points_alone_take_nothing_out() -> None:
    story = approved().also(report("v-1", "weapons", "2026-03-05", 47))
    assert story.enrolment.status == "approved"


def test_what_was_before_registration_counts_nothing() -> None:
    earlier = (report("v-1", "weapons", "2026-02-25", 40), report_strike("v-2", "2026-02-26"))
    story = announced(POLICY, *earlier, max_points_after_registration=6).also(registration())
    told = story.also(report("v-3", "weapons", "2026-03-05", 5))
    assert told.enrolment.status == "under-review"


def test_after_registration_is_told_by_the_record_and_not_by_dates() -> None:
    found_later = report("v-1", "weapons", "2026-03-05", 6, effective="2026-02-01")
    story = approved(max_points_after_registration=6).also(found_later)
    assert out(story).why == "points"


def test_what_had_lapsed_when_it_was_found_counts_nothing() -> None:
    long_ago = report("v-1", "weapons", "2026-03-05", 40, effective="2025-02-01")
    story = approved(max_points_after_registration=6).also(long_ago)
    assert story.enrolment.status == "approved"


def test_points_are_those_that_count() -> None:
    capped = pack(patch={"buckets.points.daily_cap": 5})
    story = approved(capped, max_points_after_registration=6).also(
        report("v-1", "weapons", "2026-03-05T08:00:00", 4),
        report("v-2", "weapons", "2026-03-05T09:00:00", 4),
    )
    assert story.enrolment.status == "approved"


def test_each_product_goes_by_its_own_registration() -> None:
    story = registered(max_points_after_registration=6)
    story = story.also(report("v-1", "weapons", "2026-03-05", 4), registration("p-2"))
    told = story.also(report("v-2", "weapons", "2026-03-06", 4))
    assert told.enrolments["p-1"].status == "withdrawn"
    assert told.enrolments["p-2"].status == "under-review"


def test_a_milestone_of_a_ladder_does_though_it_is_a_warning() -> None:
    story = approved(LADDER).also(report("v-1", "weapons", "2026-03-05", 2))
    assert out(story).why == "milestone"


@pytest.mark.parametrize(
    ("sanction", "status"), [("freeze-of-selling", "withdrawn"), ("product-removal", "approved")]
)
def test_a_sanction_by_hand_does_where_it_bars_promotion(sanction: str, status: str) -> None:
    story = approved().also(impose("h-1", sanction, "2026-03-05", "ana", days=3))
    assert story.enrolment.status == status
    if status == "withdrawn":
        assert out(story).why == "sanction"


def test_what_is_over_stays_as_it_was() -> None:
    heavy = "explosives"
    assert rejected().also(report("v-1", heavy, "2026-03-05")).enrolment.status == "rejected"
    ended = approved().on(ENDS).also(report("v-1", heavy, f"{ENDS}T00:00:01"))
    assert ended.enrolment.status == "approved"
    back = registered().also(taken_back(), report("v-1", heavy, "2026-03-05"))
    assert out(back).why == "seller"


def test_until_the_campaign_ends_products_are_taken_out() -> None:
    told = approved().also(report("v-1", "explosives", "2026-04-14T23:59:59"))
    assert out(told).why == "milestone"


# -- and back -----------------------------------------------------------------------------

OVERTURNINGS: dict[str, tuple[Asked, ...]] = {
    "annulled": (annul("v-1", "2026-03-06"),),
    "appealed": (
        appeal("v-1", "2026-03-06", evidence=("photo/1",)),
        decide_appeal("v-1", "2026-03-07", "upheld"),
    ),
}


@pytest.mark.parametrize("how", OVERTURNINGS)
@pytest.mark.parametrize("story", [registered(), approved()], ids=["under review", "approved"])
def test_overturned_before_the_campaign_the_product_is_what_it_was(
    story: Promoted, how: str
) -> None:
    told = story.also(report("v-1", "explosives", "2026-03-05")).also(*OVERTURNINGS[how])
    restored = told.facts[-1]
    assert isinstance(restored, ProductRestored)
    assert restored.status == told.enrolment.status == story.enrolment.status
    assert told.enrolment.withdrawn is None


@pytest.mark.parametrize(
    ("on", "status"), [("2026-03-31T23:59:59", "approved"), (STARTS, "withdrawn")]
)
def test_once_it_has_started_the_product_stays_out(on: str, status: str) -> None:
    told = approved().also(report("v-1", "explosives", "2026-03-05"), annul("v-1", on))
    assert told.enrolment.status == status


def test_a_pack_may_keep_it_out() -> None:
    strict = pack(patch={"promotions.restore_when_overturned": False})
    told = approved(strict).also(
        report("v-1", "explosives", "2026-03-05"), annul("v-1", "2026-03-06")
    )
    assert told.enrolment.status == "withdrawn"


def test_another_reason_keeps_it_out() -> None:
    told = approved().also(
        report_strike("v-1", "2026-03-05"),
        report_strike("v-2", "2026-03-06"),
        annul("v-1", "2026-03-07"),
    )
    assert told.enrolment.status == "withdrawn"
    assert told.also(annul("v-2", "2026-03-08")).enrolment.status == "approved"


def test_a_sanction_that_others_sustain_keeps_it_out() -> None:
    told = approved().also(
        report("v-1", "explosives", "2026-03-05"),
        report("v-2", "explosives", "2026-03-06"),
        annul("v-1", "2026-03-07"),
    )
    assert told.story.seller.sanctions[0].cut is None
    assert told.enrolment.status == "withdrawn"


def test_points_below_the_limit_again_let_it_back() -> None:
    told = approved(max_points_after_registration=6).also(
        report("v-1", "weapons", "2026-03-05", 4), report("v-2", "weapons", "2026-03-06", 4)
    )
    assert told.enrolment.status == "withdrawn"
    assert told.also(annul("v-1", "2026-03-07")).enrolment.status == "approved"


def test_a_sanction_served_before_it_was_found_in_error_lets_it_back() -> None:
    told = approved(LADDER).also(
        report("v-1", "weapons", "2026-03-05", 6), annul("v-1", "2026-03-20")
    )
    assert told.enrolment.status == "approved"


def test_so_does_a_warning_whose_violation_is_void() -> None:
    told = approved(LADDER).also(
        report("v-1", "weapons", "2026-03-05", 2), annul("v-1", "2026-03-06")
    )
    assert told.enrolment.status == "approved"


def test_a_waiver_does_not() -> None:
    told = approved().also(
        report("v-1", "explosives", "2026-03-05"),
        waive("sanction-2", "2026-03-06", "ana"),
        waive("sanction-2", "2026-03-07", "bo"),
    )
    assert told.story.seller.sanctions[0].cut == "waived"
    assert told.enrolment.status == "withdrawn"


def test_what_the_seller_took_back_stays_back() -> None:
    told = registered().also(
        taken_back(), report("v-1", "explosives", "2026-03-05"), annul("v-1", "2026-03-06")
    )
    assert told.enrolment.status == "withdrawn"


def test_let_back_it_may_be_decided_and_taken_out_again() -> None:
    told = registered().also(
        report_strike("v-1", "2026-03-05"), annul("v-1", "2026-03-06"), decision()
    )
    assert told.enrolment.status == "approved"
    assert out(told.also(report_strike("v-2", "2026-03-07"))).because_of == ("v-2",)


@pytest.mark.parametrize("policy", [POLICY, LADDER], ids=["default", "ladder"])
def test_a_thousand_products_follow_one_violation(policy: Policy) -> None:
    story = announced(policy).also(*(registration(f"p-{n}") for n in range(1_000)))
    told = story.also(report("v-1", "explosives", "2026-03-05"))
    assert {e.status for e in told.enrolments.values()} == {"withdrawn"}
