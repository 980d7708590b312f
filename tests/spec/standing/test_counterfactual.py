"""The law: what an explanation says of a seller without a violation is what annulling it brings."""

from dataclasses import dataclass

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from ledger.facts.instants import DAY_US, format_instant
from ledger.policy.patch import PatchValue
from ledger.policy.policy import Policy
from ledger.standing.explanation import explain
from ledger.standing.standing import standing
from tests.spec.described import instant_of
from tests.spec.given import Story, annul, given, pack, report, report_strike, waive

PATCHES: list[dict[str, PatchValue]] = [
    {},
    {"buckets.points.daily_cap": 7},
    {"buckets.points.merge_days": 2, "buckets.strikes.merge_days": 4},
    {"buckets.points.merge_days": 3, "buckets.points.daily_cap": 9},
]
PACKS = [
    *(pack("aliexpress", {"buckets.points.limit": 24, **patch}) for patch in PATCHES),
    *(pack("aliexpress-ladder", patch) for patch in PATCHES),
    pack("aliexpress-ladder", {"options.crossing_several": "all"}),
]
START = instant_of("2026-01-01")


@dataclass
class Life:
    """A story in the making: days pass, and things happen."""

    story: Story
    day: int = 0

    def on(self) -> str:
        return format_instant(START + self.day * DAY_US)[:-8]


@st.composite
def stories(draw: st.DrawFn) -> Life:
    policy: Policy = draw(st.sampled_from(PACKS))
    life = Life(given(policy))
    for number in range(draw(st.integers(1, 9))):
        life.day += draw(st.sampled_from((0, 0, 1, 1, 2, 100, 364)))
        happen(draw, life, f"v-{number}")
    life.day += draw(st.sampled_from((0, 1, 30)))
    return life


def happen(draw: st.DrawFn, life: Life, violation_id: str) -> None:
    """A violation, or sometimes an annulment or a waiver."""
    on, story = life.on(), life.story
    existing = [v.violation_id for v in story.seller.violations if v.cancelled_at is None]
    running = [s for s in story.seller.sanctions if s.in_force_at(instant_of(on))]
    what = draw(st.sampled_from(("points", "points", "points", "strike", "annul", "waive")))
    if what == "annul" and existing:
        life.story = story.also(annul(draw(st.sampled_from(existing)), on))
    elif what == "waive" and running:
        sanction_id = running[0].sanction_id
        life.story = story.also(waive(sanction_id, on, by="ann"), waive(sanction_id, on, by="ben"))
    elif what == "strike":
        life.story = story.also(report_strike(violation_id, on))
    else:
        back = draw(st.sampled_from((0, 0, 0, 1, 3, 200)))
        effective = format_instant(START + (life.day - back) * DAY_US)[:-8]
        points = draw(st.sampled_from((0, 4, 6, 12, 24)))
        life.story = story.also(report(violation_id, "weapons", on, points, effective))


@settings(max_examples=150, deadline=None)
@drawn(stories())
def test_without_a_violation_is_as_annulling_it(life: Life) -> None:
    story, as_of = life.story, instant_of(life.on())
    explained = explain(story.seller, story.recorded, story.rulebook, as_of, as_of)
    in_force = {s.sanction_id for s in explained.standing.sanctions}
    for place, bucket in enumerate(explained.buckets):
        for violation in bucket.violations:
            told = story.also(annul(violation.violation_id, life.on()))
            after = standing(told.seller, story.rulebook, as_of, as_of)
            without = violation.without
            assert without is not None
            assert without.value == after.buckets[place].value
            assert without.status == after.status
            assert set(without.lifted) == in_force - {s.sanction_id for s in after.sanctions}


@settings(max_examples=150, deadline=None)
@drawn(stories())
def test_what_is_said_to_lift_a_sanction_does(life: Life) -> None:
    story, as_of = life.story, instant_of(life.on())
    explained = explain(story.seller, story.recorded, story.rulebook, as_of, as_of)
    for sanction in explained.sanctions:
        lift = sanction.lift
        for way in [*((one,) for one in lift.alone), lift.together]:
            told = story.also(*(annul(violation_id, life.on()) for violation_id in way))
            after = told.seller.sanction(sanction.sanction.sanction_id)
            assert after is not None
            assert not way or not after.in_force_at(as_of)
        assert lift.alone or lift.together, "without its bucket's violations no sanction stands"


@settings(max_examples=150, deadline=None)
@drawn(stories())
def test_every_point_is_explained(life: Life) -> None:
    story, as_of = life.story, instant_of(life.on())
    explained = explain(story.seller, story.recorded, story.rulebook, as_of, as_of)
    for bucket in explained.buckets:
        assert sum(v.counted for v in bucket.violations) == bucket.standing.value
        assert all((v.counted < v.given) == (v.why is not None) for v in bucket.violations)
    listed = sum(len(bucket.violations) for bucket in explained.buckets)
    left_out = explained.not_counted
    everything = listed + left_out.cancelled + left_out.expired + left_out.later
    assert everything == len(story.seller.violations)


@settings(max_examples=60, deadline=None)
@drawn(stories())
def test_one_violation_asked_about_alone_is_told_as_among_all(life: Life) -> None:
    story, as_of = life.story, instant_of(life.on())
    told = (story.seller, story.recorded, story.rulebook, as_of, as_of)
    among_all = explain(*told)
    for place, bucket in enumerate(among_all.buckets):
        for violation in bucket.violations:
            alone = explain(*told, violation.violation_id)
            assert alone.buckets[place].violations == (violation,)
            assert sum(len(each.violations) for each in alone.buckets) == 1
            assert alone.standing == among_all.standing
            for one, of_all in zip(alone.sanctions, among_all.sanctions, strict=True):
                assert set(one.lift.alone) == set(of_all.lift.alone) & {violation.violation_id}
                assert one.lift.together == ()
