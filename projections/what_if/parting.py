"""Sellers of whom two worlds differ: since when, and why, in words."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from ledger.facts.instants import format_instant
from ledger.standing import kernel
from ledger.standing.rulebook import Rulebook
from projections.what_if.columns import (
    ENDED,
    FOREVER,
    HOW,
    MULTIPLE,
    POINTS,
    ROW,
    RUNG,
    SANCTIONS,
    STANDING,
    START,
    UNTIL,
    Array,
    Compared,
    Outcome,
)
from projections.what_if.result import Both, Difference, Differing
from projections.what_if.words import day_words

BITS: Final[tuple[tuple[int, Differing], ...]] = (
    (STANDING, "standing"),
    (SANCTIONS, "sanctions"),
    (POINTS, "points"),
)


class _Sanction(NamedTuple):
    """A sanction of one world, as it is compared and told."""

    start: int
    end: int
    kind: str
    label: str
    how: int
    row: int


class Telling(NamedTuple):
    """What is needed to tell differences in the words of the ledger."""

    baseline: Rulebook
    scenario: Rulebook
    seller_of: Callable[[int], str]
    """The id behind an archive's number."""
    violation_at: Callable[[int], str | None]
    """The id of the violation at a position of the log."""


def differences(compared: Compared, position: Array, telling: Telling) -> Iterator[Difference]:
    """The sellers of a range that differ, in its order; `position` is each row's in the log."""
    one, other = compared.baseline, compared.scenario
    for k in compared.differs.nonzero()[0]:
        was = _sanctions(one, k, telling.baseline)
        now = _sanctions(other, k, telling.scenario)
        at, why, row = _first_difference(was, now)
        parted = int(compared.parted[k])
        yield Difference(
            seller_id=telling.seller_of(int(compared.sellers[k])),
            differs=tuple(name for bit, name in BITS if int(compared.differs[k]) & bit),
            parted_at=None if parted >= FOREVER else format_instant(parted),
            why=why if at is not None else "Its totals differ, and no sanction does.",
            because_of=_cause(row, position, telling),
            suspended=(bool(one.suspended[k]), bool(other.suspended[k])),
            frozen=(bool(one.frozen[k]), bool(other.frozen[k])),
            suspended_us=Both(int(one.suspended_us[k]), int(other.suspended_us[k])),
            frozen_us=Both(int(one.frozen_us[k]), int(other.frozen_us[k])),
            totals=_totals(compared, int(k), telling),
        )


def _cause(row: int | None, position: Array, telling: Telling) -> str | None:
    if row is None or position[row] < 0:
        return None
    return telling.violation_at(int(position[row]))


def _totals(compared: Compared, k: int, telling: Telling) -> dict[str, Both]:
    was = dict(zip(telling.baseline.bucket_number, compared.baseline.values[k], strict=True))
    now = dict(zip(telling.scenario.bucket_number, compared.scenario.values[k], strict=True))
    names = sorted({*was, *now})
    return {name: Both(int(was.get(name, 0)), int(now.get(name, 0))) for name in names}


def _sanctions(outcome: Outcome, k: Any, rulebook: Rulebook) -> list[_Sanction]:
    found: list[_Sanction] = []
    for line in outcome.sanctions[outcome.first[k] : outcome.first[k + 1]]:
        bucket, milestone = rulebook.rungs[int(line[RUNG])]
        label = milestone.label(bucket, int(line[MULTIPLE]))
        end = min(int(line[UNTIL]), int(line[ENDED]))
        found.append(
            _Sanction(
                int(line[START]), end, milestone.sanction, label, int(line[HOW]), int(line[ROW])
            )
        )
    return found


def _first_difference(
    was: list[_Sanction], now: list[_Sanction]
) -> tuple[int | None, str, int | None]:
    """When sanctions first differ, in what words, and the row that brought the one at fault."""
    for n in range(max(len(was), len(now))):
        one = was[n] if n < len(was) else None
        other = now[n] if n < len(now) else None
        if one is None or (other is not None and other.start < one.start):
            assert other is not None
            return other.start, f"Only in the scenario: {_told(other)}.", other.row
        if other is None or one.start < other.start:
            return one.start, f"Only in the baseline: {_told(one)}.", one.row
        if one.kind != other.kind:
            return one.start, f"{_told(one)}; in the scenario, {_told(other)}.", one.row
        if one.end != other.end:
            words = f"{one.kind} {one.label} ends {_ending(one)}, in the scenario {_ending(other)}."
            return min(one.end, other.end), words, one.row
    return None, "", None


def _told(sanction: _Sanction) -> str:
    return f"{sanction.kind} at {sanction.label} from {day_words(sanction.start)}"


def _ending(sanction: _Sanction) -> str:
    if sanction.end >= FOREVER:
        return "never"
    how = {kernel.LIFTED: ", lifted", kernel.WAIVED: ", waived"}.get(sanction.how, "")
    return f"on {day_words(sanction.end)}{how}"
