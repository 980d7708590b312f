"""What-if: the pack with other values at some paths, and what two packs say differently."""

import pytest

from ledger.policy.check import policy_from
from ledger.policy.diff import Difference, differences
from ledger.policy.document import PackData, read
from ledger.policy.mistakes import MalformedPack
from ledger.policy.patch import NotAValue, PatchValue, UnknownPath, patched
from ledger.policy.shipped import load_pack


def aliexpress() -> PackData:
    return read(load_pack("aliexpress"))


# fmt: off
PATCHES = [
    # path, value, what the policy then says
    ("buckets.points.limit", 36, lambda p: p.limit("points")),
    ("buckets.points.life_days", 90, lambda p: p.bucket("points").window.days),
    ("buckets.points.daily_cap", 6, lambda p: p.bucket("points").daily_cap),
    ("buckets.strikes.merge_days", 3, lambda p: p.bucket("strikes").merge_days),
    ("rules.weapons.points", 30, lambda p: p.rule("weapons").points),
    ("rules.copyright.points", 12, lambda p: p.rule("copyright").weigh("general", None).points),
    ("rules.weapons.life_days", 730, lambda p: p.rule("weapons").life_days),
    ("freeze.days", 90, lambda p: p.freeze_days),
    ("options.crossing_several", "all", lambda p: p.crossing_several),
    ("options.refire_after_waiver", False, lambda p: p.refire_after_waiver),
    ("appeals.prohibited.first_days", 10, lambda p: p.appeal_window("prohibited", None).first_days),
    ("zone", "Asia/Shanghai", lambda p: p.zone),
]

REFUSED = [
    ("buckets.points.limits", UnknownPath,
     "The pack has no buckets.points.limits: 'limits' is unknown there, did you mean limit?"),
    ("buckets.point.limit", UnknownPath,
     "The pack has no buckets.point.limit: 'point' is unknown there, did you mean points?"),
    ("bucket.points.limit", UnknownPath,
     "The pack has no bucket.points.limit: 'bucket' is unknown there, did you mean buckets?"),
    ("rules.weapon.points", UnknownPath,
     "The pack has no rules.weapon.points: 'weapon' is unknown there, did you mean weapons?"),
    ("rules.swords", UnknownPath, None),
    ("", UnknownPath, None),
    ("rules.weapons", NotAValue, "rules.weapons is a table in the pack: a patch names one value."),
    ("buckets.points.limit.value", NotAValue, None),
    ("zone.name", NotAValue, 'zone is "UTC" in the pack: a patch names one value.'),
]
# fmt: on


@pytest.mark.parametrize(("path", "value", "said"), PATCHES)
def test_a_patch_changes_what_its_path_names(path: str, value: PatchValue, said) -> None:
    before = aliexpress()
    after = patched(before, {path: value})
    assert said(policy_from(after)) == value
    assert before == aliexpress()
    changed = {difference.path.removesuffix(".source") for difference in differences(before, after)}
    assert changed == {path}


@pytest.mark.parametrize(("path", "refusal", "words"), REFUSED)
def test_a_patch_of_no_value_is_refused(path: str, refusal, words: str | None) -> None:
    with pytest.raises(refusal) as refused:
        patched(aliexpress(), {path: 1})
    if words is not None:
        assert str(refused.value) == words


def test_a_patch_is_held_to_the_same_check_as_a_pack() -> None:
    with pytest.raises(MalformedPack, match=r"rules.weapons.points: found 60; accepted: 0 to 48"):
        policy_from(patched(aliexpress(), {"rules.weapons.points": 60}))


def test_several_values_at_once() -> None:
    policy = policy_from(patched(aliexpress(), {"buckets.points.limit": 36, "freeze.days": 30}))
    assert (policy.limit("points"), policy.freeze_days) == (36, 30)
    assert policy.digest != policy_from(aliexpress()).digest


def test_two_packs_alike_have_no_difference() -> None:
    assert differences(aliexpress(), aliexpress()) == []


def test_differences_are_rows_and_words() -> None:
    before, after = aliexpress(), aliexpress()
    after["buckets"]["points"]["limit"]["value"] = 36
    after["freeze"]["on"] = ["suspension", "freeze-of-selling"]
    after["rules"]["seeds"]["life_days"] = 30
    del after["rules"]["perfumes"]
    found = differences(before, after)
    assert found[0] == Difference("buckets.points.limit", "changed", 48, 36)
    assert [str(difference) for difference in found] == [
        "buckets.points.limit: 48 -> 36",
        'freeze.on: ["suspension"] -> ["suspension", "freeze-of-selling"]',
        "rules.perfumes.family: removed, was prohibited",
        "rules.perfumes.points: removed, was 2",
        "rules.perfumes.source: removed, was 004, closing lists; points: operator default",
        "rules.seeds.life_days: added, 30",
    ]
