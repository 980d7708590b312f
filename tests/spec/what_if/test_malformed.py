"""A scenario spoilt in one place a file: each is refused in exactly the words beside it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.policy.document import MOST_BYTES, read
from ledger.policy.shipped import load_pack
from projections.what_if.filters import MOST_NAMES
from projections.what_if.reading import (
    MalformedScenario,
    scenario_from,
    scenario_from_json,
    scenario_from_toml,
)
from projections.what_if.scenario import MOST_FILTERS
from tests.projections.what_if.archived import known

HERE = Path(__file__).parent
SPOILT = sorted((HERE / "malformed").glob("*.toml"))


def refusal_of(text: str) -> str:
    with pytest.raises(MalformedScenario) as refused:
        scenario_from_toml(text, known())
    return str(refused.value)


def refusal_of_json(body: bytes) -> str:
    with pytest.raises(MalformedScenario) as refused:
        scenario_from_json(body, known())
    return str(refused.value).partition("\n")[2]


@pytest.mark.parametrize("fixture", SPOILT, ids=lambda path: path.stem)
def test_a_mistake_is_told_in_these_words(fixture: Path) -> None:
    assert refusal_of(fixture.read_text()) + "\n" == fixture.with_suffix(".txt").read_text()


def test_every_mistake_is_told_at_once() -> None:
    words = refusal_of(
        """
        name = ""
        to = 2027-01-01T00:00:00Z
        pupulation = 3
        policy.patch = { "buckets.point.limit" = 36, "rules.weapons.points" = 60 }
        [facts]
        leave_out = [{}, { rule = "weapon", severity = "grave" }, 3, { family = "tarnsaction" }]
        change = [{ where = { rule = "seed" }, set = {} }]
        [[facts.add]]
        seller_id = "s 1"
        rule = "seeds"
        recorded_at = 2026-01-01T00:00:00Z
        """
    )
    assert [line.partition(": ")[0] for line in words.splitlines()] == [
        "The scenario has 12 mistakes:",
        "facts.add[0].seller_id",
        "facts.change[0].set",
        "facts.change[0].where.rule",
        "facts.leave_out[0]",
        "facts.leave_out[1].severity",
        "facts.leave_out[2]",
        "facts.leave_out[3].family",
        "name",
        "policy.patch.buckets.point.limit",
        "policy.patch.rules.weapons.points",
        "pupulation",
        "to",
    ]


# fmt: off
HOSTILE = [
    (b"{" + b" " * MOST_BYTES, f"the scenario: found {MOST_BYTES + 1} bytes; accepted: at most"),
    (b"[" * 100_000, "the scenario: found tables or lists nested too deeply;"),
    (b'{"name": "x", "facts": ' + b'{"a":' * 30 + b"1" + b"}" * 31, "nested too deeply;"),
    (b'{"name": "x", "policy": {"patch": {"freeze.days": NaN}}}', "not JSON (NaN is no number"),
    (b'{"name": "x", "policy": {"patch": {"freeze.days": -Infinity}}}', "-Infinity is no number"),
    (b'{"name": "\\ud800"}', "the scenario: found half a surrogate pair; accepted: UTF-8"),
    (b'{"name": "x", "\\udfff": 1}', "the scenario: found half a surrogate pair; accepted: UTF-8"),
    (b'{"name": "\xff"}', "the scenario: found bytes that are not UTF-8; accepted: UTF-8"),
    (b'{"name": "x", "name": "y"}', 'the key "name" stands there twice'),
    (b'{"name": "x", "to": ' + b"9" * 5_000 + b"}", "the scenario: found text that is not JSON"),
    (b'{"name": "x", "to": 1e400}', "to: found inf; accepted: an instant with its zone"),
    (b'"a test"', 'the scenario: found "a test"; accepted: a JSON object'),
    (b"", "the scenario: found text that is not JSON"),
    (b'{"name": "x", "policy": {"patch": {"freeze.days": true}}}', "policy.patch.freeze.days: "),
    (b'{"name": "x", "policy": {"pack": {"rules": {"a": {"points": 1e400}}}}}', "policy.pack."),
]
# fmt: on


@pytest.mark.parametrize(("body", "words"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused(body: bytes, words: str) -> None:
    assert words in refusal_of_json(body)


def test_hostile_text_is_refused() -> None:
    assert "at most 1000000 bytes" in refusal_of('name = "x"' + "#" * MOST_BYTES)
    assert "half a surrogate pair" in refusal_of('name = "\ud800"')
    assert "nested too deeply" in refusal_of("x = " + "[" * 5_000 + "]" * 5_000)


def test_lists_have_an_end() -> None:
    many = [{"rule": "seeds"}] * (MOST_FILTERS + 1)
    with pytest.raises(MalformedScenario, match="found a list of 101; accepted: at most 100"):
        scenario_from({"name": "x", "facts": {"leave_out": many}})
    names = [f"s-{n}" for n in range(MOST_NAMES + 1)]
    with pytest.raises(MalformedScenario, match="found a list of 10001; accepted: an id"):
        scenario_from({"name": "x", "population": {"seller": names}})


def test_a_draft_is_held_to_the_same_check_as_a_pack() -> None:
    draft = read(load_pack("aliexpress"))
    draft["buckets"]["points"]["limit"]["value"] = 0
    with pytest.raises(MalformedScenario, match=r"policy\.pack\.buckets\.points\.limit: found 0;"):
        scenario_from({"name": "x", "policy": {"pack": draft}})


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(
                ["name", "policy", "facts", "population", "to", "patch", "pack", "leave_out",
                 "change", "add", "where", "set", "rule", "seller", "appeal", "effective_at"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "policy", "facts", "population", "x"]), JUNK))
def test_whatever_stands_in_a_scenario_it_is_read_or_refused(data: dict) -> None:
    with suppress(MalformedScenario):
        scenario_from(data, known())
