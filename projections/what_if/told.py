"""What only the archive's log says of violations: their ids, listings and tags, and how the
appeals against them stand. The log is read once, a piece at a time, however many filters ask.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from projections.archive.refusals import NotArchived
from projections.what_if.columns import Array
from projections.what_if.filters import Filter, Outcome
from projections.what_if.masks import Stretch

_np: Any = np
_pa: Any = pa
_pc: Any = pc

Log: TypeAlias = Callable[[], Iterable[Any]]
"""Begins to read the archive's log: its facts as tables, a piece at a time, in order."""

RECORDED: Final = "violation-recorded"
STEPS: Final[dict[str, Outcome]] = {
    "appeal-filed": "filed",
    "appeal-upheld": "upheld",
    "appeal-rejected": "rejected",
    "appeal-lapsed": "lapsed",
    "appeal-withdrawn": "withdrawn",
}
"""Which fact brings an appeal to which state; the newest one says how it stands."""
COLUMNS: Final = {"violation": "violation", "listing": "listing", "tag": "correlation"}
"""What a field of a filter is called in the log."""


class Appealed(NamedTuple):
    """How the appeals stood that were known by an instant, one line a violation, in the order of
    the log.
    """

    position: Array
    """Of the violation's own fact."""
    outcome: Array
    """A place in `OUTCOMES`."""
    decided: Array
    """When the newest round ended; 0 while it is open."""


OUTCOMES: Final[tuple[Outcome, ...]] = tuple(STEPS.values())


def appealed(log: Log, known_at: int) -> Appealed:
    """The appeals of a log; a violation stands in it before its appeal, so it is read twice."""
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for piece in log():
        for outcome, seller, violation, at in _steps(piece):
            if at <= known_at:
                newest[seller, violation] = outcome, (0 if STEPS[outcome] == "filed" else at)
    ids = _pa.array(sorted({violation for _, violation in newest}), _pa.string())
    lines: list[tuple[int, int, int]] = []
    for piece in log() if newest else ():
        for position, *key in _violations(piece, ids):
            state = newest.pop((key[0], key[1]), None)
            if state is not None:
                lines.append((position, OUTCOMES.index(STEPS[state[0]]), state[1]))
    columns = _np.array(sorted(lines), dtype=_np.int64).reshape(len(lines), 3)
    return Appealed(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())


def _steps(piece: Any) -> Iterator[tuple[str, str, str, int]]:
    """What became of appeals: the fact, the seller, the violation, the instant."""
    kinds = _kinds(piece)
    steps = piece.filter(_pc.is_in(kinds, value_set=_pa.array(list(STEPS), _pa.string())))
    return zip(
        _kinds(steps).to_pylist(),
        _text(steps, "seller").to_pylist(),
        _text(steps, "violation").to_pylist(),
        steps.column("recorded_at").cast(_pa.int64()).to_pylist(),
        strict=True,
    )


def _violations(piece: Any, ids: Any) -> Iterator[tuple[int, str, str]]:
    """Position, seller and id of the violations with one of these ids."""
    own = _pc.equal(_kinds(piece), RECORDED)
    named = _pc.is_in(_text(piece, "violation"), value_set=ids)
    found = piece.filter(_pc.and_(own, named))
    columns = (
        found.column("position").to_pylist(),
        _text(found, "seller").to_pylist(),
        _text(found, "violation").to_pylist(),
    )
    return zip(*columns, strict=True)


def positions_of(found: Filter, log: Log, appeals: Appealed) -> Array:
    """The positions of the log's violations that match what only the log says of them, in order.

    Raises `NotArchived`.
    """
    pieces = [_in_piece(found, piece, appeals) for piece in log()]
    return _np.concatenate([_np.zeros(0, _np.int64), *pieces])


def _in_piece(found: Filter, piece: Any, appeals: Appealed) -> Array:
    mask = _np.asarray(_pc.equal(_kinds(piece), RECORDED))
    for field, column in COLUMNS.items():
        names: Sequence[str] | None = getattr(found, field)
        if names is None:
            continue
        if column not in piece.column_names:
            raise NotArchived(field, column)
        known = _pc.is_in(_text(piece, column), value_set=_pa.array(names, _pa.string()))
        mask &= _np.asarray(known)
    position = _np.asarray(piece.column("position"))[mask]
    if found.appeal is None and found.decided_from is None and found.decided_to is None:
        return position
    return position[_stands(found, position, appeals)]


def _stands(found: Filter, position: Array, appeals: Appealed) -> Array:
    """Which violations' appeals stand as the filter says."""
    places = _np.searchsorted(appeals.position, position)
    there = places < len(appeals.position)
    places = _np.where(there, places, 0)
    if len(appeals.position):
        there &= appeals.position[places] == position
        outcome = _np.where(there, appeals.outcome[places], len(OUTCOMES))
        decided = _np.where(there, appeals.decided[places], 0)
    else:
        outcome = _np.full(len(position), len(OUTCOMES))
        decided = _np.zeros(len(position), _np.int64)
    every: tuple[Outcome, ...] = (*OUTCOMES, "none")
    mask = _np.ones(len(position), _np.bool_)
    if found.appeal is not None:
        mask &= _np.isin(outcome, [every.index(name) for name in found.appeal])
    stretch = Stretch(found.decided_from, found.decided_to)
    if stretch != (None, None):
        mask &= (decided > 0) & stretch.holds(decided)
    return mask


def _kinds(piece: Any) -> Any:
    """What each fact is, without the version of its shape."""
    return _pc.replace_substring_regex(_text(piece, "kind"), r"\.v\d+$", "")


def _text(piece: Any, column: str) -> Any:
    return piece.column(column).cast(_pa.string())
