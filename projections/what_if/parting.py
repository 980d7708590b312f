"""Sellers of whom two worlds differ, told: since when, and why, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledger.facts.instants import format_instant, parse_instant
from projections.what_if.differing import WORLDS
from projections.what_if.result import Both, Difference, Sanction
from projections.what_if.words import day_words

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

ViolationAt = Callable[[Sequence[int]], Mapping[int, str]]
"""The ids of the violations at these positions of the log."""


def differences(
    table: Any, buckets: Sequence[str], violation_at: ViolationAt
) -> Iterator[Difference]:
    """The sellers of a table as `differing.differing` makes it."""
    rows = table.to_pylist()
    named = violation_at(sorted({position for row in rows for position in _positions(row)}))
    for row in rows:
        yield _difference(row, buckets, named)


def _positions(row: dict[str, Any]) -> Iterator[int]:
    for world in WORLDS:
        for sanction in row[f"sanctions_{world}"]:
            if sanction["because_of"] is not None:
                yield sanction["because_of"]


def _difference(
    row: dict[str, Any], buckets: Sequence[str], named: Mapping[int, str]
) -> Difference:
    was, now = (_sanctions(row[f"sanctions_{world}"], named) for world in WORLDS)
    why, because_of = _first_difference(was, now)
    parted = row["parted_at"]
    return Difference(
        seller_id=row["seller_id"],
        differs=tuple(row["differs"].split()),
        parted_at=None if parted is None else _told_instant(parted),
        why=why or _without_sanctions(row["differs"]),
        because_of=because_of,
        status=_in_both(row, "status"),
        can_sell=_in_both(row, "can_sell"),
        can_promote=_in_both(row, "can_promote"),
        can_withdraw=_in_both(row, "can_withdraw"),
        suspended_us=Both(row["suspended_us_baseline"], row["suspended_us_scenario"]),
        frozen_us=Both(row["frozen_us_baseline"], row["frozen_us_scenario"]),
        enrolments_lost=Both(row["enrolments_lost_baseline"], row["enrolments_lost_scenario"]),
        totals={
            bucket: Both(row[f"{bucket}_baseline"], row[f"{bucket}_scenario"])
            for bucket in sorted(buckets)
        },
        sanctions=(was, now),
    )


def _in_both(row: dict[str, Any], name: str) -> tuple[Any, Any]:
    return row[f"{name}_{WORLDS[0]}"], row[f"{name}_{WORLDS[1]}"]


def _without_sanctions(differs: str) -> str:
    """What is said of a seller whose sanctions begin and end alike in both worlds."""
    named = {
        "standing": "what it may do",
        "points": "totals",
        "freezes": "time of money withheld",
        "enrolments": "products taken out of campaigns",
    }
    said = " and ".join(named[word] for word in differs.split() if word in named)
    return f"No sanction of it begins or ends at another time: it differs in {said}."


def _sanctions(found: list[dict[str, Any]], named: Mapping[int, str]) -> tuple[Sanction, ...]:
    return tuple(
        Sanction(
            sanction=one["sanction"],
            milestone=one["milestone"],
            starts_at=_told_instant(one["starts_at"]),
            ends_at=None if one["ends_at"] is None else _told_instant(one["ends_at"]),
            ended=one["ended"] or None,
            because_of=named.get(one["because_of"]),
        )
        for one in found
    )


def _first_difference(was: Sequence[Sanction], now: Sequence[Sanction]) -> tuple[str, str | None]:
    """In what words sanctions first differ, and the violation that brought the one at fault."""
    for n in range(max(len(was), len(now))):
        one = was[n] if n < len(was) else None
        other = now[n] if n < len(now) else None
        if one is None or (other is not None and other.starts_at < one.starts_at):
            assert other is not None
            return f"Only in the scenario: {_told(other)}.", other.because_of
        if other is None or one.starts_at < other.starts_at:
            return f"Only in the baseline: {_told(one)}.", one.because_of
        if one.sanction != other.sanction:
            return f"{_told(one)}; in the scenario, {_told(other)}.", one.because_of
        if one.ends_at != other.ends_at:
            words = (
                f"{one.sanction} {one.milestone} ends {ending_words(one)}, "
                f"in the scenario {ending_words(other)}."
            )
            return words, one.because_of
    return "", None


def _told(sanction: Sanction) -> str:
    return f"{sanction.sanction} at {sanction.milestone} from {_day(sanction.starts_at)}"


def ending_words(sanction: Sanction) -> str:
    """When a sanction ends, as the end of "it ends …": never, on 2026-03-01, lifted."""
    if sanction.ends_at is None:
        return "never"
    how = "" if sanction.ended is None else f", {sanction.ended}"
    return f"on {_day(sanction.ends_at)}{how}"


def _day(instant: str) -> str:
    return day_words(parse_instant(instant))


def _told_instant(at: datetime) -> str:
    return format_instant((at - _EPOCH) // _MICROSECOND)
