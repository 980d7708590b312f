"""The sellers that differ as rows of a file: CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from projections.what_if.result import Difference

# What a spreadsheet would calculate, and the mark that keeps it from it.
_CALCULATED: Final = ("=", "+", "-", "@", "\t", "\r", "'")


def columns(buckets: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, for worlds with these buckets."""
    totals = (f"{bucket}_{world}" for bucket in buckets for world in ("baseline", "scenario"))
    return (
        "seller_id", "differs", "parted_at", "why", "because_of",
        "status_baseline", "status_scenario", "can_sell_baseline", "can_sell_scenario",
        "can_promote_baseline", "can_promote_scenario", "can_withdraw_baseline",
        "can_withdraw_scenario",
        "suspended_us_baseline", "suspended_us_scenario", "frozen_us_baseline",
        "frozen_us_scenario", "enrolments_lost_baseline", "enrolments_lost_scenario", *totals,
    )  # fmt: skip


def rows(differences: Iterable[Difference], buckets: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row for each seller, in the order of the columns."""
    for d in differences:
        totals = (
            value
            for bucket in buckets
            for value in (
                (d.totals[bucket].baseline, d.totals[bucket].scenario)
                if bucket in d.totals
                else (0, 0)
            )
        )
        yield (
            d.seller_id, " ".join(d.differs), d.parted_at, d.why, d.because_of,
            *d.status, *d.can_sell, *d.can_promote, *d.can_withdraw,
            d.suspended_us.baseline, d.suspended_us.scenario,
            d.frozen_us.baseline, d.frozen_us.scenario,
            d.enrolments_lost.baseline, d.enrolments_lost.scenario, *totals,
        )  # fmt: skip


def as_csv(differences: Iterable[Difference], buckets: Sequence[str]) -> Iterator[str]:
    """The rows as CSV, a line at a time; what a spreadsheet would calculate gets an apostrophe."""
    yield _line(columns(buckets))
    for row in rows(differences, buckets):
        yield _line([_safe(value) for value in row])


def _line(row: Sequence[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue()


def _safe(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(_CALCULATED):
            return "'" + value
        case _:
            return value
