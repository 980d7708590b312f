"""A pack change between violation and evaluation (RULES §8): each number from its own edition."""

from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.shipped import load_pack
from tests.spec.described import (
    annulled,
    found_in_error,
    freeze,
    sanction,
    suspension,
    violation,
)
from tests.spec.given import (
    LADDER,
    POLICY,
    annul,
    edition_of,
    given,
    published,
    report,
    time_passes,
)

STRICTER = edition_of(
    POLICY, "2026-06-01", "2026-06-01", {"buckets.points.limit": 36, "rules.weapons.points": 30}
)
MILDER = edition_of(POLICY, "2026-06-01", "2026-06-01", {"buckets.points.limit": 60})
BEFORE_CHANGE = given(
    POLICY,
    report("v1", "weapons", "2026-01-05"),
    report("v2", "false-delivery", "2026-02-01"),
)


def test_a_pack_change_between_violation_and_evaluation() -> None:
    """Points and life are those of the day it happened; thresholds those of its judgement."""
    (
        BEFORE_CHANGE.also(published(STRICTER, "2026-05-01"))
        .when(report("v3", "weapons", "2026-06-10", effective="2026-05-31"))
        .then(
            violation(
                "v3",
                points=24,
                policy="aliexpress@2020-01-01",
                digest=POLICY.digest.removeprefix("sha256:")[:8],
                judged_by="aliexpress@2026-06-01",
            ),
            suspension(because_of="v3", milestone="points-36", policy="aliexpress@2026-06-01"),
            freeze(days=180),
        )
    )


def test_a_pack_published_is_not_yet_in_force() -> None:
    (
        BEFORE_CHANGE.also(published(STRICTER, "2026-05-01"))
        .when(report("v3", "perfumes", "2026-05-31T23:59:59.999999"))
        .then(violation("v3", policy="aliexpress@2020-01-01", judged_by=None))
    )


def test_a_new_edition_weighs_what_happens_under_it() -> None:
    (
        given(POLICY, published(STRICTER, "2026-05-01"))
        .when(report("v1", "weapons", "2026-06-01"))
        .then(violation("v1", points=30, policy="aliexpress@2026-06-01", judged_by=None))
    )


def test_a_lowered_threshold_fires_at_the_next_violation_and_not_by_itself() -> None:
    """36 points stood under the limit of 48; the limit came down to 36, and nothing happened."""
    story = BEFORE_CHANGE.also(published(STRICTER, "2026-05-01"), time_passes("2026-07-01"))
    assert story.standing("2026-07-01").status == "active"
    assert story.standing("2026-07-01").buckets[0].limit == 36
    story.when(report("v3", "perfumes", "2026-07-02")).then(
        violation("v3"), suspension(because_of="v3", milestone="points-36"), freeze(days=180)
    )


def test_a_lowered_threshold_fires_once() -> None:
    story = BEFORE_CHANGE.also(
        published(STRICTER, "2026-05-01"), report("v3", "perfumes", "2026-07-02")
    )
    story.when(report("v4", "perfumes", "2026-07-03")).then(violation("v4"))


def test_a_raised_threshold_lifts_nothing() -> None:
    story = given(
        POLICY, report("v1", "illegal-drugs", "2026-01-05"), published(MILDER, "2026-05-01")
    )
    assert story.standing("2026-07-01").status == "suspended"
    story.when(report("v2", "perfumes", "2026-07-02", points=12)).then(violation("v2", points=12))


def test_a_second_judgement_uses_each_violations_own_edition() -> None:
    """The suspension at 48 is judged again by the limit of its day, though 60 is in force now."""
    story = given(
        POLICY,
        report("v1", "weapons", "2026-01-05"),
        report("v2", "weapons", "2026-01-06"),
        report("v3", "weapons", "2026-01-08"),
        published(MILDER, "2026-05-01"),
    )
    story.when(annul("v1", "2026-07-01")).then(annulled("v1"), found_in_error("sanction-3", days=2))


def _given_up(rule: str | None = None, bucket: str | None = None):
    """An edition of the ladder pack that has one rule, or one bucket, no longer."""
    data = read(load_pack("aliexpress-ladder"))
    data |= {"edition": "2026-06-01", "effective_from": "2026-06-01T00:00:00Z"}
    data["rules"].pop(rule, None)
    if data["buckets"].pop(bucket, None):
        data["families"][bucket]["bucket"] = "points"
    return policy_from(data)


def test_a_rule_given_up_since_still_judges_its_own_time() -> None:
    story = given(LADDER, published(_given_up(rule="weapons"), "2026-05-01"))
    (
        story.when(report("v1", "weapons", "2026-06-02", effective="2026-05-31")).then(
            violation("v1", points=24),
            sanction("freeze-of-selling", "v1", 14, policy="aliexpress-ladder@2026-06-01"),
        )
    )
    assert story.when(report("v1", "weapons", "2026-06-02")).refusal is not None


def test_a_bucket_given_up_since_has_no_milestones_to_reach() -> None:
    (
        given(LADDER, published(_given_up(bucket="listing-quality"), "2026-05-01"))
        .when(report("v1", "misdescription", "2026-06-02", points=12, effective="2026-05-31"))
        .then(violation("v1", bucket="listing-quality", points=12))
    )
