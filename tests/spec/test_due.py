"""What time alone brings: recorded once, at its exact instant, in due order."""

from typing import Any

from ledger.decide.due import record_due
from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import FundsReleased, SanctionEnded
from ledger.facts.violations import ViolationExpired
from tests.spec.described import instant_of, violation
from tests.spec.given import LADDER, POLICY, Story, annul, given, report, time_passes, waive

SUSPENDED = given(POLICY, report("v1", "illegal-drugs", "2026-01-05"))
END_OF_FREEZE = "2026-07-04"
END_OF_LIFE = "2027-01-05"


def due(story: Story, up_to: str, at: str | None = None) -> list[Any]:
    return record_due(story.seller, instant_of(up_to), instant_of(at or up_to))


def test_the_freeze_of_a_suspension_ends_after_exactly_180_days() -> None:
    assert instant_of(END_OF_FREEZE) - instant_of("2026-01-05") == 180 * DAY_US
    assert due(SUSPENDED, "2026-07-03T23:59:59.999999") == []
    assert due(SUSPENDED, END_OF_FREEZE) == [
        FundsReleased(
            recorded_at=instant_of(END_OF_FREEZE),
            actor="ledger",
            caused_by="seller-s-1.3",
            freeze_id="freeze-3",
            why="due",
            effective_at=instant_of(END_OF_FREEZE),
        )
    ]


def test_a_suspended_seller_whose_freeze_was_released_may_withdraw_but_not_sell() -> None:
    before, after = (SUSPENDED.standing(on) for on in ("2026-07-03T23:59:59", END_OF_FREEZE))
    assert (before.can_withdraw, before.can_sell) == (False, False)
    assert (after.can_withdraw, after.can_sell, after.status) == (True, False, "suspended")


def test_a_violation_expires_at_its_lapse() -> None:
    story = given(POLICY, report("v1", "weapons", "2026-01-05"))
    assert due(story, "2027-01-04T23:59:59.999999") == []
    assert due(story, END_OF_LIFE) == [
        ViolationExpired(
            recorded_at=instant_of(END_OF_LIFE),
            actor="ledger",
            caused_by="seller-s-1.1",
            violation_id="v1",
            effective_at=instant_of(END_OF_LIFE),
        )
    ]


def test_a_sanction_with_days_ends_by_itself() -> None:
    story = given(LADDER, report("v1", "false-delivery", "2026-01-05"))
    assert due(story, "2026-01-11T23:59:59.999999") == []
    assert due(story, "2026-01-12") == [
        SanctionEnded(
            recorded_at=instant_of("2026-01-12"),
            actor="ledger",
            caused_by="seller-s-1.2",
            sanction_id="sanction-2",
            effective_at=instant_of("2026-01-12"),
        )
    ]


def test_what_is_recorded_late_keeps_its_own_instant() -> None:
    (released,) = due(SUSPENDED, END_OF_FREEZE, at="2026-07-09")
    assert released.recorded_at == instant_of("2026-07-09")
    assert released.effective_at == instant_of(END_OF_FREEZE)


def test_due_work_comes_in_due_order_and_equal_instants_in_log_order() -> None:
    story = given(
        LADDER,
        violation("v1", "2026-01-05", points=1),
        report("v2", "weapons", "2026-01-05", points=1),
        report("v3", "weapons", "2026-01-05", points=10, effective="2026-01-04T12:00:00"),
    )
    found = [(type(f).__name__, f.effective_at) for f in due(story, "2028-01-01")]
    assert [at for _, at in found] == sorted(at for _, at in found)
    ids = [f.violation_id for f in due(story, "2028-01-01") if isinstance(f, ViolationExpired)]
    assert ids == ["v3", "v1", "v2"]
    assert found[0] == ("SanctionEnded", instant_of("2026-01-05"))


def test_due_work_is_recorded_once() -> None:
    story = SUSPENDED.also(time_passes("2028-01-01"))
    names = [type(fact).__name__ for fact in story.facts[3:]]
    assert names == ["FundsReleased", "ViolationExpired"]
    assert due(story, "2030-01-01") == []
    assert story.seller.next_due() is None


def test_the_next_due_instant_is_the_nearest() -> None:
    assert SUSPENDED.seller.next_due() == instant_of(END_OF_FREEZE)
    later = SUSPENDED.also(time_passes(END_OF_FREEZE))
    assert later.seller.next_due() == instant_of(END_OF_LIFE)


def test_expiry_never_lifts_a_suspension() -> None:
    later = SUSPENDED.also(time_passes("2029-01-01")).standing("2029-01-01")
    assert (later.status, later.buckets[0].value) == ("suspended", 0)
    assert later.next_change_at is None


def test_a_cancelled_violation_never_expires_and_a_lifted_sanction_never_ends() -> None:
    story = given(
        LADDER,
        report("v1", "false-delivery", "2026-01-05"),
        annul("v1", "2026-01-06"),
    )
    assert story.seller.next_due() is None
    assert due(story, "2030-01-01") == []


def test_a_waived_suspension_has_no_release_to_come() -> None:
    story = SUSPENDED.also(
        waive("sanction-2", "2026-01-06", by="anna"), waive("sanction-2", "2026-01-07", by="ben")
    )
    assert [type(f).__name__ for f in due(story, "2030-01-01")] == ["ViolationExpired"]


def test_readers_need_not_wait_for_what_is_due_to_be_recorded() -> None:
    story = given(LADDER, report("v1", "false-delivery", "2026-01-05"))
    recorded = story.also(time_passes("2028-01-01"))
    for as_of in ("2026-01-05", "2026-01-11T23:59:59.999999", "2026-01-12", END_OF_LIFE):
        before, after = story.standing(as_of), recorded.standing(as_of)
        assert (before.status, before.buckets) == (after.status, after.buckets), as_of
    assert [story.standing(on).status for on in ("2026-01-11", "2026-01-12")] == [
        "restricted",
        "active",
    ]


def test_a_warning_is_over_as_soon_as_it_is_given() -> None:
    story = given(LADDER, report("v1", "perfumes", "2026-01-05"))
    assert story.standing("2026-01-05").status == "active"
    assert [type(f).__name__ for f in due(story, "2026-01-05")] == ["SanctionEnded"]
