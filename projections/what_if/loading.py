"""An archive read for a replay: a range of sellers at a time, so that memory does not grow with the
population.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import local
from typing import Any, Final

import numpy as np
import pyarrow as pa

from projections.archive.manifest import Manifest, NoArchive, read_manifest
from projections.archive.merging import RangeReader, in_order, ranges
from projections.what_if.arranging import empty, seller_bounds
from projections.what_if.columns import Facts

_np: Any = np
_pa: Any = pa
ALWAYS: Final = ("seller", "kind", "recorded", "lapse", "about", "terms")
ASKED: Final = ("effective", "day", "reporter")
"""Read only where a scenario needs them."""


class Replayable:
    """An archive as it is now, ready to be read from any thread. Later steps of its writer do not
    disturb it: files that were opened can be read even when they are gone.
    """

    def __init__(self, folder: Path, columns: Sequence[str] = ASKED) -> None:
        self.folder = folder
        self.columns = (*ALWAYS, *columns)
        self.manifest = _opened(folder)
        self.ranges = ranges(self.manifest.replay) if self.manifest.replay else []
        self._own = local()
        self._readers()

    def facts(self, place: int) -> Facts:
        """The facts of one of `ranges`."""
        low, high = self.ranges[place]
        parts = [reader.rows(low, high) for reader in self._readers()]
        return facts_of(in_order([part for part in parts if part.num_rows] or parts[:1]))

    def _readers(self) -> list[RangeReader]:
        """A thread's own: a file is read by one thread at a time."""
        if not hasattr(self._own, "readers"):
            self._own.readers = [
                RangeReader(self.folder, segment, self.columns) for segment in self.manifest.replay
            ]
        return self._own.readers


def _opened(folder: Path) -> Manifest:
    manifest = read_manifest(folder)
    if not manifest.position:
        raise NoArchive(folder, "nothing was archived yet")
    return manifest


def facts_of(table: Any) -> Facts:
    """A piece of a replay segment as columns."""
    columns = {name: _column(table, name) for name in table.column_names}
    seller = columns["seller"]
    sellers = _np.empty(len(seller), _np.int32)
    bounds = _np.empty(len(seller) + 1, _np.int64)
    count = seller_bounds(seller, sellers, bounds)
    return Facts(
        sellers=sellers[:count].copy(),
        bounds=bounds[: count + 1].copy(),
        kind=columns["kind"],
        recorded=columns["recorded"],
        effective=columns.get("effective", empty(_np.int64)),
        lapse=columns["lapse"],
        about=columns["about"],
        terms=columns["terms"],
        day=columns.get("day", empty(_np.int32)),
        reporter=columns.get("reporter", empty(_np.int32)),
    )


def _column(table: Any, name: str) -> Any:
    column = table.column(name)
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return array.to_numpy(zero_copy_only=False)
