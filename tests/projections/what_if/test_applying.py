"""What a scenario makes of the facts, judged by the one engine."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ledger.facts.instants import parse_instant
from projections.what_if.columns import ENDED, START
from tests.projections.what_if.archived import Log
from tests.projections.what_if.judged import run


def two_sellers() -> Log:
    """s-1 has 48 points of weapons, s-2 has 24 and what a detector found."""
    log = Log()
    log.violation("s-1", "v-1", "2026-01-05T00:00:00Z", listing="l-1")
    log.violation("s-2", "v-2", "2026-01-06T00:00:00Z", reporter="detector-7", tag="batch-1")
    log.violation("s-1", "v-3", "2026-02-05T00:00:00Z")
    log.violation("s-2", "v-4", "2026-02-06T00:00:00Z", "seeds", reporter="detector-7")
    log.violation("s-2", "v-5", "2026-03-06T00:00:00Z")
    return log


def test_nothing_different_is_no_difference() -> None:
    found = run(two_sellers(), "")
    assert found.differ() == set()
    assert found.suspended("s-1") == (True, True)
    assert found.points("s-2") == (50, 50)


# fmt: off
LEFT_OUT = [
    ('reporter = "detector-7"', {"s-2"}, (48, 48), (50, 24)),
    ('tag = "batch-1"', {"s-2"}, (48, 48), (50, 26)),
    ('listing = "l-1"', {"s-1"}, (48, 24), (50, 50)),
    ('violation = ["v-1", "v-3"]', {"s-1"}, (48, 0), (50, 50)),
    ('rule = "weapons", recorded_to = 2026-02-01T00:00:00Z', {"s-1", "s-2"}, (48, 24), (50, 26)),
    ('family = "transaction"', set(), (48, 48), (50, 50)),
    ("recorded_from = 2026-06-01T00:00:00Z", set(), (48, 48), (50, 50)),
]
# fmt: on


@pytest.mark.parametrize(("found", "differ", "first", "second"), LEFT_OUT)
def test_facts_are_left_out(found: str, differ: set[str], first, second) -> None:
    done = run(two_sellers(), f"facts.leave_out = [{{ {found} }}]")
    assert done.differ() == differ
    assert (done.points("s-1"), done.points("s-2")) == (first, second)
    assert bool(done.applied.matched[0]) == bool(differ)


def test_leaving_out_is_annulling_at_the_instant_of_recording() -> None:
    log = two_sellers()
    left = run(log, 'facts.leave_out = [{ violation = "v-3" }]').compared.scenario
    annulled = Log()
    for fact in log.told:
        number = annulled.violation(
            fact.seller, fact.violation, fact.recorded, fact.terms.rule, points=fact.about
        )
        if fact.violation == "v-3":
            annulled.void(number, fact.recorded)
    other = run(annulled, "").compared.baseline
    assert np.array_equal(left.values, other.values)
    assert np.array_equal(left.suspended, other.suspended)


# fmt: off
CHANGED = [
    ('{ rule = "weapons" }', "points = 2", (48, 4), (50, 6)),
    ('{ seller = "s-1" }', 'rule = "seeds"', (48, 4), (50, 50)),
    ('{ seller = "s-1" }', 'rule = "seeds", points = 5', (48, 10), (50, 50)),
    ('{ seller = "s-1" }', 'rule = "trademark", severity = "serious"', (48, 0), (50, 50)),
    ('{ violation = "v-5" }', "effective_at = 2025-03-06T00:00:00Z", (48, 48), (50, 26)),
    ('{ violation = "v-5" }', "effective_at = 2026-05-06T00:00:00Z", (48, 48), (50, 50)),
]
# fmt: on


@pytest.mark.parametrize(("where", "setting", "first", "second"), CHANGED)
def test_facts_are_changed(where: str, setting: str, first, second) -> None:
    done = run(two_sellers(), f"facts.change = [{{ where = {where}, set = {{ {setting} }} }}]")
    assert (done.points("s-1"), done.points("s-2")) == (first, second)


def test_what_cannot_be_set_is_counted() -> None:
    done = run(
        two_sellers(),
        'facts.change = [{ where = { seller = "s-2" }, '
        "set = { effective_at = 2026-02-01T00:00:00Z } }]",
    )
    assert (done.applied.matched.tolist(), done.applied.kept.tolist()) == ([3], [1])


def test_of_two_changes_the_later_has_the_last_word() -> None:
    done = run(
        two_sellers(),
        """[[facts.change]]
        where.seller = "s-1"
        set.rule = "seeds"
        [[facts.change]]
        where.violation = "v-1"
        set.rule = "medicines"
        """,
    )
    assert done.points("s-1") == (48, 8)


def test_nothing_is_backdated_any_more() -> None:
    log = Log()
    log.violation("s-1", "v-1", "2026-05-01T00:00:00Z", effective="2025-05-02T00:00:00Z")
    log.violation("s-1", "v-2", "2026-05-02T00:00:00Z")
    done = run(
        log, 'facts.change = [{ where = { rule = "weapons" }, set.effective_at = "recorded_at" }]'
    )
    assert done.points("s-1") == (24, 48)
    assert done.suspended("s-1") == (False, True)


ADDED = """
[[facts.add]]
seller_id = "s-2"
rule = "weapons"
recorded_at = 2026-01-07T00:00:00Z
[[facts.add]]
seller_id = "s-1"
rule = "seeds"
points = 7
recorded_at = 2026-01-01T00:00:00Z
"""


def test_facts_are_added_in_place() -> None:
    done = run(two_sellers(), ADDED)
    assert (done.points("s-1"), done.points("s-2")) == ((48, 55), (50, 74))
    assert done.suspended("s-1") == (True, True)
    recorded = done.applied.both.scenario.recorded
    bounds = done.applied.both.scenario.bounds
    for first, last in pairwise(bounds):
        assert (np.diff(recorded[first:last]) >= 0).all()
    parted = dict(zip(done.sellers, done.compared.parted.tolist(), strict=True))
    assert parted["s-2"] == done.applied.both.scenario.recorded[bounds[1] + 1]


def test_rows_keep_pointing_to_theirs() -> None:
    log = two_sellers()
    log.void(2, "2026-03-01T00:00:00Z")
    done = run(log, ADDED)
    assert (done.points("s-1"), done.points("s-2")) == ((24, 31), (50, 74))
    assert done.suspended("s-1") == (False, False)


def appealed() -> Log:
    log = two_sellers()
    log.appeal(2, "filed", "2026-02-06T00:00:00Z")
    log.appeal(2, "rejected", "2026-02-20T00:00:00Z")
    log.appeal(1, "filed", "2026-02-07T00:00:00Z")
    log.appeal(1, "upheld", "2026-02-21T00:00:00Z")
    return log


def test_had_the_rejected_appeals_been_upheld() -> None:
    done = run(
        appealed(),
        'facts.change = [{ where = { appeal = "rejected", decided_from = 2026-02-20T00:00:00Z, '
        'decided_to = 2026-02-21T00:00:00Z }, set.appeal = "upheld" }]',
    )
    assert done.points("s-1") == (48, 24)
    assert done.suspended("s-1") == (True, False)
    suspension = done.compared.scenario.sanctions[0]
    assert suspension[START] == parse_instant("2026-02-05T00:00:00Z")
    assert suspension[ENDED] == parse_instant("2026-02-20T00:00:00Z")
    assert done.points("s-2") == (26, 26)


def test_had_the_upheld_appeals_been_rejected() -> None:
    done = run(appealed(), 'facts.change = [{ where.appeal = "upheld", set.appeal = "rejected" }]')
    assert done.points("s-2") == (26, 50)
    assert done.points("s-1") == (48, 48)


def test_a_limit_of_24_suspends_sooner() -> None:
    done = run(two_sellers(), 'policy.patch = { "buckets.points.limit" = 24 }')
    assert done.suspended("s-2") == (True, True)
    assert done.differ() == {"s-1", "s-2"}


def test_another_pack_throughout() -> None:
    done = run(two_sellers(), 'policy.pack = "aliexpress-ladder@2020-01-01"')
    assert done.differ() == {"s-1", "s-2"}
    assert done.compared.scenario.imposed.sum() > done.compared.baseline.imposed.sum()


def test_half_the_points_of_a_rule() -> None:
    done = run(two_sellers(), 'policy.patch = { "rules.weapons.points" = 12 }')
    assert (done.points("s-1"), done.points("s-2")) == ((48, 24), (50, 26))


EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "what-if"
LADDER = 'policy.pack = "aliexpress-ladder@2020-01-01"\n'


def test_a_rule_may_count_in_a_bucket_that_only_the_scenario_has() -> None:
    changing = 'facts.change = [{ where.seller = "s-1", set.rule = "keyword-stuffing" }]'
    done = run(two_sellers(), LADDER + changing)
    bucket = done.plan.rulebook.bucket_number["listing-quality"]
    assert done.compared.scenario.values[done.sellers.index("s-1"), bucket] == 4
    assert done.points("s-1") == (48, 0)


def test_a_rule_may_be_new_with_its_scenario() -> None:
    draft = (EXAMPLES / "draft-in-march.toml").read_text()
    adding = """
    [policy.pack.rules.swords]
    source = "draft"
    family = "prohibited"
    points = 39
    [[facts.add]]
    seller_id = "s-1"
    rule = "swords"
    recorded_at = 2026-04-01T00:00:00Z
    """
    assert run(two_sellers(), draft + adding).points("s-1") == (48, 87)
