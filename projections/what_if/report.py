"""A result as a page that a committee can read: one file, no scripts, nothing from elsewhere.

The same result and differences give the same bytes: when the page was made stands nowhere in it.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ledger.facts.instants import DAY_US
from projections.what_if import charts
from projections.what_if.charts import Pair
from projections.what_if.result import (
    Bin,
    Difference,
    Distribution,
    Month,
    Result,
    Series,
    Summary,
)

MOST_SELLERS: Final = 200
"""Listed on the page; all of them are in the data beside it."""


class Figure(NamedTuple):
    """A line of the table of key figures."""

    name: str
    baseline: str
    scenario: str
    difference: str


class Chart(NamedTuple):
    """A chart, what it says in a sentence, and its numbers."""

    name: str
    title: str
    says: str
    svg: Markup
    heading: str
    pairs: tuple[Pair, ...]


def report(result: Result, sentences: Sequence[str], differences: Sequence[Difference]) -> str:
    """The page: `sentences` are the scenario in words, `differences` the foremost of the sellers
    that differ.
    """
    return _page().render(
        result=result,
        sentences=sentences,
        answer=answer(result),
        figures=figures(result.summary),
        charts=[*_distributions(result.distributions), *_series(result.series)],
        differences=differences,
        differ=result.summary.differ,
        buckets=[d.bucket for d in result.distributions],
        as_data=json.dumps(result.scenario, indent=2, ensure_ascii=False, sort_keys=True),
    )


def answer(result: Result) -> str:
    """The result in a few sentences."""
    s, at = result.summary, result.to[:10]
    if not s.differ:
        return (
            f"Nothing would be different: of {s.sellers:,} sellers, none has another standing, "
            f"another sanction or another total."
        )
    change = s.suspended.scenario - s.suspended.baseline
    direction = "as many" if not change else f"{abs(change):,} {'more' if change > 0 else 'fewer'}"
    return (
        f"On {at}, {s.suspended.scenario:,} sellers would be suspended where "
        f"{s.suspended.baseline:,} are: {direction}. {s.suspended.spared:,} would be spared and "
        f"{s.suspended.newly:,} newly suspended. In all, something differs for {s.differ:,} of "
        f"{s.sellers:,} sellers."
    )


def figures(summary: Summary) -> list[Figure]:
    """The table of key figures."""
    counted = [
        ("Sellers suspended", summary.suspended),
        ("Sellers with money withheld", summary.freezes),
        ("Sellers who may not sell", summary.selling),
        ("Sellers barred from promotion", summary.promotion),
        ("Products that lost their part in a campaign", summary.enrolments),
        *((f"Sanctions imposed: {kind}", both) for kind, both in summary.sanctions.items()),
    ]
    rows = [
        Figure(name, f"{b.baseline:,}", f"{b.scenario:,}", _change(b.scenario - b.baseline))
        for name, b in counted
        if b.baseline or b.scenario or not name.startswith(("Sanctions imposed", "Products"))
    ]
    for name, both in (
        ("Days of suspension, all sellers", summary.suspended_us),
        ("Days of money withheld, all sellers", summary.frozen_us),
    ):
        was, now = days(both.baseline), days(both.scenario)
        rows.append(Figure(name, was, now, days(both.scenario - both.baseline, signed=True)))
    return rows


def _change(by: int) -> str:
    return f"{by:+,}" if by else "0"


def days(us: int, *, signed: bool = False) -> str:
    """Microseconds as days with one decimal, cut and not rounded: 12.5."""
    tenths = abs(us) * 10 // DAY_US
    sign = ("-" if us < 0 else "+") if signed and tenths else ""
    return f"{sign}{tenths // 10:,}.{tenths % 10}"


def _page() -> Any:
    environment = Environment(
        loader=PackageLoader("projections.what_if", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["days"] = days
    return environment.get_template("report.html")


def _distributions(found: Sequence[Distribution]) -> list[Chart]:
    drawn: list[Chart] = []
    for d in found:
        none = next((b for b in d.bins if b.least == 0), None)
        shown = [b for b in d.bins if b.least > 0]
        pairs = tuple(Pair(_range(b), b.baseline, b.scenario) for b in shown)
        if not any(pair.baseline or pair.scenario for pair in pairs):
            continue
        was, now = (0, 0) if none is None else (none.baseline, none.scenario)
        says = f"Not drawn are sellers with none: {was:,} in the baseline, {now:,} in the scenario."
        says += _limits(*d.limit)
        title = f"Sellers by their {d.bucket}"
        svg = Markup(charts.columns(title, says, pairs))  # noqa: S704 - escaped where it is drawn
        drawn.append(Chart(f"distribution-{d.bucket}", title, says, svg, d.bucket, pairs))
    return drawn


def _limits(was: int | None, now: int | None) -> str:
    """Where suspension begins, in either world."""
    if was == now:
        return "" if was is None else f" Suspension is at {was}."
    told = ("none" if was is None else f"{was}", "none" if now is None else f"{now}")
    return f" Suspension is at {told[0]} in the baseline and at {told[1]} in the scenario."


def _range(found: Bin) -> str:
    if found.most is None:
        return f"{found.least}+"
    return f"{found.least}" if found.least == found.most else f"{found.least}-{found.most}"


def _since_anything(months: Sequence[Month]) -> Sequence[Month]:
    """The months from the first on in which anything is in either world, and one before it."""
    for n, month in enumerate(months):
        told = (month.sanctions, month.suspensions, month.suspended)
        if any(both.baseline or both.scenario for both in told):
            return months[max(0, n - 1) :]
    return months


def _series(series: Series) -> list[Chart]:
    months, families = _since_anything(series.months), series.families
    imposed = tuple(Pair(m.month, m.suspensions.baseline, m.suspensions.scenario) for m in months)
    standing = tuple(Pair(m.month, m.suspended.baseline, m.suspended.scenario) for m in months)
    by_family = tuple(Pair(f.family, f.sanctions.baseline, f.sanctions.scenario) for f in families)
    given = tuple(Pair(m.month, m.points.baseline, m.points.scenario) for m in months)
    counting = tuple(Pair(f.family, f.points.baseline, f.points.scenario) for f in families)
    wanted = (
        ("suspended", "Sellers suspended, month by month",
         "By milestones, at the end of each month; before the first of them nobody was.",
         charts.lines, "month", standing),
        ("suspensions", "Suspensions imposed, month by month", "By milestones.",
         charts.columns, "month", imposed),
        ("families", "Sanctions by family of rules",
         "Of the violation that reached the milestone.", charts.rows, "family", by_family),
        ("points-by-family", "Points by family of rules", "Those that count at the end.",
         charts.rows, "family", counting),
        ("points-by-month", "Points recorded, month by month",
         "As given, taken back since or not.", charts.columns, "month", given),
    )  # fmt: skip
    return [
        Chart(name, title, says, Markup(draw(title, says, pairs)), heading, pairs)  # noqa: S704
        for name, title, says, draw, heading, pairs in wanted
        if any(pair.baseline or pair.scenario for pair in pairs)
    ]
