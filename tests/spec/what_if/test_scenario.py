"""A scenario written down and read again is the same one; its digest names it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.facts.instants import DAY_US, format_instant
from ledger.policy.document import read
from ledger.policy.shipped import load_pack
from ledger.standing.rulebook import Rulebook
from projections.what_if.reading import scenario_from, scenario_from_json, scenario_from_toml
from projections.what_if.scenario import Scenario, canonical, data_of, digest
from projections.what_if.words import in_words
from projections.what_if.world_rules import WorldBook, world_book
from tests.projections.what_if.archived import END, known
from tests.projections.what_if.test_masks import filters

BEFORE = [format_instant(END - n * DAY_US // 3) for n in range(1, 90)]
instants = st.sampled_from(BEFORE)


def given_filters() -> Any:
    """Filters as data, without stretches that end before they begin."""
    return filters().map(_data).filter(bool)


def _data(found: Any) -> dict[str, Any]:
    said = {}
    for name, value in found.said().items():
        said[name] = format_instant(value) if isinstance(value, int) else list(value)
    for stretch in ("recorded", "effective", "decided"):
        if f"{stretch}_from" in said:
            said.pop(f"{stretch}_to", None)
    if {"none", "filed"} & set(said.get("appeal", ())):
        said.pop("decided_from", None)
        said.pop("decided_to", None)
    return said


SETTINGS: list[dict[str, Any]] = [
    {"points": 3},
    {"rule": "seeds"},
    {"rule": "copyright", "severity": "serious"},
    {"effective_at": "recorded_at"},
    {"effective_at": BEFORE[0], "points": 0},
]
POLICIES: list[dict[str, Any]] = [
    {"patch": {"buckets.points.limit": 36, "options.crossing_several": "all"}},
    {"patch": {"freeze.on": ["suspension", "warning"], "options.refire_after_waiver": False}},
    {"pack": "aliexpress-ladder@2020-01-01"},
    {"pack": read(load_pack("aliexpress"))},
    {
        "pack": read(load_pack("aliexpress")) | {"edition": "draft"},
        "applies": "from-its-date",
    },
]


@st.composite
def scenarios(draw: Any) -> Scenario:
    """Any scenario that is sound."""
    data: dict[str, Any] = {"name": draw(st.sampled_from(["a test", "Ünïcode — 测试", "x" * 200]))}
    if draw(st.booleans()):
        data["about"] = "why it is asked"
    if draw(st.booleans()):
        data |= {"from": BEFORE[-1], "to": BEFORE[1], "known_at": BEFORE[0]}
    if draw(st.booleans()):
        data["policy"] = draw(st.sampled_from(POLICIES))
    if draw(st.booleans()):
        data["population"] = draw(given_filters())
    changes = st.fixed_dictionaries({"where": given_filters(), "set": st.sampled_from(SETTINGS)})
    added = st.fixed_dictionaries(
        {"seller_id": st.sampled_from(["s-1", "s-2"]), "rule": st.sampled_from(["seeds"]),
         "recorded_at": st.sampled_from(BEFORE[2:])},
        optional={"points": st.integers(0, 48), "listing_id": st.just("l-1"),
                  "reported_by": st.just("somebody"), "source": st.just("rights-holder")},
    )  # fmt: skip
    facts = {
        "leave_out": draw(st.lists(given_filters(), max_size=3)),
        "change": draw(st.lists(changes, max_size=2)),
        "add": draw(st.lists(added, max_size=2)),
    }
    data["facts"] = {key: value for key, value in facts.items() if value}
    return scenario_from(data, known())


@settings(max_examples=80, deadline=None)
@given(scenarios())
def test_written_down_and_read_again_it_is_the_same(scenario: Scenario) -> None:
    again = scenario_from_json(canonical(scenario), known())
    assert again == scenario
    assert canonical(again) == canonical(scenario)
    assert digest(scenario_from(data_of(scenario))) == digest(scenario)
    assert in_words(scenario)


def test_toml_and_json_say_the_same() -> None:
    toml = scenario_from_toml(
        """
        name = "without detector-7"
        [[facts.leave_out]]
        reporter = ["detector-7", "detector-7"]
        recorded_from = 2026-01-01T01:00:00+01:00
        """
    )
    json = scenario_from_json(
        b'{"facts": {"leave_out": [{"recorded_from": "2026-01-01T00:00:00Z", '
        b'"reporter": "detector-7"}]}, "name": "without detector-7"}'
    )
    assert toml == json
    assert canonical(toml) == (
        b'{"facts":{"leave_out":[{"recorded_from":"2026-01-01T00:00:00.000000Z",'
        b'"reporter":["detector-7"]}]},"name":"without detector-7"}'
    )
    assert digest(toml) == digest(json)
    assert digest(toml) == (
        "sha256:a1facfe4a87f35990ce63dd62b7744e02f1b3a23bffba63716dbbb6b52d828bf"
    )


def rules_of(policy: dict[str, Any]) -> WorldBook:
    return world_book(scenario_from({"name": "x", "policy": policy}, known()).policy, known())


def test_a_patched_world_keeps_its_editions() -> None:
    world = rules_of({"patch": {"buckets.points.limit": 36}})
    policy = world.book.in_force(world.pack, END)
    assert (policy.ref, policy.limit("points")) == ("aliexpress@2020-01-01", 36)
    assert world.instead == {}


def test_a_pack_throughout_is_in_force_from_the_beginning() -> None:
    world = rules_of({"pack": "aliexpress-ladder@2020-01-01"})
    assert world.instead["aliexpress@2020-01-01"] == "aliexpress-ladder@2020-01-01"
    assert Rulebook(world.book, world.pack).in_force(0, 0).ref == "aliexpress-ladder@2020-01-01"


@pytest.mark.parametrize(("at", "edition"), [("2026-03-01", "march"), ("2026-02-28", "2020-01-01")])
def test_a_draft_from_its_date_leaves_what_was_before(at: str, edition: str) -> None:
    draft = read(load_pack("aliexpress")) | {
        "edition": "march",
        "published_at": "2026-02-01T00:00:00Z",
        "effective_from": "2026-03-01T00:00:00Z",
    }
    world = rules_of({"pack": draft, "applies": "from-its-date"})
    instant = scenario_from({"name": "x", "to": f"{at}T00:00:00Z"}).to
    assert instant is not None
    assert world.book.in_force(world.pack, instant).edition == edition
    assert [e.policy.edition for e in world.added] == ["march"]


# fmt: off
WORDS = [
    ({"policy": {"patch": {"buckets.points.limit": 36}}},
     ("The policy says otherwise: the limit of suspension of the bucket points is 36 "
      "(buckets.points.limit = 36).")),
    ({"policy": {"pack": "aliexpress-ladder@2020-01-01"}},
     "The policy is aliexpress-ladder@2020-01-01, throughout."),
    ({"facts": {"leave_out": [{"rule": ["weapons", "seeds"], "reporter": "detector-7",
                               "recorded_from": "2026-03-01T00:00:00Z",
                               "recorded_to": "2026-03-15T12:30:00Z"}]}},
     ("Left out are violations of rule seeds or weapons, reported by detector-7, "
      "recorded from 2026-03-01 and before 2026-03-15 12:30:00 UTC.")),
    ({"facts": {"change": [{"where": {"appeal": "rejected"}, "set": {"appeal": "upheld"}}]}},
     "Violations with an appeal rejected have had their appeal upheld."),
    ({"population": {"family": "transaction"}},
     "Only sellers with violations of family transaction are looked at."),
    ({"from": "2026-01-01T00:00:00Z"}, "Sanctions and days are counted from 2026-01-01 on."),
    ({"to": "2026-02-01T00:00:00Z"}, "The worlds are compared as they are on 2026-02-01."),
    ({"known_at": "2026-03-01T00:00:00Z"}, "Known is only what was recorded by 2026-03-01."),
    ({}, "Nothing is different: the two worlds should agree."),
]
# fmt: on


@pytest.mark.parametrize(("data", "sentence"), WORDS)
def test_a_scenario_is_told_in_words(data: dict[str, Any], sentence: str) -> None:
    assert in_words(scenario_from({"name": "x"} | data, known()))[0] == sentence
