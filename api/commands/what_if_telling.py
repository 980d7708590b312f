"""A what-if told at the terminal: the answer, its figures, and who is concerned."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import to_builtins
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.commands.options import say_json
from api.scenarios import Answer
from ledger.facts.instants import parse_instant
from projections.what_if.kept import REPORT, RESULT, SELLERS
from projections.what_if.parting import ending_words
from projections.what_if.report import answer as in_a_few_words
from projections.what_if.report import days, figures
from projections.what_if.result import Both, Difference, Matched, Month, Result, Sanction
from projections.what_if.scenario import Scenario, digest
from projections.what_if.words import day_words, in_words

MOST_SELLERS: Final = 12
MOST_MONTHS: Final = 12
WIDEST_ID: Final = 28
"""Columns for an id; what is longer is cut."""
_WHEN: Final = re.compile(r" from [-\d]{10}( [:\d]{8} UTC)?")
"""What stands in a column of its own beside why two worlds part."""


def tell_sound(file: str, scenario: Scenario, as_json: bool) -> None:
    """Say that a scenario can be asked, and in words what it asks."""
    if as_json:
        told = {"file": file, "ok": True, "name": scenario.name, "digest": digest(scenario)}
        say_json({**told, "asks": in_words(scenario)})
        return
    told = Console(highlight=False, markup=False)
    told.print(f"{file}: good. {scenario.name}, {digest(scenario)}", soft_wrap=True)
    for sentence in in_words(scenario):
        told.print(f"  {sentence}")


def tell(answer: Answer, as_json: bool, seller: str | None = None, csv: Path | None = None) -> None:
    """Tell an answer: of one seller, or of all; and write the sellers as CSV if that is asked."""
    if csv is not None:
        write_csv(answer, csv)
    found = None if seller is None else answer.kept.seller(seller)
    if as_json:
        one = {} if seller is None else {"seller": None if found is None else to_builtins(found)}
        say_json(as_data(answer, csv) | one)
        return
    told = Console(highlight=False, markup=False)
    if seller is not None:
        told.print(Text(answer.result.name, style="bold"), soft_wrap=True)
        _tell_seller(told, seller, found)
    else:
        _tell_all(told, answer)
    for line in _places(answer, csv):
        told.print(line, soft_wrap=True)


def as_data(answer: Answer, csv: Path | None = None) -> dict[str, Any]:
    """The whole result, and where it is kept."""
    folder = answer.kept.folder
    return {
        **to_builtins(answer.result),
        "in_vain": answer.result.in_vain,
        "kept": {
            "folder": str(folder),
            "report": str(folder / REPORT),
            "figures": str(folder / RESULT),
            "sellers": str(folder / SELLERS),
            "csv": None if csv is None else str(csv),
            "same_as_before": answer.again,
        },
    }


def write_csv(answer: Answer, file: Path) -> None:
    """The sellers that differ as CSV, under its name when it is whole."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as opened:
            opened.writelines(answer.kept.csv())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _places(answer: Answer, csv: Path | None) -> Iterator[str]:
    folder = answer.kept.folder
    if answer.again:
        yield "The same run was kept here before, and every byte is the same."
    yield f"report    {folder / REPORT}"
    yield f"figures   {folder / RESULT}"
    yield f"sellers   {folder / SELLERS}" + ("" if csv is None else f"  {csv}")


def _tell_all(told: Console, answer: Answer) -> None:
    result = answer.result
    told.print(Text(result.name, style="bold"), soft_wrap=True)
    for sentence in in_words(answer.laid.plan.scenario):
        told.print(Text(sentence, style="dim"))
    told.print(f"{result.begin[:10]} to {result.to[:19]}Z, {result.summary.facts:,} facts.")
    told.print()
    told.print(in_a_few_words(result))
    told.print()
    for warning in _warnings(result.matched):
        told.print(Text(warning, style="bold yellow"))
    for table in (
        _figures(result),
        _matched(result.matched),
        _months(result.series.months),
        _sellers(answer, result),
    ):
        if table is not None and table.row_count:
            told.print(table)


def _warnings(matched: Sequence[Matched]) -> Iterator[str]:
    for one in matched:
        if not one.violations:
            yield f"Warning: {one.where} matched nothing: no violation {one.says}."
        elif one.unchanged:
            yield (
                f"Warning: {one.where} matched {one.violations:,} violations, of which "
                f"{one.unchanged:,} stay as they were: what it sets cannot be said of them."
            )


def _figures(result: Result) -> Table:
    table = _table("", ">baseline", ">scenario", ">difference")
    for figure in figures(result.summary):
        style = "" if figure.difference.strip("+-0.") else "dim"
        table.add_row(*figure, style=style)
    return table


def _matched(matched: Sequence[Matched]) -> Table:
    table = _table("filter", "violations", ">matched", title="What the scenario is about")
    for one in matched:
        style = "" if one.violations else "yellow"
        table.add_row(one.where, one.says, f"{one.violations:,}", style=style)
    return table


def _months(months: Sequence[Month]) -> Table | None:
    """The newest months in which the worlds differ."""
    differ = [m for m in months if _apart(m.suspensions) or _apart(m.suspended)]
    if not differ:
        return None
    title = "Months that differ"
    if len(differ) > MOST_MONTHS:
        title += f", the last {MOST_MONTHS} of {len(differ)}"
    table = _table("month", ">suspensions", ">suspended at its end", title=title)
    for month in differ[-MOST_MONTHS:]:
        table.add_row(month.month, _both(month.suspensions), _both(month.suspended))
    return table


def _sellers(answer: Answer, result: Result) -> Table | None:
    if not result.summary.differ:
        return None
    shown = min(MOST_SELLERS, result.summary.differ)
    title = f"Sellers that differ: {shown} of {result.summary.differ:,}"
    table = _table("seller", ">since", "why", "totals", title=title)
    table.columns[0].no_wrap, table.columns[0].max_width = True, WIDEST_ID
    for one in answer.kept.foremost()[:MOST_SELLERS]:
        since = "" if one.parted_at is None else one.parted_at[:10]
        cause = "" if one.because_of is None else f" ({one.because_of})"
        why = _WHEN.sub("", one.why).removesuffix(".") + cause
        totals = (f"{bucket} {_both(b)}" for bucket, b in one.totals.items() if b != Both(0, 0))
        table.add_row(one.seller_id, since, why, ", ".join(totals))
    return table


def _tell_seller(told: Console, seller: str, found: Difference | None) -> None:
    told.print(Text(seller, style="bold"))
    if found is None:
        told.print("Nothing differs: neither a standing nor a sanction nor a total.\n")
        return
    since = "" if found.parted_at is None else f"The worlds part on {_day(found.parted_at)}. "
    told.print(f"{since}{_WHEN.sub('', found.why)}")
    told.print()
    table = _table("", "baseline", "scenario")
    yes = ("no", "yes")
    table.add_row("suspended", *(yes[is_so] for is_so in found.suspended))
    table.add_row("money withheld", *(yes[is_so] for is_so in found.frozen))
    for bucket, both in found.totals.items():
        table.add_row(bucket, f"{both.baseline:,}", f"{both.scenario:,}")
    for name, both in (
        ("days suspended", found.suspended_us),
        ("days of money withheld", found.frozen_us),
    ):
        table.add_row(name, days(both.baseline), days(both.scenario))
    if found.enrolments_lost != Both(0, 0):
        lost = found.enrolments_lost
        table.add_row("products out of campaigns", f"{lost.baseline:,}", f"{lost.scenario:,}")
    told.print(table)
    told.print(_timelines(found))


def _timelines(found: Difference) -> Table:
    """The sanctions of either world, what began at one instant on one line."""
    table = _table("from", "baseline", "scenario", title="Sanctions")
    worlds = [{(s.starts_at, s.milestone): s for s in sanctions} for sanctions in found.sanctions]
    for key in sorted({*worlds[0], *worlds[1]}):
        was, now = (world.get(key) for world in worlds)
        style = "" if was != now else "dim"
        table.add_row(_day(key[0]), _sanction(was), _sanction(now), style=style)
    if not table.row_count:
        table.add_row("", "none", "none", style="dim")
    return table


def _sanction(sanction: Sanction | None) -> str:
    if sanction is None:
        return "-"
    cause = "" if sanction.because_of is None else f", because of {sanction.because_of}"
    return f"{sanction.sanction} at {sanction.milestone}{cause}; ends {ending_words(sanction)}"


def _table(*columns: str, title: str | None = None) -> Table:
    """A table; the name of a column of numbers begins with >."""
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    for name in columns:
        number = name.startswith(">")
        table.add_column(
            name.removeprefix(">"), justify="right" if number else "left", no_wrap=number
        )
    return table


def _apart(both: Both) -> bool:
    return both.baseline != both.scenario


def _both(both: Both) -> str:
    return f"{both.baseline:,} → {both.scenario:,}" if _apart(both) else f"{both.baseline:,}"


def _day(instant: str) -> str:
    return day_words(parse_instant(instant))
