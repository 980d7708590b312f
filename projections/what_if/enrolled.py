"""The products in campaigns of a range of sellers, read from an archive."""

from pathlib import Path
from threading import local
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ledger.standing.kernel import FOREVER
from projections.archive.enrolments import OVER, REGISTERED
from projections.archive.manifest import Manifest
from projections.archive.merging import RangeReader, in_order
from projections.what_if.columns import Array, Span

_np: Any = np
_pa: Any = pa


class Enrolled(NamedTuple):
    """Enrolments, a line each, by seller."""

    place: Array
    """Its seller's, in the range."""
    position: Array
    """Where in the log it was registered: what of its seller stands behind came afterwards."""
    registered: Array
    starts: Array
    ends: Array
    over: Array
    """Where in the log it was rejected or its seller took it back; `FOREVER` if neither."""
    over_at: Array

    def only(self, which: Array) -> "Enrolled":
        """Those marked."""
        return Enrolled(*(column[which] for column in self))


class Enrolments:
    """The enrolments of an archive; from any thread."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._segments = manifest.enrolments
        self._own = local()

    def of(self, low: int, high: int, sellers: Array, span: Span) -> Enrolled | None:
        """Those of these sellers, whose numbers are from `low` up to `high`, that were registered
        within the span or before it, for campaigns that end within it or after; None for none.
        """
        if not self._segments:
            return None
        parts = [reader.rows(low, high) for reader in self._readers()]
        table = in_order([part for part in parts if part.num_rows] or parts[:1])
        rows = {name: table.column(name).to_numpy() for name in table.column_names}
        place = _np.searchsorted(sellers, rows["seller"])
        there = place < len(sellers)
        there[there] = sellers[place[there]] == rows["seller"][there]
        rows = {
            name: column[there & (rows["recorded"] <= span.to)] for name, column in rows.items()
        }
        found = _enrolled(rows, sellers)
        found = found.only(found.ends > span.begin)
        return found if len(found.place) else None

    def _readers(self) -> list[RangeReader]:
        """A thread's own: a file is read by one thread at a time."""
        if not hasattr(self._own, "readers"):
            self._own.readers = [RangeReader(self._folder, s) for s in self._segments]
        return self._own.readers


def _enrolled(rows: dict[str, Array], sellers: Array) -> Enrolled:
    """Registrations, and where each was over by its own."""
    begun = _np.flatnonzero(rows["kind"] == REGISTERED)
    done = _np.flatnonzero(rows["kind"] == OVER)
    over = _np.full(len(begun), FOREVER, _np.int64)
    over_at = over.copy()
    if len(done):
        # An enrolment is registered once and over once, so its number finds the one by the other.
        order = _np.argsort(rows["enrolment"][begun], kind="stable")
        at = order[
            _np.searchsorted(rows["enrolment"][begun], rows["enrolment"][done], sorter=order)
        ]
        over[at], over_at[at] = rows["position"][done], rows["recorded"][done]
    return Enrolled(
        place=_np.searchsorted(sellers, rows["seller"][begun]),
        position=rows["position"][begun],
        registered=rows["recorded"][begun],
        starts=rows["starts"][begun],
        ends=rows["ends"][begun],
        over=over,
        over_at=over_at,
    )
