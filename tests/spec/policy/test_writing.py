"""Data as TOML, and what packs say otherwise in sentences."""

from typing import Any

import pytest

from ledger.policy.diff import Difference, differences
from ledger.policy.document import read
from ledger.policy.shipped import load_pack
from ledger.policy.wording import in_words
from ledger.policy.writing import to_toml


@pytest.mark.parametrize("name", ["aliexpress", "aliexpress-ladder"])
def test_a_pack_written_reads_back_the_same(name: str) -> None:
    data = read(load_pack(name))
    assert read(to_toml(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"a": 'line\nbreak \x7f "quoted" \\ é 🙂'},
        {"policy": {"patch": {"buckets.points.limit": 36, "options.on": ["a", "b"]}}},
        {"facts": {"leave_out": [{"rule": ["x"]}, {}], "change": [{"where": {}, "set": {"n": 1}}]}},
        {"a": {"b": {"c": {"d": True}, "e": 1}, "f": {}}, "g": []},
        {"odd key": {"": 1, "b.c": {"value": 1, "source": "s"}}},
    ],
)
def test_any_data_read_back_the_same(data: dict[str, Any]) -> None:
    assert read(to_toml(data)) == data


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (("buckets.points.limit", "changed", 48, 36),
         "The limit of suspension of the bucket points falls from 48 to 36."),
        (("freeze.days", "changed", 90, 180),
         "The number of days of the freeze rises from 90 to 180."),
        (("options.refire_after_waiver", "changed", True, False),
         "The firing again after a waiver of the options is switched off."),
        (("rules.seeds.points", "added", None, 2),
         "The number of points of the rule seeds is new: 2."),
        (("title", "changed", "a", "b c"), "The title changes from a to “b c”."),
        (("notes", "removed", [{"about": "x"}], None),
         "What the notes say is gone; it was 1 entry."),
        (("buckets.points.milestones.freeze.every", "added", None, True),
         ("The repetition at every multiple of the threshold of the milestone freeze of the bucket "
          "points is new, and switched on.")),
        (("effective_from", "changed", "a", "b"),
         "The instant from which it is in force changes from a to b."),
        (("promotions.change_stops_days", "changed", 1, 2),
         "change_stops_days of the promotions rises from 1 to 2."),
    ],
)  # fmt: skip
def test_a_difference_is_a_sentence(found: tuple[Any, ...], said: str) -> None:
    assert in_words(Difference(*found)) == said


def test_every_difference_of_the_shipped_packs_can_be_said() -> None:
    packs = [read(load_pack(name)) for name in ("aliexpress", "aliexpress-ladder")]
    for found in differences(packs[0], packs[1]):
        assert in_words(found).endswith(".")
