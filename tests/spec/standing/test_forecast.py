"""What time alone will change, at its exact instants."""

from ledger.standing.course import Happening
from tests.spec.described import instant_of
from tests.spec.given import (
    LADDER,
    POLICY,
    Story,
    annul,
    edition_of,
    given,
    pack,
    published,
    report,
)

SUSPENDED = given(
    POLICY, report("v-1", "weapons", "2026-01-05"), report("v-2", "weapons", "2026-02-10")
)


def told(story: Story, from_: str) -> list[tuple[int, tuple[Happening, ...]]]:
    return [(change.at, change.happenings) for change in story.forecast(from_).changes]


def test_the_release_and_both_lapses_of_a_suspended_seller() -> None:
    assert told(SUSPENDED, "2026-03-01") == [
        (instant_of("2026-08-09"), (Happening("funds-released", "freeze-4"),)),
        (instant_of("2027-01-05"), (Happening("violation-lapses", "v-1", "points", -24),)),
        (instant_of("2027-02-10"), (Happening("violation-lapses", "v-2", "points", -24),)),
    ]


def test_each_change_shows_the_standing_from_then_on() -> None:
    forecast = SUSPENDED.forecast("2026-03-01")
    assert [(c.standing.can_withdraw, c.standing.buckets[0].value) for c in forecast.changes] == [
        (True, 48),
        (True, 24),
        (True, 0),
    ]
    assert {c.standing.status for c in forecast.changes} == {"suspended"}
    assert forecast.standing.as_of == instant_of("2026-03-01")
    assert not forecast.standing.can_withdraw
    assert forecast.complete


def test_a_change_at_the_very_start_has_happened_already() -> None:
    assert told(SUSPENDED, "2026-08-09")[0][0] == instant_of("2027-01-05")
    assert told(SUSPENDED, "2026-08-08T23:59:59.999999")[0][0] == instant_of("2026-08-09")


def test_what_happens_at_one_instant_is_told_together() -> None:
    story = given(
        LADDER,
        report("v-1", "medicines", "2026-01-05"),
        report("v-2", "seeds", "2026-01-05"),
    )
    (end, lapses) = told(story, "2026-01-06")
    assert end[1] == (Happening("sanction-ends", "sanction-2", "points"),)
    assert lapses == (
        instant_of("2027-01-05"),
        (
            Happening("violation-lapses", "v-1", "points", -6),
            Happening("violation-lapses", "v-2", "points", -2),
        ),
    )


def test_an_edition_to_come_changes_the_limit() -> None:
    lower = edition_of(POLICY, "2026-07-01", "2026-07-01", {"buckets.points.limit": 36})
    story = given(POLICY, report("v-1", "weapons", "2026-01-05"), published(lower, "2026-03-01"))
    edition, lapse = story.forecast("2026-04-01").changes
    assert edition.at == instant_of("2026-07-01")
    assert edition.happenings == (Happening("edition-in-force", "aliexpress@2026-07-01"),)
    assert edition.standing.policy == "aliexpress@2026-07-01"
    assert edition.standing.buckets[0].limit == 36
    # A pack change is prospective: nobody is judged by it for what was recorded before.
    assert edition.standing.status == "active"
    assert lapse.happenings[0].what == "violation-lapses"


def test_an_edition_not_yet_published_is_not_foretold() -> None:
    assert told(given(POLICY), "2026-04-01") == []


def test_what_was_annulled_changes_nothing_more() -> None:
    story = SUSPENDED.also(annul("v-1", "2026-03-01"))
    assert told(story, "2026-03-01") == [
        (instant_of("2027-02-10"), (Happening("violation-lapses", "v-2", "points", -24),))
    ]


def test_what_counts_nothing_does_not_lapse() -> None:
    capped = pack(patch={"buckets.points.daily_cap": 6})
    story = given(
        capped, report("v-1", "medicines", "2026-01-05"), report("v-2", "medicines", "2026-01-05")
    )
    assert [h.subject for _, happenings in told(story, "2026-02-01") for h in happenings] == ["v-1"]


def test_a_forecast_is_cut_at_the_most_asked_for_and_says_so() -> None:
    assert [c.happenings[0].what for c in SUSPENDED.forecast("2026-03-01", most=1).changes] == [
        "funds-released"
    ]
    assert not SUSPENDED.forecast("2026-03-01", most=2).complete
    assert SUSPENDED.forecast("2026-03-01", most=3).complete


def test_from_the_past_beginnings_are_told_too() -> None:
    found = [h.what for _, happenings in told(SUSPENDED, "2026-02-01") for h in happenings]
    assert found[:3] == ["violation-counts", "sanction-begins", "funds-frozen"]


def test_every_change_foretold_is_the_standings_own_next_change() -> None:
    forecast = SUSPENDED.forecast("2026-01-01")
    nexts = [forecast.standing, *(change.standing for change in forecast.changes)]
    assert [s.next_change_at for s in nexts] == [*(c.at for c in forecast.changes), None]
