"""A report holds together: its figures, its page, its files."""

import csv
import io
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from ledger.facts.instants import DAY_US, parse_instant
from projections.archive.ids import Ids
from projections.what_if.adding import add_up
from projections.what_if.answering import result_of
from projections.what_if.columns import (
    ENDED,
    START,
    SUSPENDS,
    UNTIL,
    Counting,
    Outcome,
    Rungs,
)
from projections.what_if.differing import Labels, buckets_of, differing
from projections.what_if.months import Months
from projections.what_if.parting import differences
from projections.what_if.report import answer, days, report
from projections.what_if.result import Both, Checkpoint, Difference, Result, as_json
from projections.what_if.sums import no_figures
from projections.what_if.table import as_csv, columns
from projections.what_if.words import in_words
from tests.projections.what_if.archived import Log, known, rulebook
from tests.projections.what_if.judged import Run, run
from tests.projections.what_if.test_applying import ADDED, two_sellers

PATCH = 'policy.patch = { "buckets.points.limit" = 36 }'


def answered(done: Run, log: Log) -> tuple[Result, list[Difference]]:
    """The result of a run over one range, and who differs."""
    plan = done.plan
    comparison = done.comparison
    sums = comparison.sums(done.compared, done.applied)
    told, names = log.told, [*log.sellers(), *plan.new_sellers]
    labels = Labels.of(plan.baseline), Labels.of(plan.rulebook)
    table = differing(done.compared, done.applied.position, *labels, Ids(Path(), (), names))
    checkpoint = Checkpoint(len(told), "2026-05-31T00:00:00.000000Z")
    result = result_of(plan, known(), comparison, sums, checkpoint, "engine 4")
    named = {number: fact.violation for number, fact in enumerate(told, 1)}
    return result, list(differences(table, buckets_of(*labels), lambda _: named))


def population(sellers: int = 60, seed: int = 5) -> Log:
    """Sellers of every sort, the same ones for the same seed."""
    draw, log = np.random.default_rng(seed), Log()
    rules = ["weapons", "seeds", "keyword-stuffing", "false-delivery", "copyright", "fake-reviews"]
    at = parse_instant("2025-05-01T00:00:00Z")
    for number in range(sellers * 6):
        at += int(draw.integers(1, 2 * 395 * DAY_US // (sellers * 6)))
        rule = rules[int(draw.integers(len(rules)))]
        log.violation(
            f"s-{int(draw.beta(1, 3) * sellers)}", f"v-{number}", min(at, known().end), rule,
            severity=("general", "serious")[int(draw.integers(2))] if rule == "copyright" else None,
            reporter=("monitor", "detector-7")[int(draw.integers(4) == 0)],
        )  # fmt: skip
    return log


def points_now(done: Run, world: str) -> int:
    outcome = getattr(done.compared, world)
    return int(outcome.values[:, done.plan.baseline.bucket_number["points"]].sum())


@pytest.fixture(scope="module")
def told() -> tuple[Result, list[Difference], str, Run]:
    log = population()
    done = run(log, f'about = "Asked by the committee."\n{PATCH}')
    result, differ = answered(done, log)
    return result, differ, report(result, in_words(done.plan.scenario), differ), done


def test_the_figures_add_up(told: Any) -> None:
    result, differ, _, _ = told
    s = result.summary
    assert s.differ == len(differ) > 0
    assert s.suspended.scenario == s.suspended.baseline + s.suspended.newly - s.suspended.spared
    changed = [d for d in differ if d.suspended[0] != d.suspended[1]]
    assert len(changed) == s.suspended.newly + s.suspended.spared
    gained = sum(d.suspended_us.scenario - d.suspended_us.baseline for d in differ)
    assert gained == s.suspended_us.scenario - s.suspended_us.baseline
    for distribution in result.distributions:
        assert sum(b.baseline for b in distribution.bins) == s.sellers
        assert sum(b.scenario for b in distribution.bins) == s.sellers
    months, families = result.series.months, result.series.families
    for world in ("baseline", "scenario"):
        imposed = sum(getattr(both, world) for both in s.sanctions.values())
        assert sum(getattr(m.sanctions, world) for m in months) == imposed
        assert sum(getattr(f.sanctions, world) for f in families) == imposed
        counted = sum(getattr(f.points, world) for f in families)
        assert counted == points_now(told[3], world)
        assert sum(getattr(m.points, world) for m in months) >= counted
        assert getattr(months[-1].suspended, world) == getattr(s.suspended, world)


def test_the_same_run_gives_the_same_bytes(told: Any) -> None:
    log = population()
    done = run(log, f'about = "Asked by the committee."\n{PATCH}')
    result, differ = answered(done, log)
    assert as_json(result) == as_json(told[0])
    assert report(result, in_words(done.plan.scenario), differ) == told[2]


def test_the_page_needs_nothing_from_elsewhere(told: Any) -> None:
    page = told[2]
    assert not re.findall(r"<script|<link|<img|\bsrc=|\bhref=|@import|url\(", page)
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_every_chart_is_told_in_words_and_numbers(told: Any) -> None:
    page = told[2]
    figures = re.findall(r'<figure data-chart="([\w-]+)">(.*?)</figure>', page, re.DOTALL)
    assert {"distribution-points", "suspended", "suspensions", "families"} <= {
        n for n, _ in figures
    }
    for _, figure in figures:
        svg = ET.fromstring(figure[figure.index("<svg") : figure.index("</svg>") + 6])
        assert svg.get("role") == "img"
        assert svg.get("aria-label")
        assert "<table>" in figure
        assert "<caption>" in figure
        assert "<figcaption>" in figure


def test_what_people_wrote_is_text_in_the_page() -> None:
    log = two_sellers()
    done = run(log, 'about = "<script>alert(1)</script>"\nfacts.leave_out = [{ tag = "<b>" }]')
    result, differ = answered(done, log)
    page = report(result, in_words(done.plan.scenario), differ)
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_a_filter_that_matches_nothing_is_told_so() -> None:
    log = two_sellers()
    done = run(log, 'facts.leave_out = [{ reporter = "nobody" }, { reporter = "detector-7" }]')
    result, differ = answered(done, log)
    assert result.in_vain == ("facts.leave_out[0]",)
    page = report(result, in_words(done.plan.scenario), differ)
    assert "No violation reported by nobody was found: the filter <code>facts.leave_out[0]" in page


def test_what_stayed_as_it_was_is_told() -> None:
    log = two_sellers()
    done = run(
        log,
        'facts.change = [{ where.seller = "s-2", set.effective_at = 2026-02-01T00:00:00Z }]',
    )
    result, differ = answered(done, log)
    page = report(result, in_words(done.plan.scenario), differ)
    assert "Of 3 violations of seller s-2, 1 stayed as they were: what" in page


def test_no_difference_is_said_in_a_sentence() -> None:
    log = two_sellers()
    result, differ = answered(run(log, ""), log)
    assert differ == []
    assert answer(result).startswith("Nothing would be different: of 2 sellers, none has")


def test_a_difference_says_since_when_and_why() -> None:
    log = two_sellers()
    _, differ = answered(run(log, PATCH), log)
    _, added = answered(run(log, ADDED), log)
    _, left = answered(run(log, 'facts.leave_out = [{ violation = "v-3" }]'), log)
    first = {d.seller_id: d for d in (*differ, *added, *left)}
    assert first["s-2"].parted_at == "2026-01-07T00:00:00.000000Z"
    assert first["s-2"].why.startswith("Only in the scenario: suspension at points-48 from 2026-01")
    assert first["s-2"].because_of is None  # a violation that the scenario adds
    assert first["s-1"].why.startswith("Only in the baseline: suspension at points-48 from 2026-02")
    assert first["s-1"].because_of == "v-3"
    assert first["s-1"].totals["points"] == Both(48, 24)


def test_buckets_of_two_packs_are_held_against_each_other_by_their_names() -> None:
    log = Log()
    log.violation("s-1", "v-1", "2026-02-01T00:00:00Z", "weapons")
    done = run(log, 'policy.pack = "aliexpress-ladder@2020-01-01"')
    _, [found] = answered(done, log)
    assert found.totals["points"] == Both(24, 24)
    assert "points" not in found.differs


def test_sellers_are_rows_of_a_file(told: Any) -> None:
    _, differ, *_ = told
    buckets = ["points", "strikes"]
    lines = list(csv.reader(io.StringIO("".join(as_csv(differ, buckets)))))
    assert tuple(lines[0]) == columns(buckets)
    assert [line[0] for line in lines[1:]] == [d.seller_id for d in differ]


def test_a_spreadsheet_calculates_nothing(told: Any) -> None:
    row = told[1][0]
    one = type(row)(**{f: getattr(row, f) for f in row.__struct_fields__} | {"because_of": "=1+1"})
    assert "'=1+1" in list(as_csv([one], []))[1]


# fmt: off
STRETCHES = [
    # seller, begin, end of stretches; how many sellers at the end of each month
    ([(0, "2026-01-10", "2026-03-01")], [1, 1, 0, 0]),
    ([(0, "2026-01-10", "2026-02-15"), (0, "2026-01-20", "2026-03-15")], [1, 1, 0, 0]),
    ([(0, "2026-01-10", "2026-04-01"), (0, "2026-02-01", "2026-02-20")], [1, 1, 1, 0]),
    ([(0, "2026-01-10", "2026-02-10"), (1, "2026-01-10", "2030-01-01")], [2, 1, 1, 1]),
    ([(0, "2026-02-10", "2026-02-20")], [0, 0, 0, 0]),
    ([], [0, 0, 0, 0]),
]
# fmt: on


@pytest.mark.parametrize(("stretches", "counts"), STRETCHES)
def test_months_count_a_seller_once(stretches: list[tuple[int, str, str]], counts) -> None:
    def at(date: str) -> int:
        return parse_instant(f"{date}T00:00:00Z")

    months = Months.between(at("2026-01-05"), at("2026-04-10"))
    seller = np.array([s for s, _, _ in stretches], dtype=np.int64)
    begin = np.array([at(b) for _, b, _ in stretches], dtype=np.int64)
    end = np.array([at(e) for _, _, e in stretches], dtype=np.int64)
    assert months.names == ("2026-01", "2026-02", "2026-03", "2026-04")
    line = np.zeros((len(begin), 8), np.int64)
    line[:, START], line[:, UNTIL], line[:, ENDED] = begin, end, end
    rungs = Rungs(np.zeros(1, np.int8), np.zeros(1, np.int64), np.array([SUSPENDS], np.int8))
    counting = Counting(
        int(months.starts[0]), int(months.ends[-1]), months.starts, months.ends,
        np.zeros(1, np.int64), 1,
    )  # fmt: skip
    sums = no_figures(rulebook(), counting)
    first = np.searchsorted(seller, np.arange(3))
    nothing = np.zeros(2, np.int64)
    outcome = Outcome(
        np.zeros((2, 2), np.int64), nothing.astype(np.int8), nothing, nothing,
        np.zeros((2, 6), np.int32), first, line, nothing, nothing,
    )  # fmt: skip
    terms = np.zeros(1, np.int32)
    terms.flags.writeable = False
    add_up(nothing, nothing.astype(np.int8), outcome, outcome, rungs, rungs, terms, counting, sums)
    assert sums.by_month[2].tolist() == counts


def test_days_are_cut_to_tenths() -> None:
    assert days(DAY_US * 3 // 2) == "1.5"
    assert days(-DAY_US, signed=True) == "-1.0"
    assert days(0, signed=True) == "0.0"
