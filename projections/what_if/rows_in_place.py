"""Rows that a scenario adds, put where the log would have them: behind all that was recorded of
their seller by their instant.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from projections.archive.replay_columns import FOREVER, VOID
from projections.what_if.columns import Array, Facts

_np: Any = np

_OF_ROWS = ("kind", "recorded", "effective", "lapse", "about", "terms", "day", "reporter")


class NewRows(NamedTuple):
    """Rows to be added to a range, in the order of their columns: see `Facts`.

    `seller` is the place of its seller in the range, `target` the row of the range that a void
    is about, -1 for violations.
    """

    seller: Array
    target: Array
    kind: Array
    recorded: Array
    effective: Array
    lapse: Array
    about: Array
    terms: Array
    day: Array
    reporter: Array

    def and_violation(self, **values: int) -> "NewRows":
        """These, and one violation."""
        return self._and({"target": -1, **values}, 1)

    def and_voids(self, targets: Array, at: Array, facts: Facts) -> "NewRows":
        """These, and a void of each of these rows at its instant."""
        sellers = _np.searchsorted(facts.bounds, targets, side="right") - 1
        values = {"seller": sellers, "target": targets, "recorded": at, "effective": at}
        rest = {"kind": VOID, "lapse": FOREVER, "about": 0, "terms": 0, "day": 0, "reporter": -1}
        return self._and({**values, **rest}, len(targets))

    def _and(self, values: dict[str, Any], count: int) -> "NewRows":
        columns = (
            _np.concatenate([column, _np.broadcast_to(values[name], count)])
            for name, column in zip(self._fields, self, strict=True)
        )
        return NewRows(*columns)


NO_NEW = NewRows(*(_np.zeros(0, _np.int64) for _ in NewRows._fields))


def with_rows(facts: Facts, new: NewRows) -> tuple[Facts, Array, Array]:
    """The facts with these rows in place, where each of the old rows then is, and which are new.

    Of equal instants the new row comes last; of new ones, in the order in which they were added.
    """
    rows = len(facts.kind)
    if not len(new.kind):
        return facts, _np.arange(rows), _np.zeros(rows, _np.bool_)
    before = [
        _behind(facts, int(seller), int(at))
        for seller, at in zip(new.seller, new.recorded, strict=True)
    ]
    order = _np.lexsort((new.recorded, _np.array(before), new.seller))
    new = NewRows(*(column[order] for column in new))
    where = _np.array(before)[order] + _np.arange(len(order))
    is_new = _np.zeros(rows + len(order), _np.bool_)
    is_new[where] = True
    places = _np.flatnonzero(~is_new)
    more = _np.bincount(new.seller, minlength=len(facts.sellers))
    bounds = facts.bounds + _np.concatenate([[0], _np.cumsum(more)])
    columns = {name: _merged(facts, new, name, where, places) for name in _OF_ROWS}
    merged = facts._replace(bounds=bounds, **columns)
    _point_again(merged.about, facts, new, where, places, bounds)
    return merged, places, is_new


def _behind(facts: Facts, seller: int, at: int) -> int:
    """The row before which a new one stands."""
    first, last = facts.bounds[seller], facts.bounds[seller + 1]
    return int(first + _np.searchsorted(facts.recorded[first:last], at, "right"))


def _merged(facts: Facts, new: NewRows, name: str, where: Array, places: Array) -> Array:
    """A column with the new rows in it; one that nobody asked for stays empty."""
    old = getattr(facts, name)
    if len(old) < len(facts.kind):
        return old
    merged = _np.empty(len(where) + len(places), old.dtype)
    merged[places] = old
    merged[where] = getattr(new, name)
    return merged


def _point_again(
    about: Array, facts: Facts, new: NewRows, where: Array, places: Array, bounds: Sequence[int]
) -> None:
    """Rows that are about another count from their seller's first, and others came between."""
    others = _np.flatnonzero((facts.kind != 0) & (facts.about >= 0))
    seller = _np.searchsorted(facts.bounds, others, side="right") - 1
    first = _np.asarray(bounds)
    about[places[others]] = places[facts.bounds[seller] + facts.about[others]] - first[seller]
    voids = _np.flatnonzero(new.target >= 0)
    about[where[voids]] = places[new.target[voids]] - first[new.seller[voids]]
