"""Which rows of the archive a filter is about.

A filter is put into the archive's numbers once (`chosen`), and then matched range by range.
What the replay's rows do not hold (ids of violations and listings, tags, appeals) is looked up
in the archive's log before (`told.py`), as positions.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from projections.archive.ids import Ids
from projections.archive.manifest import Terms
from projections.archive.replay_columns import VIOLATION
from projections.what_if.columns import Array, Facts
from projections.what_if.filters import Filter

_np: Any = np

OF_TERMS: Final = ("rule", "family", "severity", "source")
OF_LOG: Final = ("tag", "violation", "listing", "appeal", "decided_from", "decided_to")
"""What only the log says."""


class Stretch(NamedTuple):
    """From an instant on, up to and without another; None is open."""

    begin: int | None
    end: int | None

    def holds(self, instants: Array) -> Array:
        """Which instants lie in it."""
        inside = _np.ones(len(instants), _np.bool_)
        if self.begin is not None:
            inside &= instants >= self.begin
        if self.end is not None:
            inside &= instants < self.end
        return inside


class Chosen(NamedTuple):
    """A filter in the numbers of one archive; None where it does not say."""

    terms: Array | None
    """Per line of the archive's terms, whether it is one of them."""
    sellers: Array | None
    """In order, the numbers of those that it names: few, whatever the population."""
    reporters: Array | None
    """Per number of the archive's reporters, and one more for nobody's."""
    positions: Array | None
    """In order, those of the log's violations that it may be about."""
    recorded: Stretch
    effective: Stretch


class Numbers(NamedTuple):
    """How an archive numbers what its rows name."""

    terms: Sequence[Terms]
    sellers: Ids
    reporters: Ids


def needs_log(found: Filter) -> bool:
    """Whether the rows alone cannot say what it matches."""
    return bool(found.said().keys() & set(OF_LOG))


def chosen(found: Filter, numbers: Numbers, positions: Array | None = None) -> Chosen:
    """The filter in an archive's numbers; `positions` are those of `told.positions_of`, where the
    filter needs the log.
    """
    assert (positions is not None) == needs_log(found)
    return Chosen(
        terms=_lines(found, numbers.terms),
        sellers=_named(found.seller, numbers.sellers),
        reporters=_marked(_named(found.reporter, numbers.reporters), len(numbers.reporters)),
        positions=positions,
        recorded=Stretch(found.recorded_from, found.recorded_to),
        effective=Stretch(found.effective_from, found.effective_to),
    )


def matching(wanted: Chosen, facts: Facts, position: Array) -> Array:
    """Which rows of a range are violations that the filter matches, by what they say in the log.

    `position` is each row's place in the log.
    """
    mask = facts.kind == VIOLATION
    if wanted.terms is not None:
        mask &= wanted.terms[facts.terms]
    if wanted.sellers is not None:
        mask &= _np.repeat(_among(facts.sellers, wanted.sellers), _np.diff(facts.bounds))
    if wanted.reporters is not None:
        mask &= wanted.reporters[facts.reporter]
    if wanted.recorded != (None, None):
        mask &= wanted.recorded.holds(facts.recorded)
    if wanted.effective != (None, None):
        mask &= wanted.effective.holds(facts.effective)
    if wanted.positions is not None:
        mask &= _among(position, wanted.positions)
    return mask


def sellers_with(mask: Array, facts: Facts) -> Array:
    """Per seller of a range, whether any of its rows is marked."""
    before = _np.concatenate([_np.zeros(1, _np.int64), _np.cumsum(mask)])
    return before[facts.bounds[1:]] > before[facts.bounds[:-1]]


def _lines(found: Filter, terms: Sequence[Terms]) -> Array | None:
    said = {name: set(value) for name, value in found.said().items() if name in OF_TERMS}
    if not said:
        return None
    matches: Callable[[Terms], bool] = lambda line: all(  # noqa: E731
        getattr(line, name) in names for name, names in said.items()
    )
    return _np.array([matches(line) for line in terms], dtype=_np.bool_)


def _named(wanted: tuple[str, ...] | None, ids: Ids) -> Array | None:
    if wanted is None:
        return None
    return _np.array(sorted(ids.numbers_of(wanted).values()), _np.int64)


def _marked(numbers: Array | None, count: int) -> Array | None:
    if numbers is None:
        return None
    # Who is nobody has the number -1, which is the last place.
    marks = _np.zeros(count + 1, _np.bool_)
    marks[numbers] = True
    return marks


def _among(values: Array, ordered: Array) -> Array:
    if not len(ordered):
        return _np.zeros(len(values), _np.bool_)
    places = _np.minimum(_np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[places] == values
