"""What a scenario asks of an archive before a row is judged."""

import pyarrow as pa
import pytest

from ledger.facts.instants import parse_instant
from projections.archive.refusals import NotArchived
from projections.what_if.filters import Filter
from projections.what_if.preparing import columns_needed, plan
from projections.what_if.reading import scenario_from
from projections.what_if.told import appealed, positions_of
from tests.projections.what_if.archived import END, Log, known
from tests.projections.what_if.judged import run
from tests.projections.what_if.test_applying import two_sellers


def test_the_span_is_from_the_first_fact_to_the_end_of_the_log() -> None:
    log = two_sellers()
    laid = plan(scenario_from({"name": "x"}), known(), log.numbers(), log.log, 7)
    assert laid.span == (7, END, END)
    at = parse_instant("2026-02-01T00:00:00Z")
    early = scenario_from({"name": "x", "known_at": "2026-02-01T00:00:00Z"})
    assert plan(early, known(), log.numbers(), log.log, 7).span == (7, at, at)


def test_what_was_recorded_later_is_not_known() -> None:
    done = run(
        two_sellers(), 'known_at = 2026-02-01T00:00:00Z\nfacts.leave_out = [{ rule = "weapons" }]'
    )
    assert done.applied.matched.tolist() == [2]
    assert (done.points("s-1"), done.points("s-2")) == ((24, 0), (24, 0))


def test_an_appeal_decided_later_is_open() -> None:
    log = two_sellers()
    log.appeal(0, "filed", "2026-02-01T00:00:00Z")
    log.appeal(0, "rejected", "2026-02-10T00:00:00Z")
    before = appealed(log.log, parse_instant("2026-02-05T00:00:00Z"))
    after = appealed(log.log, END)
    found = Filter.model_validate({"appeal": "rejected"})
    assert positions_of(found, log.log, before).tolist() == []
    assert positions_of(found, log.log, after).tolist() == [1]


def test_only_the_population_is_judged() -> None:
    done = run(two_sellers(), 'population = { reporter = "detector-7" }')
    assert done.sellers == ["s-2"]
    assert run(two_sellers(), 'population = { seller = "s-9" }').sellers == []


def test_a_seller_may_be_new() -> None:
    adding = """
    [[facts.add]]
    seller_id = "s-new"
    rule = "explosives"
    recorded_at = 2026-01-07T00:00:00Z
    """
    done = run(two_sellers(), adding)
    assert done.plan.new_sellers == ("s-new",)
    assert done.differ() == {"s-new"}
    assert (done.points("s-new"), done.suspended("s-new")) == ((0, 48), (False, True))
    two = adding + adding.replace("s-new", "s-newer") + 'facts.leave_out = [{ seller = "s-newer" }]'
    first, *rest = two.splitlines()[::-1]
    assert run(two_sellers(), "\n".join([first, *rest[::-1]])).differ() == {"s-new", "s-newer"}


# fmt: off
COLUMNS = [
    ({}, ()),
    ({"facts": {"leave_out": [{"rule": "seeds"}]}}, ()),
    ({"facts": {"leave_out": [{"reporter": "x"}]}}, ("reporter",)),
    ({"population": {"effective_from": "2026-01-01T00:00:00Z"}}, ("effective",)),
    ({"facts": {"change": [{"where": {"rule": "seeds"}, "set": {"points": 1}}]}},
     ("day", "effective")),
]
# fmt: on


@pytest.mark.parametrize(("said", "wanted"), COLUMNS)
def test_columns_are_read_where_they_are_needed(said: dict, wanted: tuple[str, ...]) -> None:
    assert columns_needed(scenario_from({"name": "x"} | said)) == wanted


def test_terms_that_a_change_leads_to_are_known_before_rows_are_read() -> None:
    log = two_sellers()
    scenario = scenario_from(
        {
            "name": "x",
            "facts": {"change": [{"where": {"rule": "weapons"}, "set": {"rule": "seeds"}}]},
        }
    )
    laid = plan(scenario, known(), log.numbers(), log.log, 0)
    assert set(laid.terms[: len(log.terms())]) == set(log.terms())
    assert len(set(laid.terms)) == len(laid.terms)
    assert {line.rule for line in laid.terms} == {"weapons", "seeds"}


def test_an_archive_without_tags_says_so() -> None:
    log = Log()
    log.violation("s-1", "v-1", "2026-01-05T00:00:00Z")

    def bare() -> list[pa.Table]:
        return [piece.drop_columns(["correlation"]) for piece in log.log()]

    with pytest.raises(NotArchived, match="does not hold what 'tag' asks about"):
        positions_of(Filter.model_validate({"tag": "x"}), bare, appealed(bare, END))
