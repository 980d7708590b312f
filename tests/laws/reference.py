"""The reference model: judgement told as slowly and plainly as it can be.

It is written from the rules of the house alone (section 3, points 1 to 6 and
10) and shares nothing with the engine, which a law holds to it. Nothing is
remembered between steps: every count is taken again from the first row.
`reference_points` says what rows count, `reference_milestones` what one
violation triggers; here are voids, waivers and the whole. Fixed readings:

* A waiver ends the sanction it names. In a second judgement that never imposed
  that one, it ends every sanction of the milestone in force.
* A void reviews the sanctions of every bucket: the whole history is judged again.
* Found in error is stated for every sanction, ended ones too, when it differs
  from the last statement; before the first, that is 0.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

from tests.laws.reference_milestones import Sanction, imposed
from tests.laws.reference_points import (
    BucketRules,
    Edition,
    History,
    Row,
    Rung,
    Violation,
    Void,
    Waive,
    counted,
    value,
    voided,
)

__all__ = [
    "BucketRules",
    "Edition",
    "Effects",
    "History",
    "Judgement",
    "Row",
    "Rung",
    "Sanction",
    "Violation",
    "Void",
    "Waive",
    "counted",
    "judge",
    "value",
]


@dataclass(frozen=True)
class Effects:
    """What a void did; sanctions are named by their index in the order imposed."""

    lifted: tuple[int, ...]
    restated: tuple[tuple[int, int], ...]  # (sanction, its new time found in error in µs)


@dataclass(frozen=True)
class Judgement:
    """Every sanction in the order imposed, and the effects of each void by its row."""

    sanctions: tuple[Sanction, ...]
    effects: dict[int, Effects]


def waived(sanction: Sanction, at: int) -> Sanction:
    return replace(sanction, ended=at, ended_by="waiver") if sanction.in_force(at) else sanction


def second_judgement(history: History, struck: frozenset[int]) -> list[Sanction]:
    """What would have been imposed if the rows in `struck` had never been recorded."""
    rows = history[1]
    sanctions: list[Sanction] = []
    for index, row in enumerate(rows):
        if isinstance(row, Violation) and index not in struck:
            sanctions = sanctions + imposed(history, index, struck, sanctions)
        if isinstance(row, Waive):
            target = rows[row.target]
            assert isinstance(target, Violation)
            milestone = (target.bucket, row.rung, row.multiple)
            same = [sanction for sanction in sanctions if sanction.milestone == milestone]
            named = [sanction for sanction in same if sanction.row == row.target]
            ending = named or same
            sanctions = [
                waived(sanction, row.recorded) if sanction in ending else sanction
                for sanction in sanctions
            ]
    return sanctions


def uncovered_us(start: int, end: int, covers: list[Sanction]) -> int:
    """How much of `[start, end)` lies in no sanction of `covers`."""
    edges = {start, end} | {edge for cover in covers for edge in (cover.from_, cover.end)}
    return sum(
        right - left
        for left, right in pairwise(sorted(edge for edge in edges if start <= edge <= end))
        if not any(cover.from_ <= left and right <= cover.end for cover in covers)
    )


def reviewed(sanction: Sanction, deserved: list[Sanction], at: int) -> Sanction:
    """A sanction after a void at `at`, given the second judgement."""
    same = [other for other in deserved if other.milestone == sanction.milestone]
    error_us = uncovered_us(sanction.from_, min(sanction.end, at), same)
    stays = any(other.in_force(at) for other in same)
    if sanction.in_force(at) and not stays:
        sanction = replace(sanction, ended=at, ended_by="lift")
    return replace(sanction, found_in_error_us=error_us)


def overturn(history: History, index: int, sanctions: list[Sanction]) -> list[Sanction]:
    """All sanctions after the void in row `index`."""
    editions, rows = history
    void = rows[index]
    assert isinstance(void, Void)
    deserved = second_judgement((editions, rows[:index]), voided(rows[: index + 1]))
    return [reviewed(sanction, deserved, void.recorded) for sanction in sanctions]


def effects_between(before: list[Sanction], after: list[Sanction]) -> Effects:
    pairs = list(enumerate(zip(before, after, strict=True)))
    return Effects(
        lifted=tuple(place for place, (old, new) in pairs if old.ended_by != new.ended_by),
        restated=tuple(
            (place, new.found_in_error_us)
            for place, (old, new) in pairs
            if old.found_in_error_us != new.found_in_error_us
        ),
    )


def judge(history: History) -> Judgement:
    """Every row in log order, each judged with what is known when it is recorded."""
    sanctions: list[Sanction] = []
    effects: dict[int, Effects] = {}
    for index, row in enumerate(history[1]):
        match row:
            case Violation():
                sanctions = sanctions + imposed(history, index, frozenset(), sanctions)
            case Waive():
                named = (row.target, row.rung, row.multiple)
                sanctions = [
                    waived(sanction, row.recorded)
                    if (sanction.row, sanction.rung, sanction.multiple) == named
                    else sanction
                    for sanction in sanctions
                ]
            case Void():
                before, sanctions = sanctions, overturn(history, index, sanctions)
                effects[index] = effects_between(before, sanctions)
    return Judgement(tuple(sanctions), effects)
